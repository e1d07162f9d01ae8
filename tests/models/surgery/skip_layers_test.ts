/** Skipping layers of a graph, against the hidden states that the bundled text encoder gives out itself. */
import assert from "node:assert/strict";
import { GraphError } from "../../../errors.ts";
import { encodeForSession } from "../../../models/onnx/encode_onnx.ts";
import { type OnnxModel, readOnnx } from "../../../models/onnx/read_onnx.ts";
import type { TensorProto } from "../../../models/onnx/onnx_types.ts";
import { readWeight } from "../../../models/onnx/read_weights.ts";
import { POCKET_BUNDLE_URL } from "../../../models/pocket/pocket_bundle.ts";
import type { Tensor } from "../../../models/runtimes/tensor.ts";
import { skipLayers, skippedOutput } from "../../../models/surgery/skip_layers.ts";
import { relativeL2 } from "../../helpers/goldens.ts";
import { runtimeFor, testOnDevices } from "../../helpers/runtimes_under_test.ts";

const folder = new URL("text_encoder/", POCKET_BUNDLE_URL);
const config = JSON.parse(await Deno.readTextFile(new URL("config.json", folder)));
const model = readOnnx(await Deno.readFile(new URL("model.onnx", folder)), "text_encoder/model.onnx");
const LAYERS: number = config.num_hidden_layers, TOKENS: number = config.max_position_embeddings;

/** Rounding of float32 sums over 128 numbers. */
const ROUNDING = 1e-6;

function weights(name: string): Float32Array {
  const tensor = model.proto.graph.initializer.find((each) => each.name === name) as TensorProto;
  return new Float32Array((readWeight(tensor, model) as Uint8Array).slice().buffer);
}

/** y = (x − mean) / √(variance + ε) · w + b over the last axis, in float64. */
function finalLayerNorm(x: ArrayLike<number>): Float64Array {
  const scale = weights("text_model.final_layer_norm.weight");
  const shift = weights("text_model.final_layer_norm.bias");
  const y = new Float64Array(x.length), width = scale.length;
  for (let row = 0; row < x.length; row += width) {
    let mean = 0, variance = 0;
    for (let i = 0; i < width; i++) mean += x[row + i] / width;
    for (let i = 0; i < width; i++) variance += (x[row + i] - mean) ** 2 / width;
    const spread = Math.sqrt(variance + config.layer_norm_eps);
    for (let i = 0; i < width; i++) y[row + i] = (x[row + i] - mean) / spread * scale[i] + shift[i];
  }
  return y;
}

/** A prompt of a few tokens, padded as the tokenizer pads. */
function prompt(): Tensor {
  const ids = Array<number>(TOKENS).fill(config.eos_token_id);
  [config.bos_token_id, 17, 301, 44, 620].forEach((id, i) => ids[i] = id);
  return { dtype: "int64", shape: [1, TOKENS], data: BigInt64Array.from(ids, BigInt) };
}

async function outputs(model: OnnxModel): Promise<Record<string, Float32Array>> {
  await using runtime = await runtimeFor("native");
  await using session = await runtime.compile(encodeForSession(model), "text_encoder");
  const found = await session.run({ input_ids: prompt() });
  return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, data as Float32Array]));
}

for (let skipped = 1; skipped <= LAYERS; skipped++) {
  testOnDevices(
    `skipLayers: ${skipped} skipped is the final layer norm of hidden_states.${LAYERS - skipped}`,
    [
      "native",
    ],
    async () => {
      const found = await outputs(skipLayers(model, skipped));
      const expected = finalLayerNorm(found[`hidden_states.${LAYERS - skipped}`]);
      const error = relativeL2(found[skippedOutput(skipped)], expected);
      assert.ok(error <= ROUNDING, `${error}`);
      // The output that was there stays what it was, and differs from the new one.
      const last = relativeL2(found.last_hidden_state, finalLayerNorm(found[`hidden_states.${LAYERS}`]));
      assert.ok(last <= ROUNDING, `${last}`);
      assert.ok(relativeL2(found.last_hidden_state, expected) > 0.1);
    },
  );
}

Deno.test("skipLayers: the hidden states play no part; a graph without them is cut in the same place", () => {
  const { graph } = model.proto;
  const output = graph.output.filter(({ name }) => name === "last_hidden_state");
  const bare = { ...model, proto: { ...model.proto, graph: { ...graph, output } } };
  const inputOf = (of: OnnxModel) => skipLayers(of, 1).proto.graph.node.at(-1)?.input;
  assert.deepEqual(inputOf(bare), inputOf(model));
});

Deno.test("skipLayers: none gives the model itself, and skipping changes nothing of the model given", () => {
  assert.equal(skipLayers(model, 0), model);
  const before = [model.proto.graph.node.length, model.proto.graph.output.length];
  const { graph } = skipLayers(model, 1).proto;
  assert.deepEqual([graph.node.length - 1, graph.output.length - 1], before);
  assert.deepEqual([model.proto.graph.node.length, model.proto.graph.output.length], before);
});

Deno.test("skipLayers: more layers than there are is an error that names the file and the depth", () => {
  assert.throws(() => skipLayers(model, LAYERS + 1), (error: Error) => {
    assert.ok(error instanceof GraphError);
    assert.match(error.message, /^Cannot skip layers of text_encoder\/model\.onnx: /);
    assert.ok(
      error.message.includes(`at least ${LAYERS + 1} residual layers deep, got ${LAYERS}`),
      error.message,
    );
    return true;
  });
});

Deno.test("skipLayers: a graph that does not end in a layer norm is refused", () => {
  const { graph } = model.proto;
  const node = graph.node.map((each) =>
    each.output[0] === "last_hidden_state" ? { ...each, opType: "Tanh" } : each
  );
  const other = { ...model, proto: { ...model.proto, graph: { ...graph, node } } };
  assert.throws(() => skipLayers(other, 1), /a LayerNormalization before "last_hidden_state", got "Tanh"/);
});
