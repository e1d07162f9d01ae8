const f32 = Math.fround;

/**
 * A step to `to` taken as a deterministic one down to `down`, and noise of deviation `up` on top, so that the variances
 * add up: to² = down² + up². Song et al. 2021, as k-diffusion's get_ancestral_step with η = 1.
 *
 * There up² = to²·(from² − to²)/from², which makes down = to²/from. As in diffusers, down is nevertheless the root of a
 * difference in float32, which over a long step has few digits left, or none: a picture is held to what diffusers draws.
 * Where rounding leaves less than nothing, and diffusers would go on with NaN, to²/from is taken.
 */
export function ancestralSplit(from: number, to: number): { up: number; down: number } {
  const from2 = f32(from * from), to2 = f32(to * to);
  const up = f32(Math.sqrt(f32(f32(to2 * f32(from2 - to2)) / from2)));
  const left = f32(to2 - f32(up * up));
  return { up, down: left >= 0 ? f32(Math.sqrt(left)) : f32(to2 / from) };
}
