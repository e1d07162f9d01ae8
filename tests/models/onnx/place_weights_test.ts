import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { placeWeights } from "../../../models/onnx/place_weights.ts";

const range = fc.record({
  location: fc.constantFrom("a", "b"),
  offset: fc.integer({ min: 0, max: 5 }),
  length: fc.integer({ min: 0, max: 300 }),
});

Deno.test("placeWeights: each range once, aligned, apart, in the order given, in files of the size that it says", () => {
  fc.assert(
    fc.property(
      fc.array(range, { maxLength: 30 }),
      fc.integer({ min: 1, max: 1000 }),
      (ranges, fileBytes) => {
        const { moves, files, placeOf } = placeWeights(ranges, {
          fileName: (i) => `f${i}`,
          align: 16,
          fileBytes,
        });
        assert.equal(moves.length, new Set(ranges.map((each) => JSON.stringify(each))).size);
        for (const each of ranges) {
          const { to } = moves.find(({ from }) => JSON.stringify(from) === JSON.stringify(each)) ?? {};
          assert.deepEqual(placeOf({ ...each }), to);
        }
        const ends = new Map<string, number>();
        for (const { from, to } of moves) {
          assert.equal(to.length, from.length);
          assert.equal(to.offset % 16, 0);
          assert.ok(to.offset >= (ends.get(to.location) ?? 0));
          assert.ok(to.offset === 0 || to.offset + to.length <= fileBytes);
          ends.set(to.location, to.offset + to.length);
        }
        assert.deepEqual(files, ends);
      },
    ),
  );
});
