/**
 * What a JPEG file says before its pixels: their number, and which way up they are.
 *
 * @module
 */

/** A JPEG's header. */
export interface JpegHeader {
  /** W and H as they are stored. */
  readonly width: number;
  readonly height: number;
  /** How the picture is to be turned: EXIF's Orientation, 1 to 8. */
  readonly orientation: Orientation;
}

/** 1 as stored, 3 upside down, 6 and 8 on a side; 2, 4, 5 and 7 are their mirror images. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const START = 0xffd8, SCAN = 0xffda, APP1 = 0xffe1;
/** Frame headers; of the sixteen markers three are tables. */
const FRAME = 0xffc0, FRAMES = 16, TABLES: readonly number[] = [0xffc4, 0xffc8, 0xffcc];
const ORIENTATION_TAG = 0x0112;
const ENTRY_BYTES = 12;

/** Whether bytes begin as a JPEG file does. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** EXIF's Orientation: a TIFF file within the segment, whose first directory may have it. */
function orientationOf(segment: DataView): Orientation | undefined {
  const isExif = segment.byteLength > 14 && segment.getUint32(0) === 0x45786966;
  if (!isExif) return undefined;
  const tiff = new DataView(segment.buffer, segment.byteOffset + 6, segment.byteLength - 6);
  const little = tiff.getUint16(0) === 0x4949, directory = tiff.getUint32(4, little);
  const entries = tiff.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + i * ENTRY_BYTES;
    if (tiff.getUint16(at, little) !== ORIENTATION_TAG) continue;
    const value = tiff.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value as Orientation : undefined;
  }
  return undefined;
}

/**
 * Reads a header. Nothing is decoded.
 *
 * @throws {RangeError} if the file ends before its pixels' number is known.
 */
export function readJpegHeader(jpeg: Uint8Array): JpegHeader | undefined {
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  if (view.getUint16(0) !== START) return undefined;
  let orientation: Orientation = 1;
  for (let at = 2;;) {
    const marker = view.getUint16(at), length = view.getUint16(at + 2);
    if (marker < 0xff01 || marker === SCAN || length < 2) return undefined;
    if (marker === APP1) {
      try {
        orientation = orientationOf(new DataView(jpeg.buffer, jpeg.byteOffset + at + 4, length - 2)) ??
          orientation;
      } catch (error) {
        // notes that are cut short say nothing; the picture is none the worse
        if (!(error instanceof RangeError)) throw error;
      }
    }
    if (marker >= FRAME && marker < FRAME + FRAMES && !TABLES.includes(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), orientation };
    }
    at += 2 + length;
  }
}
