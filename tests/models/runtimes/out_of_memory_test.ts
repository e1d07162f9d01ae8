/** Running out of memory, wherever it may be: one error that names it, everything given back, and the next run. */
import assert from "node:assert/strict";
import { fromFileUrl } from "npm:deno-std@1.4.0/path/mod.js";
import { OutOfMemoryError } from "../../../errors.ts";
import { encodeForSession } from "../../../models/onnx/encode_onnx.ts";
import type { ModelProto } from "../../../models/onnx/onnx_types.ts";
import { findAdapter } from "../../../models/runtimes/gpu_adapter.ts";
import { liveCounts } from "../../../models/runtimes/live_count.ts";
import type { Session } from "../../../models/runtimes/runtime.ts";
import { floatTensor } from "../../../models/runtimes/tensor.ts";
import { relativeL2 } from "../../helpers/goldens.ts";
import { loadTinyDenoiser, openTinyDenoiser } from "../../helpers/tiny_denoiser.ts";
import { CPU_DEVICES, runtimeFor, testOnDevices } from "../../helpers/runtimes_under_test.ts";
import { scarceMemory } from "../../helpers/scarce_memory.ts";

const { STORAGE, UNIFORM, MAP_READ } = GPUBufferUsage;

type Which = (descriptor: GPUBufferDescriptor) => boolean;

/** Usages and sizes tell onnxruntime's buffers apart, which have no labels. */
const uses = (usage: number): Which => ({ usage: of, label }) => !label && (of & usage) !== 0;
const uploads = (bytes: number): Which => ({ mappedAtCreation, size }) =>
  !!mappedAtCreation && size === bytes;
const labelled = (part: string): Which => ({ label }) => label?.includes(part) ?? false;

const loaded = await loadTinyDenoiser();
const SAMPLE_BYTES = loaded.feeds.sample.data.length * 4;
const SITE = "down_blocks.0.attentions.0.transformer_blocks.0.attn1";

/** As in cut_denoiser_test.ts. */
const DENSE = 5e-5;

async function checkRun(session: Session): Promise<void> {
  const { out_sample } = await session.run(loaded.feeds);
  const error = relativeL2(out_sample.data as Float32Array, loaded.dense);
  assert.ok(error <= DENSE, `relative L2 ${error}`);
}

/** The error, once it was seen to be the one that is due. */
async function refused(
  work: Promise<unknown>,
  memory: ReturnType<typeof scarceMemory>,
  start: RegExp,
): Promise<void> {
  await assert.rejects(work, (error: Error) => {
    assert.ok(error instanceof OutOfMemoryError, `${error}`);
    assert.match(error.message, start);
    const { size } = memory.refused.at(-1) as GPUBufferDescriptor;
    assert.equal(error.bytes, size);
    assert.ok(error.message.includes(`memory must be enough for ${size} bytes`), error.message);
    assert.match(error.message, /Make smaller pictures or fewer at once, or use --device wasm/);
    return true;
  });
}

const AT_COMPILING: readonly [string, Which, RegExp][] = [
  ["the prompt's weights", uses(STORAGE), /^Cannot compile unet \(what depends on the prompt alone\): /],
  ["an upload of weights", ({ mappedAtCreation }) => !!mappedAtCreation, /^Cannot compile unet \(.+\): /],
  ["the kernels' sizes", labelled("attention sizes"), /^Cannot compile unet \(attention\): /],
];

const AT_RUNNING: readonly [string, Which, RegExp, { ours: boolean }][] = [
  ["the prompt", uses(STORAGE), /^Cannot run unet \(what depends on the prompt alone\): /, { ours: false }],
  ["an upload", uploads(SAMPLE_BYTES), /^Cannot run unet \(segment 1 of 9\): /, { ours: false }],
  ["an operator's sizes", uses(UNIFORM), /^Cannot run unet \(.+\): /, { ours: false }],
  ["a site's result", labelled(SITE), new RegExp(`^Cannot run unet \\(attention at ${SITE}\\): `), {
    ours: true,
  }],
  ["the result", uses(MAP_READ), /^Cannot run unet \(segment 9 of 9\): /, { ours: false }],
];

for (const [what, which, start] of AT_COMPILING) {
  testOnDevices(`out of memory: compiling a cut denoiser, at ${what}`, ["webgpu"], async (device) => {
    const before = liveCounts();
    using memory = scarceMemory();
    {
      await using runtime = await runtimeFor(device);
      const open = liveCounts();
      memory.refuseNext(which);
      await refused(openTinyDenoiser(runtime, loaded), memory, start);
      assert.deepEqual(liveCounts(), open, "nothing of the denoiser is left");
    }
    assert.deepEqual(liveCounts(), before);
  });
}

