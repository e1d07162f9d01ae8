/**
 * One model of a bundle, open.
 *
 * @module
 */
import type { Bundle, ReadOptions } from "../models/bundle/bundle.ts";
import { type OnnxModel, openOnnx } from "../models/onnx/read_onnx.ts";

/** What messages call a file of a bundle: its path below the bundle's source. */
export function fileIn(source: string, file: string): string {
  return `${source.replace(/\/+$/, "")}/${file}`;
}

/**
 * Brings a component onto this disk, checks it, and opens its graph; its weights stay in its files.
 *
 * @throws {BundleError} if the bundle has not got it, or a file is missing or damaged.
 * @throws {GraphError} if its graph cannot be read, or its weights are not where the graph says.
 */
export async function openComponent(
  bundle: Bundle,
  name: string,
  options?: ReadOptions,
): Promise<OnnxModel> {
  const component = bundle.component(name);
  await component.verify(options);
  const shown = fileIn(bundle.source, `${name}/model.onnx`);
  return openOnnx(component.path, { shown, sideFiles: component.externalData });
}
