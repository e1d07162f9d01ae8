/**
 * The pipeline: a recipe, loaded and ready to run.
 *
 * @module
 */
import type { Bundle } from "../models/bundle/bundle.ts";
import { openBundle } from "../models/bundle/open_bundle.ts";
import { familyOf } from "../models/families/find_family.ts";
import {
  POCKET_BUNDLE_URL,
  POCKET_MANIFEST_SHA256,
  POCKET_TURBO_BUNDLE_URL,
  POCKET_TURBO_MANIFEST_SHA256,
} from "../models/pocket/pocket_bundle.ts";
import { openRuntime, parseDeviceRequest } from "../models/runtimes/choose_device.ts";
import type { DeviceRequest } from "../models/runtimes/runtime.ts";
import type { Recipe, Sites } from "../recipes/recipes.ts";
import { checkFloat16 } from "./check_float16.ts";
import { DeviceError } from "../errors.ts";
import { keepEngine } from "./engine.ts";
import type { LoadEvent } from "./compile_models.ts";
import { type FormOptions, type Plan, plan as makePlan } from "./plan.ts";
import type { AttentionFormRequest } from "./plan_form.ts";
import { loadEngine } from "./load_engine.ts";
import type { Pipeline } from "./pipeline_type.ts";
import { type Loaded, runnable } from "./runnable.ts";
import { surveyBundle } from "./survey.ts";
import { createTurns } from "./turns.ts";
import { surveyWeak, weakModelOf } from "./weak_denoiser.ts";

export type { GenerateOptions, Pipeline } from "./pipeline_type.ts";

/** How to load a pipeline. */
export interface PipelineOptions {
  /** Which runtime. Default: what WINNOW_DEVICE names, else "auto": a GPU if there is one, else wasm. */
  readonly device?: DeviceRequest;
  /**
   * How attention is computed: by a kernel of our own where the runtime has a GPU and the graph can be cut, else by
   * nodes in the graph; or the one or the other. Default: "auto".
   */
  readonly attentionForm?: AttentionFormRequest;
  /**
   * Records attention maps: `"all"` cross-attention, or some places and sites by id. Each image then has them as
   * `attentionMaps`. Weights are read from the graph, so that attention is computed by nodes. Default: none.
   */
  readonly attentionMaps?: Sites;
  /** Where models that are fetched by URL are kept. Default: WINNOW_CACHE, else the platform's cache folder. */
  readonly cacheDir?: string;
  /** Cancels the loading. */
  readonly signal?: AbortSignal;
  /** Called when a component is loaded. */
  readonly onLoad?: (event: LoadEvent) => void;
  /** Called while model files are fetched. */
  readonly onFetch?: NonNullable<Parameters<typeof openBundle>[1]>["onProgress"];
  /** Given lines for the user: which device is used and why, and warnings. Default: standard error. */
  readonly onNotice?: (line: string) => void;
}

/** The bundle of a recipe's model. */
export function openModel(
  model: Recipe["model"],
  options: Pick<PipelineOptions, "cacheDir" | "signal" | "onFetch"> = {},
): Promise<Bundle> {
  const { cacheDir, signal, onFetch: onProgress } = options;
  const fetching = { cacheDir, signal, onProgress };
  switch (model.kind) {
    case "pocket":
      return openBundle(POCKET_BUNDLE_URL, { ...fetching, manifestSha256: POCKET_MANIFEST_SHA256 });
    case "pocket-turbo":
      return openBundle(POCKET_TURBO_BUNDLE_URL, {
        ...fetching,
        manifestSha256: POCKET_TURBO_MANIFEST_SHA256,
      });
    default:
      return openBundle(model.source, fetching);
  }
}

/** Opens a recipe's model, and the worse one of its guidance, and looks at them. */
async function surveyRecipe(
  recipe: Recipe,
  options: Pick<PipelineOptions, "cacheDir" | "signal" | "onFetch">,
) {
  const bundle = await openModel(recipe.model, options);
  const survey = await surveyBundle(bundle, familyOf(recipe.model.kind), options.signal);
  const other = weakModelOf(recipe);
  if (!other) return { bundle, survey, hashes: () => bundle.hashes() };
  const weakBundle = await openModel(other, options);
  const weak = await surveyWeak(weakBundle, other, options.signal);
  const hashes = async () => {
    const [own, others] = await Promise.all([bundle.hashes(), weakBundle.hashes()]);
    const { denoiser } = familyOf(other.kind);
    const used = Object.entries(others).filter(([file]) => file.startsWith(`${denoiser}/`));
    return { ...own, ...Object.fromEntries(used.map(([file, hash]) => [`weak/${file}`, hash])) };
  };
  return { bundle, survey: { ...survey, weak }, hashes };
}

/** Plans a recipe without loading a weight: opens its model, reads its graphs, decides everything. */
export async function planRecipe(
  recipe: Recipe,
  options: Pick<PipelineOptions, "cacheDir" | "signal" | "onFetch"> & FormOptions = {},
): Promise<Plan> {
  const { survey } = await surveyRecipe(recipe, options);
  return makePlan(recipe, survey, options);
}

/**
 * Loads a recipe: opens its model, chooses a runtime, plans, compiles.
 *
 * @example
 * ```ts ignore
 * import { pipeline, pladis, pocket, recipe } from "../mod.ts";
 *
 * await using pipe = await pipeline(recipe({ model: pocket(), attention: pladis() }));
 * const image = await pipe.generate("a cat left of a rocket on a blue background", { seed: 7 });
 * await image.save("cat.png");
 * ```
 *
 * @throws {BundleError} if the model's files are missing or damaged.
 * @throws {PlanError} if the recipe and the model do not fit together.
 * @throws {DeviceError} if the device asked for is not there.
 */
export async function pipeline<R extends Recipe>(
  recipe: R,
  options: PipelineOptions = {},
): Promise<Pipeline<R>> {
  const { signal, onNotice = console.error } = options;
  await using stack = new AsyncDisposableStack();
  const request = parseDeviceRequest(options.device);
  // Starting a runtime and reading a model wait for different things, so they go side by side.
  const opening = openRuntime(request);
  // It may fail long before it is awaited.
  opening.catch(() => {});
  let given = false;
  stack.defer(async () => {
    if (!given) await (await opening.catch(() => undefined))?.[Symbol.asyncDispose]();
  });
  const { bundle, survey, hashes } = await surveyRecipe(recipe, options);
  signal?.throwIfAborted();
  const runtime = await opening;
  const { attentionForm, attentionMaps } = options;
  const form = { device: runtime.report, attentionForm, ...(attentionMaps ? { attentionMaps } : {}) };
  const plan = makePlan(recipe, survey, form);
  await checkFloat16(survey, runtime);
  onNotice(`Running on ${runtime.report.reason}`);
  for (const note of plan.notes) onNotice(note);
  const parts = { plan, survey, bundle };
  given = true;
  const first = await loadEngine(parts, runtime, options);
  const reopen = async () => {
    const again = await openRuntime(request);
    if (again.report.device === runtime.report.device) return await loadEngine(parts, again);
    await again[Symbol.asyncDispose]();
    throw new DeviceError({
      doing: "go on after a lost device",
      what: "the device",
      rule: `${runtime.report.device} again`,
      got: again.report.device,
      remedy: "Load the pipeline again.",
    });
  };
  const loaded: Loaded = {
    survey,
    engine: keepEngine(first, reopen, onNotice),
    form,
    turns: createTurns(),
    hashes,
    onNotice,
  };
  const close = () => loaded.turns.close(() => loaded.engine[Symbol.asyncDispose]());
  return runnable(loaded, recipe, plan, close);
}
