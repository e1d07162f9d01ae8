/**
 * The folder that keeps an evaluation: each picture, a row for each, and what the evaluation is.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { EvaluationError } from "../errors.ts";
import { writeAtomic } from "../pipeline/atomic_write.ts";
import type { Image } from "../pipeline/image.ts";
import { readImageMetadata } from "../pipeline/image_metadata.ts";
import { type EvaluationIdentity, identityDifference } from "./evaluation_identity.ts";
import { readResultRows } from "./read_result_rows.ts";
import type { ResultRow } from "./result_row.ts";

/** What says which evaluation a folder keeps. */
export const IDENTITY_FILE = "evaluation.json";
/** One row for each picture, in JSON, in the order in which they were done. */
export const RESULTS_FILE = "results.jsonl";

/** A folder that keeps an evaluation, open for more rows. */
export interface KeepFolder extends Disposable {
  /** The rows that were there. */
  readonly kept: readonly ResultRow[];
  /** Keeps a picture, then its row. */
  add(image: Image, row: ResultRow): Promise<void>;
  /** The path of a kept picture. */
  path(row: ResultRow): string;
}

const DOING = "resume the evaluation";

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Whether the folder keeps an evaluation already, which must be this one. */
async function checkIdentity(
  folder: string,
  identity: EvaluationIdentity,
  resume: boolean,
): Promise<boolean> {
  const path = join(folder, IDENTITY_FILE);
  const [text, results] = await Promise.all([path, join(folder, RESULTS_FILE)].map(readIfThere));
  if (text === undefined && results === undefined) return false;
  if (!resume) {
    throw new EvaluationError({
      doing: "keep the evaluation",
      what: folder,
      rule: "a folder that keeps no evaluation yet",
      got: text === undefined ? RESULTS_FILE : IDENTITY_FILE,
      remedy: "Resume (--resume) to go on with it, or take another folder.",
    });
  }
  if (text === undefined) {
    throw new EvaluationError({ doing: DOING, what: path, rule: `there, beside ${RESULTS_FILE}` });
  }
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (cause) {
    throw new EvaluationError({ doing: DOING, what: path, rule: "JSON", got: text }, { cause });
  }
  const difference = identityDifference(identity, found);
  if (difference === undefined) return true;
  throw new EvaluationError({
    doing: DOING,
    what: difference.what,
    rule: `what ${folder} was begun with`,
    got: difference.now,
    remedy: `It was begun with ${
      JSON.stringify(difference.before)
    }: ask for the same, or take another folder.`,
  });
}

/** The pictures go on from the same weights: the files of the model are those of a kept picture of it. */
async function checkModels(image: Image, kept: readonly ResultRow[], path: (row: ResultRow) => string) {
  const model = JSON.stringify(image.metadata.recipe.model);
  const row = kept.find(({ settings }) => JSON.stringify(settings.model) === model);
  if (row === undefined) return;
  const { models } = await readImageMetadata(await Deno.readFile(path(row)));
  const names = new Set([...Object.keys(models), ...Object.keys(image.metadata.models)]);
  const changed = [...names].filter((name) => models[name] !== image.metadata.models[name]);
  if (changed.length === 0) return;
  throw new EvaluationError({
    doing: DOING,
    what: `the model's ${changed.join(", ")}`,
    rule: `as they were for the pictures in ${dirname(dirname(path(row)))}`,
    remedy: "Another model's pictures belong to another evaluation: take another folder.",
  });
}

/** Opens the results for more rows, and keeps other processes from doing so until they are closed. */
async function openAlone(results: string): Promise<Deno.FsFile> {
  const file = await Deno.open(results, { append: true, create: true });
  if (await file.tryLock(true)) return file;
  file.close();
  throw new EvaluationError({
    doing: "keep the evaluation",
    what: results,
    rule: "written by one evaluation at a time",
    got: "a file that another one holds",
    remedy: "Wait for it, or take another folder.",
  });
}

/**
 * Opens the folder: a fresh one, or with `resume` one that keeps a part of the same evaluation. A last row that was
 * not written to its end is cut off.
 *
 * @throws {EvaluationError} if it keeps an evaluation and `resume` is not set, or another evaluation, or a damaged one, or
 *   another evaluation is at work on it.
 * @throws {ImageError} if it cannot be written to.
 */
export async function openKeepFolder(
  folder: string,
  identity: EvaluationIdentity,
  resume: boolean,
): Promise<KeepFolder> {
  const results = join(folder, RESULTS_FILE);
  const path = ({ image }: ResultRow) => join(folder, image);
  const resumed = await checkIdentity(folder, identity, resume);
  if (!resumed) {
    const text = `${JSON.stringify(identity, null, 2)}\n`;
    await writeAtomic(join(folder, IDENTITY_FILE), new TextEncoder().encode(text));
  }
  const file = await openAlone(results);
  let kept: ResultRow[] = [];
  try {
    if (resumed) kept = await readResultRows(results, { cut: true });
  } catch (error) {
    file.close();
    throw error;
  }
  const models = new Set<string>();
  return {
    kept,
    path,
    async add(image, row) {
      const model = JSON.stringify(image.metadata.recipe.model);
      if (!models.has(model)) await checkModels(image, kept, path);
      models.add(model);
      await image.save(path(row));
      const line = new TextEncoder().encode(`${JSON.stringify(row)}\n`);
      for (let written = 0; written < line.length;) written += await file.write(line.subarray(written));
    },
    [Symbol.dispose]: () => file.close(),
  };
}
