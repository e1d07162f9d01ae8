/**
 * One denoiser call with different policies at different sites, by nodes and by kernels, against the same with its
 * sites in float64.
 */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { encodeForSession } from "../../models/onnx/encode_onnx.ts";
import { openCutDenoiser } from "../../models/runtimes/cut_denoiser.ts";
import type { CutSide } from "../../models/runtimes/cut_side.ts";
import type { DeviceName, Runtime } from "../../models/runtimes/runtime.ts";
import { floatTensor, type Tensor } from "../../models/runtimes/tensor.ts";
import { cutGraph } from "../../models/surgery/cut_graph.ts";
import { type CuttableSite, isCuttable } from "../../models/surgery/cuttable_site.ts";
import { type PolicyAtSites, rewriteSites } from "../../models/surgery/rewrite_sites.ts";
import { type AttentionPolicy, inputOfPolicy, policyInputs } from "../../ops/attention/policy.ts";
import { policyAtSite } from "../../pipeline/plan_policies.ts";
import { type CoreForward, loadCoreForward, MOVED, moved } from "../helpers/core_forward.ts";
import { relativeL2 } from "../helpers/goldens.ts";
import { openReferenceDenoiser } from "../helpers/reference_denoiser.ts";
import { runtimeFor, testOnDevices } from "../helpers/runtimes_under_test.ts";

/** As in rewrite_sites_test.ts: dense attention's own distance from the truth, and the bar of amplified inputs. */
const DENSE: Partial<Record<DeviceName, number>> = { native: 3e-6, webgpu: 5e-5 }, MARGIN = 10;

type Loaded = CoreForward & { readonly taken: readonly CuttableSite[] };

async function load(family: Parameters<typeof loadCoreForward>[0]): Promise<Loaded> {
  const loaded = await loadCoreForward(family);
  assert.ok(loaded.taken.every(isCuttable));
  return { ...loaded, taken: loaded.taken.filter(isCuttable) };
}

/** The policies, and softmax last, at every third, fourth, … site. */
function spread(policies: readonly AttentionPolicy[], sites: readonly CuttableSite[]): PolicyAtSites[] {
  return policies.map((policy, p) => ({
    policy,
    sites: sites.filter((_, i) => i % (policies.length + 1) === p),
  }));
}

const at = (policies: readonly PolicyAtSites[]) => ({ id }: CuttableSite): AttentionPolicy =>
  policies.find(({ sites }) => sites.some((site) => site.id === id))?.policy ?? { kind: "dense" };

/** λ and T as a run feeds them. */
function scalars(policies: readonly PolicyAtSites[]): Record<string, Tensor> {
  return Object.fromEntries(policies.flatMap(({ policy }, i) =>
    Object.entries(policyInputs(policy))
      .map(([name, value]) => [inputOfPolicy(name, i), floatTensor([], Float32Array.of(value))])
  ));
}

/** A plan's policies: what was compiled is of another strength than what is fed. */
const planned = (policies: readonly PolicyAtSites[]) =>
  policies.map(({ policy, sites }) => ({
    policy: {
      ...policy,
      ...("lambda" in policy ? { lambda: 9 } : {}),
      ...("temperature" in policy ? { temperature: 99 } : {}),
    },
    sites,
    inputs: {},
  }));

type Run = (feeds: Readonly<Record<string, Tensor>>) => Promise<Record<string, Tensor>>;

/** Compiles the denoiser in the form of the device, and runs it. */
async function withForm<T>(
  runtime: Runtime,
  { model, taken, changing, keys }: Loaded,
  policies: readonly PolicyAtSites[],
  use: (run: Run) => Promise<T>,
): Promise<T> {
  if (runtime.gpu === undefined) {
    const rewritten = rewriteSites(model, planned(policies), keys);
    await using session = await runtime.compile(encodeForSession(rewritten), "unet");
    return await use((feeds) => session.run({ ...feeds, ...scalars(policies) }));
  }
  const encode = (part: typeof model) => Promise.resolve(encodeForSession(part));
  const cut = cutGraph(model, taken, changing);
  await using denoiser = await openCutDenoiser(runtime.cut as CutSide, { model, cut, encode }, "unet");
  const session = denoiser.session(policyAtSite(planned(policies)));
  return await use((feeds) => session.run({ ...feeds, ...scalars(policies) }));
}

