/**
 * Winnow: text-to-image diffusion from typed, declarative recipes.
 *
 * @example
 * ```ts ignore
 * import { cfg, euler, pipeline, pladis, pocket, recipe } from "./mod.ts";
 *
 * const scene = recipe({
 *   model: pocket(),
 *   scheduler: euler({ steps: 20, sigmas: "karras" }),
 *   attention: pladis({ lambda: 2, alpha: 1.5 }),
 *   guidance: cfg({ scale: 3 }),
 * });
 * await using pipe = await pipeline(scene);
 * const image = await pipe.generate("a cat left of a rocket on a blue background", { seed: 7 });
 * await image.save("cat.png");
 * ```
 *
 * @module
 */
export * from "./errors.ts";
export type {
  Axis,
  EvaluatedPicture,
  EvaluateOptions,
  Evaluation,
  EvaluationProgress,
  EvaluationReport,
  Judge,
  ResultRow,
  Scene,
  SceneKind,
  SceneOptions,
  Seen,
  Setting,
  Verdict,
} from "./evaluation/evaluation.ts";
export {
  evaluate,
  evaluatedPictures,
  evaluationScenes,
  openJudge,
  parseAxis,
  plainSetting,
  readCaption,
  reportChart,
  reportTable,
  settingsOf,
  verdict,
} from "./evaluation/evaluation.ts";
export * from "./recipes/recipes.ts";
export type { DeviceInspection } from "./models/runtimes/inspect_devices.ts";
export { inspectDevices } from "./models/runtimes/inspect_devices.ts";
export { liveCounts } from "./models/runtimes/live_count.ts";
export type { DeviceName, DeviceReport, DeviceRequest } from "./models/runtimes/runtime.ts";
export type { FloatTensor, Tensor } from "./models/runtimes/tensor.ts";
export type {
  NoiseDraw,
  NoiseFunction,
  NoiseGeneratorName,
  NoiseOption,
  NoiseSettings,
  Variation,
} from "./ops/noise/noise_option.ts";
export type { AttentionMaps, OverlayOptions } from "./pipeline/attention_maps.ts";
export { contactSheet } from "./pipeline/contact_sheet.ts";
export { enlarge } from "./pipeline/enlarge.ts";
export { explain } from "./pipeline/explain.ts";
export { Image } from "./pipeline/image.ts";
export type { ImageMetadata } from "./pipeline/image_metadata.ts";
export { readImageMetadata, readRecipeFromPng } from "./pipeline/image_metadata.ts";
export { decodeNpy, encodeNpy } from "./pipeline/npy.ts";
export type { GenerateOptions, Pipeline, PipelineOptions } from "./pipeline/pipeline.ts";
export { openModel, pipeline, planRecipe } from "./pipeline/pipeline.ts";
export type { Plan } from "./pipeline/plan.ts";
export { plan } from "./pipeline/plan.ts";
export type { StepEvent, Trace } from "./pipeline/run_events.ts";
export type { PromptWord } from "./models/tokenizers/prompt_words.ts";
export type { SourceImage } from "./pipeline/source_image.ts";
export { surveyBundle } from "./pipeline/survey.ts";
export { VERSION } from "./pipeline/version.ts";
