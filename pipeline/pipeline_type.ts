/**
 * What a loaded recipe can do.
 *
 * @module
 */
import type { DeviceReport } from "../models/runtimes/runtime.ts";
import type { PromptOptions, Recipe } from "../recipes/recipes.ts";
import type { RunOptions } from "./run_once.ts";
import type { Image } from "./image.ts";
import type { Plan } from "./plan.ts";

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
   * @throws {DomainError} if the seed, the strength or the number of images is out of range, or a prompt is given that
   *   this recipe has no use for.
   * @throws {ImageError} if the image to start from cannot be read.
   * @throws {BundleError} if there is one, and the model has no encoder of images. It is loaded when first needed.
   */
  generate(prompt: string, options?: GenerateOptions<R> & { readonly images?: undefined }): Promise<Image>;
  /** Makes several pictures in one batch, with the seeds `seed`, `seed + 1`, … or those of `seeds`. */
  generate(prompt: string, options: GenerateOptions<R> & { readonly images: number }): Promise<Image[]>;
  /**
   * Makes one picture of each prompt in one batch: picture i has prompt i and the seed `seed + i`, or that of `seeds`.
   * Each equals the picture that its prompt and seed give alone. Equal prompts are encoded once.
   */
  generate(
    prompts: readonly string[],
    options?: GenerateOptions<R> & { readonly images?: undefined },
  ): Promise<Image[]>;
  /**
   * Whether {@linkcode under} takes the recipe: whether it needs the graphs that are loaded.
   *
   * @throws {PlanError} if the recipe asks for what this model has not got.
   */
  fits(recipe: Recipe): boolean;
  /**
   * The same loaded models under another recipe: another scheduler, guidance, size or λ, with nothing compiled again.
   * The sessions stay this pipeline's; once it is disposed, the other can run no more.
   *
   * @throws {PlanError} if the recipe needs other graphs: another model, α, policy, choice of sites or clipSkip.
   */
  under<R2 extends Recipe>(recipe: R2): Pipeline<R2>;
}
