/**
 * The chunks of PNG files: sections 5 and 10 of the PNG specification, third edition.
 *
 * @module
 */
import { ImageError } from "../errors.ts";
import { loadCrc32 } from "./png_codec.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Length and type before a chunk's data, CRC after it. */
export const CHUNK_HEAD = 8, CHUNK_TAIL = 4;
const REMEDY = "Use the PNG file as it was written.";

/** A part of a PNG file. */
export interface PngChunk {
  readonly type: string;
  /** A view into the file. */
  readonly data: Uint8Array;
  /** Offset of the chunk's length field in the file. */
  readonly start: number;
}

/** The error for a file that is none. */
export function notPng(rule: string): ImageError {
  return new ImageError({ doing: "read the picture", what: "the file", rule, remedy: REMEDY });
}

/** True ISO 8859-1; `TextDecoder("latin1")` would be windows-1252. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/**
 * All chunks of a PNG file, up to its end.
 *
 * @throws {ImageError} if it is not a PNG file, or is cut off or damaged.
 */
export async function pngChunks(png: Uint8Array): Promise<PngChunk[]> {
  const crc32 = await loadCrc32();
  if (SIGNATURE.some((byte, i) => png[i] !== byte)) throw notPng("a PNG file, by its first 8 bytes");
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength), chunks: PngChunk[] = [];
  let start = SIGNATURE.length, type = "";
  while (type !== "IEND") {
    const end = start + CHUNK_HEAD <= png.length ? start + CHUNK_HEAD + view.getUint32(start) : Infinity;
    if (end + CHUNK_TAIL > png.length) throw notPng(`whole, but it is cut off after ${png.length} bytes`);
    type = latin1(png.subarray(start + 4, start + CHUNK_HEAD));
    if (crc32(png.subarray(start + 4, end)) !== view.getUint32(end)) {
      throw notPng(`undamaged, but the checksum of its ${type} chunk is wrong`);
    }
    chunks.push({ type, data: png.subarray(start + CHUNK_HEAD, end), start });
    start = end + CHUNK_TAIL;
  }
  return chunks;
}

/**
 * Inflates a zlib stream in pieces, so that a small file that would become a huge one is told in time.
 *
 * @param parts The stream, in parts.
 * @param most How many bytes may come out of it.
 * @returns What came out, in parts.
 * @throws {ImageError} if it is no whole stream, or more comes out.
 */
export async function inflate(
  parts: readonly Uint8Array[],
  what: string,
  most: number,
): Promise<Uint8Array[]> {
  const fail = (rule: string, cause?: unknown): never => {
    throw new ImageError({ doing: "read the picture", what, rule, remedy: REMEDY }, { cause });
  };
  const whole = new Blob(parts.map((part) => new Uint8Array(part)));
  const made: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of whole.stream().pipeThrough(new DecompressionStream("deflate"))) {
      size += part.length;
      if (size > most) break;
      made.push(part);
    }
  } catch (cause) {
    fail("a whole zlib stream", cause);
  }
  return size > most ? fail(`no more than ${most} bytes when inflated`) : made;
}
