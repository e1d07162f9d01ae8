import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { ImageError } from "../../errors.ts";
import { decodeNpy, encodeNpy, type NpyArray, type NpyDtype } from "../../pipeline/npy.ts";

const bytesOf = (data: ArrayBufferView) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

Deno.test("encodeNpy() writes what numpy.save() writes", () => {
  // the bytes of numpy.save(f, numpy.array([[1, 2, 3]], dtype="<f4")), NumPy 2
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }".padEnd(117) + "\n";
  const expected = new Uint8Array(128 + 12);
  expected.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
  expected.set(new TextEncoder().encode(header), 10);
  expected.set([0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40], 128);
  assert.deepEqual(encodeNpy({ dtype: "float32", shape: [1, 3], data: Float32Array.of(1, 2, 3) }), expected);
});

Deno.test("encodeNpy() spells shapes as Python tuples and aligns the data", () => {
  for (
    const [shape, spelt] of [[[], "()"], [[1], "(1,)"], [[2, 3], "(2, 3)"], [[0, 4], "(0, 4)"]] as const
  ) {
    const count = (shape as readonly number[]).reduce((product, size) => product * size, 1);
    const bytes = encodeNpy({ dtype: "uint8", shape, data: new Uint8Array(count) });
    assert.ok(String.fromCharCode(...bytes).includes(`'shape': ${spelt}, }`), spelt);
    assert.equal((bytes.length - count) % 64, 0);
  }
});

const arrays: Record<NpyDtype, fc.Arbitrary<NpyArray["data"]>> = {
  float16: fc.uint16Array().map((bits) => new Float16Array(bits.slice().buffer)),
  float32: fc.float32Array(),
  float64: fc.float64Array(),
  int8: fc.int8Array(),
  int16: fc.int16Array(),
  int32: fc.int32Array(),
  int64: fc.bigInt64Array(),
  uint8: fc.uint8Array(),
  uint16: fc.uint16Array(),
  uint32: fc.uint32Array(),
  uint64: fc.bigUint64Array(),
  bool: fc.array(fc.boolean()).map((values) => Uint8Array.from(values, Number)),
};

Deno.test("decodeNpy() gives back what encodeNpy() was given, for every dtype", () => {
  for (const dtype of Object.keys(arrays) as NpyDtype[]) {
    fc.assert(fc.property(arrays[dtype], (data) => {
      const back = decodeNpy(encodeNpy({ dtype, shape: [1, data.length], data }));
      assert.equal(back.dtype, dtype);
      assert.deepEqual(back.shape, [1, data.length]);
      assert.deepEqual(bytesOf(back.data), bytesOf(data));
      assert.equal(back.data.constructor, data.constructor);
    }));
  }
});

Deno.test("encodeNpy() takes a view into a larger buffer", () => {
  const data = Float32Array.of(9, 9, 1, 2).subarray(2);
  assert.deepEqual(decodeNpy(encodeNpy({ dtype: "float32", shape: [2], data })).data, Float32Array.of(1, 2));
});

Deno.test("encodeNpy() refuses data that do not fit the shape or the type", () => {
  assert.throws(
    () => encodeNpy({ dtype: "float32", shape: [2, 2], data: new Float32Array(3) }),
    (error) =>
      error instanceof ImageError && /must be 16 bytes for float32 \[2, 2\], got 12/.test(error.message),
  );
  assert.throws(() => encodeNpy({ dtype: "float16", shape: [4], data: new Float32Array(4) }), ImageError);
});

Deno.test("decodeNpy() names what is wrong with a file", () => {
  const good = encodeNpy({ dtype: "float32", shape: [4], data: new Float32Array(4) });
  const text = String.fromCharCode(...good);
  const edited = (from: string, to: string) =>
    Uint8Array.from(text.replace(from, to), (c) => c.charCodeAt(0));
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(3), /a \.npy file/],
    [good.subarray(0, 9), /ends inside its header/],
    [good.subarray(0, good.length - 1), /whole: 16 bytes of elements, got 15/],
    [edited("<f4", ">f4"), /of a type among .*, got ">f4"/],
    [edited("False", "True "), /row-major/],
  ];
  for (const [bytes, message] of cases) {
    assert.throws(
      () => decodeNpy(bytes),
      (error) => error instanceof ImageError && message.test(error.message),
    );
  }
});
