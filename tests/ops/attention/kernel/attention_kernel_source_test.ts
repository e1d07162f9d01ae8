/** Generated WGSL, without a GPU. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { DomainError } from "../../../../errors.ts";
import {
  attentionKernelSource,
  queriesPerWorkgroup,
} from "../../../../ops/attention/kernel/attention_kernel_source.ts";
import { UNIFORM_BYTES, UNIFORMS } from "../../../../ops/attention/kernel/kernel_frame.ts";
import type { KernelShape, TileLanes } from "../../../../ops/attention/kernel/kernel_shape.ts";
import { number, powerSource } from "../../../../ops/attention/kernel/power_source.ts";
import { tileBytes, type TileShape } from "../../../../ops/attention/kernel/tile_layout.ts";
import { headsAroundBarriers, workgroupBytes } from "../../../helpers/wgsl_text.ts";

const base: KernelShape = {
  kind: "pladis",
  alpha: 1.5,
  headSize: 40,
  dtype: "float32",
  masked: false,
  joint: false,
  store: { kind: "kept", keys: 80 },
  lanes: { kind: "row" },
  workgroup: 64,
};

const TILE: TileLanes = { kind: "tile", queries: 16, keys: 32, elements: 40 };

/** A tile of base's shape, unless the changes say more. */
function tile(lanes: Partial<TileLanes> = {}, changes: Partial<KernelShape> = {}): TileShape {
  return { ...base, workgroup: 128, ...changes, lanes: { ...TILE, ...lanes } };
}

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
});

