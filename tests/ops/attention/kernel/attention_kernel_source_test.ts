/** Generated WGSL, without a GPU. */
import assert from "node:assert/strict";
import { DomainError } from "../../../../errors.ts";
import {
  attentionKernelSource,
  queriesPerWorkgroup,
} from "../../../../ops/attention/kernel/attention_kernel_source.ts";
import { UNIFORM_BYTES, UNIFORMS } from "../../../../ops/attention/kernel/kernel_frame.ts";
import type { KernelShape } from "../../../../ops/attention/kernel/kernel_shape.ts";
import { number, powerSource } from "../../../../ops/attention/kernel/power_source.ts";

const base: KernelShape = {
  kind: "pladis",
  alpha: 1.5,
  headSize: 40,
  dtype: "float32",
  masked: false,
  joint: false,
  store: { kind: "private", keys: 80 },
  lanes: { kind: "row" },
  workgroup: 64,
};

function source(changes: Partial<KernelShape> = {}): string {
  return attentionKernelSource({ ...base, ...changes });
}

Deno.test("kernel source: α 1.5 and 2 take no logarithm, and other exponents do", () => {
  for (const [alpha, logs] of [[1.5, false], [2, false], [1.75, true], [3, true]] as const) {
    const wgsl = source({ alpha });
    assert.equal(/u = max\(.*log2\(max\(u/s.test(wgsl) || /exp2\(.*log2\(u\)/.test(wgsl), logs, `α ${alpha}`);
  }
  assert.match(source({ alpha: 1.5 }), /h \* \(h - 1\.0\) \/ g/);
  assert.match(source({ alpha: 2 }), /\(f - 1\.0\) \/ g/);
  assert.match(source({ alpha: 3 }), /low|high/);
});

Deno.test("kernel source: the loop for τ ends by its certificate, and by its proven count in any case", () => {
  assert.match(source(), /if \(h - 1\.0 <= 0?\.?[0-9.e-]+ \|\| i >= \d+u\) \{\s*break;\s*\}/);
});

Deno.test("kernel source: only what is asked for is bound and enabled", () => {
  assert.doesNotMatch(source(), /enable|mask: array|binding\(5\)/);
  assert.match(source({ masked: true }), /@binding\(5\) var<storage, read> mask: array<f32>/);
  assert.match(source({ dtype: "float16" }), /^enable f16;/);
  assert.match(source({ dtype: "float16" }), /query: array<f16>/);
  const group = { lanes: { kind: "group", lanes: 32, join: "subgroup" }, workgroup: 32 } as const;
  assert.match(source(group), /enable subgroups;[^]*subgroupAdd/);
  assert.doesNotMatch(source(group), /workgroupUniformLoad/);
  const bare = source({
    lanes: { kind: "group", lanes: 32, join: "subgroup-without-enable" },
    workgroup: 32,
  });
  assert.match(bare, /subgroupAdd/);
  assert.doesNotMatch(bare, /enable/);
  const halves = { lanes: { kind: "group", lanes: 64, join: "memory" }, workgroup: 64 } as const;
  assert.doesNotMatch(source(halves), /subgroup/);
  assert.match(source(halves), /workgroupUniformLoad/);
});

Deno.test("kernel source: dense attention of one invocation keeps no scores and makes one pass", () => {
  const wgsl = source({ kind: "dense", alpha: undefined, store: { kind: "recompute" } });
  assert.doesNotMatch(wgsl, /scores/);
  assert.equal(wgsl.match(/j < size\.keys/g)?.length, 1);
});

Deno.test("kernel source: a joint kernel leaves queries out of reach dense", () => {
  assert.match(source({ joint: true }), /if \(row >= size\.reach && row < size\.reach_end\)/);
  assert.doesNotMatch(source(), /size\.reach &&/);
});

Deno.test("kernel source: the uniforms fill whole vectors, and a workgroup's queries are told", () => {
  assert.equal(UNIFORM_BYTES % 16, 0);
  assert.ok(UNIFORM_BYTES >= 4 * UNIFORMS.length);
  assert.equal(queriesPerWorkgroup(base), 64);
  assert.equal(
    queriesPerWorkgroup({ ...base, lanes: { kind: "group", lanes: 32, join: "memory" }, workgroup: 32 }),
    1,
  );
});

Deno.test("kernel source: α and head sizes out of their domains are refused", () => {
  for (const alpha of [1, 0.5, 4.5, NaN]) assert.throws(() => source({ alpha }), DomainError);
  for (const headSize of [0, 257, 1.5]) {
    assert.throws(() => source({ headSize }), /headSize must be a whole number/);
  }
});

Deno.test("powerSource: multiplications and roots where they do, exactly", () => {
  assert.deepEqual(
    [1, 2, 0.5, 1.5, 4 / 3].map((exponent) => powerSource("u", exponent)),
    ["u", "u * u", "sqrt(u)", "u * sqrt(u)", `exp2(${number(4 / 3)} * log2(u))`],
  );
  assert.deepEqual([1, 0.1, -3e38].map(number), [
    "1.0",
    String(Math.fround(0.1)),
    String(Math.fround(-3e38)),
  ]);
});
