/**
 * The least that a picture of the bundled model can cost: onnxruntime over the exported files as they are. No tokenizer,
 * no solver, no PNG; the numbers it makes mean nothing.
 */
import { encodeForSession } from "../models/onnx/encode_onnx.ts";
import { readOnnx } from "../models/onnx/read_onnx.ts";
import { openRuntime } from "../models/runtimes/choose_device.ts";
import type { DeviceName } from "../models/runtimes/runtime.ts";
import { floatTensor } from "../models/runtimes/tensor.ts";

/** Sessions over the bundled files. */
export interface BarePocket extends AsyncDisposable {
  /** Both branches' prompts, so many evaluations of both in a batch of two, one decode. */
  generate(steps: number): Promise<void>;
}

const BRANCHES = 2, TOKENS = 32, WIDTH = 128, SIDE = 16;

/** Opens the bundled files in a runtime of their own. */
export async function openBarePocket(device: DeviceName): Promise<BarePocket> {
  await using stack = new AsyncDisposableStack();
  const runtime = stack.use(await openRuntime(device));
  async function load(name: string) {
    const path = new URL(`../models/pocket/bundle/${name}/model.onnx`, import.meta.url);
    return stack.use(
      await runtime.compile(encodeForSession(readOnnx(await Deno.readFile(path), name)), name),
    );
  }
  const encoder = await load("text_encoder"),
    denoiser = await load("unet"),
    decoder = await load("vae_decoder");
  const channels = denoiser.inputs.find(({ name }) => name === "sample")?.shape[1] as number;
  const latents = [channels, SIDE, SIDE], size = channels * SIDE * SIDE;
  const ids = { dtype: "int64", shape: [1, TOKENS], data: new BigInt64Array(TOKENS) } as const;
  const sample = floatTensor(
    [BRANCHES, ...latents],
    new Float32Array(BRANCHES * size).map((_, i) => Math.sin(i)),
  );
  const encoder_hidden_states = floatTensor(
    [BRANCHES, TOKENS, WIDTH],
    new Float32Array(BRANCHES * TOKENS * WIDTH).map((_, i) => Math.cos(i)),
  );
  const owned = stack.move();
  return {
    async generate(steps) {
      for (let i = 0; i < BRANCHES; i++) await encoder.run({ input_ids: ids }, ["last_hidden_state"]);
      for (let step = 0; step < steps; step++) {
        await denoiser.run({
          sample,
          timestep: floatTensor([], Float32Array.of(999 - step)),
          encoder_hidden_states,
        });
      }
      await decoder.run({ latent_sample: floatTensor([1, ...latents], sample.data.subarray(0, size)) });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