Deno.test("kernel source: subgroups join what they can, and workgroup memory the rest", () => {
  const joins = (subgroups: TileLanes["subgroups"]) => {
    const wgsl = attentionKernelSource(tile(subgroups && { subgroups }));
    return {
      enabled: /^enable subgroups;/.test(wgsl),
      // of each of the two joins
      shuffles: (wgsl.match(/subgroupShuffleXor/g)?.length ?? 0) / 2,
      reads: (wgsl.match(/partial\[first/g)?.length ?? 0) / 2,
      memory: /var<workgroup> partial/.test(wgsl),
    };
  };
  // 128 invocations for 16 queries are 8 for each
  assert.deepEqual(joins(undefined), { enabled: false, shuffles: 0, reads: 8, memory: true });
  assert.deepEqual(joins({ size: 4, join: "subgroup" }), {
    enabled: true,
    shuffles: 2,
    reads: 2,
    memory: true,
  });
  assert.deepEqual(joins({ size: 8, join: "subgroup" }), {
    enabled: true,
    shuffles: 3,
    reads: 0,
    memory: false,
  });
  assert.deepEqual(joins({ size: 32, join: "subgroup-without-enable" }), {
    enabled: false,
    shuffles: 3,
    reads: 0,
    memory: false,
  });
});

Deno.test("kernel source: a tile takes heads of whole vectors as such", () => {
  const whole = attentionKernelSource(tile()), odd = attentionKernelSource(tile({}, { headSize: 41 }));
  assert.match(whole, /key: array<vec4<f32>>[^]*output: array<vec4<f32>>/);
  assert.match(odd, /key: array<f32>[^]*output: array<f32>/);
  const half = attentionKernelSource(tile({}, { dtype: "float16", masked: true }));
  assert.match(half, /value: array<vec4<f16>>[^]*mask: array<f16>/);
});

const tiles: fc.Arbitrary<TileShape> = fc.record({
  policy: fc.constantFrom(
    ["dense", undefined] as const,
    ["temperature", undefined] as const,
    ["entmax", 1.5] as const,
    ["pladis", 1.75] as const,
    ["pladis", 2] as const,
    ["pladis", 3] as const,
  ),
  headSize: fc.integer({ min: 1, max: 256 }),
  dtype: fc.constantFrom("float32" as const, "float16" as const),
  masked: fc.boolean(),
  joint: fc.boolean(),
  kept: fc.option(fc.integer({ min: 1, max: 256 }), { nil: undefined }),
  workgroup: fc.constantFrom(32, 64, 128, 256),
  fewer: fc.integer({ min: 0, max: 5 }),
  block: fc.integer({ min: 0, max: 3 }),
  elements: fc.integer({ min: 1, max: 20 }),
  size: fc.constantFrom(undefined, 4, 8, 32, 64),
}).map(({ policy: [kind, alpha], kept, workgroup, fewer, block, elements, size, ...rest }) => {
  const queries = Math.min(2 ** fewer, workgroup);
  return {
    ...rest,
    kind,
    alpha,
    workgroup,
    store: kept === undefined ? { kind: "recompute" } : { kind: "kept", keys: 4 * kept },
    lanes: {
      kind: "tile",
      queries,
      keys: Math.min(workgroup, Math.max(4, workgroup / queries) * 2 ** block),
      elements: 4 * elements,
      ...(size === undefined ? {} : { subgroups: { size, join: "subgroup" } }),
    },
  };
});

Deno.test("kernel source: a tile declares the workgroup memory that is counted, one query's too", () => {
  fc.assert(fc.property(tiles, (shape) => {
    assert.equal(workgroupBytes(attentionKernelSource(shape)), tileBytes(shape));
  }));
});

Deno.test("kernel source: all invocations of a tile reach each barrier, and each shuffle, together", () => {
  // loops over uniforms and constants, and the one for τ, which is left by what all have read together
  const loop = /^for \(var (?<name>\w+) = (?<from>.+); \k<name> < (?<to>.+); \k<name> \+= \d+u\)$/;
  const uniform = /^(\d+u|size\.\w+|block|end)( [/*] \d+u)*$/;
  fc.assert(fc.property(tiles, (shape) => {
    const wgsl = attentionKernelSource(shape);
    for (const head of headsAroundBarriers(wgsl)) {
      if (head === "" || head === "for (var i = 0u; ; i++)") continue;
      const { from = head, to = head } = head.match(loop)?.groups ?? {};
      assert.match(from, uniform);
      assert.match(to, uniform);
    }
    assert.doesNotMatch(wgsl, /\b(return|continue);/);
    const breaks = [...wgsl.matchAll(/if \(([^{]*)\) \{ break; \}/g)].map(([, condition]) => condition);
    assert.equal(breaks.length, shape.alpha === undefined ? 0 : 1);
    for (const condition of breaks) {
      assert.match(condition, /^\(waiting\[0\](\s\|\swaiting\[\d+\])*\) == 0u$/);
    }
  }));
});

Deno.test("kernel source: headsAroundBarriers sees what stands around a barrier", () => {
  const wgsl = "fn main() { if (a) { for (var j = a; j < 2u; j++) { b = c; workgroupBarrier(); } } }";
  assert.deepEqual([...headsAroundBarriers(wgsl)], ["if (a)", "for (var j = a; j < 2u; j++)"]);
});

Deno.test("kernel source: dense attention of one invocation keeps no scores and makes one pass", () => {
  const wgsl = source({ kind: "dense", alpha: undefined, store: { kind: "recompute" } });
  assert.doesNotMatch(wgsl, /scores/);
  assert.equal(wgsl.match(/j < size\.keys/g)?.length, 1);
});

Deno.test("kernel source: a joint kernel leaves queries out of reach dense", () => {
  assert.match(source({ joint: true }), /if \(row >= size\.reach && row < size\.reach_end\)/);
  assert.doesNotMatch(source(), /size\.reach &&/);
  const joint = attentionKernelSource(tile({}, { joint: true }));
  assert.match(
    joint,
    /let reached = [^]*\|\| !reached[^]*select\(exp\(z - top\) \/ total, sparse, reached\)/,
  );
  assert.doesNotMatch(attentionKernelSource(tile()), /reached/);
});

Deno.test("kernel source: the uniforms fill whole vectors, and a workgroup's queries are told", () => {
  assert.equal(UNIFORM_BYTES % 16, 0);
  assert.ok(UNIFORM_BYTES >= 4 * UNIFORMS.length);
  assert.equal(queriesPerWorkgroup(base), 64);
  assert.equal(queriesPerWorkgroup(tile()), 16);
});

Deno.test("kernel source: α, head sizes and tiles out of their domains are refused", () => {
  for (const alpha of [1, 0.5, 4.5, NaN]) assert.throws(() => source({ alpha }), DomainError);
  for (const headSize of [0, 257, 1.5]) {
    assert.throws(() => source({ headSize }), /headSize must be a whole number/);
  }
  for (
    const lanes of [{ queries: 3 }, { queries: 256 }, { keys: 4 }, { keys: 256 }, { elements: 6 }, {
      elements: 0,
    }]
  ) {
    assert.throws(
      () => attentionKernelSource(tile(lanes)),
      /tile must be of queries and keys that are powers of two/,
    );
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
