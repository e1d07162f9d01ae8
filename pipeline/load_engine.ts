/**
 * From a plan to an engine.
 *
 * @module
 */
import type { Bundle } from "../models/bundle/bundle.ts";
import type { Runtime } from "../models/runtimes/runtime.ts";
import { compileModels, type LoadEvent } from "./compile_models.ts";
import type { Engine } from "./engine.ts";
import { imageEncoder } from "./image_encoder.ts";
import type { Plan } from "./plan.ts";
import type { BundleSurvey } from "./survey.ts";

/** What an engine is made of. */
export interface EngineParts {
  readonly plan: Plan;
  readonly survey: BundleSurvey;
  readonly bundle: Bundle;
}

/**
 * Loads a plan's models onto a runtime.
 *
 * @param runtime Owned by the engine, or given back if loading fails.
 * @throws {GraphError} if the runtime refuses a graph.
 */
export async function loadEngine(
  { plan, survey, bundle }: EngineParts,
  runtime: Runtime,
  options: { readonly signal?: AbortSignal; readonly onLoad?: (event: LoadEvent) => void } = {},
): Promise<Engine> {
  await using stack = new AsyncDisposableStack();
  stack.use(runtime);
  const models = stack.use(await compileModels(plan, survey, runtime, options));
  const encoder = stack.use(imageEncoder(bundle, runtime));
  const owned = stack.move();
  return { models, imageEncoder: encoder, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
