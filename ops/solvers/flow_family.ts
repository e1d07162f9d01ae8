/** What the solvers of flow matching share: whose schedule they walk on. */
import { DomainError } from "../../errors.ts";
import { flowSchedule } from "../schedule/flow_schedule.ts";
import { dynamicMu, type Shift } from "../schedule/flow_shift.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { chosenSigmas, supported, unsupported } from "./config_reading.ts";
import type { SchedulerConfig } from "./scheduler_config_type.ts";
import type { SolverOptions } from "./solver.ts";

/** How the configuration bends the schedule towards noise, by a constant or by the size of the image. */
export function shiftOf(config: SchedulerConfig, imageTokens: number | undefined): Shift {
  const { shift = 1, use_dynamic_shifting = false, time_shift_type = "exponential" } = config;
  if (!use_dynamic_shifting) return { kind: "constant", shift };
  const { base_shift = 0.5, max_shift = 1.15, base_image_seq_len = 256, max_image_seq_len = 4096 } = config;
  if (imageTokens === undefined) {
    throw new DomainError({
      doing: "set up the scheduler",
      what: "imageTokens",
      rule:
        "the number of the image's tokens, as use_dynamic_shifting in the configuration shifts the schedule by it",
      got: imageTokens,
    });
  }
  const mu = dynamicMu(imageTokens, {
    baseShift: base_shift,
    maxShift: max_shift,
    baseTokens: base_image_seq_len,
    maxTokens: max_image_seq_len,
  });
  return { kind: time_shift_type, mu };
}

/** The schedule of diffusers' FlowMatch classes. */
export function flowScheduleOf(config: SchedulerConfig, options: SolverOptions): Schedule {
  const { num_train_timesteps = 1000, shift_terminal, prediction_type = "flow_prediction" } = config;
  supported(config, "invert_sigmas", [false, undefined]);
  if (prediction_type !== "flow_prediction") {
    throw unsupported(
      "prediction_type",
      "flow_prediction, or left out, for a class of flow matching",
      prediction_type,
    );
  }
  return flowSchedule({
    steps: options.steps,
    trainTimesteps: num_train_timesteps,
    shift: shiftOf(config, options.imageTokens),
    grid: options.flowGrid ?? "training",
    terminal: shift_terminal,
    sigmas: chosenSigmas(config, options.sigmas),
  });
}
