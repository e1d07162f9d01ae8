/**
 * Writing a model to disk: a small graph, and its weights in a file beside it.
 *
 * @module
 */
import { basename } from "npm:deno-std@1.4.0/path/basename.js";
import { GraphError } from "../../errors.ts";
import { encodeGraph, initializerRanges, moveWeights } from "./encode_onnx.ts";
import type { OnnxModel } from "./onnx_model.ts";
import { type Move, placeWeights } from "./place_weights.ts";
import { openWeights, readChunks } from "./read_weights.ts";

/** ONNX's advice: weights that begin on a page can be mapped into memory. */
const ALIGN = 4096;

async function writeAt(file: Deno.FsFile, offset: number, bytes: Uint8Array): Promise<void> {
  await file.seek(offset, Deno.SeekMode.Start);
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
}

async function copyWeights(model: OnnxModel, moves: readonly Move[], path: string): Promise<void> {
  using target = await Deno.open(path, { write: true, createNew: true });
  for (const [location, there] of Map.groupBy(moves, ({ from }) => from.location)) {
    using source = openWeights(model, location);
    for (const { from, to } of there) {
      let offset = to.offset;
      for (const part of readChunks(source, from)) {
        await writeAt(target, offset, part);
        offset += part.length;
      }
    }
  }
}

/**
 * Writes a model as `path`, and its weights as `path` with `_data` after it. Weights are copied a piece at a time, so
 * that a model of any size needs little memory. Each file gets its name when both are complete; if that replaces the
 * files that the model was opened from, it must be opened again.
 *
 * @throws {GraphError} if a file cannot be written, or the model's weights cannot be read.
 */
export async function writeOnnx(model: OnnxModel, path: string): Promise<void> {
  const dataPath = `${path}_data`, name = basename(dataPath);
  const layout = { fileName: () => name, align: ALIGN, fileBytes: Infinity };
  const placement = placeWeights(initializerRanges(model), layout);
  const part = `.${crypto.randomUUID()}.part`;
  const written: string[] = [];
  try {
    if (placement.moves.length) {
      written.push(dataPath);
      await copyWeights(model, placement.moves, dataPath + part);
    }
    written.push(path);
    await Deno.writeFile(path + part, encodeGraph(moveWeights(model, placement)), { createNew: true });
    for (const target of written) await Deno.rename(target + part, target);
  } catch (cause) {
    if (cause instanceof GraphError) throw cause;
    throw new GraphError({
      doing: "write the model",
      what: path,
      rule: "a file that can be written",
      got: (cause as Error).message,
      remedy: "Free space, or name a folder that is there and can be written (Deno needs --allow-write).",
    }, { cause });
  } finally {
    for (const target of written) await Deno.remove(target + part).catch(() => {}); // it has its name by now
  }
}
