/**
 * The pipeline: a recipe, loaded and ready to run.
 *
 * @module
 */
import { DeviceError } from "../errors.ts";
import type { Bundle } from "../models/bundle/bundle.ts";
import { openBundle } from "../models/bundle/open_bundle.ts";
import { familyOf } from "../models/families/find_family.ts";
import { POCKET_BUNDLE_URL, POCKET_MANIFEST_SHA256 } from "../models/pocket/pocket_bundle.ts";
import { openRuntime, parseDeviceRequest } from "../models/runtimes/choose_device.ts";
import type { DeviceReport, DeviceRequest } from "../models/runtimes/runtime.ts";
import type { PromptOptions, Recipe } from "../recipes/recipes.ts";
import { compileModels, type LoadEvent } from "./compile_models.ts";
import { DEFAULT_IMAGES, runOnce, type RunOptions } from "./generate.ts";
import type { Image } from "./image.ts";
import { type Plan, plan as makePlan } from "./plan.ts";
import { surveyBundle } from "./survey.ts";

/** How to load a pipeline. */
export interface PipelineOptions {
  /** Which runtime. Default: what WINNOW_DEVICE names, else "auto": a GPU if there is one, else wasm. */
  readonly device?: DeviceRequest;
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

/** Options of `generate`: those of every run, and the prompts that this recipe can use. */
export type GenerateOptions<R extends Recipe = Recipe> =
  & Omit<RunOptions, "negativePrompt" | "prompt2" | "negativePrompt2">
  & PromptOptions<R>;

/** A loaded recipe. Dispose of it (`await using`) to give its sessions back. */
export interface Pipeline<R extends Recipe = Recipe> extends AsyncDisposable {
  readonly recipe: R;
  readonly plan: Plan;
  readonly device: DeviceReport;
  /**
   * Makes a picture. Calls made while another runs wait for their turn.
   *
   * @param prompt What to draw. The empty prompt is allowed.
   * @throws {DeviceError} if the pipeline was disposed, or a component fails or gives NaN.
   * @throws {DomainError} if the seed or the number of images is out of range.
   */
  generate(prompt: string, options?: GenerateOptions<R> & { readonly images?: undefined }): Promise<Image>;
  /** Makes several pictures in one batch, with the seeds `seed`, `seed + 1`, … */
  generate(prompt: string, options: GenerateOptions<R> & { readonly images: number }): Promise<Image[]>;
}

/** The bundle of a recipe's model. */
export function openModel(
  model: Recipe["model"],
  options: Pick<PipelineOptions, "cacheDir" | "signal" | "onFetch"> = {},
): Promise<Bundle> {
  const { cacheDir, signal, onFetch: onProgress } = options;
  return model.kind === "pocket"
    ? openBundle(POCKET_BUNDLE_URL, { cacheDir, signal, onProgress, manifestSha256: POCKET_MANIFEST_SHA256 })
    : openBundle(model.source, { cacheDir, signal, onProgress });
}

/** Plans a recipe without loading a weight: opens its model, reads its graphs, decides everything. */
export async function planRecipe(
  recipe: Recipe,
  options: Pick<PipelineOptions, "cacheDir" | "signal" | "onFetch"> & { readonly device?: DeviceReport } = {},
): Promise<Plan> {
  const survey = await surveyBundle(
    await openModel(recipe.model, options),
    familyOf(recipe.model.kind),
    options.signal,
  );
  return makePlan(recipe, survey, options.device);
}

/**
 * Loads a recipe: opens its model, chooses a runtime, plans, compiles.
 *
 * @example
 * ```ts ignore
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
  const { signal, onLoad, onNotice = console.error } = options;
  await using stack = new AsyncDisposableStack();
  const request = parseDeviceRequest(options.device);
  const family = familyOf(recipe.model.kind);
  const bundle = await openModel(recipe.model, options);
  const survey = await surveyBundle(bundle, family, signal);
  signal?.throwIfAborted();
  const runtime = stack.use(await openRuntime(request));
  const plan = makePlan(recipe, survey, runtime.report);
  onNotice(`Running on ${runtime.report.reason}`);
  for (const note of plan.notes) onNotice(note);
  const models = stack.use(
    await compileModels(plan, survey, (name) => bundle.component(name), runtime, { signal, onLoad }),
  );
  const { tokenizers } = survey;
  const encoder = {
    family,
    plan: plan.text,
    size: plan.size,
    tokenizers,
    sessions: models.textEncoders,
    onNotice,
  };
  const context = { recipe, plan, models, encoder, hashes: () => bundle.hashes() };
  const owned = stack.move();
  let turn: Promise<unknown> = Promise.resolve();
  let open = true;

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work);
    turn = result.catch(() => {});
    return result;
  }

  function generate(
    prompt: string,
    options: RunOptions & { images?: number } = {},
  ): Promise<Image | Image[]> {
    return inTurn(async () => {
      if (!open) {
        throw new DeviceError({
          doing: "generate",
          what: "the pipeline",
          rule: "open",
          got: "a disposed one",
        });
      }
      const made = await runOnce(context, prompt, options, options.images ?? DEFAULT_IMAGES);
      return options.images === undefined ? made[0] : made;
    });
  }

  return {
    recipe,
    plan,
    device: runtime.report,
    generate: generate as Pipeline<R>["generate"],
    [Symbol.asyncDispose]() {
      open = false;
      return inTurn(() => owned.disposeAsync());
    },
  };
}
