import { linspaceFloat32 } from "../schedule/betas.ts";
import type { NoiseLevel } from "../schedule/noise_level.ts";
import { chainedSchedule, type Schedule } from "../schedule/schedule.ts";
import { unsupported } from "./config_reading.ts";
import { renoise } from "./renoise.ts";
import type { Solver, SolverStep } from "./solver.ts";

const f32 = Math.fround;

/** Where the first step begins, an angle: diffusers' π/2. */
const LARGEST_ANGLE = 1.5708;
/** Where the second of two steps begins: the value that SANA-Sprint was tuned for. */
const MIDDLE_ANGLE = 1.3;

/** x = cos(t)·x₀ + sin(t)·z at falling angles t. Lu & Song 2024 (sCM), section 3.1 (TrigFlow). */
function trigSchedule(steps: number): Schedule {
  const angles = steps === 2
    ? Float64Array.of(LARGEST_ANGLE, MIDDLE_ANGLE, 0).map(f32)
    : Float64Array.from(linspaceFloat32(LARGEST_ANGLE, 0, steps + 1));
  const level = (angle: number): NoiseLevel => {
    const alpha = f32(Math.cos(angle)), sigma = f32(Math.sin(angle));
    return { alpha, sigma, variance: 1, alphaCumprod: f32(alpha * alpha) };
  };
  const { levels, targets } = chainedSchedule("preserving", angles, angles, level, 1);
  const sigmas = angles.map((angle) => Math.max(0, Math.sin(angle) / Math.cos(angle)));
  return {
    space: "preserving",
    timesteps: angles.subarray(0, -1),
    sigmas,
    levels,
    targets,
    initNoiseSigma: 1,
  };
}

/** To the predicted image, then back to the next angle with noise of the data's deviation. */
export function scmStep(sigmaData: number): SolverStep {
  return ({ targets }, { i, x0, noise }) => {
    const z = noise().map((value) => value * f32(sigmaData));
    return { prevSample: renoise(x0, targets[i], z), history: [] };
  };
}

/**
 * Samples here are scaled by σ_data, and so are the model's outputs, as diffusers' SANA-Sprint pipeline hands them to its
 * scheduler.
 */
export const scm: Solver<"scm"> = {
  name: "scm",
  title: "SCM",
  paper: "Lu & Song, Simplifying, Stabilizing & Scaling Continuous-Time Consistency Models, 2024",
  schedulerClass: "SCMScheduler",
  order: 1,
  evaluations: 1,
  stochastic: "always",
  takesSigmas: false,
  takesEta: false,
  takesFlow: false,
  defaults: { prediction_type: "trigflow" },
  configure(config, _alphasCumprod, { steps }) {
    const { prediction_type, sigma_data = 0.5 } = config;
    if (prediction_type !== "trigflow") {
      throw unsupported("prediction_type", "trigflow for the solver scm", prediction_type);
    }
    // On angles TrigFlow's output is v of a variance preserving sample.
    return {
      schedule: trigSchedule(steps),
      step: scmStep(sigma_data),
      limit: { kind: "none" },
      predictionType: "v_prediction",
    };
  },
};
