import assert from "node:assert/strict";
import { HEAT_COLORS } from "../../pipeline/heat_colors.ts";

/** From sRGB to Oklab by the inverses of the matrices that the colours were made with. */
function oklab(rgb: readonly number[]): [number, number, number] {
  const [r, g, b] = rgb.map((byte) => {
    const x = byte / 255;
    return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
  });
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

Deno.test("heat colours are 256 colours, from nearly black to nearly white, each lighter than the one before", () => {
  assert.equal(HEAT_COLORS.length, 256);
  const lightness = HEAT_COLORS.map((color) => oklab(color)[0]);
  assert.ok(lightness[0] < 0.25 && lightness[255] > 0.93, `${lightness[0]} to ${lightness[255]}`);
  // a byte of each channel is too coarse for every single step
  for (let i = 4; i < 256; i++) assert.ok(lightness[i] > lightness[i - 4], `${i}`);
});

Deno.test("heat colours differ by equal steps to the eye, and lie within sRGB", () => {
  const steps = Array.from({ length: 15 }, (_, i) => {
    const [a, b] = [oklab(HEAT_COLORS[17 * i]), oklab(HEAT_COLORS[17 * (i + 1)])];
    return Math.hypot(...a.map((x, axis) => x - b[axis]));
  });
  const mean = steps.reduce((a, b) => a + b) / steps.length;
  // a colour outside of sRGB would have been clamped, and its steps be short
  for (const step of steps) {
    assert.ok(
      Math.abs(step / mean - 1) < 0.05,
      steps.map((x) => x.toFixed(4)).join(),
    );
  }
});
