/** The variance β_t that each of the training steps adds. */

export const BETA_SCHEDULES = ["linear", "scaled_linear", "squaredcos_cap_v2"] as const;
export type BetaSchedule = (typeof BETA_SCHEDULES)[number];

/** Nichol & Dhariwal's cap, which keeps the last steps of the cosine schedule from destroying everything. */
const LARGEST_COSINE_BETA = 0.999;

/**
 * torch.linspace in float32: from both ends towards the middle, each value one fused multiply-add. (A float64 sum
 * of a float32 and the exact product of a float32 with a small integer, rounded once, is that.)
 */
function linspaceFloat32(start: number, stop: number, count: number): Float32Array {
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

/**
 * β_t for t = 0 … count − 1, float32, rounded where diffusers rounds.
 *
 * - `linear`: from `start` to `stop` (Ho et al. 2020).
 * - `scaled_linear`: linear in √β (latent diffusion, Rombach et al. 2022).
 * - `squaredcos_cap_v2`: cosine ᾱ; `start` and `stop` play no part (Nichol & Dhariwal 2021).
 */
export function betas(schedule: BetaSchedule, start: number, stop: number, count: number): Float32Array {
  switch (schedule) {
    case "linear":
      return linspaceFloat32(start, stop, count);
    case "scaled_linear":
      return linspaceFloat32(Math.sqrt(start), Math.sqrt(stop), count).map((root) => root * root);
    case "squaredcos_cap_v2":
      return Float32Array.from({ length: count }, (_, t) => {
        const beta = 1 - cosineAlphaBar((t + 1) / count) / cosineAlphaBar(t / count);
        return Math.min(beta, LARGEST_COSINE_BETA);
      });
    default:
      return schedule satisfies never;
  }
}
