/**
 * `winnow explain`.
 *
 * @module
 */

import { chooseDevice, parseDeviceRequest } from "../models/runtimes/choose_device.ts";
import { planRecipe } from "../pipeline/pipeline.ts";
import { explain } from "../pipeline/explain.ts";
import type { ExplainCommand } from "./command_line.ts";
import { blameFlag } from "./flag_of_path.ts";
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
    const plan = await planRecipe(await recipeOf(command, loading), { ...loading, device, attentionForm });
    progress.clear();
    console.log(command.json ? JSON.stringify(plan, null, 2) : explain(plan));
  } catch (error) {
    throw blameFlag(error, command);
  } finally {
    progress.clear();
  }
}
