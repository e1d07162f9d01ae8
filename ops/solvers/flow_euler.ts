import { eulerStep } from "./euler.ts";
import { flowScheduleOf } from "./flow_family.ts";
import { renoiseStep } from "./renoise.ts";
import type { Solver } from "./solver.ts";

/** Euler's method on the straight paths of flow matching; stochastic where the configuration asks for it. */
export const flowEuler: Solver<"flow_euler"> = {
  name: "flow_euler",
  title: "Flow matching Euler",
  paper: "Esser et al., Scaling Rectified Flow Transformers for High-Resolution Image Synthesis, 2024",
  schedulerClass: "FlowMatchEulerDiscreteScheduler",
  comfyName: "euler",
  order: 1,
  evaluations: 1,
  stochastic: "optional",
  takesSigmas: true,
  takesEta: false,
  takesFlow: true,
  configure: (config, _alphasCumprod, options) => ({
    schedule: flowScheduleOf(config, options),
    step: config.stochastic_sampling ? renoiseStep : eulerStep,
    limit: { kind: "none" },
  }),
};
