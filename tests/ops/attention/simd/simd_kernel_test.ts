/** The WebAssembly kernel over whole sites: sizes, layouts, masks, reaches, and work in any order. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { layoutStrides, type OperandLayout } from "../../../../models/surgery/operand_layout.ts";
import { jointReference } from "../../../../ops/attention/joint/reference.ts";
import type { AttentionPolicy } from "../../../../ops/attention/policy.ts";
import { policyReference } from "../../../../ops/attention/policy_reference.ts";
import { unitCount } from "../../../../ops/attention/simd/simd_job.ts";
import { compileSimdKernel, instantiateSimdKernel } from "../../../../ops/attention/simd/simd_kernel.ts";
import { maxAbs } from "../../../helpers/goldens.ts";
import { attendSimd, type SimdSite } from "../simd_form.ts";

const UNIT = 2 ** -24;

/** Roundings between a score and its distance to τ, as the conformance suite counts them. */
const ROUNDINGS = 8;

const POLICIES: readonly AttentionPolicy[] = [
  { kind: "dense" },
  { kind: "temperature", temperature: 0.7 },
  { kind: "entmax", alpha: 1.5 },
  ...[1.1, 1.15, 1.2, 1.25, 4 / 3, 1.4, 1.5, 1.6, 1.75, 2, 2.2, 2.5, 3].map((alpha): AttentionPolicy => ({
    kind: "pladis",
    lambda: 2,
    alpha,
  })),
];

type Sizes = Pick<SimdSite, "batch" | "heads" | "queries" | "keys" | "headSize">;

/** Multiples of a quarter up to 1: with a scale that is a power of two their products' sums are exact. */
function quarters(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return ((state >>> 16) % 9 - 4) / 4;
  });
}

function siteOf(sizes: Sizes, policy: AttentionPolicy, layout: OperandLayout = "packed"): SimdSite {
  const { batch, heads, queries, keys, headSize } = sizes, width = batch * heads * headSize;
  return {
    ...sizes,
    query: quarters(width * queries, 1),
    key: quarters(width * keys, 2),
    value: quarters(width * keys, 3),
    scale: 2 ** -Math.floor(Math.log2(headSize) / 2 - 0.5),
    policy,
    layout,
  };
}

/** The output in float64, and the most that float32 may be off for each row, over the largest value. */
function expected(site: SimdSite): { output: Float64Array; bars: Float64Array } {
  const { batch, heads, queries, keys, headSize, mask, joint, policy, layout, scale } = site;
  const strides = (length: number) => layoutStrides(layout, length, site);
  const [ofQueries, ofKeys] = [strides(queries), strides(keys)];
  const at = ([b, h, row]: readonly number[], batch: number, head: number, position: number) =>
    b * batch + h * head + row * position;
  const maskAt = (index: readonly number[]) =>
    mask ? index.reduce((sum, i, axis) => sum * mask.shape[axis] + (mask.shape[axis] === 1 ? 0 : i), 0) : 0;
  const output = new Float64Array(site.query.length), bars = new Float64Array(site.query.length);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const z = new Float64Array(queries * keys);
      for (let i = 0; i < z.length; i++) {
        const query = Math.floor(i / keys), key = i % keys;
        const from = at(ofQueries, b, h, query), to = at(ofKeys, b, h, key);
        for (let d = 0; d < headSize; d++) z[i] += site.query[from + d] * site.key[to + d];
        z[i] = z[i] * scale + (mask ? mask.data[maskAt([b, h, query, key])] : 0);
      }
      const weights = joint
        ? jointReference(policy, z, { queries, keys }, joint)
        : policyReference(policy, z, keys);
      for (let query = 0; query < queries; query++) {
        const row = weights.subarray(query * keys, (query + 1) * keys);
        const bar = barOf(policy, z.subarray(query * keys, (query + 1) * keys), row);
        const to = at(ofQueries, b, h, query);
        for (let d = 0; d < headSize; d++) {
          bars[to + d] = bar;
          row.forEach((weight, key) => output[to + d] += weight * site.value[at(ofKeys, b, h, key) + d]);
        }
      }
    }
  }
  return { output, bars };
}

