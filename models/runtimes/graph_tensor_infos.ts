/**
 * A graph's inputs and outputs, told without a session.
 *
 * @module
 */
import { GraphError } from "../../errors.ts";
import { DataType, toNumber, type ValueInfoProto } from "../onnx/onnx_types.ts";
import type { OnnxModel } from "../onnx/read_onnx.ts";
import type { DType, TensorInfo } from "./tensor.ts";

const DTYPES: ReadonlyMap<number | undefined, DType> = new Map<number | undefined, DType>([
  [DataType.FLOAT, "float32"],
  [DataType.FLOAT16, "float16"],
  [DataType.INT64, "int64"],
  [DataType.INT32, "int32"],
  [DataType.UINT8, "uint8"],
  [DataType.BOOL, "bool"],
]);

/** Inputs and outputs as a session over the graph would tell them. */
export function graphTensorInfos({ path, proto: { graph } }: OnnxModel): {
  inputs: TensorInfo[];
  outputs: TensorInfo[];
} {
  const info = ({ name, type }: ValueInfoProto): TensorInfo => {
    const dtype = DTYPES.get(type?.tensorType?.elemType);
    if (!dtype) {
      throw new GraphError({
        doing: `read the inputs and outputs of ${path}`,
        what: `the type of ${name}`,
        rule: [...DTYPES.values()].join(", "),
        got: `ONNX type ${type?.tensorType?.elemType ?? "unknown"}`,
      });
    }
    const dims = type?.tensorType?.shape?.dim ?? [];
    return { name, dtype, shape: dims.map(({ dimParam, dimValue }) => dimParam || toNumber(dimValue)) };
  };
  const weights = new Set(graph.initializer.map(({ name }) => name));
  return {
    inputs: graph.input.filter(({ name }) => !weights.has(name)).map(info),
    outputs: graph.output.map(info),
  };
}
