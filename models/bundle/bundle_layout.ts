/**
 * The layout of optimum's exports, which bundles have: one folder a component.
 *
 * @module
 */

/** The folders that hold a model. */
export const COMPONENT_NAMES = [
  "text_encoder",
  "text_encoder_2",
  "unet",
  "vae_decoder",
  "vae_encoder",
] as const;
/** The name of one of a bundle's models. */
export type ComponentName = typeof COMPONENT_NAMES[number];

/** The folders that hold a tokenizer. */
export const TOKENIZER_NAMES = ["tokenizer", "tokenizer_2"] as const;
/** The name of one of a bundle's tokenizers. */
export type TokenizerName = typeof TOKENIZER_NAMES[number];

/** The graph of a component, in its folder. */
export const MODEL_FILE = "model.onnx";
/** The shape of a component, in its folder. */
export const CONFIG_FILE = "config.json";
/** Which classes the bundle was made of, at the root. */
export const MODEL_INDEX_FILE = "model_index.json";
/** How the model was trained to be sampled. */
export const SCHEDULER_FILE = "scheduler/scheduler_config.json";
/** Sizes and hashes of the bundle's files, at the root. */
export const MANIFEST_FILE = "manifest.json";

/** Names that exporters give the side file of a graph's weights; asked for where a server lists no files. */
export const SIDE_FILE_NAMES = ["model.onnx_data", "model.onnx.data", "weights.pb"] as const;

/** What the layout is, for messages. */
export const LAYOUT =
  "text_encoder/model.onnx, unet/model.onnx, vae_decoder/model.onnx (each with config.json), tokenizer/, " +
  "scheduler/scheduler_config.json and model_index.json";

/** How one gets a bundle, for messages. */
export const EXPORT_REMEDY =
  "Make a bundle with: optimum-cli export onnx --model NAME --task text-to-image FOLDER";

/** Extensions which no side file of a graph has. */
const OTHER_EXTENSIONS = /\.(?:onnx|json|md|txt|safetensors|ckpt|pt|png|part)$/i;

/** Whether a file in a component's folder can hold weights of its graph: exporters name them in many ways. */
export function isSideFile(name: string): boolean {
  return !name.startsWith(".") && !OTHER_EXTENSIONS.test(name);
}
