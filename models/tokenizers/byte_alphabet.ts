/**
 * The byte-level alphabet of GPT-2's and CLIP's vocabularies: each of the 256 bytes is written as one printable
 * character, so that a vocabulary is plain text. Printable Latin-1 stands for itself, the others for U+0100 and up.
 *
 * @module
 */

const PRINTABLE_RUNS = [["!", "~"], ["¡", "¬"], ["®", "ÿ"]] as const;
const FIRST_STAND_IN = 0x100;

function buildAlphabet(): string[] {
  const alphabet = new Array<string>(256);
  for (const [first, last] of PRINTABLE_RUNS) {
    for (let byte = first.charCodeAt(0); byte <= last.charCodeAt(0); byte++) {
      alphabet[byte] = String.fromCharCode(byte);
    }
  }
  let next = FIRST_STAND_IN;
  for (let byte = 0; byte < 256; byte++) alphabet[byte] ??= String.fromCharCode(next++);
  return alphabet;
}

const CHARACTER_OF_BYTE: readonly string[] = buildAlphabet();
const BYTE_OF_CHARACTER: ReadonlyMap<string, number> = new Map(CHARACTER_OF_BYTE.map((c, byte) => [c, byte]));

/** UTF-8 bytes of `text`, one character of the alphabet each. */
export function toByteAlphabet(text: string): string {
  let result = "";
  for (const byte of new TextEncoder().encode(text)) result += CHARACTER_OF_BYTE[byte];
  return result;
}

/** The reverse of {@linkcode toByteAlphabet}: broken UTF-8 becomes U+FFFD; characters of no byte stand for themselves. */
export function fromByteAlphabet(characters: string): string {
  const encoder = new TextEncoder();
  const bytes: number[] = [];
  for (const character of characters) {
    const byte = BYTE_OF_CHARACTER.get(character);
    if (byte === undefined) bytes.push(...encoder.encode(character));
    else bytes.push(byte);
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(bytes));
}
