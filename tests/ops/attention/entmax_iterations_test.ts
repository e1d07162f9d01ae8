/** Whether the steps that are compiled in are enough: the graph's own nodes, in float64, against the reference. */
import assert from "node:assert/strict";
import { policyGraph } from "../../../ops/attention/policy_graph.ts";
import { policyReference } from "../../../ops/attention/policy_reference.ts";
import { maxAbs } from "../../helpers/goldens.ts";
import { float64Builder } from "./float64_builder.ts";

const KEYS = [32, 77, 300, 512];
const ALPHAS = [1.1, 1.25, 1.4, 1.5, 1.6, 1.75, 1.9, 2];

/** The most that a weight may be off on practical scores. */
const BAR = 1e-5;

/** And on rows built to be hard. */
const HARD_BAR = 1e-5;

/** Rows of each kind. */
const ROWS = 50;

/** A small generator (mulberry32), so that every run sees the same rows. */
function generator(seed: number) {
  const uniform = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number) => low + (high - low) * uniform();
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, between, normal };
}

type Generator = ReturnType<typeof generator>;

/** Two levels at a random distance, some with jitter, some with one key above all. */
function twoLevels({ uniform, between, normal }: Generator, keys: number): number[] {
  const high = 1 + Math.floor(uniform() * (keys - 1)), gap = 10 ** between(-3, 1.2);
  const jitter = uniform() < 0.5 ? 10 ** between(-4, 0) : 0,
    outlier = uniform() < 0.3 ? 10 ** between(-2, 1) : 0;
  return Array.from(
    { length: keys },
    (_, i) => (i < high ? 0 : -gap) + jitter * normal() + (i === 0 ? outlier : 0),
  );
}

/** Several groups of equal keys at growing distances. */
function levels({ uniform, between }: Generator, keys: number): number[] {
  const row: number[] = [];
  for (let level = 0; row.length < keys; level -= 10 ** between(-3, 0.7)) {
    const size = Math.min(keys - row.length, Math.ceil(keys ** uniform()));
    row.push(...Array<number>(size).fill(level));
  }
  return row;
}

function ramp({ between }: Generator, keys: number): number[] {
  const power = between(0.2, 5), scale = 10 ** between(-2, 2);
  return Array.from({ length: keys }, (_, i) => -((i / (keys - 1)) ** power) * scale);
}

/** The largest error of a weight on ROWS rows, when as many steps are compiled in as for `planned` keys. */
function worstError(alpha: number, keys: number, makeRow: () => number[], planned = keys): number {
  const z = Float64Array.from(Array.from({ length: ROWS }, makeRow).flat());
  const policy = { kind: "entmax", alpha } as const;
  const { builder, read } = float64Builder(z, keys);
  const weights = read(
    policyGraph(policy, builder, "scores", { keys: planned, dtype: "float32", masked: false }),
  );
  return maxAbs(weights, policyReference(policy, z, keys));
}

Deno.test("the bar tells too few steps: those for 8 keys are not enough for 512", () => {
  for (const alpha of [1.25, 1.5, 1.75, 2]) {
    const random = generator(1);
    const makeRow = () => Array.from({ length: 512 }, () => 0.3 * random.normal());
    assert.ok(worstError(alpha, 512, makeRow, 8) > BAR, `alpha ${alpha}`);
  }
});

for (const alpha of ALPHAS) {
  Deno.test(`enough steps are compiled in for entmax ${alpha}`, () => {
    for (const keys of KEYS) {
      const random = generator(1000 * alpha + keys);
      for (const deviation of [0.5, 1, 2, 4, 8]) {
        const error = worstError(
          alpha,
          keys,
          () => Array.from({ length: keys }, () => deviation * random.normal()),
        );
        assert.ok(error <= BAR, `${keys} keys, deviation ${deviation}: ${error}`);
      }
      for (const make of [twoLevels, levels, ramp]) {
        const error = worstError(alpha, keys, () => make(random, keys));
        assert.ok(error <= HARD_BAR, `${keys} keys, ${make.name}: ${error}`);
      }
    }
  });
}
