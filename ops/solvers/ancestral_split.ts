const f32 = Math.fround;

/**
 * A step to `to` taken as a deterministic one down to `down`, and noise of deviation `up` on top, so that the variances
 * add up: to² = down² + up². Song et al. 2021, as k-diffusion's get_ancestral_step with η = 1.
 *
 * There up² = to²·(from² − to²)/from², which makes down = to²/from. That is what is computed here: the difference of
 * to² and up² loses all its digits over a long step.
 */
export function ancestralSplit(from: number, to: number): { up: number; down: number } {
  const from2 = f32(from * from), to2 = f32(to * to);
  const up = f32(Math.sqrt(f32(f32(to2 * f32(from2 - to2)) / from2)));
  return { up, down: f32(to2 / from) };
}
