import assert from "node:assert/strict";
import { ImageError } from "../../errors.ts";
import { glyph, GLYPH_HEIGHT, GLYPH_WIDTH } from "../../pipeline/bitmap_font.ts";
import { contactSheet } from "../../pipeline/contact_sheet.ts";
import type { Pixels } from "../../pipeline/png_codec.ts";

/** A picture of one colour. */
const plain = (width: number, height: number, value: number): Pixels => ({
  width,
  height,
  data: new Uint8Array(width * height * 3).fill(value),
});

/** The red channel as rows of hexadecimal digits, 0 to f. */
const drawn = ({ width, height, data }: Pixels) =>
  Array.from(
    { length: height },
    (_, y) => Array.from({ length: width }, (_, x) => (data[(y * width + x) * 3] >> 4).toString(16)).join(""),
  );

Deno.test("contactSheet() places pictures row by row, the smaller ones at the bottom of their cell", () => {
  const sheet = contactSheet([plain(2, 2, 0), plain(2, 2, 16), plain(1, 1, 32)], { columns: 2, gap: 1 });
  assert.deepEqual(drawn(sheet), [
    "fffffff",
    "f00f11f",
    "f00f11f",
    "fffffff",
    "fffffff",
    "f2fffff",
    "fffffff",
  ]);
});

Deno.test("contactSheet() draws a label under its picture", () => {
  const sheet = contactSheet([plain(6, 1, 128)], { gap: 0, labels: ["T"], textColor: [0, 0, 0] });
  assert.deepEqual(drawn(sheet), [
    "888888",
    "ffffff",
    "ffffff",
    "00000f",
    ...new Array(6).fill("ff0fff"),
    ...new Array(3).fill("ffffff"),
  ]);
});

Deno.test("contactSheet() wraps labels at spaces, and long words anywhere, within the picture", () => {
  const pictures = [plain(60, 4, 128)];
  const height = (label: string) => contactSheet(pictures, { gap: 0, labels: [label] }).height;
  const line = height("ab");
  assert.equal(height("0123456789"), line); // ten characters of six pixels
  assert.equal(height("01234 6789"), line);
  assert.equal(height("01234 67890"), height("0123456789a")); // eleven
  assert.ok(height("0123456789a") > line);
  assert.ok(height("01234567890123456789a") > height("01234567890123456789"));
  const scaled = contactSheet(pictures, { gap: 0, labels: ["01234"], textScale: 2 });
  assert.equal(scaled.height - 4, 2 * (line - 4));
});

Deno.test("contactSheet() makes a picture that can be saved, the same each time", async () => {
  const make = () =>
    contactSheet([plain(8, 8, 7), plain(8, 8, 200)], { labels: ["λ 2", "dense"] }).encodePng();
  assert.deepEqual(await make(), await make());
});

Deno.test("contactSheet() refuses what it cannot draw", () => {
  const one = [plain(2, 2, 0)];
  const cases: [() => unknown, RegExp][] = [
    [() => contactSheet([]), /pictures must be 1 or more, got 0/],
    [() => contactSheet(one, { columns: 0 }), /columns must be a whole number from 1, got 0/],
    [() => contactSheet(one, { gap: -1 }), /gap must be a whole number from 0, got -1/],
    [() => contactSheet(one, { textScale: 1.5 }), /textScale must be a whole number from 1, got 1.5/],
    [() => contactSheet(one, { labels: ["a", "b"] }), /labels must be at most one a picture, 1, got 2/],
  ];
  for (const [act, message] of cases) {
    assert.throws(act, (error) => error instanceof ImageError && message.test(error.message));
  }
});

Deno.test("the font has a distinct glyph for every printable ASCII character", () => {
  const ascii = Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCharCode(0x20 + i));
  const seen = new Set<string>();
  for (const character of [...ascii, "α", "λ", "σ", "×", "…"]) {
    const rows = glyph(character);
    assert.equal(rows.length, GLYPH_HEIGHT);
    assert.ok(
      rows.every((bits) => Number.isInteger(bits) && bits >= 0 && bits < 2 ** GLYPH_WIDTH),
      character,
    );
    seen.add(rows.join());
  }
  assert.equal(seen.size, ascii.length + 4); // "×" is drawn as "x"
  assert.deepEqual(glyph("漢"), glyph("?"));
  assert.deepEqual(glyph("é"), glyph("e"));
  assert.deepEqual(glyph("ý"), glyph("y"));
});
