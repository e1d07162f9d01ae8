/**
 * float16 that an adapter lacks, or that does not work, is found before a model is loaded.
 *
 * @module
 */
import { DeviceError } from "../errors.ts";
import type { GraphProto } from "../models/onnx/onnx_types.ts";
import { DataType } from "../models/onnx/onnx_types.ts";
import { inferValueTypes } from "../models/onnx/value_types.ts";
import type { Runtime } from "../models/runtimes/runtime.ts";
import type { BundleSurvey } from "./survey.ts";

/** Ops that only hold or hand on numbers: weights that are stored in float16 and computed with in float32 need no more. */
const HOLDS = new Set(["Constant", "Identity"]);

/** Whether a graph computes in float16, and not only stores weights in it. */
export function computesInFloat16(graph: GraphProto): boolean {
  const typeOf = inferValueTypes(graph);
  return graph.node.some(({ opType, output }) =>
    !HOLDS.has(opType) && output.some((value) => typeOf(value) === DataType.FLOAT16)
  );
}

/**
 * Checks that a GPU computes in float16 where a component needs that.
 *
 * @throws {DeviceError} naming the component, and whether the adapter lacks float16 or gives wrong numbers.
 */
export async function checkFloat16(
  { components }: BundleSurvey,
  { gpu, report }: Pick<Runtime, "gpu" | "report">,
): Promise<void> {
  if (!gpu) return;
  const needy = [...components.values()].find(({ model }) => computesInFloat16(model.proto.graph));
  if (!needy) return;
  const support = await gpu.float16();
  if (support === "works") return;
  throw new DeviceError({
    doing: `run ${needy.name} on ${report.adapter ?? report.device}`,
    what: "float16 on this adapter",
    rule: "there, and right",
    got: support,
    remedy: "Use a float32 export of the model, or --device wasm.",
  });
}
