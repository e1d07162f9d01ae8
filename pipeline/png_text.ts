/**
 * Standard text chunks of PNG files: tEXt (Latin-1), zTXt (the same, compressed) and iTXt (UTF-8), as in section
 * 11.3.3 of the PNG specification, third edition.
 *
 * @module
 */

import { ImageError } from "../errors.ts";
import { CHUNK_HEAD, CHUNK_TAIL, inflate, latin1, notPng, pngChunks } from "./png_chunks.ts";
import { loadCrc32 } from "./png_codec.ts";

const MAX_KEYWORD = 79;
/** Far beyond any recipe, and far below what would hurt. */
const MOST_TEXT_BYTES = 2 ** 24;

/**
 * Adds text chunks to a PNG file, before its pixels, so that a reader finds them without reading those.
 *
 * Texts within printable Latin-1 become tEXt, which every reader knows; all others become iTXt. NUL, which neither
 * may hold, is written as U+FFFD.
 *
 * @param png A PNG file.
 * @param texts Keyword and text pairs; keywords are 1 to 79 printable Latin-1 characters.
 * @throws {ImageError} If `png` is not a PNG file or a keyword breaks the rules.
 */
export async function addPngText(
  png: Uint8Array,
  texts: Iterable<readonly [string, string]>,
): Promise<Uint8Array> {
  const crc32 = await loadCrc32();
  const pixels = (await pngChunks(png)).find((chunk) => chunk.type === "IDAT");
  if (!pixels) throw notPng("a file with pixels (an IDAT chunk)");
  const parts = [png.subarray(0, pixels.start)];
  for (const [keyword, text] of texts) parts.push(textChunk(keyword, text, crc32));
  parts.push(png.subarray(pixels.start));
  return concat(parts);
}

/**
 * Reads all text chunks of a PNG file.
 *
 * @returns Texts by keyword, in file order; of a keyword that occurs twice, the first.
 * @throws {ImageError} If `png` is not a PNG file, or is cut off or damaged.
 */
export async function readPngText(png: Uint8Array): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  for (const { type, data } of await pngChunks(png)) {
    if (type !== "tEXt" && type !== "zTXt" && type !== "iTXt") continue;
    const [keyword, rest] = splitAtNul(data);
    if (!texts.has(latin1(keyword))) texts.set(latin1(keyword), await textOf(type, rest));
  }
  return texts;
}

async function textOf(type: "tEXt" | "zTXt" | "iTXt", data: Uint8Array): Promise<string> {
  switch (type) {
    case "tEXt":
      return latin1(data);
    case "zTXt": // one byte says which compression; there is only one
      return latin1(await inflateText(data.subarray(1)));
    case "iTXt": {
      const [compressed] = data;
      const [, afterLanguage] = splitAtNul(data.subarray(2));
      const [, text] = splitAtNul(afterLanguage);
      return new TextDecoder().decode(compressed ? await inflateText(text) : text);
    }
    default:
      return type satisfies never;
  }
}

function textChunk(keyword: string, text: string, crc32: (bytes: Uint8Array) => number): Uint8Array {
  if (keyword === "" || keyword.length > MAX_KEYWORD || /[^\x20-\x7e\xa1-\xff]|^ | $| {2}/.test(keyword)) {
    throw new ImageError({
      doing: "write the picture's text",
      what: "a PNG keyword",
      rule: `1 to ${MAX_KEYWORD} printable Latin-1 characters with single spaces inside`,
      got: keyword,
    });
  }
  const clean = text.replaceAll("\0", "\ufffd");
  const name = [...keyword].map((character) => character.charCodeAt(0));
  return /^[\n\x20-\x7e\xa0-\xff]*$/.test(clean)
    ? chunk("tEXt", [...name, 0], Uint8Array.from(clean, (character) => character.charCodeAt(0)), crc32)
    // not compressed, no language, no translated keyword
    : chunk("iTXt", [...name, 0, 0, 0, 0, 0], new TextEncoder().encode(clean), crc32);
}

function chunk(
  type: string,
  head: number[],
  data: Uint8Array,
  crc32: (bytes: Uint8Array) => number,
): Uint8Array {
  const length = head.length + data.length;
  const bytes = new Uint8Array(CHUNK_HEAD + length + CHUNK_TAIL);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length);
  bytes.set([...type].map((character) => character.charCodeAt(0)), 4);
  bytes.set(head, CHUNK_HEAD);
  bytes.set(data, CHUNK_HEAD + head.length);
  view.setUint32(CHUNK_HEAD + length, crc32(bytes.subarray(4, CHUNK_HEAD + length)));
  return bytes;
}

function splitAtNul(bytes: Uint8Array): [Uint8Array, Uint8Array] {
  const end = bytes.indexOf(0);
  if (end < 0) throw notPng("made of text chunks whose keywords end");
  return [bytes.subarray(0, end), bytes.subarray(end + 1)];
}

async function inflateText(bytes: Uint8Array): Promise<Uint8Array> {
  return concat(await inflate([bytes], "its compressed text", MOST_TEXT_BYTES));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
