/** Every policy, in every form, against float64 goldens from PyTorch: whole maps of weights and whole outputs. */
import assert from "node:assert/strict";
import type { KernelHost } from "../../../models/runtimes/kernel_host.ts";
import type { DeviceName } from "../../../models/runtimes/runtime.ts";
import type { JointReach } from "../../../ops/attention/joint/joint_reach.ts";
import { alphaOf, type AttentionPolicy } from "../../../ops/attention/policy.ts";
import { policyReference } from "../../../ops/attention/policy_reference.ts";
import { loadGoldens, maxAbs } from "../../helpers/goldens.ts";
import { testOnDevices } from "../../helpers/runtimes_under_test.ts";
import { kernelForm } from "./kernel_form.ts";
import { simdForm } from "./simd_form.ts";
import { simdSitesForm } from "./simd_sites_form.ts";
import {
  type AttentionForm,
  graphForm,
  type Precision,
  reachOf,
  referenceForm,
  type Scores,
} from "./attention_forms.ts";

const goldens = loadGoldens("attention");

const CASES = Object.keys(goldens.recipes);

/** Joint attention weighs part of a row and keeps that part's mass. */
const JOINT = ["joint_image_text", "joint_text_image"];

/** Long and short rows, masked and not, with and without ties: for forms that differ from another only a little. */
const CROSS_SECTION = [
  "h2_q32_k77",
  "h2_q8_k300_masked",
  "h2_q8_k512_flat",
  "h2_q4_k77_ties",
  "h2_q4_k77_one_live",
  ...JOINT,
];

/** For slow devices, and for half precision, which can tell their scores apart. */
const TWO_CASES = ["h2_q32_k77", "h2_q8_k300_masked"];

/** Goldens are float64 results stored as float32. */
const GOLDEN_STORAGE = 2 ** -24;

/** What the reference is held to where the golden's storage is finer. */
const REFERENCE_BAR = 1e-6;

/** Roundings between a score and its distance to τ: shift, factor, sums, the last step. */
const ROUNDINGS = 8;

/** Keys this far below their row's top weigh e⁻⁴⁰ at most, however they are rounded: masked ones. */
const DEAD = 40;

interface Case {
  readonly scores: Scores;
  readonly v: Float32Array;
  /** D, the size of a head. */
  readonly size: number;
}

/** Text and image in one sequence. */
function lengthsOf(settings: { image_tokens: number; text_tokens: number }) {
  const length = settings.image_tokens + settings.text_tokens;
  return { queries: length, keys: length };
}

/** q·kᵀ·scale + bias, in float64. */
function load(name: string): Case {
  const { settings } = goldens.recipes[name], { heads, dim, scale, order, text_tokens: text } = settings;
  const { queries, keys } = order ? lengthsOf(settings) : settings;
  const [q, k, v] = ["q", "k", "v"].map((part) => goldens.floats(name, part));
  const masked = "bias" in goldens.recipes[name].tensors;
  const bias = masked ? goldens.floats(name, "bias") : new Float32Array(keys);
  const z = new Float64Array(heads * queries * keys);
  for (let row = 0, i = 0; row < heads * queries; row++) {
    const head = Math.floor(row / queries);
    for (let key = 0; key < keys; key++, i++) {
      let dot = 0;
      for (let d = 0; d < dim; d++) dot += q[row * dim + d] * k[(head * keys + key) * dim + d];
      z[i] = dot * scale + bias[key];
    }
  }
  const joint = order && { order: order.replace("_", "-"), text };
  return {
    scores: { z, shape: [1, heads, queries, keys], masked, ...(joint ? { joint } : {}) },
    v,
    size: dim,
  };
}

/** W·V in float64, [B, H, Q, D]. */
function outputOf(weights: ArrayLike<number>, { scores: { shape }, v, size }: Case): Float64Array {
  const [, heads, queries, keys] = shape;
  const output = new Float64Array(heads * queries * size);
  for (let row = 0, i = 0; row < heads * queries; row++) {
    const head = Math.floor(row / queries);
    for (let key = 0; key < keys; key++, i++) {
      for (let d = 0; d < size; d++) {
        output[row * size + d] += weights[i] * v[(head * keys + key) * size + d];
      }
    }
  }
  return output;
}

/** `map.pladis_2_1.5` → λ 2, α 1.5. */
function policyOf(golden: string): AttentionPolicy {
  const [kind, ...numbers] = golden.slice(golden.indexOf(".") + 1).split("_");
  if (kind === "softmax") return { kind: "dense" };
  if (kind === "entmax") return { kind: "entmax", alpha: Number(numbers[0]) };
  return { kind: "pladis", lambda: Number(numbers[0]), alpha: Number(numbers[1]) };
}

/** Largest change of a score by the form's rounding, among the keys that can weigh anything. */
function scoreRounding({ z, shape }: Scores, round: (score: number) => number): number {
  const keys = shape.at(-1) as number;
  let largest = 0;
  for (let start = 0; start < z.length; start += keys) {
    const row = z.subarray(start, start + keys), top = Math.max(...row);
    for (const score of row) {
      if (score > top - DEAD) largest = Math.max(largest, Math.abs(round(score) - score));
    }
  }
  return largest;
}

