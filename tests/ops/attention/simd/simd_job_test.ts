/** A job as numbers in memory. */
import assert from "node:assert/strict";
import { DomainError } from "../../../../errors.ts";
import {
  JOB_BYTES,
  scratchBytes,
  type SimdJob,
  unitCount,
  writeJob,
} from "../../../../ops/attention/simd/simd_job.ts";

const operand = { offset: 4096, strides: [0, 1, 8] } as const;

const job: SimdJob = {
  query: operand,
  key: operand,
  value: operand,
  output: operand,
  batch: 1,
  heads: 8,
  headSize: 1,
  queries: 65,
  keys: 77,
  scale: 1,
  policy: { kind: "dense" },
};

Deno.test("writeJob writes its bytes and no others", () => {
  const memory = new ArrayBuffer(3 * JOB_BYTES), bytes = new Uint8Array(memory).fill(0xaa);
  writeJob(memory, JOB_BYTES, job);
  assert.ok(bytes.subarray(0, JOB_BYTES).every((byte) => byte === 0xaa));
  assert.ok(bytes.subarray(2 * JOB_BYTES).every((byte) => byte === 0xaa));
  assert.equal(JOB_BYTES % 4, 0);
});

Deno.test("writeJob refuses what is out of its domain, and names it", () => {
  const refuses = (changes: Partial<SimdJob>, what: RegExp) =>
    assert.throws(() => writeJob(new ArrayBuffer(JOB_BYTES), 0, { ...job, ...changes }), (error) => {
      assert.ok(error instanceof DomainError);
      assert.match(error.message, what);
      return true;
    });
  for (const headSize of [0, 257, 1.5, NaN]) {
    refuses({ headSize }, /headSize must be a whole number from 1 to 256/);
  }
  for (const keys of [0, 1.5]) refuses({ keys }, /keys must be a whole number from 1,/);
  for (const alpha of [1, 4.1, NaN]) refuses({ policy: { kind: "entmax", alpha } }, /alpha/);
  refuses({ policy: { kind: "pladis", alpha: 1.5, lambda: -1 } }, /lambda/);
  refuses({ policy: { kind: "temperature", temperature: 0 } }, /temperature/);
});

Deno.test("units are 64 queries of a head, and scratch memory grows with keys and head size alone", () => {
  assert.equal(unitCount({ batch: 2, heads: 3, queries: 64 }), 6);
  assert.equal(unitCount({ batch: 2, heads: 3, queries: 65 }), 12);
  assert.equal(unitCount({ batch: 1, heads: 1, queries: 1 }), 1);
  assert.equal(scratchBytes({ keys: 77, headSize: 40 }) % 16, 0);
  assert.ok(scratchBytes({ keys: 77, headSize: 40 }) < 2 ** 16);
  assert.ok(scratchBytes({ keys: 4096, headSize: 160 }) >= 2 * 4 * 4096 * 160);
});
