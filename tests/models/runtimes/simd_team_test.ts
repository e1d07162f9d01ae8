/** Threads over one memory: what they are given, and what becomes of a failure. */
import assert from "node:assert/strict";
import { DeviceError } from "../../../errors.ts";
import { liveCounts } from "../../../models/runtimes/live_count.ts";
import { openSimdTeam } from "../../../models/runtimes/simd_team.ts";
import type { SimdJob } from "../../../ops/attention/simd/simd_job.ts";

const SIZES = { batch: 1, heads: 2, queries: 200, keys: 5, headSize: 4 };
const ROW = SIZES.heads * SIZES.headSize;

/** Keys that are all alike give each query the mean of the values, which is 3. */
function jobAt(offsets: readonly number[]): SimdJob {
  const operand = (offset: number, length: number): SimdJob["query"] => ({
    offset,
    strides: [length * ROW, SIZES.headSize, ROW],
  });
  return {
    ...SIZES,
    query: operand(offsets[0], SIZES.queries),
    key: operand(offsets[1], SIZES.keys),
    value: operand(offsets[2], SIZES.keys),
    output: operand(offsets[3], SIZES.queries),
    scale: 1,
    policy: { kind: "pladis", lambda: 2, alpha: 1.5 },
  };
}

const BYTES = [SIZES.queries, SIZES.keys, SIZES.keys, SIZES.queries].map((length) => 4 * length * ROW);

for (const threads of [1, 3]) {
  Deno.test(`openSimdTeam: ${threads} threads: a failure is told, and the next job is computed`, async () => {
    const before = liveCounts();
    {
      await using team = await openSimdTeam(threads);
      const attend = () => {
        const { offsets, memory } = team.reserve(BYTES, SIZES);
        new Float32Array(memory, offsets[2], SIZES.keys * ROW).fill(3);
        team.attend(jobAt(offsets));
        return new Float32Array(memory, offsets[3], SIZES.queries * ROW).slice();
      };
      assert.ok(attend().every((x) => Math.abs(x - 3) < 1e-5));
      const beyond = 3 * 2 ** 30;
      assert.throws(() => team.attend(jobAt([beyond, beyond, beyond, beyond])), (error: Error) => {
        assert.ok(error instanceof DeviceError);
        assert.match(error.message, /^Cannot compute attention: its threads must be able to, got /);
        return true;
      });
      assert.ok(attend().every((x) => Math.abs(x - 3) < 1e-5));
    }
    assert.deepEqual(liveCounts(), before);
  });
}

Deno.test("openSimdTeam: memory grows with what is asked for, and never beyond what WebAssembly has", async () => {
  await using team = await openSimdTeam(2);
  const small = team.reserve([16, 100], { keys: 77, headSize: 40 });
  assert.ok(small.offsets[1] >= small.offsets[0] + 16);
  const { offsets, memory } = team.reserve([2 ** 24, 8], { keys: 4096, headSize: 256 });
  assert.ok(memory.byteLength >= offsets[1] + 8);
  assert.ok(offsets.every((offset) => offset % 16 === 0));
  assert.throws(
    () => team.reserve([2 ** 33], { keys: 77, headSize: 40 }),
    /^OutOfMemoryError: Cannot compute attention: WebAssembly's 4 GiB of memory must be enough for \d+ bytes/,
  );
  assert.ok(team.reserve([16], { keys: 1, headSize: 1 }).memory.byteLength >= memory.byteLength);
});
