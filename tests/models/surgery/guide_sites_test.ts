/** Guidance inside attention against the original processors: whole calls of the denoiser, in every form. */
import assert from "node:assert/strict";
import { GraphError } from "../../../errors.ts";
import { encodeForSession } from "../../../models/onnx/encode_onnx.ts";
import type { OnnxModel } from "../../../models/onnx/read_onnx.ts";
import { openCutDenoiser } from "../../../models/runtimes/cut_denoiser.ts";
import type { CutSide } from "../../../models/runtimes/cut_side.ts";
import type { DeviceName } from "../../../models/runtimes/runtime.ts";
import { floatTensor, stackBatches, type Tensor } from "../../../models/runtimes/tensor.ts";
import { cutGraph } from "../../../models/surgery/cut_graph.ts";
import { isCuttable } from "../../../models/surgery/cuttable_site.ts";
import { findAttentionSites } from "../../../models/surgery/find_sites.ts";
import { type GuidedSites, guideSites } from "../../../models/surgery/guide_sites.ts";
import { rewriteSites } from "../../../models/surgery/rewrite_sites.ts";
import { tapOutput, tapWeights } from "../../../models/surgery/tap_weights.ts";
import { blurMatrix } from "../../../ops/attention/guided/blur_matrix.ts";
import {
  blurInput,
  NAG_ALPHA,
  NAG_SCALE,
  NAG_TAU,
  PAG_ROWS,
  SEG_ROWS,
  SLG_ROWS,
} from "../../../ops/attention/guided/guided_inputs.ts";
import type { AttentionPolicy } from "../../../ops/attention/policy.ts";
import { policyInputs } from "../../../ops/attention/policy.ts";
import { loadCoreForward } from "../../helpers/core_forward.ts";
import { loadGoldens, relativeL2 } from "../../helpers/goldens.ts";
import { runtimeFor, testOnDevices } from "../../helpers/runtimes_under_test.ts";

const goldens = loadGoldens("attention_guidance");
const { model, sites, feeds, inputs, changing, keys } = await loadCoreForward("sd15");

/** As in rewrite_sites_test.ts: dense attention's own distance from PyTorch; sparse policies amplify it. */
const BARS: Record<DeviceName, { dense: number; sparse: number }> = {
  native: { dense: 5e-6, sparse: 5e-5 },
  wasm: { dense: 5e-6, sparse: 5e-5 },
  webgpu: { dense: 5e-5, sparse: 5e-4 },
};

/** The tiny U-Net's latents are 8 x 8, and its middle 4 x 4. */
const SIDE = 8;

const NAMES = Object.keys(goldens.recipes).filter((name) => /^(pag|seg|slg|nag|temperature)_/.test(name));

function given(name: string): Tensor {
  const { shape } = goldens.tensor("inputs", `in.${name}`);
  return floatTensor(shape, goldens.floats("inputs", `in.${name}`));
}

/** What a recipe of the goldens does to which sites, and what it feeds. */
function caseOf(name: string) {
  const { settings } = goldens.recipes[name], kind = name.split("_")[0];
  const own = sites.filter(({ id }) => settings.sites?.includes(id));
  const factorOf = (id: string) => id.startsWith("mid_block") ? 2 : 1;
  const guided: GuidedSites = {
    pag: kind === "pag" ? own : [],
    seg: kind === "seg" ? own.map((site) => ({ site, factor: factorOf(site.id) })) : [],
    slg: kind === "slg" ? own : [],
    nag: kind === "nag" ? sites.filter((site) => site.kind === "cross") : [],
  };
  const scalar = (x: number) => floatTensor([], Float32Array.of(x));
  const ones = floatTensor([2, 1, 1], Float32Array.of(1, 1));
  const extra: Record<string, Tensor> = {};
  if (kind === "pag") extra[PAG_ROWS] = ones;
  if (kind === "slg") extra[SLG_ROWS] = ones;
  if (kind === "seg") {
    extra[SEG_ROWS] = ones;
    for (const factor of new Set(guided.seg.map(({ factor }) => factor))) {
      const length = SIDE / factor, blur = blurMatrix(length, settings.sigma ?? undefined);
      for (const axis of ["rows", "columns"] as const) {
        extra[blurInput(axis, factor)] = floatTensor([length, length], blur);
      }
    }
  }
  if (kind === "nag") {
    extra[NAG_SCALE] = scalar(settings.scale);
    extra[NAG_TAU] = scalar(settings.tau);
    extra[NAG_ALPHA] = scalar(settings.alpha);
    const both = [given("encoder_hidden_states"), given("negative_encoder_hidden_states")];
    extra.encoder_hidden_states = stackBatches(both as Parameters<typeof stackBatches>[0]);
  }
  const policy: AttentionPolicy = name.endsWith("_pladis")
    ? { kind: "pladis", lambda: 2, alpha: 1.5 }
    : kind === "temperature"
    ? { kind: "temperature", temperature: settings.temperature }
    : { kind: "dense" };
  return { guided, policy, feeds: { ...feeds, ...extra } };
}

