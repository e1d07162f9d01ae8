import { supported } from "./config_reading.ts";
import { flowScheduleOf } from "./flow_family.ts";
import { renoiseStep } from "./renoise.ts";
import type { Solver } from "./solver.ts";

/** Consistency sampling for distilled models of flow matching. */
export const flowLcm: Solver<"flow_lcm"> = {
  name: "flow_lcm",
  title: "Flow matching LCM",
  paper: "Song et al., Consistency Models, 2023",
  schedulerClass: "FlowMatchLCMScheduler",
  comfyName: "lcm",
  order: 1,
  evaluations: 1,
  stochastic: "always",
  takesSigmas: true,
  takesEta: false,
  takesFlow: true,
  configure(config, _alphasCumprod, options) {
    // Scales that grow from step to step change the sample's shape, which is no solver's to change.
    supported(config, "scale_factors", [undefined]);
    return { schedule: flowScheduleOf(config, options), step: renoiseStep, limit: { kind: "none" } };
  },
};
