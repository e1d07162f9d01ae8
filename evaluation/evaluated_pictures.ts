/**
 * The pictures of an evaluation, one after the other.
 *
 * @module
 */
import type { DeviceName } from "../models/runtimes/runtime.ts";
import { pipeline } from "../pipeline/pipeline.ts";
import { decodePixels, type Pixels } from "../pipeline/png_codec.ts";
import type { Recipe } from "../recipes/recipes.ts";
import type { Setting } from "./axes.ts";
import {
  checkEvaluateOptions,
  DEFAULT_BATCH,
  DEFAULT_DIVERSITY_SCENES,
  DEFAULT_RESUME,
  DEFAULT_SEED,
  type EvaluateOptions,
  takesNegative,
} from "./evaluate_options.ts";
import { evaluationIdentity } from "./evaluation_identity.ts";
import { openJudge } from "./judge/judge.ts";
import { judgedRows } from "./judged_rows.ts";
import { jobsDone } from "./jobs_done.ts";
import { openKeepFolder } from "./keep_folder.ts";
import { type PictureJob, pictureJobs } from "./picture_jobs.ts";
import { remainingTime } from "./remaining_time.ts";
import type { ResultRow } from "./result_row.ts";
import { SIZE } from "./world/world_data.ts";
import { openSprites } from "./world/sprites.ts";

/** A picture and what is known of it. */
export interface EvaluatedPicture {
  readonly row: ResultRow;
  /** Where it was made. */
  readonly device: DeviceName;
  /** Its pixels; of a picture that an earlier run kept, read from its file. */
  picture(): Promise<Pixels>;
}

/** What makes the judge's word less sure than it is. */
function noticesOnJudging({ model }: Recipe, { width, height }: Pixels): string[] {
  return [
    ...(width === SIZE && height === SIZE
      ? []
      : [`Pictures of ${width} x ${height} pixels are brought to ${SIZE} x ${SIZE} for the judge.`]),
    ...(model.kind === "pocket" || model.kind === "pocket-turbo" ? [] : [
      "The judge learnt from the drawings of the bundled model's world: of another model's it knows less.",
    ]),
  ];
}

/** The same lines are told once. */
function eachOnce(tell: (line: string) => void): (line: string) => void {
  const told = new Set<string>();
  return (line) => {
    if (!told.has(line)) tell(line);
    told.add(line);
  };
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from(
    { length: Math.ceil(items.length / size) },
    (_, i) => items.slice(i * size, (i + 1) * size),
  );
}

/**
 * Generates and judges, picture by picture. Every setting has the same scenes from the same seeds. Settings whose
 * graphs are the same share loaded models and follow each other; otherwise models are loaded in turn, one at a time.
 * Pictures that an earlier run kept come first. Whoever stops iterating, and whatever ends it, gives everything back.
 *
 * @throws {DomainError} if an option is out of range, or has no use.
 * @throws {EvaluationError} if the folder to resume keeps another evaluation, or a damaged one.
 * @throws {BundleError | PlanError | DeviceError} as `pipeline` and `generate` do.
 */
export async function* evaluatedPictures(
  options: EvaluateOptions,
): AsyncGenerator<EvaluatedPicture, void, void> {
  checkEvaluateOptions(options);
  const { settings, scenes, device, attentionForm, cacheDir, signal, onLoad, onFetch, keep, negativePrompt } =
    options;
  const { seed = DEFAULT_SEED, batch = DEFAULT_BATCH, resume = DEFAULT_RESUME } = options;
  const { diversityScenes = DEFAULT_DIVERSITY_SCENES } = options;
  const onNotice = eachOnce(options.onNotice ?? console.error);
  const jobs = pictureJobs(settings.length, scenes.length, seed, diversityScenes);
  signal?.throwIfAborted();
  await using judge = await openJudge({ device, cacheDir, signal });
  const bench = { judge, sprites: await openSprites({ cacheDir, signal }) };
  const { device: chosen } = judge.device;
  const identity = evaluationIdentity({
    device: chosen,
    seed,
    negativePrompt: negativePrompt ?? null,
    diversityScenes,
    scenes,
    settings,
  });
  using folder = keep === undefined ? undefined : await openKeepFolder(keep, identity, resume);
  const done = folder ? await jobsDone(jobs, options, folder) : new Map<PictureJob, ResultRow>();
  for (const row of done.values()) {
    const path = folder?.path(row) as string;
    yield { row, device: chosen, picture: async () => await decodePixels(await Deno.readFile(path)) };
  }
  const left = jobs.filter((job) => !done.has(job));
  const tell = remainingTime(done.size, jobs.length);
  const progress = async (count: number, { name }: Setting) => await options.onProgress?.(tell(count, name));
  const wanted = settings.map((_, i) => i).filter((i) => left.some(({ setting }) => setting === i));
  const loading = { device, attentionForm, cacheDir, signal, onLoad, onFetch, onNotice };
  let count = 0;
  const open = [...wanted];
  while (open.length > 0) {
    await using pipe = await pipeline(settings[open[0]].recipe, loading);
    const here = open.filter((i) => i === open[0] || pipe.fits(settings[i].recipe));
    for (const i of here) {
      const setting = settings[i], under = pipe.under(setting.recipe);
      const negative = negativePrompt !== undefined && takesNegative(setting.recipe)
        ? { negativePrompt }
        : {};
      await progress(count, setting);
      for (const some of chunks(left.filter((job) => job.setting === i), batch)) {
        const start = performance.now();
        const images = await under.generate(some.map(({ index }) => scenes[index].caption), {
          seeds: some.map(({ seed }) => seed),
          ...negative,
          signal,
        });
        const ms = (performance.now() - start) / some.length;
        noticesOnJudging(setting.recipe, images[0]).forEach(onNotice);
        const rows = await judgedRows(bench, options, some, images, ms);
        for (const [k, row] of rows.entries()) {
          await folder?.add(images[k], row);
          yield { row, device: chosen, picture: () => Promise.resolve(images[k]) };
        }
        await progress(count += some.length, setting);
      }
    }
    open.splice(0, open.length, ...open.filter((i) => !here.includes(i)));
  }
}
