/**
 * Many pictures on one sheet, in rows and columns, with labels.
 *
 * @module
 */

import { ImageError } from "../errors.ts";
import { glyph, GLYPH_HEIGHT, GLYPH_WIDTH } from "./bitmap_font.ts";
import { Picture } from "./picture.ts";
import type { Pixels } from "./png_codec.ts";

/** A colour: red, green and blue, each 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Pictures a row. */
export const DEFAULT_COLUMNS = 4;
/** Space between and around pictures, in pixels. */
export const DEFAULT_GAP = 8;
/** Pixels a font pixel. */
export const DEFAULT_TEXT_SCALE = 1;
/** White. */
export const DEFAULT_BACKGROUND: Rgb = [255, 255, 255];
/** Nearly black. */
export const DEFAULT_TEXT_COLOR: Rgb = [32, 32, 32];

/** Options of {@linkcode contactSheet}. */
export interface ContactSheetOptions {
  /**
   * Pictures a row.
   * @default {4}
   */
  columns?: number;
  /** Texts under the pictures, in their order; long ones wrap. None by default. */
  labels?: readonly string[];
  /**
   * Space between and around pictures, in pixels.
   * @default {8}
   */
  gap?: number;
  /**
   * Size of the labels: pixels a pixel of the font, whose capitals are 5 x 7.
   * @default {1}
   */
  textScale?: number;
  /**
   * What is behind and between the pictures.
   * @default {[255,255,255]}
   */
  background?: Rgb;
  /**
   * The labels' colour.
   * @default {[32,32,32]}
   */
  textColor?: Rgb;
}

/** Pixels of a character and its gap, in font pixels. */
const ADVANCE = GLYPH_WIDTH + 1;
const LINE_HEIGHT = GLYPH_HEIGHT + 1;
const CHANNELS = 3;

/**
 * Puts pictures on one sheet, row by row from the top left. Each cell is as large as the largest picture; smaller
 * ones stand centred at its bottom, above their label.
 *
 * @param pictures One or more pictures, of any sizes.
 * @throws {ImageError} If there are no pictures, more labels than pictures, or a size that is not a whole number.
 */
export function contactSheet(pictures: readonly Pixels[], options?: ContactSheetOptions): Picture {
  const {
    columns = DEFAULT_COLUMNS,
    labels = [],
    gap = DEFAULT_GAP,
    textScale = DEFAULT_TEXT_SCALE,
    background = DEFAULT_BACKGROUND,
    textColor = DEFAULT_TEXT_COLOR,
  } = options ?? {};
  check("pictures", pictures.length, 1, "1 or more");
  check("columns", columns, 1, "a whole number from 1");
  check("gap", gap, 0, "a whole number from 0");
  check("textScale", textScale, 1, "a whole number from 1");
  if (labels.length > pictures.length) {
    throw refusal("labels", `at most one a picture, ${pictures.length}`, labels.length);
  }

  const cellWidth = Math.max(...pictures.map(({ width }) => width));
  const cellHeight = Math.max(...pictures.map(({ height }) => height));
  const wrapped = labels.map((label) =>
    wrap(label, Math.max(1, Math.floor(cellWidth / (ADVANCE * textScale))))
  );
  const lines = Math.max(0, ...wrapped.map((label) => label.length));
  const labelHeight = lines * LINE_HEIGHT * textScale + (lines > 0 ? textScale * 2 : 0);
  const rows = Math.ceil(pictures.length / columns);
  const width = gap + Math.min(columns, pictures.length) * (cellWidth + gap);
  const height = gap + rows * (cellHeight + labelHeight + gap);

  const data = new Uint8Array(width * height * CHANNELS);
  for (let i = 0; i < data.length; i++) data[i] = background[i % CHANNELS];
  const sheet = new Picture(width, height, data);
  pictures.forEach((picture, i) => {
    const x = gap + (i % columns) * (cellWidth + gap);
    const y = gap + Math.floor(i / columns) * (cellHeight + labelHeight + gap);
    paste(sheet, picture, x + Math.floor((cellWidth - picture.width) / 2), y + cellHeight - picture.height);
    wrapped[i]?.forEach((line, row) => {
      write(sheet, line, x, y + cellHeight + (2 + row * LINE_HEIGHT) * textScale, textScale, textColor);
    });
  });
  return sheet;
}

function paste(sheet: Pixels, picture: Pixels, x: number, y: number): void {
  const stride = picture.width * CHANNELS;
  for (let row = 0; row < picture.height; row++) {
    const line = picture.data.subarray(row * stride, (row + 1) * stride);
    sheet.data.set(line, ((y + row) * sheet.width + x) * CHANNELS);
  }
}

function write(sheet: Pixels, text: string, x: number, y: number, scale: number, color: Rgb): void {
  [...text].forEach((character, i) => {
    glyph(character).forEach((bits, row) => {
      for (let column = 0; column < GLYPH_WIDTH; column++) {
        if ((bits >> (GLYPH_WIDTH - 1 - column)) & 1) {
          fillSquare(sheet, x + (i * ADVANCE + column) * scale, y + row * scale, scale, color);
        }
      }
    });
  });
}

function fillSquare(sheet: Pixels, x: number, y: number, size: number, color: Rgb): void {
  for (let row = y; row < y + size; row++) {
    for (let column = x; column < x + size; column++) {
      sheet.data.set(color, (row * sheet.width + column) * CHANNELS);
    }
  }
}

/** Breaks a text into lines of at most `limit` characters, at spaces where there are any. */
function wrap(text: string, limit: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    const last = lines.at(-1);
    if (last !== undefined && [...last, ...word].length < limit) lines[lines.length - 1] = `${last} ${word}`;
    else {
      const characters = [...word];
      for (let i = 0; i < characters.length; i += limit) lines.push(characters.slice(i, i + limit).join(""));
    }
  }
  return lines;
}

function check(what: string, value: number, least: number, rule: string): void {
  if (!Number.isInteger(value) || value < least) throw refusal(what, rule, value);
}

function refusal(what: string, rule: string, got: unknown): ImageError {
  return new ImageError({ doing: "make a contact sheet", what, rule, got });
}
