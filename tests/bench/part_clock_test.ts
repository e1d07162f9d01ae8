/** Timing the tiny denoiser part by part; what the clock relies on; and the rows that times make. */
import assert from "node:assert/strict";
import { createPartClock, hasTimestamps, type PartTime } from "../../bench/part_clock.ts";
import { partRows, totalRows } from "../../bench/part_rows.ts";
import type { GpuSide } from "../../models/runtimes/runtime.ts";
import { relativeL2 } from "../helpers/goldens.ts";
import { runtimeFor, testOnDevices } from "../helpers/runtimes_under_test.ts";
import { loadTinyDenoiser, openTinyDenoiser } from "../helpers/tiny_denoiser.ts";

/** As in cut_denoiser_test.ts. */
const DENSE = 5e-5;

const loaded = await loadTinyDenoiser(), { stages } = loaded.cut;
const segments = stages.filter(({ segment }) => segment).length;
const groups = stages.map(({ sites }) => sites.map(({ id }) => id)).filter(({ length }) => length > 0);

for (const clock of ["timestamps", "wall"] as const) {
  testOnDevices(
    `part clock by ${clock}: every part of a step, each once, within its time`,
    ["webgpu"],
    async (device) => {
      await using runtime = await runtimeFor(device);
      const gpu = runtime.gpu as GpuSide;
      if (clock === "timestamps") {
        if (!gpu.device.features.has("timestamp-query")) return console.warn("skipped: no timestamp-query");
        assert.ok(await hasTimestamps(gpu.device), "the adapter lists timestamps, and they go on");
      }
      using parts = createPartClock(gpu.device, clock, 1 + 2 * stages.length);
      await using denoiser = await openTinyDenoiser(runtime, loaded, parts.around);
      const session = denoiser.session(() => ({ kind: "dense" }));
      for (const first of [true, false]) {
        const start = performance.now();
        const { out_sample } = await session.run(loaded.feeds);
        const wall = performance.now() - start, times = await parts.read();
        assert.ok(
          relativeL2(out_sample.data as Float32Array, loaded.dense) <= DENSE,
          "timing changes no result",
        );
        const names = times.map(({ part }) => `${part.kind}: ${part.name}`);
        const due = stages.flatMap(({ sites }, i) => [
          `segment: segment ${i + 1} of ${stages.length}`,
          ...(sites.length > 0 ? [`attention: attention at ${sites.map(({ id }) => id).join(", ")}`] : []),
        ]);
        assert.deepEqual(names, ["prompt: what depends on the prompt alone", ...due]);
        assert.equal(times.length, 1 + segments + groups.length);
        assert.ok(times.every(({ ms }) => ms >= 0), "no part ends before it begins");
        const sum = times.reduce((total, { ms }) => total + ms, 0);
        assert.ok(sum > 0 && sum <= wall, `${sum} of ${wall} ms`);
        for (const { part, dispatches } of times) {
          if (part.kind === "attention") {
            assert.equal(dispatches, groups.find((ids) => part.name.endsWith(ids.join(", ")))?.length);
          } else assert.equal(dispatches > 0, part.kind === "segment" || first, part.name);
        }
      }
      assert.deepEqual(await parts.read(), [], "what was read is forgotten");
    },
  );
}

testOnDevices(
  "onnxruntime has submitted all of a segment's work when its run resolves",
  ["webgpu"],
  async (device) => {
    const open = new Map<object, number>();
    const { beginComputePass, finish } = GPUCommandEncoder.prototype, { submit } = GPUQueue.prototype;
    let passes = 0, submitted = 0;
    GPUCommandEncoder.prototype.beginComputePass = function (descriptor) {
      open.set(this, (open.get(this) ?? 0) + 1);
      passes++;
      return beginComputePass.call(this, descriptor);
    };
    GPUCommandEncoder.prototype.finish = function (descriptor) {
      const commands = finish.call(this, descriptor);
      open.set(commands, open.get(this) ?? 0);
      return commands;
    };
    GPUQueue.prototype.submit = function (commands) {
      for (const each of commands) submitted += open.get(each) ?? 0;
      submit.call(this, commands);
    };
    try {
      await using runtime = await runtimeFor(device);
      let segments = 0;
      await using denoiser = await openTinyDenoiser(runtime, loaded, async (part, work) => {
        const before = passes, result = await work();
        assert.equal(submitted, passes, `passes of ${part.name} that were not submitted`);
        if (part.kind === "segment") segments += Number(passes > before);
        return result;
      });
      await denoiser.session(() => ({ kind: "dense" })).run(loaded.feeds);
      assert.equal(segments, stages.length, "passes were seen in every segment");
    } finally {
      Object.assign(GPUCommandEncoder.prototype, { beginComputePass, finish });
      GPUQueue.prototype.submit = submit;
    }
  },
);

Deno.test("rows of parts: medians over the steps of times and of shares, the prompt once, and totals that add up", () => {
  const step = (segment: number, attention: number, wallMs: number, prompt = 0) => {
    const time = (kind: PartTime["part"]["kind"], ms: number, dispatches: number) => ({
      part: { kind, name: kind },
      ms,
      dispatches,
    });
    return {
      wallMs,
      parts: [time("prompt", prompt, prompt), time("segment", segment, 5), time("attention", attention, 1)],
    };
  };
  const run = {
    alpha: 1.5,
    first: step(9, 9, 99, 7),
    steps: [step(6, 1, 10), step(8, 3, 16), step(4, 2, 8)],
  };
  const rows = partRows("timestamps", run).map(({ policy, name, ms, share, dispatches }) => [
    policy,
    name,
    ms,
    share,
    dispatches,
  ]);
  assert.deepEqual(rows, [
    ["PLADIS α 1.5", "prompt", 7, null, 7],
    ["PLADIS α 1.5", "segment", 6, 0.5, 5],
    ["PLADIS α 1.5", "attention", 2, 0.188, 1],
  ]);
  const later = partRows("timestamps", { ...run, first: run.steps[0] });
  assert.deepEqual(later.map(({ name }) => name), ["segment", "attention"], "the prompt had been computed");
  const totals = totalRows("wall", { ...run, alpha: null });
  assert.deepEqual(totals.map(({ name, ms, dispatches, clock }) => [name, ms, dispatches, clock]), [
    ["all segments", 6, 5, "wall"],
    ["all attention", 2, 1, "wall"],
    ["gap (host)", 3, null, "wall"],
    ["step (wall)", 10, 6, "wall"],
  ]);
});
