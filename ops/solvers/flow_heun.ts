import { flowScheduleOf } from "./flow_family.ts";
import { heunSchedule, heunStep } from "./heun.ts";
import type { Solver } from "./solver.ts";

/** {@linkcode heunStep} on the straight paths of flow matching. */
export const flowHeun: Solver<"flow_heun"> = {
  name: "flow_heun",
  title: "Flow matching Heun",
  paper: "Karras et al., Elucidating the Design Space of Diffusion-Based Generative Models, 2022",
  schedulerClass: "FlowMatchHeunDiscreteScheduler",
  comfyName: "heun",
  order: 2,
  evaluations: 2,
  stochastic: "never",
  takesSigmas: true,
  takesEta: false,
  takesFlow: true,
  lacks: [
    "use_karras_sigmas",
    "use_exponential_sigmas",
    "use_beta_sigmas",
    "use_dynamic_shifting",
    "shift_terminal",
    "invert_sigmas",
  ],
  configure(config, alphasCumprod, options) {
    const base = flowScheduleOf(config, options);
    const schedule = heunSchedule(base, (sigma) => Math.fround(sigma * alphasCumprod.length));
    return { schedule, step: heunStep, limit: { kind: "none" } };
  },
};