/** The most that a weight, and that all weights of a row together, may be off. */
interface Bound {
  readonly each: number;
  readonly row: number;
}

/**
 * With sᵢ = pᵢ^(2−α), entmax' derivative is diag(s) − s·sᵀ/Σs: scores off by ε move a weight by 2·sᵢ·ε at most, and a
 * row by 2·Σs·ε, where Σs ≤ n^(α−1) for n keys in the support and α up to 2, and Σs ≤ n·max s for any.
 * For softmax s is p.
 */
function sparseBound(condition: Condition, alpha: number, error: number): Bound {
  const { largest_jacobian_entry: s, support_max: n } = condition.alpha[String(alpha)];
  return { each: 2 * s * error, row: 2 * (alpha > 2 ? n * s : n ** (alpha - 1)) * error };
}

interface Condition {
  readonly alpha: Readonly<
    Record<string, { largest_jacobian_entry: number; support_max: number; f32_logit_rounding?: number }>
  >;
}

/** What the goldens say of the other cases: the largest p^(2−α) and the widest support, of the part that a policy reaches. */
function jointCondition(scores: Scores): Condition {
  const { z, shape } = scores, { queries, keys } = reachOf(scores) as JointReach;
  const rows = Array.from({ length: z.length / shape[3] }, (_, row) => row)
    .filter((row) => row % shape[2] >= queries[0] && row % shape[2] < queries[1])
    .map((row) => z.slice(row * shape[3] + keys[0], row * shape[3] + keys[1]));
  const of = (alpha: number) => {
    const kept = rows.map((row) =>
      policyReference({ kind: "entmax", alpha }, row, row.length).filter((p) => p > 0)
    );
    return {
      largest_jacobian_entry: Math.max(...kept.flatMap((p) => [...p].map((p) => p ** (2 - alpha)))),
      support_max: Math.max(...kept.map(({ length }) => length)),
    };
  };
  return {
    alpha: Object.fromEntries(goldens.meta.alphas.map((alpha: number) => [String(alpha), of(alpha)])),
  };
}

function boundOf(
  policy: AttentionPolicy,
  condition: Condition,
  rounding: number,
  precision: Precision,
  joint = false,
): Bound {
  const roundings = ROUNDINGS * precision.arithmetic;
  const dense = 2 * (rounding + roundings), stored = precision.storage;
  if (policy.kind === "dense") return { each: dense + stored, row: dense + stored };
  if (policy.kind === "temperature") {
    const each = dense / Math.min(1, policy.temperature) + (joint ? dense : 0) + stored;
    return { each, row: each };
  }
  const sparse = sparseBound(condition, policy.alpha, rounding + roundings / (policy.alpha - 1));
  const lambda = policy.kind === "pladis" ? policy.lambda : 1, rest = Math.abs(1 - lambda);
  // ‖W‖₁ is at most λ + |1 − λ|, and what is stored is off by that share
  const mixed = (lambda + rest) * stored;
  // in joint attention the text's own share of the row is rounded too
  const shared = joint ? (lambda + rest) * dense : 0;
  return {
    each: lambda * sparse.each + rest * dense + mixed + shared,
    row: lambda * sparse.row + rest * dense + mixed + shared,
  };
}

/** Holds one form to all goldens of one case. */
async function conform(form: AttentionForm, name: string, skip: (policy: AttentionPolicy) => boolean) {
  const one = load(name), { condition = jointCondition(one.scores) } = goldens.recipes[name].settings;
  const rounding = scoreRounding(one.scores, form.precision.round);
  const exact = form.precision.arithmetic < GOLDEN_STORAGE;
  const largestValue = maxAbs(one.v, new Float32Array(one.v.length));
  const names = Object.keys(goldens.recipes[name].tensors).filter((golden) => /^(map|out)\./.test(golden));
  assert.ok(names.length >= 14, `${name} has only ${names.length} goldens`);
  for (const golden of names) {
    const policy = policyOf(golden);
    if (skip(policy)) continue;
    const weights = await form.weights(policy, one.scores);
    const isMap = golden.startsWith("map.");
    const wanted = goldens.floats(name, golden);
    const bound = boundOf(policy, condition, rounding, form.precision, one.scores.joint !== undefined);
    const stored = GOLDEN_STORAGE * maxAbs(wanted, new Float32Array(wanted.length));
    const bar = exact
      ? Math.max(REFERENCE_BAR, stored)
      : stored + (isMap ? bound.each : bound.row * largestValue);
    const error = maxAbs(isMap ? weights : outputOf(weights, one), wanted);
    assert.ok(error <= bar, `${form.name}, ${name}, ${golden}: off by ${error}, may be ${bar}`);
  }
}

