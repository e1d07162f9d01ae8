/**
 * Protobuf's wire format, read from a source of which most is never looked at.
 *
 * @module
 */
import type { OpenBytes } from "./byte_source.ts";

/** One field of a message. Offsets are into the source. */
export interface WireField {
  readonly id: number;
  /** Whether it is length-delimited: a string, bytes, or a message. */
  readonly delimited: boolean;
  /** Where its content begins: after the tag, and after the length if there is one. */
  readonly from: number;
  /** Where it ends, and the next field begins. */
  readonly to: number;
}

/** After a jump few bytes are wanted, a tag and a length; in a row of small fields all of them are. */
const JUMP_BYTES = 512, ROW_BYTES = 16384;

/** Reads the heads of fields. Throws plain errors: whoever knows the file says which it is. */
export class WireReader {
  readonly #bytes: OpenBytes;
  readonly #size: number;
  #window = new Uint8Array();
  #start = 0;

  constructor(bytes: OpenBytes, size: number) {
    this.#bytes = bytes;
    this.#size = size;
  }

  #byte(at: number): number {
    const end = this.#start + this.#window.length;
    if (at < this.#start || at >= end) {
      const length = Math.min(at === end ? ROW_BYTES : JUMP_BYTES, this.#size - at);
      this.#window = new Uint8Array(length);
      this.#start = at;
      this.#bytes.read(at, this.#window);
    }
    return this.#window[at - this.#start];
  }

  /** A varint that begins at an offset, and where it ends; it must lie before `limit`. */
  #varint(at: number, limit: number): [value: number, end: number] {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      if (at + i >= limit) throw new Error(`a number is cut off at ${limit}`);
      const byte = this.#byte(at + i);
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return [value, at + i + 1];
    }
    throw new Error(`no number ends within 10 bytes of ${at}`);
  }

  /** The field that begins at an offset, in a message that ends at `limit`. */
  field(at: number, limit: number): WireField {
    const [tag, afterTag] = this.#varint(at, limit);
    const id = Math.floor(tag / 8), wireType = tag % 8;
    if (id === 0 || tag >= 2 ** 32) throw new Error(`no field begins at ${at}`);
    const upTo = (from: number, to: number, delimited: boolean): WireField => {
      if (to > limit) throw new Error(`field ${id} at ${at} ends at ${to}, after its message's ${limit}`);
      return { id, delimited, from, to };
    };
    switch (wireType) {
      case 0:
        return upTo(afterTag, this.#varint(afterTag, limit)[1], false);
      case 1:
        return upTo(afterTag, afterTag + 8, false);
      case 2: {
        const [length, from] = this.#varint(afterTag, limit);
        return upTo(from, from + length, true);
      }
      case 5:
        return upTo(afterTag, afterTag + 4, false);
    }
    throw new Error(`field ${id} at ${at} has wire type ${wireType}`);
  }
}
