/**
 * `winnow explain`.
 *
 * @module
 */

import { chooseDevice, parseDeviceRequest } from "../models/runtimes/choose_device.ts";
import { planRecipe } from "../pipeline/pipeline.ts";
import { explain } from "../pipeline/explain.ts";
import { openStart, planStart } from "../pipeline/run_start.ts";
import type { ExplainCommand } from "./command_line.ts";
import { blameFlag } from "./flag_of_path.ts";
import { imageFromFlags } from "./image_from_flags.ts";
import { createProgress, SILENT } from "./progress.ts";
import { recipeOf } from "./recipe_of.ts";
import { stderrProgress } from "./terminal.ts";

/** Prints the plan of what the flags ask for. */
export async function explainCommand(command: ExplainCommand, signal: AbortSignal): Promise<void> {
  const progress = command.quiet ? SILENT : createProgress(stderrProgress());
  const loading = { signal, onFetch: progress.fetch };
  try {
    const device = await chooseDevice(parseDeviceRequest(command.device));
    const { attentionForm } = command;
    const recipe = await recipeOf(command, loading);
    const start = await openStart(await imageFromFlags(command, signal));
    const planned = await planRecipe(recipe, { ...loading, device, attentionForm });
    const plan = planStart(planned, start, recipe.size !== undefined);
    progress.clear();
    console.log(command.json ? JSON.stringify(plan, null, 2) : explain(plan));
  } catch (error) {
    throw blameFlag(error, command);
  } finally {
    progress.clear();
  }
}
