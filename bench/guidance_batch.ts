/**
 * The two branches of guidance: one call with both, or two calls? The plan takes what is faster here.
 *
 *     deno run -A bench/guidance_batch.ts [native,wasm,webgpu] [--json]
 */
import { encodeForSession } from "../models/onnx/encode_onnx.ts";
import { readOnnx } from "../models/onnx/read_onnx.ts";
import { openRuntime } from "../models/runtimes/choose_device.ts";
import type { DeviceName } from "../models/runtimes/runtime.ts";
import { floatTensor } from "../models/runtimes/tensor.ts";
import { median, printRows, type Row } from "./table.ts";

const devices = (Deno.args[0]?.startsWith("-") ? undefined : Deno.args[0]) ?? "native,wasm,webgpu";
const ROUNDS: Readonly<Record<string, number>> = { native: 30, wasm: 12, webgpu: 3 };
const TOKENS = 32, WIDTH = 128, LATENTS = [16, 16, 16];
const path = new URL("../models/pocket/bundle/unet/model.onnx", import.meta.url);

function feeds(batch: number) {
  const size = LATENTS.reduce((a, b) => a * b, batch);
  return {
    sample: floatTensor([batch, ...LATENTS], new Float32Array(size).map((_, i) => Math.sin(i))),
    timestep: floatTensor([], Float32Array.of(500)),
    encoder_hidden_states: floatTensor(
      [batch, TOKENS, WIDTH],
      new Float32Array(batch * TOKENS * WIDTH).map((_, i) => Math.cos(i)),
    ),
  };
}

const rows: Row[] = [];
for (const device of devices.split(",")) {
  await using runtime = await openRuntime(device as DeviceName);
  await using session = await runtime.compile(
    encodeForSession(readOnnx(await Deno.readFile(path), "unet")),
    "unet",
  );
  for (const images of [1, 4]) {
    const both = feeds(2 * images), each = feeds(images);
    const times = { one: [] as number[], two: [] as number[] };
    for (let round = -1; round < ROUNDS[device]; round++) {
      const start = performance.now();
      await session.run(both);
      const middle = performance.now();
      await session.run(each);
      await session.run(each);
      const end = performance.now();
      // The first round only warms up.
      if (round < 0) continue;
      times.one.push(middle - start);
      times.two.push(end - middle);
    }
    const one = median(times.one), two = median(times.two);
    rows.push({
      name: `${images} image${images > 1 ? "s" : ""}`,
      device,
      form: "none",
      alpha: null,
      "one batch ms": one,
      "two calls ms": two,
      ratio: one / two,
    });
  }
}
printRows(rows, Deno.args);