for (const [what, which, start, { ours }] of AT_RUNNING) {
  testOnDevices(`out of memory: running a cut denoiser, at ${what}`, ["webgpu"], async (device) => {
    const before = liveCounts(), { feeds } = loaded;
    using memory = scarceMemory();
    {
      await using runtime = await runtimeFor(device);
      await using denoiser = await openTinyDenoiser(runtime, loaded);
      const session = denoiser.session(() => ({ kind: "dense" })), compiled = liveCounts();
      memory.refuseNext(which);
      await refused(session.run(feeds), memory, start);
      assert.deepEqual(liveCounts(), compiled, "nothing of the run is left");
      if (ours) await checkRun(session);
      // onnxruntime would give the buffer that is none to the next who wants its size.
      else await assert.rejects(session.run(feeds), /^OutOfMemoryError.*onnxruntime must be loaded again/);
    }
    assert.deepEqual(liveCounts(), before);
    await using runtime = await runtimeFor(device);
    await using denoiser = await openTinyDenoiser(runtime, loaded);
    await checkRun(denoiser.session(() => ({ kind: "dense" })));
  });
}

for (const [what, which] of [["a buffer", uses(STORAGE)], ["an upload", uploads(SAMPLE_BYTES)]] as const) {
  testOnDevices(`out of memory: a graph in one piece, at ${what}`, ["webgpu"], async (device) => {
    const before = liveCounts(), { model, feeds } = loaded;
    using memory = scarceMemory();
    {
      await using runtime = await runtimeFor(device);
      await using session = await runtime.compile(encodeForSession(model), "unet");
      memory.refuseNext(which);
      await refused(session.run(feeds), memory, /^Cannot run unet: /);
      await assert.rejects(session.run(feeds), /^OutOfMemoryError.*onnxruntime must be loaded again/);
    }
    assert.deepEqual(liveCounts(), before);
    await using runtime = await runtimeFor(device);
    await using session = await runtime.compile(encodeForSession(model), "unet");
    await checkRun(session);
  });
}

/** weights = softmax(q · k), with scores of N × N. */
function scores(): ReturnType<typeof encodeForSession> {
  const value = (name: string, dim: { dimParam?: string; dimValue?: number }[]) => ({
    name,
    type: { tensorType: { elemType: 1, shape: { dim } } },
  });
  const n = { dimParam: "n" }, one = { dimValue: 1 };
  const proto: ModelProto = {
    irVersion: 8,
    opsetImport: [{ domain: "", version: 17 }],
    graph: {
      name: "scores",
      node: [
        { opType: "MatMul", input: ["q", "k"], output: ["scores"], name: "scores" },
        { opType: "MatMul", input: ["scores", "q"], output: ["mixed"], name: "mix" },
      ],
      initializer: [],
      input: [value("q", [n, one]), value("k", [one, n])],
      output: [value("mixed", [n, one])],
    },
  };
  return encodeForSession({ path: "scores.onnx", proto, weights: new Map() });
}

testOnDevices("out of memory: a tensor that a CPU runtime has no room for", CPU_DEVICES, async (device) => {
  const before = liveCounts();
  {
    await using runtime = await runtimeFor(device);
    await using session = await runtime.compile(scores(), "unet");
    // 4 TB, and on WebAssembly more than an address can tell
    const n = device === "wasm" ? 40_000 : 1_000_000;
    const run = (n: number) =>
      session.run({
        q: floatTensor([n, 1], new Float32Array(n).fill(0.5)),
        k: floatTensor([1, n], new Float32Array(n).fill(0.5)),
      });
    await assert.rejects(run(n), (error: Error) => {
      assert.ok(error instanceof OutOfMemoryError, `${error}`);
      assert.match(error.message, /^Cannot run unet: .* memory must be enough/);
      assert.equal(error.bytes, device === "native" ? 4 * n * n : undefined);
      assert.match(error.message, /Make smaller pictures or fewer at once/);
      return true;
    });
    assert.equal((await run(4)).mixed.data[0], 0.5);
  }
  assert.deepEqual(liveCounts(), before);
});

testOnDevices("out of memory: memory that is really used up is told just so", ["webgpu"], async () => {
  if (Deno.build.os !== "linux" || !(await findAdapter())?.software) {
    console.warn("not tested here: only the memory of a software adapter on Linux can be limited");
    return;
  }
  const script = fromFileUrl(new URL("../../helpers/exhausted_device.ts", import.meta.url));
  // Addresses, in KiB, of which the process takes a third before it has done anything.
  const limited = `ulimit -v 70000000; exec "${Deno.execPath()}" run -A --no-check --no-lock "${script}"`;
  const { stdout, stderr } = await new Deno.Command("sh", { args: ["-c", limited] }).output();
  const text = new TextDecoder(), printed = text.decode(stdout);
  assert.ok(printed.includes("{"), `${printed}\n${text.decode(stderr)}`);
  const { atSite, again, inSegment, live } = JSON.parse(printed.slice(printed.indexOf("{")));
  assert.match(
    atSite,
    new RegExp(
      `^OutOfMemoryError: Cannot run unet \\(attention at ${SITE}\\): the GPU's memory must be enough for \\d+ bytes`,
    ),
  );
  assert.equal(again, "ran");
  assert.match(
    inSegment,
    /^OutOfMemoryError: Cannot run unet \(segment \d+ of 9\): the GPU's memory must be enough/,
  );
  assert.deepEqual(Object.values(live as Record<string, number>).filter((count) => count !== 0), []);
});
