/**
 * One attention site at the shapes of published models: dense nodes on plain onnxruntime as the base, then each policy in
 * nodes, and on WebGPU and wasm in one kernel.
 *
 *     deno run -A --no-lock bench/attention_site_bench.ts [--device webgpu,wasm,native] [--alpha 1.25,1.5,1.75,2,3] [--rounds 5]
 *                     [--shape "8x1024x77x80,…"] [--json]
 *
 * A shape is heads × queries × keys × head size.
 */
import { editGraph } from "../models/onnx/graph_editor.ts";
import { type EncodedModel, encodeForSession } from "../models/onnx/encode_onnx.ts";
import { DataType, type GraphProto } from "../models/onnx/onnx_types.ts";
import { openRuntime } from "../models/runtimes/choose_device.ts";
import type { CutSide, PlacedSession } from "../models/runtimes/cut_side.ts";
import { createGpuBufferPool } from "../models/runtimes/gpu_buffer_pool.ts";
import { giveBack, type PlacedTensor } from "../models/runtimes/gpu_tensor.ts";
import type { DeviceName, Runtime } from "../models/runtimes/runtime.ts";
import { floatTensor } from "../models/runtimes/tensor.ts";
import type { CuttableSite } from "../models/surgery/cuttable_site.ts";
import { writeOutAttention } from "../models/surgery/fused_attention.ts";
import { policyGraph } from "../ops/attention/policy_graph.ts";
import { alphaOf, type AttentionPolicy, policyInputs } from "../ops/attention/policy.ts";
import { type Contender, flag, race } from "./race.ts";
import { printRows } from "./table.ts";

/** Stable Diffusion 1.5's three levels, two of SDXL's, and PixArt's. */
const SHAPES = "8x4096x77x40,8x1024x77x80,8x256x77x160,10x1024x77x64,20x256x77x64,16x1024x300x72";

interface Shape {
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly headSize: number;
}

const OPERANDS = ["query", "key", "value"] as const;

/** A site of its own as a model: operands and result are [1, L, H·D], as projections leave and take them. */
function siteModel(
  { heads, keys, headSize }: Shape,
  policy: AttentionPolicy,
): { readonly model: EncodedModel; readonly output: string } {
  const editor = editGraph(18), nodes = editor.begin("site");
  const site = {
    query: "query",
    key: "key",
    value: "value",
    mask: undefined,
    layout: "packed",
    heads,
    headSize,
    scale: 1 / Math.sqrt(headSize),
  } as const;
  const output = writeOutAttention(
    editor,
    site,
    "float32",
    (scores, info) => policyGraph(policy, editor, scores, { ...info, keys }),
  );
  const info = (name: string) => ({ name, type: { tensorType: { elemType: DataType.FLOAT } } });
  const graph: GraphProto = {
    name: "site",
    node: nodes,
    initializer: [...editor.initializers],
    input: [...OPERANDS.map(info), ...editor.inputs],
    output: [info(output)],
  };
  const proto = { irVersion: 8, opsetImport: [{ domain: "", version: 18 }], graph };
  return { model: encodeForSession({ path: "site.onnx", weights: new Map(), proto }), output };
}

function operandsOf({ heads, queries, keys, headSize }: Shape) {
  return OPERANDS.map((name) => {
    const shape = [1, name === "query" ? queries : keys, heads * headSize];
    const data = Float32Array.from(
      { length: shape[1] * shape[2] },
      (_, i) => 1.5 * Math.sin(12.9898 * (i + 1)),
    );
    return [name, floatTensor(shape, data)] as const;
  });
}

/** How often a turn repeats the site: single calls are too short to time. */
const REPEATS = 5;

async function timed(work: () => Promise<unknown>): Promise<{ ms: number }> {
  await work();
  const start = performance.now();
  for (let i = 0; i < REPEATS; i++) await work();
  return { ms: (performance.now() - start) / REPEATS };
}

