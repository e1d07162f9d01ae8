/** How much pictures differ. */
import assert from "node:assert/strict";
import { arrangementOf, diversityOf, pictureDistance } from "../../evaluation/diversity.ts";
import type { Seen, SeenObject } from "../../evaluation/scene.ts";
import type { Pixels } from "../../pipeline/png_codec.ts";

const SIZE = 16;

/** A black square of 4 pixels on a background. */
function square(left: number, top: number, background = 200): Pixels {
  const data = new Uint8Array(SIZE * SIZE * 3).fill(background);
  for (let y = top; y < top + 4; y++) data.fill(0, (y * SIZE + left) * 3, (y * SIZE + left + 4) * 3);
  return { width: SIZE, height: SIZE, data };
}

const apple = (x: number, y: number): SeenObject => ({ name: "apple", place: "middle", size: 28, x, y });
const seen = (...objects: SeenObject[]): Seen => ({ objects, color: "white" });

Deno.test("pictureDistance() is 0 for the same picture, and the full difference where objects part", () => {
  assert.equal(pictureDistance(square(3, 3), square(3, 3)), 0);
  assert.ok(Math.abs(pictureDistance(square(2, 2), square(9, 9)) - 200 / 255) < 1e-12, "no pixel in common");
  const half = pictureDistance(square(2, 2), square(4, 2));
  // 8 pixels in each alone, 8 in both
  assert.ok(Math.abs(half - Math.sqrt(16 / 24) * 200 / 255) < 1e-12);
  assert.equal(half, pictureDistance(square(4, 2), square(2, 2)));
});

Deno.test("pictureDistance() leaves out a background that is a little off, and sees an object that is gone", () => {
  const empty = { ...square(0, 0), data: new Uint8Array(SIZE * SIZE * 3).fill(200) };
  assert.ok(pictureDistance(square(3, 3), square(3, 3, 205)) === 0);
  assert.equal(pictureDistance(empty, { ...empty, data: empty.data.map((x) => x + 5) }), 0);
  assert.ok(Math.abs(pictureDistance(square(3, 3), empty) - 200 / 255) < 1e-12);
});

Deno.test("arrangementOf() does not depend on the order, nor on less than a pixel", () => {
  const pear = { ...apple(40, 20), name: "pear" };
  assert.equal(arrangementOf(seen(apple(20.2, 20), pear)), arrangementOf(seen(pear, apple(19.9, 20))));
  assert.notEqual(arrangementOf(seen(apple(20, 20))), arrangementOf(seen(apple(21, 20))));
  assert.notEqual(arrangementOf(seen(apple(20, 20))), arrangementOf(seen({ ...apple(20, 20), tint: "red" })));
});

Deno.test("diversityOf() is least for one picture again and again", () => {
  const same = diversityOf(Array(4).fill(square(3, 3)), Array(4).fill(seen(apple(5, 5))));
  assert.deepEqual(same, { distance: 0, arrangements: 1 });
  const places = [2, 4, 6, 8];
  const { distance, arrangements } = diversityOf(
    places.map((x) => square(x, 3)),
    places.map((x) => seen(apple(x, 5))),
  );
  assert.equal(arrangements, 4);
  assert.ok(distance > 0.5 && distance < 200 / 255);
});
