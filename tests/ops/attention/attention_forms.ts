/** The forms of an attention policy that the conformance suite compares with the goldens. A kernel is one more entry. */
import { applyEdits, editGraph } from "../../../models/onnx/graph_editor.ts";
import { type EncodedModel, encodeForSession } from "../../../models/onnx/encode_onnx.ts";
import { DataType, type GraphProto, type NodeProto } from "../../../models/onnx/onnx_types.ts";
import type { DeviceName, Session } from "../../../models/runtimes/runtime.ts";
import { elementCount, floatTensor, type Tensor } from "../../../models/runtimes/tensor.ts";
import type { ScoresInfo } from "../../../ops/attention/node_builder.ts";
import { jointGraph } from "../../../ops/attention/joint/graph.ts";
import { type JointOrder, type JointReach, jointReach } from "../../../ops/attention/joint/joint_reach.ts";
import { jointReference } from "../../../ops/attention/joint/reference.ts";
import { type AttentionPolicy, policyInputs } from "../../../ops/attention/policy.ts";
import { policyGraph } from "../../../ops/attention/policy_graph.ts";
import { policyReference } from "../../../ops/attention/policy_reference.ts";
import { runtimeFor } from "../../helpers/runtimes_under_test.ts";

/** Scores, [B batch, H heads, Q queries, K keys], scaled and masked. */
export interface Scores {
  readonly z: Float64Array;
  readonly shape: readonly number[];
  /** Whether a mask was added, as a site of a model would say. */
  readonly masked: boolean;
  /** In joint attention, the order of the sequence and how many of its tokens are text. */
  readonly joint?: { readonly order: JointOrder; readonly text: number };
}

/** What the policy of some scores reaches; undefined where that is everything. */
export function reachOf({ joint, shape }: Scores): JointReach | undefined {
  return joint && jointReach(joint.order, shape[3], joint.text);
}

/** What a form's numbers can be held to. */
export interface Precision {
  /** A score as the form gets it. */
  round(score: number): number;
  /** Unit roundoff of its arithmetic. */
  readonly arithmetic: number;
  /** Unit roundoff of the weights that it returns. */
  readonly storage: number;
}

/** One way to compute a policy's weights. */
export interface AttentionForm extends AsyncDisposable {
  readonly name: string;
  readonly precision: Precision;
  /** The weights, of the scores' shape. */
  weights(policy: AttentionPolicy, scores: Scores): Promise<ArrayLike<number>>;
}

export interface GraphOptions {
  /** Version of the operator set. @default {18} */
  readonly opset?: number;
  /** Type of the scores that the policy gets. @default {"float32"} */
  readonly dtype?: "float32" | "float16";
}

const FLOAT64 = 2 ** -53, FLOAT32 = 2 ** -24, FLOAT16 = 2 ** -11;

export function referenceForm(): AttentionForm {
  return {
    name: "reference",
    precision: { round: (score) => score, arithmetic: FLOAT64, storage: FLOAT64 },
    weights(policy, scores) {
      const { z, shape: [, , queries, keys] } = scores, reach = reachOf(scores);
      return Promise.resolve(
        reach ? jointReference(policy, z, { queries, keys }, reach) : policyReference(policy, z, keys),
      );
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/**
 * A model whose one node, an Identity from the scores to the weights, is replaced by the policy's nodes. Scores and
 * weights are float32 outside of it, whatever the policy gets.
 */
export function policyModel(
  policy: AttentionPolicy,
  opset: number,
  info: ScoresInfo,
  joint?: Scores["joint"],
): EncodedModel {
  const elemType = DataType.FLOAT;
  const shape = { dim: ["B", "H", "Q", "K"].map((dimParam) => ({ dimParam })) };
  const slot: NodeProto = { opType: "Identity", input: ["logits"], output: ["weights"] };
  const graph: GraphProto = {
    name: "attention",
    node: [slot],
    initializer: [],
    input: [{ name: "logits", type: { tensorType: { elemType, shape } } }],
    output: [{ name: "weights", type: { tensorType: { elemType, shape } } }],
  };
  const editor = editGraph(opset);
  const nodes = editor.begin("attention");
  const half = info.dtype === "float16";
  const logits = half ? editor.node("Cast", ["logits"], { to: DataType.FLOAT16 }) : "logits";
  const weights = joint
    ? jointGraph(policy, editor, logits, { ...info, keys: joint.text }, {
      order: joint.order,
      length: editor.constant([joint.text], "int64"),
    })
    : policyGraph(policy, editor, logits, info);
  nodes.push({ ...slot, input: [half ? editor.node("Cast", [weights], { to: DataType.FLOAT }) : weights] });
  return encodeForSession({
    path: "attention.onnx",
    weights: new Map(),
    proto: {
      irVersion: 8,
      opsetImport: [{ domain: "", version: opset }],
      graph: applyEdits(graph, new Map([[slot, nodes]]), editor),
    },
  });
}

/** The nodes that a policy becomes, run by onnxruntime. */
export async function graphForm(
  device: DeviceName,
  { opset = 18, dtype = "float32" }: GraphOptions = {},
): Promise<AttentionForm> {
  const runtime = await runtimeFor(device);
  const sessions = new Map<string, Session>();
  const half = dtype === "float16";
  return {
    name: `graph, opset ${opset}, ${dtype}, ${device}`,
    precision: {
      round: half ? Math.f16round : Math.fround,
      arithmetic: FLOAT32,
      storage: half ? FLOAT16 : FLOAT32,
    },
    async weights(policy, { z, shape, masked, joint }) {
      const keys = shape.at(-1) as number;
      // λ is an input, so that one session serves all of its values
      const key = [policy.kind, "alpha" in policy ? policy.alpha : "", keys, masked, joint?.order].join();
      let session = sessions.get(key);
      if (!session) {
        session = await runtime.compile(policyModel(policy, opset, { keys, dtype, masked }, joint), key);
        sessions.set(key, session);
      }
      const feeds: Record<string, Tensor> = { logits: floatTensor(shape, Float32Array.from(z)) };
      for (const [name, value] of Object.entries(policyInputs(policy))) {
        feeds[name] = floatTensor([], Float32Array.of(value));
      }
      const { weights } = await session.run(feeds);
      if (weights.shape.join() !== shape.join()) throw new Error(`weights have shape [${weights.shape}]`);
      if (weights.data.length !== elementCount(shape)) throw new Error("weights are not whole");
      return weights.data as Float32Array;
    },
    async [Symbol.asyncDispose]() {
      for (const session of sessions.values()) await session[Symbol.asyncDispose]();
      await runtime[Symbol.asyncDispose]();
    },
  };
}
