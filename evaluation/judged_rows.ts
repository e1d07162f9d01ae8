/**
 * From pictures to rows of results.
 *
 * @module
 */
import type { Image } from "../pipeline/image.ts";
import type { EvaluateOptions } from "./evaluate_options.ts";
import { fidelity } from "./fidelity.ts";
import type { Judge } from "./judge/judge.ts";
import { verdict } from "./judge/verdict.ts";
import type { PictureJob } from "./picture_jobs.ts";
import type { ResultRow } from "./result_row.ts";
import type { Sprites } from "./world/sprites.ts";

/** What judging needs. */
interface Bench {
  readonly judge: Judge;
  readonly sprites: Sprites;
}

/**
 * Judges the pictures of a batch.
 *
 * @param jobs What each picture was made for.
 * @param ms Milliseconds that generating took, a picture.
 */
export async function judgedRows(
  { judge, sprites }: Bench,
  { settings, scenes }: Pick<EvaluateOptions, "settings" | "scenes">,
  jobs: readonly PictureJob[],
  images: readonly Image[],
  ms: number,
): Promise<ResultRow[]> {
  const seen = await judge.read(images);
  return jobs.map(({ setting, index, repeat, seed, image }, i): ResultRow => {
    const { caption, kind, heldOut, objects, color } = scenes[index];
    return {
      image,
      prompt: caption,
      scene: { objects, color },
      kind,
      heldOut,
      index,
      repeat,
      seed,
      setting: settings[setting].name,
      settings: { ...settings[setting].recipe },
      seen: seen[i],
      ...verdict(scenes[index], seen[i]),
      psnr: fidelity(scenes[index], images[i], sprites).psnr,
      ms,
    };
  });
}