/** Temperatures have no goldens: the other forms are held to the reference, and that to softmax of divided scores. */
async function conformAtTemperature(form: AttentionForm, name: string) {
  const one = load(name), { scores } = one;
  const rounding = scoreRounding(scores, form.precision.round);
  const { condition = jointCondition(scores) } = goldens.recipes[name].settings;
  await using reference = referenceForm();
  for (const temperature of [0.5, 1, 3]) {
    const policy = { kind: "temperature", temperature } as const;
    const wanted = await reference.weights(policy, scores);
    if (!scores.joint) {
      const divided = { ...scores, z: scores.z.map((z) => z / temperature) };
      const error = maxAbs(await reference.weights({ kind: "dense" }, divided), wanted);
      assert.ok(error <= 1e-12, `reference, ${name}, temperature ${temperature}: off by ${error}`);
    }
    const bound = boundOf(policy, condition, rounding, form.precision, scores.joint !== undefined);
    const error = maxAbs(await form.weights(policy, scores), wanted);
    assert.ok(
      error <= bound.each,
      `${form.name}, ${name}, temperature ${temperature}: off by ${error}, may be ${bound.each}`,
    );
  }
}

function suite(
  title: string,
  devices: readonly DeviceName[],
  cases: readonly string[],
  open: (device: DeviceName) => Promise<AttentionForm>,
  skip: (policy: AttentionPolicy) => boolean = () => false,
) {
  testOnDevices(title, devices, async (device) => {
    await using form = await open(device);
    for (const name of cases) {
      await conform(form, name, skip);
      await conformAtTemperature(form, name);
    }
  });
}

Deno.test("the goldens cover every policy, and joint attention in both orders", () => {
  const seen = new Set(
    CASES.flatMap((name) => Object.keys(goldens.recipes[name].tensors))
      .filter((golden) => golden.startsWith("out."))
      .map((golden) => JSON.stringify(policyOf(golden))),
  );
  const { alphas, lambdas } = goldens.meta;
  const wanted: AttentionPolicy[] = [{ kind: "dense" }];
  for (const alpha of alphas) {
    wanted.push({ kind: "entmax", alpha });
    for (const lambda of lambdas) wanted.push({ kind: "pladis", lambda, alpha });
  }
  assert.deepEqual([...seen].sort(), wanted.map((policy) => JSON.stringify(policy)).sort());
  assert.equal(CASES.length, 19);
  assert.deepEqual(CASES.filter((name) => load(name).scores.joint), JOINT);
});

Deno.test("float32 scores are rounded by no more than the goldens' condition says", () => {
  for (const name of CASES.filter((name) => !JOINT.includes(name))) {
    const { f32_logit_rounding: most } = goldens.recipes[name].settings.condition.alpha["1.5"];
    assert.ok(scoreRounding(load(name).scores, Math.fround) <= most, name);
  }
});

for (const name of CASES) {
  Deno.test(`attention, reference: ${name}`, async () => {
    await using form = referenceForm();
    await conform(form, name, () => false);
  });
}

suite("attention, graph", ["native"], CASES, (device) => graphForm(device));
suite("attention, graph, cross-section", ["wasm"], CROSS_SECTION, (device) => graphForm(device));
suite("attention, graph, two cases", ["webgpu"], TWO_CASES, (device) => graphForm(device));
suite("attention, graph, opset 14", ["native"], CROSS_SECTION, (device) => graphForm(device, { opset: 14 }));
// beyond α = 2 half precision's rounding of the scores decides which keys are in the support
suite(
  "attention, graph, float16",
  ["native"],
  TWO_CASES,
  (device) => graphForm(device, { dtype: "float16" }),
  (policy) => (alphaOf(policy) ?? 0) > 2,
);

/** An adapter that is not there may still be written for: its kernel runs on any. The least that adapters have. */
const TILED: KernelHost = {
  software: false,
  subgroups: undefined,
  maxInvocations: 256,
  maxWorkgroupStorage: 16_352,
};

suite("attention, kernel", ["webgpu"], CASES, () => kernelForm());
suite(
  "attention, kernel, a tile a workgroup",
  ["webgpu"],
  CASES,
  () => kernelForm({ host: TILED, title: ", a tile a workgroup" }),
);
suite(
  "attention, kernel, float16",
  ["webgpu"],
  TWO_CASES,
  () => kernelForm({ dtype: "float16" }),
  (policy) => (alphaOf(policy) ?? 0) > 2,
);

suite("attention, simd on two threads", ["wasm"], CROSS_SECTION, () => simdSitesForm(2));

for (const name of CASES) {
  Deno.test(`attention, simd: ${name}`, async () => {
    await using form = simdForm();
    await conform(form, name, () => false);
    await conformAtTemperature(form, name);
  });
}

suite(
  "attention, kernel, a tile a workgroup, float16",
  ["webgpu"],
  TWO_CASES,
  () => kernelForm({ host: TILED, dtype: "float16", title: ", a tile a workgroup" }),
  (policy) => (alphaOf(policy) ?? 0) > 2,
);
