/** The variance β_t that each of the training steps adds. */

export const BETA_SCHEDULES = [
  "linear",
  "scaled_linear",
  "squaredcos_cap_v2",
  "sigmoid",
  "exp",
  "laplace",
] as const;
export type BetaSchedule = (typeof BETA_SCHEDULES)[number];

/** Nichol & Dhariwal's cap, which keeps the last steps of the cosine schedule from destroying everything. */
const LARGEST_BETA = 0.999;

/** Where the sigmoid schedule begins and ends. */
const SIGMOID_RANGE = 6;

/**
 * torch.linspace in float32: from both ends towards the middle, each value one fused multiply-add. (A float64 sum
 * of a float32 and the exact product of a float32 with a small integer, rounded once, is that.)
 */
export function linspaceFloat32(start: number, stop: number, count: number): Float32Array {
  const first = Math.fround(start), last = Math.fround(stop);
  const step = Math.fround(Math.fround(last - first) / (count - 1));
  const numbers = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    numbers[i] = i < count >> 1 ? first + step * i : last - step * (count - 1 - i);
  }
  if (count === 1) numbers[0] = first;
  return numbers;
}

/** ᾱ(t) of the cosine schedule, t in 0..1. Nichol & Dhariwal 2021, equation (17). */
function cosineAlphaBar(t: number): number {
  return Math.cos(((t + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
}

/** ᾱ(t) of the Laplace schedule. Hang et al., "Improved Noise Schedule for Diffusion Training", 2024, as diffusers has it. */
function laplaceAlphaBar(t: number): number {
  const lambda = (t <= 0.5 ? -0.5 : 0.5) * Math.log(1 - 2 * Math.abs(0.5 - t) + 1e-6);
  const snr = Math.exp(lambda);
  return Math.sqrt(snr / (1 + snr));
}

/** β_t from ᾱ(t), none above the cap. */
function betasOf(alphaBar: (t: number) => number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, t) => {
    const beta = 1 - alphaBar((t + 1) / count) / alphaBar(t / count);
    return Math.min(beta, LARGEST_BETA);
  });
}

/**
 * β_t for t = 0 … count − 1, float32, rounded where diffusers rounds.
 *
 * - `linear`: from `start` to `stop` (Ho et al. 2020).
 * - `scaled_linear`: linear in √β (latent diffusion, Rombach et al. 2022).
 * - `squaredcos_cap_v2`: cosine ᾱ (Nichol & Dhariwal 2021).
 * - `sigmoid`: from `start` to `stop` along a sigmoid (GeoDiff, Xu et al. 2022).
 * - `exp`: ᾱ = exp(−12t).
 * - `laplace`: ᾱ of a Laplace distribution of the noise level.
 *
 * Those that are made from ᾱ take no part of `start` and `stop`.
 */
export function betas(schedule: BetaSchedule, start: number, stop: number, count: number): Float32Array {
  switch (schedule) {
    case "linear":
      return linspaceFloat32(start, stop, count);
    case "scaled_linear":
      return linspaceFloat32(Math.sqrt(start), Math.sqrt(stop), count).map((root) => root * root);
    case "squaredcos_cap_v2":
      return betasOf(cosineAlphaBar, count);
    case "sigmoid":
      return linspaceFloat32(-SIGMOID_RANGE, SIGMOID_RANGE, count).map((x) =>
        Math.fround(Math.fround(1 / (1 + Math.exp(-x))) * Math.fround(stop - start)) + Math.fround(start)
      );
    case "exp":
      return betasOf((t) => Math.exp(-12 * t), count);
    case "laplace":
      return betasOf(laplaceAlphaBar, count);
    default:
      return schedule satisfies never;
  }
}
