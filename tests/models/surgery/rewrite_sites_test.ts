/** One denoiser call on random inputs, with the policy in the place of each site's softmax, against the originals. */
import assert from "node:assert/strict";
import { encodeForSession, encodeOnnx } from "../../../models/onnx/encode_onnx.ts";
import { type OnnxModel, readOnnx } from "../../../models/onnx/read_onnx.ts";
import type { DeviceName } from "../../../models/runtimes/runtime.ts";
import { floatTensor, type Tensor } from "../../../models/runtimes/tensor.ts";
import type { AttentionSite } from "../../../models/surgery/attention_site.ts";
import { findAttentionSites } from "../../../models/surgery/find_sites.ts";
import { rewriteSites } from "../../../models/surgery/rewrite_sites.ts";
import { alphaOf, type AttentionPolicy, policyInputs } from "../../../ops/attention/policy.ts";
import { FAMILIES, loadCoreForward, MOVED, moved, policyOf } from "../../helpers/core_forward.ts";
import { relativeL2 } from "../../helpers/goldens.ts";
import { ALL_DEVICES, runtimeFor, testOnDevices } from "../../helpers/runtimes_under_test.ts";

/** Dense attention's own distance from PyTorch: the export's rounding on the CPU, GroupNorm's besides on WebGPU. */
const DENSE: Record<DeviceName, number> = { wasm: 3e-6, native: 3e-6, webgpu: 5e-5 };

/** A sparse policy amplifies what comes in (`MOVED`); this many times that is the bar. */
const MARGIN = 10;

/** The module's path as torch's exporter writes it into node names. */
function scopeOf(id: string): string {
  return `/${id.replaceAll(/\.(?=[a-z])/g, "/")}`;
}

/** The model with the result of each site's module as one more output: behind its projection, where it has one. */
function withModules(model: OnnxModel, sites: readonly AttentionSite[]) {
  const { graph } = model.proto;
  const named = (name: string) => graph.node.find((node) => node.name === name)?.output[0];
  const values = sites.map(({ id, operands }) =>
    named(`${scopeOf(id)}/to_out.0/Add`) ?? operands?.output.value as string
  );
  const output = values.map((name) => ({ name, type: { tensorType: { elemType: 1 } } }));
  const widened = { ...graph, output: [...graph.output, ...output] };
  return { values, model: { ...model, proto: { ...model.proto, graph: widened } } };
}

for (const family of FAMILIES) {
  const { model, taken: sites, goldens, feeds, keys, inputs, outputs, output } = await loadCoreForward(
    family,
  );
  testOnDevices(
    `rewriteSites: ${family}: ${outputs.length} policies equal the original`,
    ALL_DEVICES,
    async (device) => {
      await using runtime = await runtimeFor(device);
      const elsewhere = { ...feeds, [inputs.image]: moved(feeds[inputs.image]) };
      let denseError = 0;
      // One session for each graph: λ is an input. Dense comes first, as the measure of the others.
      const byGraph = Map.groupBy(outputs, (name) => {
        const policy = policyOf(name);
        return policy.kind === "dense" ? "dense" : `${policy.kind} ${alphaOf(policy)}`;
      });
      assert.equal([...byGraph.keys()][0], "dense");
      for (const names of byGraph.values()) {
        const rewritten = rewriteSites(model, [{ policy: policyOf(names[0]), sites }], keys);
        await using session = await runtime.compile(encodeForSession(rewritten), family);
        const run = async (inputs: Record<string, Tensor>, policy: AttentionPolicy) => {
          const scalars = Object.entries(policyInputs(policy))
            .map(([input, value]) => [input, floatTensor([], Float32Array.of(value))]);
          return (await session.run({ ...inputs, ...Object.fromEntries(scalars) }))[output]
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
          const amplified = Math.max(1, relativeL2(await run(elsewhere, policy), out) / MOVED);
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
    const rewritten = rewriteSites(model, [{ policy, sites: sites.slice(0, 2) }], keys);
    const names = (nodes: typeof model.proto.graph.node) => nodes.map(({ name }) => name);
    const kept = names(rewritten.proto.graph.node).filter((name) => !name?.startsWith("winnow/"));
    const removed = names(model.proto.graph.node).filter((name) => !kept.includes(name));
    assert.deepEqual(removed, sites.slice(0, 2).map(({ node }) => node));
    assert.deepEqual(rewritten.proto.graph.input.at(-1)?.name, "pladis_lambda");
    const again = readOnnx(encodeOnnx(rewritten), "rewritten.onnx");
    assert.ok(
      findAttentionSites(again, inputs).filter(({ kind }) => kind !== "self").length >= sites.length - 2,
    );
    assert.equal(rewriteSites(model, [{ policy: { kind: "dense" }, sites }]), model);
    const several = rewriteSites(model, [
      { policy, sites: sites.slice(0, 1) },
      { policy: { kind: "temperature", temperature: 2 }, sites: sites.slice(1, 2) },
      { policy, sites: sites.slice(2) },
    ], keys);
    const added = several.proto.graph.input.slice(model.proto.graph.input.length).map(({ name }) => name);
    const own = ["pladis_lambda", "attention_temperature_1", "pladis_lambda_2"];
    assert.deepEqual(added, own.slice(0, sites.length));
  });

  testOnDevices(
    `rewriteSites: ${family}: λ 0 is dense, and λ 2 is far from it`,
    ["native"],
    async (device) => {
      await using runtime = await runtimeFor(device);
      const rewritten = rewriteSites(
        model,
        [{ policy: { kind: "pladis", lambda: 0, alpha: 1.5 }, sites }],
        keys,
      );
      await using session = await runtime.compile(encodeForSession(rewritten), family);
      const dense = goldens.floats("core_forward", "out.dense");
      const run = async (lambda: number) =>
        (await session.run({ ...feeds, pladis_lambda: floatTensor([], Float32Array.of(lambda)) }))[output]
          .data as Float32Array;
      assert.ok(relativeL2(await run(0), dense) <= DENSE.native);
      assert.ok(relativeL2(await run(2), dense) > 0.05);
    },
  );

  testOnDevices(
    `rewriteSites: ${family}: each site's module equals the original`,
    ["native"],
    async (device) => {
      const policy = { kind: "pladis", lambda: 2, alpha: 1.5 } as const;
      const { model: whole, values } = withModules(rewriteSites(model, [{ policy, sites }], keys), sites);
      await using runtime = await runtimeFor(device);
      await using session = await runtime.compile(encodeForSession(whole), family);
      const results = await session.run({
        ...feeds,
        pladis_lambda: floatTensor([], Float32Array.of(policy.lambda)),
      });
      for (const [i, { id, text }] of sites.entries()) {
        const wanted = goldens.tensor("core_forward", `site.${id}.pladis_2_1.5`);
        const found = results[values[i]], [batch, length, width] = found.shape;
        // a module without a projection gives the text's rows as well
        const rows = wanted.shape[1], from = text?.order === "text-image" ? length - rows : 0;
        const image = Array.from(
          { length: batch },
          (_, b) =>
            [...found.data.slice((b * length + from) * width, (b * length + from + rows) * width)].map(
              Number,
            ),
        )
          .flat();
        const error = relativeL2(Float32Array.from(image), wanted.data as Float32Array);
        assert.ok(error <= 1e-4, `${id}: relative L2 ${error}`);
      }
    },
  );
}
