/**
 * From a plan to sessions.
 *
 * @module
 */
import { encodeForSession } from "../models/onnx/encode_onnx.ts";
import type { OnnxModel } from "../models/onnx/read_onnx.ts";
import type { Runtime, Session } from "../models/runtimes/runtime.ts";
import { skipLayers } from "../models/surgery/skip_layers.ts";
import { compileDenoiser, type Denoiser } from "./compile_denoiser.ts";
import type { AttentionPlan, Plan } from "./plan.ts";
import { type BundleSurvey, surveyed } from "./survey.ts";
import { WEAK_DENOISER } from "./weak_denoiser.ts";

/** Progress of loading. */
export interface LoadEvent {
  /** What has just been loaded: a component's name. */
  readonly what: string;
  /** How many components are loaded. */
  readonly done: number;
  readonly total: number;
}

/** The sessions of a pipeline, all owned by it. */
export interface Models extends AsyncDisposable {
  /** In the order of the plan's encoders. */
  readonly textEncoders: readonly Session[];
  readonly decoder: Session;
  /** The worse network of AutoGuidance, where the recipe has it. */
  readonly weak?: Session;
  /** The denoiser with the attention of a plan that {@linkcode compileModels} compiled, or of one that fits it. */
  denoiserFor(attention: AttentionPlan): Session;
}

/** What the plan changes in a component's graph. */
function editModel(plan: Plan, survey: BundleSurvey, name: string): OnnxModel {
  const { model } = surveyed(survey, name);
  const encoder = plan.text.encoders.find(({ component }) => component === name);
  return encoder?.hiddenState.kind === "normalized" ? skipLayers(model, encoder.hiddenState.clipSkip) : model;
}

/**
 * Edits each graph as the plan says and compiles it.
 *
 * @throws {GraphError} if the runtime refuses a graph.
 */
export async function compileModels(
  plan: Plan,
  survey: BundleSurvey,
  runtime: Runtime,
  options: { readonly signal?: AbortSignal; readonly onLoad?: (event: LoadEvent) => void } = {},
): Promise<Models> {
  await using stack = new AsyncDisposableStack();
  const total = plan.components.length;
  const sessions = new Map<string, Session>();
  let denoiser: Denoiser | undefined, weak: Session | undefined, done = 0;
  for (const { name } of plan.components) {
    options.signal?.throwIfAborted();
    if (name === WEAK_DENOISER && survey.weak) {
      weak = stack.use(await runtime.compile(encodeForSession(survey.weak.component.model), name));
    } else if (name === survey.family.denoiser) {
      denoiser = stack.use(await compileDenoiser(plan, survey, runtime, options.signal));
    } else {sessions.set(
        name,
        stack.use(await runtime.compile(encodeForSession(editModel(plan, survey, name)), name)),
      );}
    options.onLoad?.({ what: name, done: ++done, total });
  }
  const get = (name: string) => sessions.get(name) as Session;
  const owned = stack.move();
  return {
    textEncoders: plan.text.encoders.map(({ component }) => get(component)),
    decoder: get("vae_decoder"),
    ...(weak ? { weak } : {}),
    denoiserFor: (attention) => (denoiser as Denoiser).under(attention),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
