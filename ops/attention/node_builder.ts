/**
 * How an attention policy writes ONNX nodes without knowing the ONNX format.
 *
 * @module
 */

/** A node's attribute. Whole numbers are INT; a FLOAT that may be whole is wrapped. */
export type NodeAttribute = number | bigint | string | readonly number[] | { readonly float: number };

/** Collects nodes. Values are told by their names. */
export interface NodeBuilder {
  /** Version of the ai.onnx operator set, 13 to 23. */
  readonly opset: number;
  /** Adds a node with one output, and returns the output's name. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, NodeAttribute>>,
  ): string;
  /** A constant: rank 0 for a number, rank 1 for a list. Equal constants are shared. */
  constant(values: number | readonly number[], dtype: "float32" | "int64"): string;
  /** A float32 scalar (rank 0) input of the whole graph, shared by all who name it. */
  input(name: string): string;
}

/** What is known of the scores that a policy turns into weights. */
export interface LogitsInfo {
  /** K, the number of keys, where it is known. */
  readonly keys?: number;
  /** Type of the scores; arithmetic is float32 whatever it is. */
  readonly dtype: "float32" | "float16";
  /** Whether rows may hold −∞, or nothing but −∞. */
  readonly masked?: boolean;
}

/** ONNX's TensorProto.DataType, for Cast. */
const FLOAT = 1, FLOAT16 = 10;

/** A maximum or sum over the keys, [B, H, Q, K] → [B, H, Q, 1]. Axes became an input at opset 13 for sums, 18 for the rest. */
export function reduceKeys(
  builder: NodeBuilder,
  opType: "ReduceSum" | "ReduceMax" | "ReduceL2",
  value: string,
): string {
  const axesAreInput = builder.opset >= (opType === "ReduceSum" ? 13 : 18);
  return axesAreInput
    ? builder.node(opType, [value, builder.constant([-1], "int64")], { keepdims: 1 })
    : builder.node(opType, [value], { axes: [-1], keepdims: 1 });
}

/** Below this a score counts as masked. Finite, since −∞ − (−∞) is no number. */
const MASKED = -1e30;

/**
 * Does float32 work on scores of any type.
 *
 * @param work Gets the scores as finite float32, [B, H, Q, K], and returns the weights.
 */
export function inFloat32(
  builder: NodeBuilder,
  logits: string,
  { dtype, masked }: LogitsInfo,
  work: (logits: string) => string,
): string {
  const wide = dtype === "float16" ? builder.node("Cast", [logits], { to: FLOAT }) : logits;
  const finite = masked ? builder.node("Max", [wide, builder.constant(MASKED, "float32")]) : wide;
  const weights = work(finite);
  return dtype === "float16" ? builder.node("Cast", [weights], { to: FLOAT16 }) : weights;
}