/** entmax' derivative is diag(s) − s·sᵀ/Σs with s = p^(2 − α): a row moves by 2·Σs for each unit that its scores do. */
function barOf(policy: AttentionPolicy, z: Float64Array, weights: Float64Array): number {
  const sums = 2 * Math.sqrt(z.length) * UNIT * weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
  const dense = 2 * ROUNDINGS * UNIT;
  if (policy.kind === "dense") return dense + sums;
  if (policy.kind === "temperature") return dense / policy.temperature + sums;
  const { alpha } = policy, lambda = policy.kind === "pladis" ? policy.lambda : 1;
  const slope = policyReference({ kind: "entmax", alpha }, z, z.length)
    .reduce((sum, p) => p > 0 ? sum + p ** (2 - alpha) : sum, 0);
  return lambda * 2 * slope * ROUNDINGS * UNIT / (alpha - 1) + (1 + lambda) * dense + sums;
}

function holds(site: SimdSite, title: string, output = attendSimd(site)) {
  const wanted = expected(site);
  output.forEach((x, i) => {
    const error = Math.abs(x - wanted.output[i]);
    assert.ok(
      error <= wanted.bars[i],
      `${title}, ${JSON.stringify(site.policy)}: element ${i} is off by ${error}, may be ${wanted.bars[i]}`,
    );
  });
}

for (const headSize of [1, 3, 40, 80, 160, 256]) {
  Deno.test(`simd kernel: head size ${headSize}, 7 queries, 77 keys, every policy`, () => {
    for (const policy of POLICIES) {
      holds(siteOf({ batch: 1, heads: 2, queries: 7, keys: 77, headSize }, policy), `D ${headSize}`);
    }
  });
}

for (const keys of [1, 2, 3, 8, 9, 300, 4096]) {
  Deno.test(`simd kernel: ${keys} keys, 5 queries, every policy`, () => {
    for (const policy of POLICIES) {
      holds(siteOf({ batch: 1, heads: 1, queries: 5, keys, headSize: 12 }, policy), `${keys} keys`);
    }
  });
}

Deno.test("simd kernel: every number of queries that a tile and a unit can be left with", () => {
  for (const queries of [1, 2, 3, 4, 63, 64, 65, 130]) {
    holds(
      siteOf({ batch: 2, heads: 3, queries, keys: 10, headSize: 5 }, {
        kind: "pladis",
        lambda: 2,
        alpha: 1.75,
      }),
      `${queries} queries`,
    );
  }
});

Deno.test("simd kernel: every layout gives the same numbers", () => {
  const sizes = { batch: 2, heads: 3, queries: 9, keys: 11, headSize: 6 };
  for (const layout of ["packed", "rows", "heads", "folded"] as const) {
    holds(siteOf(sizes, { kind: "pladis", lambda: 1.5, alpha: 1.5 }, layout), layout);
  }
});

/** A third of the keys masked, by −10000 and by −Infinity, and the second row of all. */
function maskOf(shape: readonly number[]) {
  const keys = shape[3];
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => {
    if (Math.floor(i / keys) === 1) return -Infinity;
    return i % 3 === 1 ? (i % 2 ? -10_000 : -Infinity) : (i % 5) / 4;
  });
  return { data, shape };
}

Deno.test("simd kernel: masks, broadcast along every axis that may be", () => {
  const sizes = { batch: 2, heads: 3, queries: 6, keys: 13, headSize: 8 };
  for (
    const shape of [[2, 3, 6, 13], [1, 1, 1, 13], [2, 1, 1, 13], [1, 3, 6, 13], [2, 1, 6, 13], [1, 1, 6, 1]]
  ) {
    for (const policy of POLICIES) {
      holds({ ...siteOf(sizes, policy), mask: maskOf(shape) }, `mask [${shape}]`);
    }
  }
});

