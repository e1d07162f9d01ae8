import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { enlargeMap, type GridSize } from "../../pipeline/enlarge_map.ts";

const EPSILON = 1e-12;
const mean = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / values.length;
const near = (actual: Float64Array, expected: ArrayLike<number>, most = EPSILON) => {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) <= most, `${i}: ${value}`));
};

const side = fc.integer({ min: 1, max: 9 });
const size: fc.Arbitrary<GridSize> = fc.record({ width: side, height: side });
const number = fc.double({ min: -1, max: 1, noNaN: true });
const numbers = ({ width, height }: GridSize) =>
  fc.array(number, { minLength: width * height, maxLength: width * height }).map((all) =>
    Float64Array.from(all)
  );

Deno.test("enlargeMap() is bilinear, with the centres of the first and last place as edges", () => {
  const square = { width: 2, height: 2 };
  near(enlargeMap(Float64Array.of(0, 4), { width: 2, height: 1 }, { width: 4, height: 1 }), [0, 1, 3, 4]);
  near(enlargeMap(Float64Array.of(0, 4, 8, 12), square, { width: 4, height: 4 }), [
    ...[0, 1, 3, 4],
    ...[2, 3, 5, 6],
    ...[6, 7, 9, 10],
    ...[8, 9, 11, 12],
  ]);
});

Deno.test("enlargeMap() to the same size changes nothing, and gives its own array", () => {
  const map = Float64Array.of(1, 2, 3, 4, 5, 6), size = { width: 3, height: 2 };
  const same = enlargeMap(map, size, size);
  assert.deepEqual(same, map);
  assert.notEqual(same, map);
});

Deno.test("enlargeMap() keeps the mean over the picture, whatever the sizes", () => {
  const map = size.chain((from) => fc.tuple(fc.constant(from), numbers(from)));
  fc.assert(fc.property(map, size, ([from, map], to) => {
    assert.ok(Math.abs(mean(enlargeMap(map, from, to)) - mean(map)) < EPSILON);
  }));
});

Deno.test("enlargeMap() by whole times stays between the least and the most of the map", () => {
  const map = size.chain((from) => fc.tuple(fc.constant(from), numbers(from)));
  fc.assert(fc.property(map, side, side, ([from, map], x, y) => {
    const large = enlargeMap(map, from, { width: from.width * x, height: from.height * y });
    assert.ok(Math.min(...large) >= Math.min(...map) - EPSILON);
    assert.ok(Math.max(...large) <= Math.max(...map) + EPSILON);
  }));
});

Deno.test("enlargeMap() keeps constants, and is linear", () => {
  fc.assert(fc.property(size, size, number, (from, to, value) => {
    const map = new Float64Array(from.width * from.height).fill(value);
    near(enlargeMap(map, from, to), new Float64Array(to.width * to.height).fill(value));
  }));
  const two = size.chain((from) => fc.tuple(fc.constant(from), numbers(from), numbers(from)));
  fc.assert(fc.property(two, size, ([from, a, b], to) => {
    const [large, other] = [enlargeMap(a, from, to), enlargeMap(b, from, to)];
    near(enlargeMap(a.map((x, i) => 2 * x + b[i]), from, to), large.map((x, i) => 2 * x + other[i]));
  }));
});
