/**
 * External data held to what they must be, before anything reads them.
 *
 * @module
 */
import { bytesOnDisk, type ByteSource } from "./byte_source.ts";
import { mapTensors } from "./map_tensors.ts";
import { modelFault } from "./onnx_fault.ts";
import { ORIGINAL, type WeightFiles } from "./onnx_model.ts";
import type { ModelProto, TensorProto } from "./onnx_types.ts";
import { tensorTitle, type WeightRange, weightRange } from "./weight_range.ts";

/** The files beside a graph that its weights may lie in, by their names: `BundleComponent.externalData` is such. */
export type SideFiles = ReadonlyMap<string, { readonly path: string }>;

const DISTRUST = "Do not use this model unless you trust where it is from.";
const COPY = "Copy or download the model again, with all files of its folder.";

/** An absolute path, of any system, or one with a step out of its folder or with Windows' separator. */
const LEADS_OUT = /^\/|^[a-z]:|\\|(?:^|\/)\.{1,2}(?:\/|$)/i;

interface Placed {
  readonly title: string;
  readonly range: WeightRange;
}

function placedTensors(proto: ModelProto, path: string): Placed[] {
  const placed: Placed[] = [];
  const look = (tensor: TensorProto) => {
    const range = weightRange(tensor, path);
    if (range) placed.push({ title: tensorTitle(tensor, path), range });
    return tensor;
  };
  mapTensors(proto, look);
  return placed;
}

function openSide({ title, range: { location } }: Placed, sideFiles: SideFiles): ByteSource {
  if (LEADS_OUT.test(location)) {
    const rule = 'in a file beside the graph, named without "..", "\\" and a root';
    throw modelFault(title, rule, location, { remedy: DISTRUST });
  }
  const file = sideFiles.get(location);
  if (file) return bytesOnDisk(file.path);
  const rule = sideFiles.size === 0
    ? "in a file beside the graph, where there is none"
    : `in one of the files beside the graph: ${[...sideFiles.keys()].slice(0, 10).join(", ")}`;
  throw modelFault(title, rule, location, { remedy: COPY });
}

/** Tensors may share all of their bytes; where they share some, one of the two ranges is wrong. */
function checkOverlaps(placed: readonly Placed[]): void {
  for (const there of Map.groupBy(placed, ({ range }) => range.location).values()) {
    const sorted = there.filter(({ range }) => range.length > 0)
      .sort(({ range: a }, { range: b }) => a.offset - b.offset || a.length - b.length);
    for (let i = 1; i < sorted.length; i++) {
      const { range: before, title: other } = sorted[i - 1], { range, title } = sorted[i];
      const same = range.offset === before.offset && range.length === before.length;
      if (same || range.offset >= before.offset + before.length) continue;
      const span = ({ offset, length }: WeightRange) => `bytes ${offset} to ${offset + length}`;
      const rule = `apart from others, or the same: ${other.slice(other.lastIndexOf(": ") + 2)} is ${
        span(before)
      }`;
      throw modelFault(title, rule, span(range));
    }
  }
}

/**
 * Finds the files of a model's external data, and checks that every range lies within its file and overlaps no other.
 *
 * @param original The graph's own file.
 * @throws {GraphError} naming the tensor.
 */
export function findWeights(
  proto: ModelProto,
  path: string,
  original: ByteSource,
  sideFiles: SideFiles,
): WeightFiles {
  const files = new Map([[ORIGINAL, original]]);
  const placed = placedTensors(proto, path);
  for (const each of placed) {
    const { location, offset, length } = each.range;
    const file = files.get(location) ?? openSide(each, sideFiles);
    files.set(location, file);
    if (offset + length <= file.size) continue;
    const rule = `within the ${file.size} bytes of ${file.shown}`;
    throw modelFault(each.title, rule, `bytes ${offset} to ${offset + length}`, { remedy: COPY });
  }
  checkOverlaps(placed);
  return files;
}
