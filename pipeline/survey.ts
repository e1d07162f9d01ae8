/**
 * Looking at a bundle, so that a plan can be made of it without touching a file again.
 *
 * @module
 */
import { BundleError } from "../errors.ts";
import type { Bundle } from "../models/bundle/bundle.ts";
import type { ComponentConfig } from "../models/families/config_fields.ts";
import type { Family } from "../models/families/family.ts";
import type { GraphProto, NodeProto, TensorProto } from "../models/onnx/onnx_types.ts";
import { type OnnxModel, readOnnx } from "../models/onnx/read_onnx.ts";
import type { ClipTokenizer } from "../models/tokenizers/clip_tokenizer.ts";

/** One component of a bundle: its graph, its configuration, its size. */
export interface ComponentSurvey {
  readonly name: string;
  readonly config: ComponentConfig;
  /** The decoded graph; its weights are views into the file's bytes. */
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
    componentsOf(family).map(async (name): Promise<ComponentSurvey> => {
      const component = bundle.component(name);
      const bytes = await component.read();
      signal?.throwIfAborted();
      const sides = [...component.externalData.values()].reduce((sum, { size }) => sum + size, 0);
      return {
        name,
        config: { path: fileIn(bundle.source, `${name}/config.json`), values: component.config },
        model: readOnnx(bytes, fileIn(bundle.source, `${name}/model.onnx`)),
        bytes: bytes.length + sides,
      };
    }),
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

/** What messages call a file of a bundle: its path below the bundle's source. */
export function fileIn(source: string, file: string): string {
  return `${source.replace(/\/+$/, "")}/${file}`;
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

/** Graph structure is all that planning looks at; tensors beyond this many bytes are weights. */
const STRUCTURE_BYTES = 1024;

/** A small tensor with bytes of its own, since a view would keep the whole file alive; a large one without any. */
function structureOf(tensor: TensorProto): TensorProto {
  const { rawData } = tensor;
  return { ...tensor, rawData: rawData && rawData.length <= STRUCTURE_BYTES ? rawData.slice() : undefined };
}

function nodeStructure(node: NodeProto): NodeProto {
  if (!node.attribute?.some(({ t, s, g }) => t || s || g)) return node;
  const attribute = node.attribute.map((each) => ({
    ...each,
    ...(each.t ? { t: structureOf(each.t) } : {}),
    ...(each.s ? { s: each.s.slice() } : {}),
    ...(each.g ? { g: graphStructure(each.g) } : {}),
  }));
  return { ...node, attribute };
}

function graphStructure(graph: GraphProto): GraphProto {
  return { ...graph, initializer: graph.initializer.map(structureOf), node: graph.node.map(nodeStructure) };
}

/** The same survey without the weights, for planning again once they are loaded. */
export function withoutWeights(survey: BundleSurvey): BundleSurvey {
  const strip = (part: ComponentSurvey): ComponentSurvey => {
    const { path, proto } = part.model;
    return {
      ...part,
      model: { path, bytes: new Uint8Array(), proto: { ...proto, graph: graphStructure(proto.graph) } },
    };
  };
  return {
    ...survey,
    components: new Map([...survey.components].map(([name, part]) => [name, strip(part)])),
  };
}
