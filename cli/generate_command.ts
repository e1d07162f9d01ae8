/**
 * `winnow generate`.
 *
 * @module
 */

import { join } from "node:path";
import { readsNegativePrompt } from "../ops/guidance/guidance.ts";
import type { Variation } from "../ops/noise/noise_option.ts";
import { checkWritable } from "../pipeline/atomic_write.ts";
import { checkPngName } from "../pipeline/picture.ts";
import { pipeline } from "../pipeline/pipeline.ts";
import { openStart, planStart } from "../pipeline/run_start.ts";
import type { Recipe } from "../recipes/recipes.ts";
import type { GenerateCommand } from "./command_line.ts";
import { blameFlag } from "./flag_of_path.ts";
import { imageFromFlags } from "./image_from_flags.ts";
import { outputNames } from "./output_names.ts";
import { createProgress, SILENT } from "./progress.ts";
import { recipeOf } from "./recipe_of.ts";
import { type FinishedRun, runJson, runLine } from "./run_report.ts";
import { stderrProgress } from "./terminal.ts";
import { traceTo } from "./trace_folder.ts";
import { usageError } from "./usage_error.ts";
import { checkAllMaps, writeAllMaps } from "./write_all_maps.ts";

/** For names that are not known before the seed is. */
const LONGEST_SEED = String(2n ** 64n - 1n);

/** Makes the pictures and writes them; standard output gets their names, or with `--json` one object. */
export async function generateCommand(command: GenerateCommand, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  const { prompt, out, trace, maps, seed, negative: negativePrompt } = command;
  const progress = command.quiet ? SILENT : createProgress(stderrProgress());
  const notices: string[] = [];
  try {
    await checkOutputs(command);
    const loading = { signal, onFetch: progress.fetch };
    const recipe = await recipeOf(command, loading);
    checkNegative(command, recipe);
    const variation = variationOf(command);
    const from = await imageFromFlags(command, signal), opened = await openStart(from);
    const onNotice = (line: string) => {
      notices.push(line);
      progress.line(line);
    };
    await using pipe = await pipeline(recipe, {
      device: command.device,
      attentionForm: command.attentionForm,
      ...(maps === undefined ? {} : { attentionMaps: "all" }),
      signal,
      onLoad: progress.load,
      onNotice,
    });
    const plan = planStart(pipe.plan, opened, recipe.size !== undefined);
    const loaded = performance.now();
    const images = await pipe.generate(prompt, {
      images: command.images ?? 1,
      ...(seed === undefined ? {} : { seed }),
      ...(negativePrompt === undefined ? {} : { negativePrompt }),
      ...(command.noise === undefined ? {} : { noise: command.noise }),
      ...variation,
      ...from,
      ...(trace === undefined ? {} : { trace: traceTo(trace, signal) }),
      signal,
      onStep: progress.step,
    });
    const made = performance.now();
    const files = outputNames(out, images[0].metadata.seed, images.length);
    for (const [i, image] of images.entries()) await image.save(files[i], { signal });
    const mapFiles = maps === undefined ? [] : await writeAllMaps(maps, files, images, { signal, onNotice });
    const written = performance.now();
    const timings = {
      loadMs: Math.round(loaded - start),
      generateMs: Math.round(made - loaded),
      writeMs: Math.round(written - made),
      totalMs: Math.round(written - start),
    };
    const run: FinishedRun = {
      prompt,
      negativePrompt,
      files,
      mapFiles,
      images,
      pipe,
      plan,
      timings,
      notices,
    };
    progress.line(runLine(run));
    if (command.json) console.log(runJson(run));
    else if (!command.quiet) console.log([...files, ...mapFiles.map(([sheet]) => sheet)].join("\n"));
  } catch (error) {
    throw blameFlag(error, command);
  } finally {
    progress.clear();
  }
}

/** Finds out before the work whether its results can be kept. */
async function checkOutputs({ out, trace, maps, prompt, images = 1 }: GenerateCommand): Promise<void> {
  if (out !== undefined) {
    try {
      checkPngName(out);
    } catch (cause) {
      throw usageError({ what: "--out", rule: "a name that ends in .png", got: out }, { cause });
    }
  }
  await checkWritable(out ?? outputNames(out, "0", 1)[0]);
  if (maps !== undefined) await checkAllMaps(maps, outputNames(out, LONGEST_SEED, images), prompt);
  if (trace !== undefined) await checkWritable(join(trace, "latents.npy"));
}

/** The two flags of a variation, which need each other. */
function variationOf(
  { variationSeed: seed, variationStrength: strength }: GenerateCommand,
): { readonly variation?: Variation } {
  if (seed !== undefined && strength !== undefined) return { variation: { seed, strength } };
  if (seed === undefined && strength === undefined) return {};
  const [given, missing] = seed === undefined
    ? ["--variation-strength", "--variation-seed"] as const
    : ["--variation-seed", "--variation-strength"] as const;
  throw usageError({ what: given, rule: `used with ${missing}`, got: String(seed ?? strength) });
}

/** Without guidance nothing would read a negative prompt. */
function checkNegative({ negative }: GenerateCommand, { guidance }: Recipe): void {
  if (negative === undefined || readsNegativePrompt(guidance)) return;
  const remedy = "Add --scale with a number above 1, such as 3.";
  throw usageError({ what: "--negative", rule: "used with guidance", got: negative, remedy });
}
