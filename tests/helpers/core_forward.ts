/** One denoiser call on random inputs, of every family, with the outputs of the original under eleven policies. */
import type { OnnxModel } from "../../models/onnx/read_onnx.ts";
import { readOnnx } from "../../models/onnx/read_onnx.ts";
import { floatTensor, type Tensor } from "../../models/runtimes/tensor.ts";
import type { AttentionSite } from "../../models/surgery/attention_site.ts";
import type { DenoiserInputs } from "../../models/surgery/denoiser_inputs.ts";
import { findAttentionSites } from "../../models/surgery/find_sites.ts";
import type { AttentionPolicy } from "../../ops/attention/policy.ts";
import { fixture, type Goldens, loadGoldens } from "./goldens.ts";

/** Families whose whole bundle is a fixture, and those of which it is the denoiser. */
export const FAMILIES = [
  "sd15",
  "sdxl",
  "sd2",
  "lcm",
  "sd3",
  "sd3dual",
  "flux",
  "pixart",
  "sana",
] as const;
export type FamilyName = typeof FAMILIES[number];

/** A denoiser and what the original made of it. */
export interface CoreForward {
  readonly model: OnnxModel;
  readonly config: { readonly path: string; readonly values: Record<string, unknown> };
  readonly inputs: DenoiserInputs;
  readonly changing: ReadonlySet<string>;
  readonly sites: readonly AttentionSite[];
  /** The sites that a policy takes: cross and joint attention. */
  readonly taken: readonly AttentionSite[];
  readonly goldens: Goldens;
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Tokens of the text. */
  readonly keys: number;
  /** Names of the goldens, dense first. */
  readonly outputs: readonly string[];
  readonly output: string;
}

async function bytesOf(path: string): Promise<Uint8Array> {
  const packed = await Deno.readFile(path);
  if (!path.endsWith(".gz")) return packed;
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function feedOf(goldens: Goldens, name: string): Tensor {
  const tensor = goldens.tensor("core_forward", name);
  return tensor.dtype === "float32"
    ? floatTensor(tensor.shape, tensor.data as Float32Array<ArrayBuffer>)
    : tensor;
}

export async function loadCoreForward(family: FamilyName): Promise<CoreForward> {
  const whole = family === "sd15" || family === "sdxl";
  const folder = whole ? fixture(family, "model", "unet") : fixture("denoisers", family);
  const path = `${folder}/model.onnx${whole ? "" : ".gz"}`, config = `${folder}/config.json`;
  const model = readOnnx(await bytesOf(path), path);
  const goldens = loadGoldens(whole ? family : `denoisers/${family}`);
  const names = Object.keys(goldens.recipes.core_forward.tensors);
  const feeds = Object.fromEntries(
    names.filter((name) => name.startsWith("in.")).map((name) => [name.slice(3), feedOf(goldens, name)]),
  );
  const inputs = { text: "encoder_hidden_states", image: "sample" in feeds ? "sample" : "hidden_states" };
  const sites = findAttentionSites(model, inputs);
  return {
    model,
    config: { path: config, values: JSON.parse(await Deno.readTextFile(config)) },
    inputs,
    changing: new Set([inputs.image, "timestep"]),
    sites,
    taken: sites.filter(({ kind }) => kind !== "self"),
    goldens,
    feeds,
    keys: feeds.encoder_hidden_states.shape[1],
    outputs: names.filter((name) => name.startsWith("out."))
      .sort((a, b) => Number(b === "out.dense") - Number(a === "out.dense")),
    output: model.proto.graph.output[0].name,
  };
}

/** `out.pladis_2_1.5` → λ 2, α 1.5. */
export function policyOf(name: string): AttentionPolicy {
  if (name === "out.dense") return { kind: "dense" };
  const [, lambda, alpha] = name.split("_").map(Number);
  return lambda === 1 ? { kind: "entmax", alpha } : { kind: "pladis", lambda, alpha };
}

/**
 * A sparse policy passes on what comes in amplified, since keys enter and leave the support. How much is measured, by
 * moving the inputs by this much (relative) and seeing how far the output moves.
 */
export const MOVED = 1e-6;

/** A tensor with each number moved up or down by MOVED of itself. */
export function moved({ shape, data }: Tensor): Tensor {
  return floatTensor(
    shape,
    (data as Float32Array<ArrayBuffer>).map((x, i) => x * (1 + (i % 3 - 1) * MOVED * Math.sqrt(1.5))),
  );
}
