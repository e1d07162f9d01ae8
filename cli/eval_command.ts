/**
 * `winnow eval`.
 *
 * @module
 */

import { join } from "node:path";
import { RecipeError } from "../errors.ts";
import { type Setting, settingsOf } from "../evaluation/axes.ts";
import { evaluate } from "../evaluation/evaluate.ts";
import { RESULTS_FILE } from "../evaluation/keep_folder.ts";
import { evaluationScenes } from "../evaluation/picture_jobs.ts";
import { reportChart } from "../evaluation/report_chart.ts";
import { reportTable } from "../evaluation/report_table.ts";
import { checkWritable, writeAtomic } from "../pipeline/atomic_write.ts";
import type { Recipe } from "../recipes/recipes.ts";
import type { EvalCommand } from "./command_line.ts";
import { blameFlag } from "./flag_of_path.ts";
import { createProgress, duration, SILENT } from "./progress.ts";
import { recipeOf } from "./recipe_of.ts";
import { stderrProgress, stdoutColumns } from "./terminal.ts";
import { usageError } from "./usage_error.ts";

/** Evaluates and prints the table, or with `--json` one object; what is kept is written as it is done. */
export async function evalCommand(command: EvalCommand, signal: AbortSignal): Promise<void> {
  const start = performance.now();
  const { keep, resume, chart, kinds, prompts, seed, batch } = command;
  const progress = command.quiet ? SILENT : createProgress(stderrProgress());
  const notices: string[] = [];
  try {
    await checkOutputs(command);
    const loading = { signal, onFetch: progress.fetch };
    const settings = axisSettings(await recipeOf(command, loading), command);
    const { report, rows } = await evaluate({
      ...loading,
      settings,
      scenes: evaluationScenes({ grammar: command.scenes, kinds, prompts, seed }),
      seed,
      batch,
      negativePrompt: command.negative,
      device: command.device,
      attentionForm: command.attentionForm,
      keep,
      resume,
      onLoad: progress.load,
      onNotice(line) {
        notices.push(line);
        progress.line(line);
      },
      onProgress: progress.pictures,
    });
    if (chart !== undefined) {
      await writeAtomic(chart, new TextEncoder().encode(reportChart(report)), { signal });
    }
    const totalMs = Math.round(performance.now() - start);
    const pictures = rows.length;
    progress.line(
      `judged ${pictures === 1 ? "1 picture" : `${pictures} pictures`} in ${duration(totalMs)}`,
    );
    const text = command.json
      ? JSON.stringify({ ...report, pictures, keep, chart, timings: { totalMs }, notices }, null, 2)
      : reportTable(report, { width: stdoutColumns() });
    console.log(text);
  } catch (error) {
    if (signal.aborted && keep !== undefined) {
      progress.line(`What was done is in ${keep}; the same command with --resume goes on.`);
    }
    throw blameFlag(error, command);
  } finally {
    progress.clear();
  }
}

/** Finds out before the work whether its results can be kept. */
async function checkOutputs({ keep, chart }: EvalCommand): Promise<void> {
  if (chart !== undefined) {
    if (!/\.svg$/i.test(chart)) {
      throw usageError({ what: "--chart", rule: "a name that ends in .svg", got: chart });
    }
    await checkWritable(chart);
  }
  if (keep !== undefined) await checkWritable(join(keep, RESULTS_FILE));
}

function axisSettings(recipe: Recipe, { axis }: EvalCommand): Setting[] {
  try {
    return settingsOf(recipe, axis);
  } catch (cause) {
    if (!(cause instanceof RecipeError)) throw cause;
    const { what, ...fault } = cause.fault;
    throw usageError({ ...fault, what: what === "the axis" ? "--axis" : `--axis (${what})` }, { cause });
  }
}
