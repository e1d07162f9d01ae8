/**
 * The hand that a policy's graph form writes with.
 *
 * @module
 */

/** A node's attributes. Whole numbers are INT and others FLOAT; `{ float }` is FLOAT whatever its value. */
export type NodeAttributes = Readonly<
  Record<string, number | bigint | string | readonly number[] | { readonly float: number }>
>;

/** Adds nodes to an ONNX graph. Values go by their names. */
export interface NodeBuilder {
  /** Version of ai.onnx that the graph imports, 14 to 23. */
  readonly opset: number;
  /** Adds a node with one output, and returns the output's name. */
  node(opType: string, inputs: readonly string[], attributes?: NodeAttributes): string;
  /** A constant of rank 0 for a number, 1 for an array. Equal constants are one. */
  constant(values: number | readonly number[], dtype: "float32" | "int64"): string;
  /**
   * A graph input, float32, shared by all who ask for the name.
   *
   * @param axes What its axes are called: "1" is of that size, any other name of any size. Without them a scalar of rank 0.
   */
  input(name: string, axes?: readonly string[]): string;
}

/** What a policy's graph form knows of the scores. */
export interface ScoresInfo {
  /** K where it is known when compiling: fewer keys need fewer iterations. */
  readonly keys?: number;
  /** Type of the scores, and of the weights that are returned. */
  readonly dtype: "float32" | "float16";
  /**
   * Whether a mask may have been added to the scores. One pass less where there is none.
   *
   * @default {true}
   */
  readonly masked?: boolean;
}

export const DEFAULT_MASKED = true;
