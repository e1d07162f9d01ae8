/** A NodeBuilder that computes at once, in float64: what a policy's nodes give apart from rounding. */
import type { NodeBuilder } from "../../../ops/attention/node_builder.ts";

/** [rows, width], where width is K, or 1 for a value a row; a scalar has one row. */
interface Block {
  readonly data: Float64Array;
  readonly rows: number;
  readonly width: number;
}

const UNARY: Readonly<Record<string, (x: number) => number>> = {
  Relu: (x) => Math.max(x, 0),
  Sqrt: Math.sqrt,
  Sign: Math.sign,
  Cast: (x) => x,
  Exp: Math.exp,
  Log: Math.log,
  Reshape: (x) => x,
};

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: (a, b) => a ** b,
  Max: Math.max,
  Clip: Math.max,
};

const REDUCTIONS: Readonly<Record<string, (row: Float64Array) => number>> = {
  ReduceSum: (row) => row.reduce((a, b) => a + b, 0),
  ReduceL2: (row) => Math.sqrt(row.reduce((a, b) => a + b * b, 0)),
  ReduceMax: (row) => row.reduce((a, b) => Math.max(a, b), -Infinity),
};

function mapPairs(a: Block, b: Block, apply: (a: number, b: number) => number): Block {
  const rows = Math.max(a.rows, b.rows), width = Math.max(a.width, b.width);
  const data = new Float64Array(rows * width);
  const at = ({ data, rows, width }: Block, row: number, key: number) =>
    data[(rows === 1 ? 0 : row) * width + (width === 1 ? 0 : key)];
  for (let row = 0; row < rows; row++) {
    for (let key = 0; key < width; key++) data[row * width + key] = apply(at(a, row, key), at(b, row, key));
  }
  return { data, rows, width };
}

function rowsOf({ data, rows, width }: Block): Float64Array[] {
  return Array.from({ length: rows }, (_, row) => data.subarray(row * width, (row + 1) * width));
}

/** A builder whose value "scores" is the given matrix, and a way to read any value. */
export function float64Builder(
  scores: Float64Array,
  keys: number,
  inputs: Readonly<Record<string, number>> = {},
) {
  const values = new Map<string, Block>();
  values.set("scores", { data: scores, rows: scores.length / keys, width: keys });
  const put = (block: Block) => {
    const name = `value_${values.size}`;
    values.set(name, block);
    return name;
  };
  const get = (name: string): Block => {
    const block = values.get(name);
    if (!block) throw new Error(`no value ${name}`);
    return block;
  };
  const scalar = (x: number) => put({ data: Float64Array.of(x), rows: 1, width: 1 });
  const builder: NodeBuilder = {
    opset: 18,
    node(opType, names, attributes = {}) {
      const first = get(names[0]);
      if (opType === "HardSigmoid") {
        const { float: alpha } = attributes.alpha as { float: number };
        const { float: beta } = attributes.beta as { float: number };
        return put({ ...first, data: first.data.map((x) => Math.min(Math.max(alpha * x + beta, 0), 1)) });
      }
      if (opType in UNARY) return put({ ...first, data: first.data.map(UNARY[opType]) });
      if (opType in BINARY) return put(mapPairs(first, get(names[1]), BINARY[opType]));
      if (opType in REDUCTIONS) {
        return put({
          data: Float64Array.from(rowsOf(first), REDUCTIONS[opType]),
          rows: first.rows,
          width: 1,
        });
      }
      if (opType === "Softmax") {
        const data = new Float64Array(first.data.length);
        rowsOf(first).forEach((row, i) => {
          const top = REDUCTIONS.ReduceMax(row), powers = row.map((x) => Math.exp(x - top));
          const sum = REDUCTIONS.ReduceSum(powers);
          data.set(powers.map((power) => power / sum), i * first.width);
        });
        return put({ ...first, data });
      }
      throw new Error(`no meaning for ${opType}`);
    },
    // an axis is a constant too, and nothing reads it
    constant: (value) => scalar(typeof value === "number" ? value : value[0]),
    input: (name) => scalar(inputs[name]),
  };
  return { builder, read: (name: string) => get(name).data };
}
