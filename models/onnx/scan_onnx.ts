/**
 * An ONNX file without its weights.
 *
 * The file is walked by its wire format, model → graph → tensors → raw data, and each large tensor's data is stepped
 * over: a file of gigabytes costs what its graph does. What comes out is an ONNX file again, a small one, whose large
 * tensors are external data in the file that was walked.
 *
 * @module
 */
import type { ByteSource, OpenBytes } from "./byte_source.ts";
import { ORIGINAL } from "./onnx_model.ts";
import { type WireField, WireReader } from "./wire_reader.ts";

/** Tensors up to this size stay in the graph, where shape inference can see them. ONNX's own default. */
export const INLINE_BYTES = 1024;

type Message = "model" | "graph" | "node" | "attribute" | "tensor";

/** The fields of each message that lead to tensors. */
const WITHIN: Readonly<Record<Message, Readonly<Record<number, Message>>>> = {
  model: { 7: "graph" },
  graph: { 1: "node", 5: "tensor" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph" },
  tensor: {},
};

/** TensorProto's fields of data. */
const RAW_DATA = 9, EXTERNAL_DATA = 13, DATA_LOCATION = 14;

/** Messages in messages, at most: what protobufjs allows. */
const MAX_DEPTH = 100;

/** A part of the small file: bytes that are new, or that are copied from the large one. */
type Piece = Uint8Array | { readonly from: number; readonly to: number };

const sizeOf = (piece: Piece) => piece instanceof Uint8Array ? piece.length : piece.to - piece.from;

const totalOf = (pieces: readonly Piece[]) => pieces.reduce((sum, piece) => sum + sizeOf(piece), 0);

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push(value % 0x80 | 0x80);
  return [...bytes, value];
}

const head = (id: number, length: number) => Uint8Array.from([...varint(8 * id + 2), ...varint(length)]);

/** A StringStringEntryProto in a tensor's `externalData`. */
function entry(key: string, value: string): number[] {
  const text = (id: number, text: string) => [...head(id, text.length), ...new TextEncoder().encode(text)];
  const pair = [...text(1, key), ...text(2, value)];
  return [...head(EXTERNAL_DATA, pair.length), ...pair];
}

/** The fields that say of a tensor that its data lie in the original file. */
function inOriginal({ from, to }: WireField): Uint8Array {
  return Uint8Array.from([
    ...entry("location", ORIGINAL),
    ...entry("offset", String(from)),
    ...entry("length", String(to - from)),
    ...varint(8 * DATA_LOCATION),
    1,
  ]);
}

/** A message without the large data in it; undefined where there is none, and it can be copied as it is. */
function rewrite(
  reader: WireReader,
  kind: Message,
  start: number,
  end: number,
  depth = 0,
): Piece[] | undefined {
  if (depth > MAX_DEPTH) throw new Error(`messages are nested more than ${MAX_DEPTH} deep`);
  const pieces: Piece[] = [];
  let copied = start, raw: WireField | undefined;
  const replace = (at: number, field: WireField, ...by: readonly Piece[]) => {
    pieces.push({ from: copied, to: at }, ...by);
    copied = field.to;
  };
  for (let at = start; at < end;) {
    const field = reader.field(at, end);
    const child = field.delimited ? WITHIN[kind][field.id] : undefined;
    if (child) {
      const inner = rewrite(reader, child, field.from, field.to, depth + 1);
      if (inner) replace(at, field, head(field.id, totalOf(inner)), ...inner);
    } else if (kind === "tensor" && field.delimited && field.id === RAW_DATA) {
      // of a field that is there twice the last one counts
      raw = field;
      if (field.to - field.from > INLINE_BYTES) replace(at, field);
    }
    at = field.to;
  }
  if (copied === start) return undefined;
  pieces.push({ from: copied, to: end });
  if (raw && raw.to - raw.from > INLINE_BYTES) pieces.push(inOriginal(raw));
  return pieces;
}

function assemble(bytes: OpenBytes, pieces: readonly Piece[]): Uint8Array {
  const whole = new Uint8Array(totalOf(pieces));
  let at = 0;
  for (const piece of pieces) {
    const size = sizeOf(piece);
    if (piece instanceof Uint8Array) whole.set(piece, at);
    else if (size > 0) bytes.read(piece.from, whole.subarray(at, at + size));
    at += size;
  }
  return whole;
}

/**
 * The bytes of an ONNX file with each tensor of more than {@linkcode INLINE_BYTES} as external data at
 * {@linkcode ORIGINAL}.
 *
 * @throws {Error} The source is no message in protobuf's wire format.
 * @throws {GraphError} The source cannot be read.
 */
export function scanOnnx(source: ByteSource): Uint8Array {
  using bytes = source.open();
  const pieces = rewrite(new WireReader(bytes, source.size), "model", 0, source.size);
  return assemble(bytes, pieces ?? [{ from: 0, to: source.size }]);
}
