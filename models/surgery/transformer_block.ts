/**
 * The transformer block around a self-attention site: its attentions and its feed-forward, each added to one stream.
 *
 * @module
 */
import type { GraphIndex } from "../onnx/graph_index.ts";
import type { NodeProto } from "../onnx/onnx_types.ts";
import type { AttentionSite } from "./attention_site.ts";

/** What goes into a block and what comes out of it, [B, L, C]. */
export interface TransformerBlock {
  readonly input: string;
  readonly output: string;
}

/** What lies between an attention's result and the stream that it is added to. */
const PROJECTION = new Set(["MatMul", "Gemm", "Add", "Cast", "Identity", "Dropout", "Mul", "Div"]);

const isConstant = (index: GraphIndex, value: string) =>
  index.initializer(value) !== undefined || index.producer(value)?.opType === "Constant";

/** The addition of a module's result to the stream, and the stream before it. */
function residual(index: GraphIndex, result: string): { add: NodeProto; stream: string } | undefined {
  for (let value = result;;) {
    const users = index.consumers(value).filter(({ opType }) => opType !== "Shape");
    const [node] = users;
    if (users.length !== 1 || !PROJECTION.has(node.opType)) return undefined;
    const other = node.input.find((input) => input !== value && !isConstant(index, input));
    if (node.opType === "Add" && other !== undefined) return { add: node, stream: other };
    value = node.output[0];
  }
}

/** The block that a self-attention site begins; undefined where the graph does not tell. */
export function blockAround(
  index: GraphIndex,
  site: AttentionSite,
  sites: readonly AttentionSite[],
): TransformerBlock | undefined {
  const addOf = ({ operands }: AttentionSite) => operands && residual(index, operands.output.value);
  const first = addOf(site);
  if (!first) return undefined;
  // the next block begins where another self-attention is added
  const others = new Set(
    sites.filter((other) => other.kind === "self" && other.id !== site.id).map((other) => addOf(other)?.add),
  );
  let output = first.add.output[0];
  for (;;) {
    const next = index.consumers(output).find((node) => node.opType === "Add" && !others.has(node));
    if (!next) return { input: first.stream, output };
    output = next.output[0];
  }
}