/** Operands where the runtime's kernels and sessions take them. */
function place({ gpu }: Runtime, shape: Shape, stack: DisposableStack): Record<string, PlacedTensor> {
  const operands = operandsOf(shape);
  if (!gpu) return Object.fromEntries(operands);
  const pool = stack.use(createGpuBufferPool(gpu.device));
  return Object.fromEntries(operands.map(([name, { shape, data }]) => {
    const tensor = pool.tensor("float32", shape, "operand");
    gpu.device.queue.writeBuffer(tensor.buffer, 0, data);
    return [name, tensor];
  }));
}

/** Times work whose results are let go, once the GPU is done with it. */
function timedResults(
  { gpu }: Runtime,
  work: () => Promise<Record<string, PlacedTensor>>,
): Promise<{ ms: number }> {
  return timed(async () => {
    const results = await work();
    await gpu?.device.queue.onSubmittedWorkDone();
    Object.values(results).forEach(giveBack);
  });
}

async function nodes(runtime: Runtime, shape: Shape, policy: AttentionPolicy): Promise<{ ms: number }> {
  const { model, output } = siteModel(shape, policy);
  const scalars = Object.entries(policyInputs(policy)).map((
    [name, x],
  ) => [name, floatTensor([], Float32Array.of(x))]);
  using stack = new DisposableStack();
  const feeds = { ...place(runtime, shape, stack), ...Object.fromEntries(scalars) };
  const { gpu, cut } = runtime;
  await using session = gpu && cut
    ? await cut.compile(model, "site", [output])
    : await runtime.compile(model, "site") as PlacedSession;
  return await timedResults(runtime, () => session.run(feeds));
}

async function kernel(runtime: Runtime, shape: Shape, policy: AttentionPolicy): Promise<{ ms: number }> {
  const { heads, headSize } = shape;
  const operand = (value: string) => ({ value, layout: "packed" }) as const;
  const site: CuttableSite = {
    id: "site",
    kind: "cross",
    node: "site",
    dtype: "float32",
    masked: false,
    operands: {
      query: operand("query"),
      key: operand("key"),
      value: operand("value"),
      output: operand("result"),
      heads,
      headSize,
      scale: 1 / Math.sqrt(headSize),
    },
  };
  using stack = new DisposableStack();
  const values = new Map(Object.entries(place(runtime, shape, stack)));
  await using sites = await (runtime.cut as CutSide).openSites("site");
  return await timedResults(runtime, () => sites.compute([site], values, () => policy));
}

const alphas = flag("alpha", "1.25,1.5,1.75,2,3").split(",").map(Number);
const contenders = flag("device", "webgpu,wasm,native").split(",").flatMap((device) =>
  flag("shape", SHAPES).split(",").flatMap((text): Contender[] => {
    const [heads, queries, keys, headSize] = text.split("x").map(Number);
    const shape = { heads, queries, keys, headSize }, comparison = text.replaceAll("x", " × ");
    const policies: AttentionPolicy[] = [
      { kind: "dense" },
      ...alphas.map((alpha): AttentionPolicy => ({ kind: "pladis", lambda: 2, alpha })),
    ];
    const forms = device === "native" ? (["graph"] as const) : (["graph", "kernel"] as const);
    return forms.flatMap((form) =>
      policies.map((policy): Contender => ({
        comparison,
        name: policy.kind === "dense" ? (form === "graph" ? "onnxruntime, dense" : "dense") : "PLADIS",
        device,
        form: form === "graph" && policy.kind === "dense" ? "none" : form,
        alpha: alphaOf(policy) ?? null,
        async run() {
          await using runtime = await openRuntime(device as DeviceName);
          return form === "kernel"
            ? await kernel(runtime, shape, policy)
            : await nodes(runtime, shape, policy);
        },
      }))
    );
  })
);
printRows(await race(contenders, Number(flag("rounds", "5"))), Deno.args);
