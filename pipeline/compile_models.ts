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
import { rewriteSites } from "../models/surgery/rewrite_sites.ts";
import { skipLayers } from "../models/surgery/skip_layers.ts";
import type { Plan } from "./plan.ts";
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
  readonly denoiser: Session;
  readonly decoder: Session;
}

/** What the plan changes in a component's graph. */
function editModel(plan: Plan, survey: BundleSurvey, name: string): OnnxModel {
  const { model } = surveyed(survey, name);
  const encoder = plan.text.encoders.find(({ component }) => component === name);
  if (encoder?.hiddenState.kind === "normalized") return skipLayers(model, encoder.hiddenState.clipSkip);
  if (name === survey.family.denoiser && plan.attention.form === "graph") {
    return rewriteSites(model, plan.attention.sites, plan.attention.policy, plan.text.tokens);
  }
  return model;
}

async function readSideFiles(component: BundleComponent): Promise<Map<string, Uint8Array>> {
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
  for (const { name } of plan.components) {
    options.signal?.throwIfAborted();
    const encoded = encodeForSession(editModel(plan, survey, name), await readSideFiles(components(name)));
    sessions.set(name, stack.use(await runtime.compile(encoded, name)));
    options.onLoad?.({ what: name, done: sessions.size, total });
  }
  const get = (name: string) => sessions.get(name) as Session;
  const owned = stack.move();
  return {
    textEncoders: plan.text.encoders.map(({ component }) => get(component)),
    denoiser: get(survey.family.denoiser),
    decoder: get("vae_decoder"),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