const MIXTURES: readonly (readonly AttentionPolicy[])[] = [
  [{ kind: "pladis", lambda: 2.5, alpha: 1.5 }, { kind: "pladis", lambda: 1.2, alpha: 2 }],
  [
    { kind: "temperature", temperature: 0.7 },
    { kind: "entmax", alpha: 2 },
    { kind: "pladis", lambda: 2, alpha: 1.25 },
    { kind: "temperature", temperature: 1.6 },
  ],
];

for (const family of ["sd15", "sdxl", "sd3"] as const) {
  const loaded = await load(family), { feeds, inputs, output, taken } = loaded;
  testOnDevices(
    `by site: ${family}: different policies equal the cut with its sites in float64`,
    ["native", "webgpu"],
    async (device) => {
      await using runtime = await runtimeFor(device);
      await using cpu = await runtimeFor("native");
      await using reference = await openReferenceDenoiser(cpu, loaded, taken);
      const evaluate = async (run: Run, given = feeds) => (await run(given))[output].data as Float32Array;
      const dense = await withForm(runtime, loaded, [], evaluate);
      const denseError = relativeL2(dense, await reference.run(() => ({ kind: "dense" })));
      assert.ok(denseError <= (DENSE[device] as number), `dense: relative L2 ${denseError}`);
      for (const mixture of MIXTURES) {
        const policies = spread(mixture, taken);
        assert.ok(policies.filter(({ sites }) => sites.length > 0).length > 1);
        const { out, elsewhere } = await withForm(runtime, loaded, policies, async (run) => ({
          out: await evaluate(run),
          elsewhere: await evaluate(run, { ...feeds, [inputs.image]: moved(feeds[inputs.image]) }),
        }));
        const error = relativeL2(out, await reference.run(at(policies)));
        const amplified = Math.max(1, relativeL2(elsewhere, out) / MOVED);
        const bar = Math.min(1e-2, MARGIN * amplified * denseError);
        const others = relativeL2(out, await reference.run(at(spread(mixture.toReversed(), taken))));
        assert.ok(error <= bar, `${mixture.map(({ kind }) => kind)}: relative L2 ${error}, above ${bar}`);
        assert.ok(
          others > 10 * bar,
          `the policies exchanged: relative L2 ${others}, ten times ${bar} or less`,
        );
      }
    },
  );
}
testOnDevices(
  "by site: equal policies over any partition of the sites are one policy over all, to the last bit",
  ["native"],
  async (device) => {
    const loaded = await load("sd15"), { feeds, output, taken } = loaded;
    await using runtime = await runtimeFor(device);
    const evaluate = async (run: Run) => (await run(feeds))[output].data as Float32Array;
    const alpha = fc.constantFrom(1.25, 1.5, 2, 3);
    const policy: fc.Arbitrary<AttentionPolicy> = fc.oneof(
      fc.record({ kind: fc.constant("entmax"), alpha }),
      fc.record({
        kind: fc.constant("temperature"),
        temperature: fc.double({ min: 0.1, max: 9, noNaN: true }),
      }),
      fc.record({ kind: fc.constant("pladis"), lambda: fc.double({ min: 0, max: 5, noNaN: true }), alpha }),
    );
    const parts = fc.array(fc.nat(3), { minLength: taken.length, maxLength: taken.length });
    await fc.assert(
      fc.asyncProperty(policy, parts, async (policy, parts) => {
        const partition = [...Map.groupBy(taken, (_, i) => parts[i]).values()]
          .map((sites) => ({ policy, sites }));
        const one = await withForm(runtime, loaded, [{ policy, sites: taken }], evaluate);
        assert.deepEqual(await withForm(runtime, loaded, partition, evaluate), one);
      }),
      { numRuns: 8 },
    );
  },
);
