/** What the samplers of k-diffusion share in diffusers: whose schedule they walk on. */
import { flowScheduleOf } from "./flow_family.ts";
import { kDiffusionSchedule } from "../schedule/k_diffusion_schedule.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { chosenSigmas } from "./config_reading.ts";
import type { SchedulerConfig } from "./scheduler_config_type.ts";
import type { SolverOptions } from "./solver.ts";

/**
 * The schedule of the classes that always end without noise and know no range of sigmas: all but Euler's.
 *
 * @param roundKarras Round the timesteps of Karras' sigmas, as the classes of DPM2 do.
 */
export function kDiffusionScheduleOf(
  config: SchedulerConfig,
  alphasCumprod: Float32Array,
  options: SolverOptions,
  { roundKarras = false }: { readonly roundKarras?: boolean } = {},
): Schedule {
  if (config.use_flow_sigmas) return flowScheduleOf(config, options);
  const { timestep_spacing = "linspace", steps_offset = 0 } = config;
  return kDiffusionSchedule({
    alphasCumprod,
    steps: options.steps,
    spacing: timestep_spacing,
    stepsOffset: steps_offset,
    sigmas: chosenSigmas(config, options.sigmas),
    finalSigmas: "zero",
    continuousTimesteps: false,
    roundKarras,
  });
}
