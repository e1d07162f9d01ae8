/**
 * From a plan to sessions.
 *
 * @module
 */
import { BundleError } from "../errors.ts";
import type { BundleComponent } from "../models/bundle/bundle.ts";
import { encodeForSession } from "../models/onnx/encode_onnx.ts";
import type { OnnxModel } from "../models/onnx/read_onnx.ts";
import type { Runtime, Session } from "../models/runtimes/runtime.ts";
import { skipLayers } from "../models/surgery/skip_layers.ts";
import { compileDenoiser, type Denoiser } from "./compile_denoiser.ts";
import type { AttentionPlan, Plan } from "./plan.ts";
import { type BundleSurvey, surveyed } from "./survey.ts";

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
  /** The denoiser with the attention of a plan that {@linkcode compileModels} compiled, or of one that fits it. */
  denoiserFor(attention: AttentionPlan): Session;
}

/** What the plan changes in a component's graph. */
function editModel(plan: Plan, survey: BundleSurvey, name: string): OnnxModel {
  const { model } = surveyed(survey, name);
  const encoder = plan.text.encoders.find(({ component }) => component === name);
  return encoder?.hiddenState.kind === "normalized" ? skipLayers(model, encoder.hiddenState.clipSkip) : model;
}

/** The files beside a component's graph that hold its weights, by name. */
export async function readSideFiles(component: BundleComponent): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const [name, { path }] of component.externalData) {
    try {
      files.set(name, await Deno.readFile(path));
    } catch (cause) {
      throw new BundleError({
        doing: `load ${component.name}`,
        what: path,
        rule: "readable",
        got: (cause as Error).message,
      }, { cause });
    }
  }
  return files;
}

/**
 * Edits each graph as the plan says and compiles it.
 *
 * @throws {GraphError} if the runtime refuses a graph.
 */
export async function compileModels(
  plan: Plan,
  survey: BundleSurvey,
  components: (name: string) => BundleComponent,
  runtime: Runtime,
  options: { readonly signal?: AbortSignal; readonly onLoad?: (event: LoadEvent) => void } = {},
): Promise<Models> {
  await using stack = new AsyncDisposableStack();
  const total = plan.components.length;
  const sessions = new Map<string, Session>();
  let denoiser: Denoiser | undefined, done = 0;
  for (const { name } of plan.components) {
    options.signal?.throwIfAborted();
    const files = await readSideFiles(components(name));
    const encode = (model: OnnxModel) => Promise.resolve(encodeForSession(model, files));
    if (name === survey.family.denoiser) {
      denoiser = stack.use(await compileDenoiser(plan, survey, runtime, encode, options.signal));
    } else {sessions.set(
        name,
        stack.use(await runtime.compile(await encode(editModel(plan, survey, name)), name)),
      );}
    options.onLoad?.({ what: name, done: ++done, total });
  }
  const get = (name: string) => sessions.get(name) as Session;
  const owned = stack.move();
  return {
    textEncoders: plan.text.encoders.map(({ component }) => get(component)),
    decoder: get("vae_decoder"),
    denoiserFor: (attention) => (denoiser as Denoiser).under(attention),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
