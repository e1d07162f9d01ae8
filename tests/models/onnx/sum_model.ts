/** Small models for tests: y = x + w₀ + w₁ + …, over weights of one's own making. */
import { DataType, type ModelProto, type TensorProto } from "../../../models/onnx/onnx_types.ts";
import type { OnnxModel } from "../../../models/onnx/read_onnx.ts";

/** A float32 tensor of rank 1 whose data are in it. */
export function weight(name: string, values: readonly number[]): TensorProto {
  const rawData = new Uint8Array(Float32Array.from(values).buffer);
  return { name, dims: [values.length], dataType: DataType.FLOAT, rawData };
}

/** A float32 tensor whose data are said to lie elsewhere. */
export function external(
  name: string,
  dims: readonly number[],
  where: Readonly<Record<string, string | number>>,
): TensorProto {
  const externalData = Object.entries(where).map(([key, value]) => ({ key, value: String(value) }));
  return { name, dims: [...dims], dataType: DataType.FLOAT, dataLocation: 1, externalData };
}

/** The sum of its input and its weights. */
export function sumModel(weights: readonly TensorProto[]): ModelProto {
  const value = (name: string) => ({
    name,
    type: { tensorType: { elemType: DataType.FLOAT, shape: { dim: [{ dimParam: "n" }] } } },
  });
  const sums = ["x", ...weights.map((_, i) => i + 1 === weights.length ? "y" : `sum_${i}`)];
  return {
    irVersion: 8,
    opsetImport: [{ domain: "", version: 18 }],
    graph: {
      name: "sum",
      node: weights.map(({ name }, i) => ({
        opType: "Add",
        name: `add_${i}`,
        input: [sums[i], name ?? ""],
        output: [sums[i + 1]],
      })),
      initializer: [...weights],
      input: [value("x")],
      output: [value("y")],
    },
  };
}

/** A graph as a model that has no files. */
export function inMemory(proto: ModelProto): OnnxModel {
  return { path: "made.onnx", proto, weights: new Map() };
}
