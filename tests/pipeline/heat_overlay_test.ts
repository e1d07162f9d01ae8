import assert from "node:assert/strict";
import { HEAT_COLORS } from "../../pipeline/heat_colors.ts";
import { heatOverlay } from "../../pipeline/heat_overlay.ts";

const SIZE = { width: 2, height: 1 };
const BLUE_AND_WHITE = { ...SIZE, data: Uint8Array.of(0, 0, 255, 255, 255, 255) };
const pixels = (
  map: number[],
  opacity: number,
) => [...heatOverlay(BLUE_AND_WHITE, Float32Array.from(map), SIZE, opacity).data];

Deno.test("heatOverlay() shows the picture in grey where nothing is opaque", () => {
  assert.deepEqual(pixels([0, 1], 0), [18, 18, 18, 255, 255, 255]);
});

Deno.test("heatOverlay() gives the map's maximum the last colour, and 0 or less the first", () => {
  const ends = [...HEAT_COLORS[0], ...HEAT_COLORS[255]];
  for (const map of [[0, 1], [0, 1e-6], [-1, 3]]) assert.deepEqual(pixels(map, 1), ends);
  assert.deepEqual(pixels([0.5, 1], 1).slice(0, 3), HEAT_COLORS[128]);
  assert.deepEqual(pixels([0, 0], 1), [...HEAT_COLORS[0], ...HEAT_COLORS[0]]);
});

Deno.test("heatOverlay() mixes grey and colour by the opacity", () => {
  const expected = HEAT_COLORS[255].map((channel) => Math.round((255 + channel) / 2));
  assert.deepEqual(pixels([0, 1], 0.5).slice(3), expected);
});

Deno.test("heatOverlay() brings the map to the picture's size", () => {
  const picture = { width: 8, height: 4, data: new Uint8Array(8 * 4 * 3) };
  const { width, height, data } = heatOverlay(picture, Float32Array.of(0, 1), SIZE, 1);
  assert.deepEqual([width, height], [8, 4]);
  for (let row = 0; row < 4; row++) {
    const line = data.subarray(row * 24, (row + 1) * 24);
    assert.deepEqual([...line.subarray(0, 3)], HEAT_COLORS[0]);
    assert.deepEqual([...line.subarray(21)], HEAT_COLORS[255]);
  }
});
