/**
 * The denoiser of a whole generation with a U-Net of SD 1.5's layout at a quarter of its width: 64 × 64 latents, 77
 * tokens, both branches of guidance in one batch. quarter_unet.py makes the file.
 */
import { join } from "npm:deno-std@1.4.0/path/mod.js";
import { encodeForSession } from "../models/onnx/encode_onnx.ts";
import { type OnnxModel, readOnnx } from "../models/onnx/read_onnx.ts";
import { openRuntime } from "../models/runtimes/choose_device.ts";
import type { DeviceName } from "../models/runtimes/runtime.ts";
import { floatTensor } from "../models/runtimes/tensor.ts";
import { findAttentionSites } from "../models/surgery/find_sites.ts";
import { fuseSelfAttention } from "../models/surgery/fuse_self_attention.ts";
import { rewriteSites } from "../models/surgery/rewrite_sites.ts";
import { LAMBDA_INPUT } from "../ops/attention/policy.ts";
import type { Contender } from "./race.ts";

const BRANCHES = 2, CHANNELS = 4, SIDE = 64, TOKENS = 77, WIDTH = 192;
const INPUTS = { text: "encoder_hidden_states", image: "sample" };
const LAMBDA = 2;

function feeds() {
  const wave = (shape: readonly number[], pace: number) =>
    floatTensor(
      shape,
      new Float32Array(shape.reduce((a, b) => a * b)).map((_, i) => 1.4 * Math.sin(pace * i)),
    );
  return {
    sample: wave([BRANCHES, CHANNELS, SIDE, SIDE], 1.7),
    encoder_hidden_states: wave([BRANCHES, TOKENS, WIDTH], 1.3),
    [LAMBDA_INPUT]: floatTensor([], Float32Array.of(LAMBDA)),
  };
}

/** Evaluations of one graph on one device, after one that only warms up. */
async function evaluate(model: OnnxModel, device: DeviceName, steps: number): Promise<{ ms: number }> {
  await using runtime = await openRuntime(device);
  await using session = await runtime.compile(encodeForSession(model), "unet");
  const given = feeds();
  const step = (t: number) => session.run({ ...given, timestep: floatTensor([], Float32Array.of(t)) });
  await step(999);
  const start = performance.now();
  for (let i = 0; i < steps; i++) await step(998 - i);
  return { ms: performance.now() - start };
}

/** The unmodified file, then self-attention fused: dense, and PLADIS for each α; and PLADIS with nothing fused. */
export function quarterContenders(
  folder: string,
  device: DeviceName,
  steps: number,
  alphas: readonly number[],
): Contender[] {
  const path = join(folder, "model.onnx");
  const model = readOnnx(Deno.readFileSync(path), path);
  const sites = findAttentionSites(model, INPUTS);
  const cross = sites.filter(({ kind }) => kind === "cross"),
    self = sites.filter(({ kind }) => kind === "self");
  const fused = fuseSelfAttention(model, self);
  const pladis = (base: OnnxModel, alpha: number) =>
    rewriteSites(base, cross, { kind: "pladis", lambda: LAMBDA, alpha }, TOKENS);
  const contender = (name: string, alpha: number | null, made: () => OnnxModel): Contender => ({
    comparison: "SD 1.5 layout, quarter width",
    name,
    device,
    form: alpha === null ? "none" : "graph",
    alpha,
    run: () => evaluate(made(), device, steps),
  });
  return [
    contender("onnxruntime", null, () => model),
    contender("dense, self-attention fused", null, () => fused),
    ...alphas.map((alpha) => contender("PLADIS, self-attention fused", alpha, () => pladis(fused, alpha))),
    contender("PLADIS, nothing fused", 1.5, () => pladis(model, 1.5)),
  ];
}
