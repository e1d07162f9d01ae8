/**
 * Which pictures of an evaluation are there already.
 *
 * @module
 */
import { EvaluationError } from "../errors.ts";
import type { EvaluateOptions } from "./evaluate_options.ts";
import type { KeepFolder } from "./keep_folder.ts";
import type { PictureJob } from "./picture_jobs.ts";
import type { ResultRow } from "./result_row.ts";

/**
 * The row of each job whose picture is kept.
 *
 * @throws {EvaluationError} if a row is not of this evaluation, or its picture is gone.
 */
export async function jobsDone(
  jobs: readonly PictureJob[],
  { settings, scenes }: Pick<EvaluateOptions, "settings" | "scenes">,
  { kept, path }: KeepFolder,
): Promise<Map<PictureJob, ResultRow>> {
  const byImage = new Map(jobs.map((job) => [job.image, job]));
  const done = new Map<PictureJob, ResultRow>();
  const doing = "resume the evaluation";
  for (const [i, row] of kept.entries()) {
    const job = byImage.get(row.image);
    const same = job !== undefined && !done.has(job) && row.seed === job.seed && row.index === job.index &&
      row.repeat === job.repeat && row.prompt === scenes[job.index].caption &&
      row.setting === settings[job.setting].name;
    if (!same) {
      const { image, prompt, seed, setting } = row;
      const rule = "a picture of this evaluation, once";
      throw new EvaluationError({
        doing,
        what: `line ${i + 1} of the results`,
        rule,
        got: { image, prompt, seed, setting },
      });
    }
    const there = await Deno.stat(path(row)).then(({ isFile }) => isFile, () => false);
    if (!there) {
      const remedy = "Put it back, or begin anew in another folder.";
      throw new EvaluationError({
        doing,
        what: path(row),
        rule: "there, as the results have its row",
        remedy,
      });
    }
    done.set(job, row);
  }
  return done;
}
