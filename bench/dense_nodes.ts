/** Dense attention as onnxruntime-web computes it on one thread: MatMul, Softmax, MatMul. */
import { editGraph } from "../models/onnx/graph_editor.ts";
import { encodeForSession } from "../models/onnx/encode_onnx.ts";
import { DataType, type GraphProto } from "../models/onnx/onnx_types.ts";
import { openWasmRuntime } from "../models/runtimes/ort_web.ts";
import { floatTensor } from "../models/runtimes/tensor.ts";
import type { BenchShape } from "./simd_kernel_bench.ts";

const OPERANDS = ["query", "key", "value"] as const;

/**
 * The three nodes over operands that already lie as they like them best, keys transposed: what stands around them in a
 * model costs more, not less.
 *
 * @param data Queries, keys and values, each [1, L, H · D].
 */
export async function denseNodes(
  { heads, queries, keys, headSize }: BenchShape,
  data: readonly Float32Array[],
  scale: number,
): Promise<AsyncDisposable & { run(): Promise<unknown> }> {
  const editor = editGraph(18), nodes = editor.begin("site");
  const scores = editor.node("MatMul", ["query", "key"]);
  const weights = editor.node("Softmax", [scores], { axis: -1 });
  const output = editor.node("MatMul", [weights, "value"]);
  const info = (name: string) => ({ name, type: { tensorType: { elemType: DataType.FLOAT } } });
  const graph: GraphProto = {
    name: "site",
    node: nodes,
    initializer: [...editor.initializers],
    input: OPERANDS.map(info),
    output: [info(output)],
  };
  const proto = { irVersion: 8, opsetImport: [{ domain: "", version: 18 }], graph };
  const model = encodeForSession({ path: "site.onnx", weights: new Map(), proto });
  const runtime = await openWasmRuntime({ device: "wasm", reason: "for comparison", threads: 1 });
  const session = await runtime.compile(model, "site");
  /** [1, L, H · D] as [1, H, L, D], or transposed as [1, H, D, L]. */
  const arranged = (from: Float32Array, length: number, factor: number, transposed: boolean) => {
    const to = new Float32Array(from.length);
    for (let head = 0, i = 0; head < heads; head++) {
      for (let row = 0; row < length; row++) {
        for (let d = 0; d < headSize; d++, i++) {
          const at = transposed ? (head * headSize + d) * length + row : i;
          to[at] = from[(row * heads + head) * headSize + d] * factor;
        }
      }
    }
    return floatTensor(transposed ? [1, heads, headSize, length] : [1, heads, length, headSize], to);
  };
  const feeds = {
    query: arranged(data[0], queries, 1, false),
    key: arranged(data[1], keys, scale, true),
    value: arranged(data[2], keys, 1, false),
  };
  return {
    run: () => session.run(feeds),
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      await runtime[Symbol.asyncDispose]();
    },
  };
}
