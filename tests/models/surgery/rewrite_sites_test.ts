/** One denoiser call on random inputs, with the policy in the place of each site's softmax, against the originals. */
import assert from "node:assert/strict";
import { encodeForSession, encodeOnnx } from "../../../models/onnx/encode_onnx.ts";
import { readOnnx } from "../../../models/onnx/read_onnx.ts";
import type { DeviceName } from "../../../models/runtimes/runtime.ts";
import { floatTensor, type Tensor } from "../../../models/runtimes/tensor.ts";
import { findAttentionSites } from "../../../models/surgery/find_sites.ts";
import { rewriteSites } from "../../../models/surgery/rewrite_sites.ts";
import type { AttentionPolicy } from "../../../ops/attention/policy.ts";
import { policyInputs } from "../../../ops/attention/policy.ts";
import { fixture, type Goldens, loadGoldens, relativeL2 } from "../../helpers/goldens.ts";
import { ALL_DEVICES, runtimeFor, testOnDevices } from "../../helpers/runtimes_under_test.ts";

/** Tokens of a prompt. */
const KEYS = 77;

const INPUTS = { text: "encoder_hidden_states", image: "sample" };

/** Dense attention's own distance from PyTorch: the export's rounding on the CPU, GroupNorm's besides on WebGPU. */
const DENSE: Record<DeviceName, number> = { wasm: 3e-6, native: 3e-6, webgpu: 5e-5 };

/**
 * A sparse policy passes on what comes in amplified, since keys enter and leave the support. How much is measured, by
 * moving the inputs by this much (relative) and seeing how far the output moves; ten times that is the bar.
 */
const MOVED = 1e-6, MARGIN = 10;

function load(family: string) {
  const path = fixture(family, "model", "unet", "model.onnx");
  const model = readOnnx(Deno.readFileSync(path), path);
  return { model, sites: findAttentionSites(model, INPUTS).filter(({ kind }) => kind === "cross") };
}

function feedsOf(goldens: Goldens): Record<string, Tensor> {
  const names = Object.keys(goldens.recipes.core_forward.tensors).filter((name) => name.startsWith("in."));
  return Object.fromEntries(names.map((name) => {
    const { shape } = goldens.tensor("core_forward", name);
    return [name.slice("in.".length), floatTensor(shape, goldens.floats("core_forward", name))];
  }));
}

/** The tensor with each number moved up or down by MOVED of itself. */
function move({ shape, data }: Tensor): Tensor {
  return floatTensor(
    shape,
    (data as Float32Array<ArrayBuffer>).map((x, i) => x * (1 + (i % 3 - 1) * MOVED * Math.sqrt(1.5))),
  );
}

/** `out.pladis_2_1.5` → λ 2, α 1.5. */
function policyOf(name: string): AttentionPolicy {
  if (name === "out.dense") return { kind: "dense" };
  const [, lambda, alpha] = name.split("_").map(Number);
  return lambda === 1 ? { kind: "entmax", alpha } : { kind: "pladis", lambda, alpha };
}

for (const family of ["sd15", "sdxl"]) {
  const goldens = loadGoldens(family);
  const { model, sites } = load(family);
  const outputs = Object.keys(goldens.recipes.core_forward.tensors).filter((name) => name.startsWith("out."));
  testOnDevices(
    `rewriteSites: ${family}: ${outputs.length} policies equal the original`,
    ALL_DEVICES,
    async (device) => {
      await using runtime = await runtimeFor(device);
      const feeds = feedsOf(goldens), moved = { ...feeds, sample: move(feeds.sample) };
      let denseError = 0;
      // One session for each graph: λ is an input. Dense comes first, as the measure of the others.
      const byGraph = Map.groupBy(outputs, (name) => {
        const policy = policyOf(name);
        return policy.kind === "dense" ? "dense" : `${policy.kind} ${policy.alpha}`;
      });
      assert.equal([...byGraph.keys()][0], "dense");
      for (const names of byGraph.values()) {
        const rewritten = rewriteSites(model, sites, policyOf(names[0]), KEYS);
        await using session = await runtime.compile(encodeForSession(rewritten), family);
        const run = async (inputs: Record<string, Tensor>, policy: AttentionPolicy) => {
          const scalars = Object.entries(policyInputs(policy))
            .map(([input, value]) => [input, floatTensor([], Float32Array.of(value))]);
          return (await session.run({ ...inputs, ...Object.fromEntries(scalars) })).out_sample
            .data as Float32Array;
        };
        for (const name of names) {
          const policy = policyOf(name);
          const out = await run(feeds, policy);
          const error = relativeL2(out, goldens.floats("core_forward", name));
          if (policy.kind === "dense") {
            denseError = error;
            assert.ok(error <= DENSE[device], `${name}: relative L2 ${error}`);
            continue;
          }
          const amplified = Math.max(1, relativeL2(await run(moved, policy), out) / MOVED);
          const bar = MARGIN * amplified * denseError;
          assert.ok(
            error <= bar,
            `${name}: relative L2 ${error}, above ${bar} (inputs are amplified ${amplified} times)`,
          );
          // Whatever the conditioning: a site that was missed is off by more than this.
          assert.ok(error <= 1e-2, `${name}: relative L2 ${error}`);
        }
      }
    },
  );

  Deno.test(`rewriteSites: ${family}: a policy changes its sites and nothing else, and the result is a whole file`, () => {
    const policy = { kind: "pladis", lambda: 2, alpha: 1.5 } as const;
    const rewritten = rewriteSites(model, sites.slice(0, 2), policy, KEYS);
    const names = (nodes: typeof model.proto.graph.node) => nodes.map(({ name }) => name);
    const kept = names(rewritten.proto.graph.node).filter((name) => !name?.startsWith("winnow/"));
    const removed = names(model.proto.graph.node).filter((name) => !kept.includes(name));
    assert.deepEqual(removed, sites.slice(0, 2).map(({ node }) => node));
    assert.deepEqual(rewritten.proto.graph.input.at(-1)?.name, "pladis_lambda");
    const again = readOnnx(encodeOnnx(rewritten.proto), "rewritten.onnx");
    assert.equal(
      findAttentionSites(again, INPUTS).filter(({ kind }) => kind === "cross").length >= sites.length - 2,
      true,
    );
    assert.equal(rewriteSites(model, sites, { kind: "dense" }), model);
  });

  testOnDevices(
    `rewriteSites: ${family}: λ 0 is dense, and λ 2 is far from it`,
    ["native"],
    async (device) => {
      await using runtime = await runtimeFor(device);
      const rewritten = rewriteSites(model, sites, { kind: "pladis", lambda: 0, alpha: 1.5 }, KEYS);
      await using session = await runtime.compile(encodeForSession(rewritten), family);
      const dense = goldens.floats("core_forward", "out.dense");
      const run = async (lambda: number) =>
        (await session.run({ ...feedsOf(goldens), pladis_lambda: floatTensor([], Float32Array.of(lambda)) }))
          .out_sample
          .data as Float32Array;
      assert.ok(relativeL2(await run(0), dense) <= DENSE.native);
      assert.ok(relativeL2(await run(2), dense) > 0.05);
    },
  );
}
