/**
 * What guidance within attention feeds the denoiser.
 *
 * @module
 */
import { type FloatTensor, floatTensor } from "../models/runtimes/tensor.ts";
import { blurMatrix } from "../ops/attention/guided/blur_matrix.ts";
import {
  blurInput,
  NAG_ALPHA,
  NAG_SCALE,
  NAG_TAU,
  PAG_ROWS,
  SEG_ROWS,
  SLG_ROWS,
} from "../ops/attention/guided/guided_inputs.ts";
import type { Branch } from "../ops/guidance/guidance.ts";
import type { Recipe } from "../recipes/recipes.ts";
import type { SiteGuidancePlan } from "./plan_site_guidance.ts";

/** Inputs for a call that evaluates these branches, each of B pictures. */
export type SiteGuidanceFeeds = (branches: readonly Branch[], batch: number) => Record<string, FloatTensor>;

/**
 * The inputs of a plan.
 *
 * @param latents [B, C, H, W].
 */
export function siteGuidanceFeeds(
  within: SiteGuidancePlan,
  guidance: Recipe["guidance"],
  [, , height, width]: readonly number[],
): SiteGuidanceFeeds {
  const { pag, seg, slg, nag, sigma } = within;
  const fixed: Record<string, FloatTensor> = {};
  for (const factor of new Set(seg.map(({ factor }) => factor))) {
    for (const [axis, length] of [["rows", height / factor], ["columns", width / factor]] as const) {
      fixed[blurInput(axis, factor)] = floatTensor([length, length], blurMatrix(length, sigma));
    }
  }
  const scalar = (value: number) => floatTensor([], Float32Array.of(value));
  if (nag.length > 0 && guidance.kind === "nag") {
    fixed[NAG_SCALE] = scalar(guidance.scale);
    fixed[NAG_TAU] = scalar(guidance.tau);
    fixed[NAG_ALPHA] = scalar(guidance.alpha);
  }
  return (branches, batch) => {
    const rows = (hampered: Branch) =>
      floatTensor(
        [branches.length * batch, 1, 1],
        Float32Array.from(branches.flatMap((branch) => Array(batch).fill(branch === hampered ? 1 : 0))),
      );
    return {
      ...fixed,
      ...(pag.length > 0 ? { [PAG_ROWS]: rows("pag") } : {}),
      ...(seg.length > 0 ? { [SEG_ROWS]: rows("seg") } : {}),
      ...(slg.length > 0 ? { [SLG_ROWS]: rows("slg") } : {}),
    };
  };
}