Deno.test("simd kernel: a row of nothing but masked scores is uniform, whatever they are", () => {
  const sizes = { batch: 1, heads: 1, queries: 4, keys: 7, headSize: 1 };
  for (const masked of [-Infinity, -3.4e38, -1e9, -1e5]) {
    for (const policy of POLICIES) {
      const site = siteOf(sizes, policy),
        mask = { data: new Float32Array(7).fill(masked), shape: [1, 1, 1, 7] };
      const mean = site.value.reduce((a, b) => a + b) / 7;
      const output = attendSimd({ ...site, query: new Float32Array(4), mask });
      assert.ok(maxAbs(output, new Float64Array(4).fill(mean)) <= 16 * UNIT, JSON.stringify(policy));
    }
  }
});

Deno.test("simd kernel: scores up to -100000 count as masked out, those above do not", () => {
  const sizes = { batch: 1, heads: 1, queries: 5, keys: 3, headSize: 1 };
  const data = [[-2e5, -1e9, -3e38], [-1e5, -Infinity, -1e5 - 1], [-99_999, -2e5, -1e9], [
    -99_999.5,
    -1e5,
    -1e5,
  ], [
    -98_000,
    -98_001,
    -3e38,
  ]];
  for (const policy of POLICIES) {
    const mask = { data: Float32Array.from(data.flat()), shape: [1, 1, 5, 3] };
    holds({ ...siteOf(sizes, policy), query: new Float32Array(5), mask }, "masked");
  }
});

Deno.test("simd kernel: a policy reaches its part of joint attention and nothing else", () => {
  const sizes = { batch: 1, heads: 2, queries: 23, keys: 23, headSize: 10 };
  const reaches = [
    { queries: [5, 23], keys: [0, 5] },
    { queries: [0, 17], keys: [17, 23] },
    { queries: [0, 22], keys: [22, 23] },
    { queries: [3, 10], keys: [2, 21] },
    { queries: [0, 23], keys: [4, 4] },
  ] as const;
  for (const joint of reaches) {
    const [from, to] = joint.keys;
    for (const policy of POLICIES) {
      // without a key to reach a policy is dense
      const site = siteOf(sizes, policy), whole = siteOf(sizes, { kind: "dense" });
      if (from === to) assert.deepEqual(attendSimd({ ...site, joint }), attendSimd(whole));
      else holds({ ...site, joint }, `queries ${joint.queries}, keys ${joint.keys}`);
    }
  }
});

Deno.test("simd kernel: units in any order, one by one or several, by one kernel or two, give the same bits", () => {
  const sizes = { batch: 1, heads: 3, queries: 150, keys: 20, headSize: 7 };
  assert.equal(unitCount(sizes), 9);
  for (const policy of POLICIES) {
    const site = siteOf(sizes, policy), whole = attendSimd(site);
    const backwards = attendSimd(site, (attend, units) => {
      for (let unit = units - 1; unit >= 0; unit--) attend(unit, unit + 1);
    });
    const uneven = attendSimd(site, (attend, units) => {
      attend(4, 4);
      attend(0, 2);
      attend(7, units);
      attend(2, 7);
    });
    const inTurns = attendSimd(site, (attend, units) => {
      for (let unit = 0; unit < units; unit++) attend(unit, unit + 1, unit % 2);
    });
    assert.deepEqual(inTurns, whole);
    assert.deepEqual(backwards, whole);
    assert.deepEqual(uneven, whole);
  }
});

Deno.test("simd kernel: any scores, α and λ agree with the reference", () => {
  const score = fc.integer({ min: -192, max: 192 }).map((x) => x / 16);
  const tied = fc.constantFrom(-3, -1, -0.5, 0, 0.5);
  const row = fc.oneof(
    fc.array(score, { minLength: 1, maxLength: 90 }),
    fc.array(tied, { minLength: 1, maxLength: 90 }),
  );
  fc.assert(
    fc.property(
      row,
      fc.double({ min: 1.02, max: 2.5, noNaN: true }),
      fc.double({ min: 0, max: 10, noNaN: true }),
      (z, alpha, lambda) => {
        const keys = z.length, headSize = 1;
        holds({
          ...siteOf({ batch: 1, heads: 1, queries: 1, keys, headSize }, { kind: "pladis", lambda, alpha }),
          query: Float32Array.of(1),
          key: Float32Array.from(z),
          scale: 1,
        }, `[${z}]`);
      },
    ),
    { numRuns: 400, seed: 1 },
  );
});

