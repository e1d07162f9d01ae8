import { linspaceFloat32 } from "../schedule/betas.ts";
import type { NoiseLevel } from "../schedule/noise_level.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { adamsBashforth } from "./adams_bashforth.ts";
import { supported } from "./config_reading.ts";
import type { Solver, SolverStep } from "./solver.ts";

const f32 = Math.fround;

/** α of the first level, where there is no image yet and diffusers divides by this. */
const SMALLEST_ALPHA = f32(1e-8);

/** σ = sin²(πt/2), α² = 1 − σ² at even t from 1 to 0; the model is told the angle. Crowson's v-diffusion. */
function ipndmSchedule(steps: number): Schedule {
  const levels = Array.from(linspaceFloat32(1, 0, steps + 1), (t): NoiseLevel => {
    const sine = f32(Math.sin(f32(f32(t * f32(Math.PI)) / 2)));
    const sigma = f32(sine * sine), alpha = f32(Math.sqrt(f32(1 - f32(sigma * sigma))));
    return { alpha, sigma, variance: 1, alphaCumprod: f32(alpha * alpha) };
  });
  const told = levels.slice(0, -1).map(({ alpha, sigma }) =>
    f32(f32(f32(Math.atan2(sigma, alpha)) / f32(Math.PI)) * 2)
  );
  return {
    space: "preserving",
    timesteps: Float64Array.from(told),
    sigmas: Float64Array.from(levels, ({ alpha, sigma }) => sigma / alpha),
    levels: levels.slice(0, -1),
    targets: levels.slice(1),
    initNoiseSigma: 1,
  };
}

/** Liu et al. 2022 (PNDM), equation (12), with lower orders at the start in the place of Runge–Kutta. */
export const ipndmStep: SolverStep = ({ levels, targets }, { i, x, epsilon, history }) => {
  const slopes = [epsilon(), ...history].slice(0, 4);
  const eps = adamsBashforth(slopes);
  const { alpha, sigma } = levels[i], next = targets[i];
  const prevSample = x.map((value, j) => {
    const x0 = f32(f32(value - f32(sigma * eps[j])) / Math.max(alpha, SMALLEST_ALPHA));
    return f32(next.alpha * x0) + f32(eps[j] * next.sigma);
  });
  return { prevSample, history: slopes.slice(0, 3) };
};

export const ipndm: Solver<"ipndm"> = {
  name: "ipndm",
  title: "IPNDM",
  paper: "Liu et al., Pseudo Numerical Methods for Diffusion Models on Manifolds, 2022",
  schedulerClass: "IPNDMScheduler",
  comfyName: "ipndm",
  // The multistep formula is of the fourth, the transfer between levels of the second; but the first step has no image.
  order: 1,
  evaluations: 1,
  stochastic: "never",
  takesSigmas: false,
  takesEta: false,
  takesFlow: false,
  configure(config, _alphasCumprod, { steps }) {
    supported(config, "trained_betas", [undefined]);
    // Its class has no prediction type: the models that it is for all predict v.
    return {
      schedule: ipndmSchedule(steps),
      step: ipndmStep,
      limit: { kind: "none" },
      predictionType: "v_prediction",
    };
  },
};
