/**
 * Looking at a bundle, so that a plan can be made of it without loading a weight.
 *
 * @module
 */
import { BundleError } from "../errors.ts";
import type { Bundle } from "../models/bundle/bundle.ts";
import type { ComponentConfig } from "../models/families/config_fields.ts";
import type { Family } from "../models/families/family.ts";
import type { OnnxModel } from "../models/onnx/read_onnx.ts";
import { unmergeAttention } from "../models/surgery/unmerge_attention.ts";
import type { ClipTokenizer } from "../models/tokenizers/clip_tokenizer.ts";
import { fileIn, openComponent } from "./open_component.ts";

/** One component of a bundle: its graph, its configuration, its size. */
export interface ComponentSurvey {
  readonly name: string;
  readonly config: ComponentConfig;
  /** The decoded graph, the denoiser's with its attention taken apart; its weights stay in the files. */
  readonly model: OnnxModel;
  /** Bytes of the ONNX file and its side files. */
  readonly bytes: number;
}

/** Everything that a plan needs to know of a bundle. */
export interface BundleSurvey {
  readonly source: string;
  readonly family: Family;
  readonly modelIndex: Readonly<Record<string, unknown>>;
  readonly schedulerConfig: Readonly<Record<string, unknown>>;
  readonly components: ReadonlyMap<string, ComponentSurvey>;
  /** In the order of the family's text encoders. */
  readonly tokenizers: readonly ClipTokenizer[];
  /** The worse network of AutoGuidance, where a recipe has it. */
  readonly weak?: { readonly source: string; readonly component: ComponentSurvey };
}

/** The components that a family runs to make a picture from a text. */
export function componentsOf(family: Family): string[] {
  return [...family.textEncoders.map(({ component }) => component), family.denoiser, "vae_decoder"];
}

function checkClass(bundle: Bundle, family: Family): void {
  const name = bundle.modelIndex._class_name;
  if (family.pipelineClasses.includes(String(name))) return;
  throw new BundleError({
    doing: `open ${bundle.source} as ${family.title}`,
    what: "model_index.json: _class_name",
    rule: `one of ${family.pipelineClasses.join(", ")}`,
    got: name,
    remedy: "Name the family that the bundle is of in the recipe's model.",
  });
}

/** One component. @throws {BundleError} or {GraphError}, as {@linkcode surveyBundle}. */
async function surveyComponent(
  bundle: Bundle,
  name: string,
  signal?: AbortSignal,
): Promise<ComponentSurvey> {
  const component = bundle.component(name);
  const model = await openComponent(bundle, name, { signal });
  signal?.throwIfAborted();
  const { size } = await Deno.stat(component.path);
  const sides = [...component.externalData.values()].reduce((sum, { size }) => sum + size, 0);
  return {
    name,
    config: { path: fileIn(bundle.source, `${name}/config.json`), values: component.config },
    model,
    bytes: size + sides,
  };
}

/**
 * A denoiser. Whatever looks for attention in its graph, or changes it, sees operators that were taken apart.
 *
 * @throws {BundleError} or {GraphError}, as {@linkcode surveyBundle}.
 */
export async function surveyDenoiser(
  bundle: Bundle,
  name: string,
  signal?: AbortSignal,
): Promise<ComponentSurvey> {
  const component = await surveyComponent(bundle, name, signal);
  return { ...component, model: unmergeAttention(component.model) };
}

/**
 * Reads what a plan needs: the graphs of the components that the family runs, their configurations, the tokenizers.
 *
 * @throws {BundleError} if the bundle is of another family, or a file is missing or damaged.
 * @throws {GraphError} if an ONNX file cannot be read.
 */
export async function surveyBundle(
  bundle: Bundle,
  family: Family,
  signal?: AbortSignal,
): Promise<BundleSurvey> {
  checkClass(bundle, family);
  const parts = await Promise.all(
    componentsOf(family).map((name) =>
      (name === family.denoiser ? surveyDenoiser : surveyComponent)(bundle, name, signal)
    ),
  );
  return {
    source: bundle.source,
    family,
    modelIndex: bundle.modelIndex,
    schedulerConfig: bundle.schedulerConfig,
    components: new Map(parts.map((part) => [part.name, part])),
    tokenizers: await Promise.all(family.textEncoders.map(({ tokenizer }) => bundle.tokenizer(tokenizer))),
  };
}

/** A component that the survey is known to have. */
export function surveyed(survey: BundleSurvey, name: string): ComponentSurvey {
  const component = survey.components.get(name);
  if (component) return component;
  throw new BundleError({
    doing: `use ${survey.source}`,
    what: "components",
    rule: `include "${name}"`,
    got: [...survey.components.keys()],
  });
}
