export interface NodeBuilder {
  node(opType: string, inputs: readonly string[], attributes?: Readonly<Record<string, number | bigint | string | readonly number[] | { float: number }>>): string;
  constant(values: number | readonly number[], dtype: "float32" | "int64"): string;
  input(name: string): string;
  readonly opset: number;
}
