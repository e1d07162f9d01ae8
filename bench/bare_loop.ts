/**
 * The least that this picture can cost: onnxruntime over the exported files as they are, twenty evaluations with
 * guidance in a batch of two, one decode. No tokenizer, no solver, no PNG; the numbers it makes mean nothing.
 *
 *     deno run -A bench/bare_loop.ts native|wasm|webgpu STEPS
 */
import { encodeForSession } from "../models/onnx/encode_onnx.ts";
import { readOnnx } from "../models/onnx/read_onnx.ts";
import { openRuntime } from "../models/runtimes/choose_device.ts";
import type { DeviceName } from "../models/runtimes/runtime.ts";
import { floatTensor } from "../models/runtimes/tensor.ts";

const [device, steps] = Deno.args;
const BRANCHES = 2, TOKENS = 32, WIDTH = 128, LATENTS = [8, 16, 16];

const start = performance.now();
await using runtime = await openRuntime(device as DeviceName);
async function load(name: string) {
  const path = new URL(`../models/pocket/bundle/${name}/model.onnx`, import.meta.url);
  return await runtime.compile(encodeForSession(readOnnx(await Deno.readFile(path), name)), name);
}
await using encoder = await load("text_encoder");
await using denoiser = await load("unet");
await using decoder = await load("vae_decoder");
const loaded = performance.now();
const ids = { dtype: "int64", shape: [1, TOKENS], data: new BigInt64Array(TOKENS) } as const;
for (let i = 0; i < BRANCHES; i++) await encoder.run({ input_ids: ids }, ["last_hidden_state"]);
const size = LATENTS.reduce((a, b) => a * b, 1);
const sample = floatTensor(
  [BRANCHES, ...LATENTS],
  new Float32Array(BRANCHES * size).map((_, i) => Math.sin(i)),
);
const hidden = floatTensor(
  [BRANCHES, TOKENS, WIDTH],
  new Float32Array(BRANCHES * TOKENS * WIDTH).map((_, i) => Math.cos(i)),
);
for (let step = 0; step < Number(steps); step++) {
  await denoiser.run({
    sample,
    timestep: floatTensor([], Float32Array.of(999 - step)),
    encoder_hidden_states: hidden,
  });
}
await decoder.run({ latent_sample: floatTensor([1, ...LATENTS], sample.data.subarray(0, size)) });
const done = performance.now();
console.log(JSON.stringify({ loadMs: loaded - start, generateMs: done - loaded }));