function check(name: string, out: Tensor, device: DeviceName, golden = "out"): void {
  const { dense, sparse } = BARS[device];
  const error = relativeL2(out.data as Float32Array, goldens.floats(name, golden));
  const bar = name.endsWith("pladis") || name.startsWith("temperature") ? sparse : dense;
  assert.ok(error <= bar, `${name}: relative L2 ${error}, may be ${bar}`);
}

Deno.test("the goldens begin where core_forward does", () => {
  for (const name of ["sample", "encoder_hidden_states"]) {
    assert.deepEqual(given(name).data, feeds[name].data);
  }
  assert.equal(NAMES.length, 23);
});

testOnDevices(
  "guideSites: PAG, SEG, SLG, NAG and temperature equal the original",
  ["native", "wasm"],
  async (device) => {
    await using runtime = await runtimeFor(device);
    for (const name of NAMES) {
      const { guided, policy, feeds } = caseOf(name);
      const edited = guideSites(model, guided, sites, inputs.text);
      const cross = findAttentionSites(edited, inputs).filter(({ kind }) => kind === "cross");
      assert.equal(cross.length, 4, name);
      const whole = rewriteSites(edited, [{ policy, sites: cross }], keys);
      await using session = await runtime.compile(encodeForSession(whole), name);
      const scalars = Object.entries(policyInputs(policy))
        .map(([input, value]) => [input, floatTensor([], Float32Array.of(value))]);
      check(name, (await session.run({ ...feeds, ...Object.fromEntries(scalars) })).out_sample, device);
    }
  },
);

testOnDevices(
  "guideSites: with kernels between the segments likewise",
  ["webgpu", "wasm"],
  async (device) => {
    await using runtime = await runtimeFor(device);
    for (const name of NAMES.filter((name) => !name.includes("0.5"))) {
      const { guided, policy, feeds } = caseOf(name);
      const edited = guideSites(model, guided, sites, inputs.text);
      const cut = cutGraph(edited, findAttentionSites(edited, inputs).filter(isCuttable), changing);
      const encode = (part: OnnxModel) => Promise.resolve(encodeForSession(part));
      await using denoiser = await openCutDenoiser(
        runtime.cut as CutSide,
        { model: edited, cut, encode },
        name,
      );
      const session = denoiser.session(({ kind }) => kind === "cross" ? policy : { kind: "dense" });
      check(name, (await session.run(feeds, ["out_sample"])).out_sample, device);
    }
  },
);

testOnDevices("guideSites: where the rows' share is 0 nothing changes", ["native"], async (device) => {
  await using runtime = await runtimeFor(device);
  for (const name of ["pag_all", "seg_all_10.0"]) {
    const { guided, feeds } = caseOf(name);
    await using session = await runtime.compile(
      encodeForSession(guideSites(model, guided, sites, inputs.text)),
      name,
    );
    const share = (...rows: number[]) => floatTensor([2, 1, 1], Float32Array.from(rows));
    const rowsInput = name.startsWith("pag") ? PAG_ROWS : SEG_ROWS;
    const run = async (...rows: number[]) =>
      (await session.run({ ...feeds, [rowsInput]: share(...rows) })).out_sample.data as Float32Array;
    const none = await run(0, 0), second = await run(0, 1), half = none.length / 2;
    assert.ok(relativeL2(none, goldens.floats("inputs", "out.dense")) <= BARS.native.dense);
    assert.ok(relativeL2(second.slice(0, half), none.slice(0, half)) <= 1e-6);
    assert.ok(relativeL2(second.slice(half), goldens.floats(name, "out").slice(half)) <= BARS.native.dense);
  }
});

testOnDevices("tapWeights: maps equal the original's weights", ["native", "wasm"], async (device) => {
  await using runtime = await runtimeFor(device);
  const cross = sites.filter(({ kind }) => kind === "cross");
  await using session = await runtime.compile(encodeForSession(tapWeights(model, cross)), "maps");
  const results = await session.run(feeds);
  for (const site of cross) {
    const error = relativeL2(
      results[tapOutput(site)].data as Float32Array,
      goldens.floats("maps", `map.${site.id}`),
    );
    assert.ok(error <= 3e-6, `${site.id}: relative L2 ${error}`);
  }
});

Deno.test("guideSites: a site whose operands are not known is an error that names it", () => {
  const { operands: _, ...opaque } = sites[0];
  assert.throws(
    () => guideSites(model, { pag: [opaque], seg: [], slg: [], nag: [] }, sites, inputs.text),
    (error: Error) => error instanceof GraphError && error.message.includes(sites[0].id),
  );
  assert.equal(guideSites(model, { pag: [], seg: [], slg: [], nag: [] }, sites, inputs.text), model);
});