Deno.test("simd kernel: no key counts as below the threshold that is not: flat rows, ties, sharp rows beside flat ones", () => {
  const flat = fc.double({ min: -1, max: 1, noNaN: true }).map(Math.fround);
  const tied = fc.constantFrom(0, 2 ** -20, 0.25, 0.25 + 2 ** -20, 1);
  const row = fc.oneof(
    fc.array(flat, { minLength: 16, maxLength: 300 }),
    fc.array(tied, { minLength: 16, maxLength: 300 }),
  );
  const warmth = fc.constantFrom(0, 0.01, 0.1, 0.3, 1, 4, 30);
  fc.assert(
    fc.property(
      row,
      fc.array(warmth, { minLength: 4, maxLength: 4 }),
      fc.oneof(fc.constantFrom(1.6, 1.75, 2.25, 2.5, 3, 4), fc.double({ min: 1.4, max: 4, noNaN: true })),
      (z, query, alpha) => {
        const keys = z.length, headSize = 1;
        holds({
          ...siteOf({ batch: 1, heads: 1, queries: 4, keys, headSize }, { kind: "entmax", alpha }),
          query: Float32Array.from(query),
          key: Float32Array.from(z),
          scale: 1,
        }, `${query} × [${z}]`);
      },
    ),
    { numRuns: 300, seed: 1 },
  );
});

Deno.test("simd kernel: an exponential is off by less than 2·10⁻⁷ of itself", () => {
  // of two keys the second weighs eˣ / (1 + eˣ), and its value is taken up to where that is no more than roundings
  const count = 4096;
  const x = Float32Array.from({ length: count }, (_, i) => -40 * i / count);
  const output = attendSimd({
    query: x,
    key: Float32Array.of(0, 1),
    value: Float32Array.of(0, 1),
    batch: 1,
    heads: 1,
    headSize: 1,
    queries: count,
    keys: 2,
    scale: 1,
    policy: { kind: "dense" },
    layout: "heads",
  });
  output.forEach((weight, i) => {
    const wanted = Math.exp(x[i]) / (1 + Math.exp(x[i]));
    // the sum, the quotient and the product are a rounding each
    assert.ok(Math.abs(weight / wanted - 1) <= 2e-7 + 3 * UNIT, `at ${x[i]}: ${weight}, not ${wanted}`);
  });
});

/** The largest error of the weights of three keys, for distances from the top that run through the support's width. */
function worstOfThree(alpha: number): number {
  const count = 2048, policy = { kind: "entmax", alpha } as const;
  const query = Float32Array.from({ length: count }, (_, i) => 1.2 * i / count / (alpha - 1));
  const output = attendSimd({
    query,
    key: Float32Array.of(0, -1, -0.5),
    value: Float32Array.of(0, 1, 0),
    batch: 1,
    heads: 1,
    headSize: 1,
    queries: count,
    keys: 3,
    scale: 1,
    policy,
    layout: "heads",
  });
  return maxAbs(output, query.map((x) => policyReference(policy, Float64Array.of(0, -x, -x / 2), 3)[1]));
}

Deno.test("simd kernel: powers by a logarithm, and by roots, are as good as those by multiplications", () => {
  for (const alpha of [1.05, 1.1, 1.15, 1.2, 1.25, 4 / 3, 1.4, 1.5, 1.6, 1.75, 1.9, 2]) {
    const error = worstOfThree(alpha);
    assert.ok(error <= 6 * UNIT, `α ${alpha}: off by ${error / UNIT} roundings`);
  }
});

Deno.test("simd kernel: it is compiled once, and memory that is not shared is refused", async () => {
  const module = await compileSimdKernel();
  assert.equal(await compileSimdKernel(), module);
  assert.throws(
    () => instantiateSimdKernel(module, new WebAssembly.Memory({ initial: 1, maximum: 1 })),
    WebAssembly.LinkError,
  );
});
