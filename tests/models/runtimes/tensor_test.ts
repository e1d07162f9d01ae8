import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { DomainError } from "../../../errors.ts";
import { castTensor, floatTensor, sliceBatch, stackBatches } from "../../../models/runtimes/tensor.ts";

const batch = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 })).map(([b, n]) =>
  floatTensor([b, n], Float32Array.from({ length: b * n }, (_, i) => i * 1.5 - 2))
);

Deno.test("stackBatches and sliceBatch are inverse", () => {
  fc.assert(fc.property(batch, (tensor) => {
    const rows = Array.from({ length: tensor.shape[0] }, (_, i) => sliceBatch(tensor, i, i + 1));
    assert.deepEqual(stackBatches(rows), tensor);
  }));
});

Deno.test("castTensor: float32 to float16 and back keeps what float16 can hold", () => {
  const tensor = floatTensor([3], Float32Array.of(1, -0.5, 2048));
  assert.deepEqual(castTensor(castTensor(tensor, "float16"), "float32"), tensor);
  assert.deepEqual(castTensor(tensor, "int64").data, BigInt64Array.of(1n, 0n, 2048n));
});

Deno.test("tensors whose sizes do not fit are DomainErrors that show both", () => {
  assert.throws(() => floatTensor([2, 2], new Float32Array(3)), DomainError);
  assert.throws(
    () => stackBatches([floatTensor([1, 2], new Float32Array(2)), floatTensor([1, 3], new Float32Array(3))]),
    /\[1, 2\].*\[1,3\]/,
  );
});
