/** The CPU kernel by itself: that its bytes are its source's, and that units may be computed in any order. */
import assert from "node:assert/strict";
import { buildSimdKernel, bytesModule } from "../../../../ops/attention/simd/build_simd_kernel.ts";
import {
  compileSimdKernel,
  instantiateSimdKernel,
  KERNEL_BYTES,
} from "../../../../ops/attention/simd/simd_kernel.ts";
import {
  JOB_BYTES,
  scratchBytes,
  type SimdJob,
  unitCount,
  writeJob,
} from "../../../../ops/attention/simd/simd_job.ts";

Deno.test("the kernel's bytes are what its source gives", async () => {
  const file = new URL("../../../../ops/attention/simd/simd_kernel_bytes.ts", import.meta.url);
  assert.equal(await Deno.readTextFile(file), bytesModule(await buildSimdKernel()), "run `deno task simd`");
});

/** A job over random operands, which begin at the page after the job; -7 is where no one writes. */
async function prepare() {
  const sizes = { batch: 2, heads: 3, queries: 70, keys: 77, headSize: 12 };
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 65_536, shared: true });
  const kernel = instantiateSimdKernel(await compileSimdKernel(), memory);
  const row = sizes.heads * sizes.headSize, floats = new Float32Array(memory.buffer);
  for (let i = KERNEL_BYTES / 4; i < floats.length; i++) floats[i] = -7;
  let at = 65_536;
  const operand = (length: number, value?: (i: number) => number): SimdJob["query"] => {
    const offset = at, count = sizes.batch * length * row;
    if (value) { for (let i = 0; i < count; i++) floats[offset / 4 + i] = value(i); }
    at += 4 * count;
    return { offset, strides: [length * row, sizes.headSize, row] };
  };
  const wave = (pace: number) => (i: number) => 1.5 * Math.sin(pace * i);
  const job: SimdJob = {
    ...sizes,
    query: operand(sizes.queries, wave(12.9898)),
    key: operand(sizes.keys, wave(7.233)),
    value: operand(sizes.keys, wave(3.71)),
    output: operand(sizes.queries),
    scale: 0.3,
    policy: { kind: "pladis", lambda: 2, alpha: 1.6 },
  };
  const count = sizes.batch * sizes.queries * row;
  return {
    job,
    kernel,
    floats,
    memory,
    output: () => floats.slice(job.output.offset / 4, job.output.offset / 4 + count),
    end: at,
  };
}

Deno.test("units may be computed in any order, alone or together, and nothing else is written to", async () => {
  const { job, kernel, floats, memory, output, end } = await prepare();
  const at = KERNEL_BYTES, scratch = KERNEL_BYTES + Math.ceil(JOB_BYTES / 16) * 16;
  writeJob(memory.buffer, at, job);
  const units = unitCount(job);
  assert.equal(units, 2 * 3 * 3);
  kernel.attend(at, 0, units, scratch);
  const together = output();
  assert.ok(together.every((x) => Number.isFinite(x) && x !== -7));
  floats.fill(-7, job.output.offset / 4, end / 4);
  for (let unit = units - 1; unit >= 0; unit--) kernel.attend(at, unit, unit + 1, scratch);
  assert.deepEqual(output(), together);
  const free = (from: number, to: number) => floats.subarray(from / 4, to / 4).every((x) => x === -7);
  assert.ok(free(scratch + scratchBytes(job), 65_536), "written beyond the scratch memory");
  assert.ok(free(end, floats.byteLength), "written beyond the output");
});

Deno.test("α out of its domain is an error before anything is computed", async () => {
  const { job, memory } = await prepare();
  assert.throws(
    () => writeJob(memory.buffer, KERNEL_BYTES, { ...job, policy: { kind: "entmax", alpha: 1 } }),
    /alpha must be a number above 1/,
  );
});
