/** Tiles keep to their host's limits, whatever is asked, and are as large as is worth it. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { DeviceError } from "../../../errors.ts";
import { chooseTile } from "../../../models/runtimes/choose_tile.ts";
import type { KernelHost, WantedKernel } from "../../../models/runtimes/kernel_host.ts";
import { attentionKernelSource } from "../../../ops/attention/kernel/attention_kernel_source.ts";
import { MOST_HEAD_SIZE } from "../../../ops/attention/kernel/kernel_shape.ts";
import { tileBytes } from "../../../ops/attention/kernel/tile_layout.ts";
import { workgroupBytes } from "../../helpers/wgsl_text.ts";

/** The least that an adapter may have, and what those of desktops have. */
const LIMITS = [16_352, 16_384, 32_768, 49_152, 65_536];

const least: KernelHost = {
  software: false,
  subgroups: undefined,
  maxInvocations: 256,
  maxWorkgroupStorage: 16_352,
};

const site: WantedKernel = {
  kind: "pladis",
  alpha: 1.5,
  headSize: 40,
  dtype: "float32",
  masked: false,
  joint: false,
  keys: 77,
  queries: 4096,
  heads: 8,
};

const hosts: fc.Arbitrary<KernelHost> = fc.record({
  software: fc.boolean(),
  subgroups: fc.option(
    fc.record({
      size: fc.constantFrom(4, 8, 16, 32, 64, 128),
      join: fc.constantFrom("subgroup" as const, "subgroup-without-enable" as const),
    }),
    { nil: undefined },
  ),
  maxInvocations: fc.constantFrom(32, 64, 256, 1024),
  maxWorkgroupStorage: fc.constantFrom(...LIMITS),
});

const kinds: fc.Arbitrary<Pick<WantedKernel, "kind" | "alpha">> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("dense" as const, "temperature" as const),
    alpha: fc.constant(undefined),
  }),
  fc.record({
    kind: fc.constantFrom("entmax" as const, "pladis" as const),
    alpha: fc.constantFrom(1.25, 1.5, 1.75, 2, 3),
  }),
);

const wants: fc.Arbitrary<WantedKernel> = fc.tuple(
  kinds,
  fc.record({
    headSize: fc.integer({ min: 1, max: MOST_HEAD_SIZE }),
    dtype: fc.constantFrom("float32" as const, "float16" as const),
    masked: fc.boolean(),
    joint: fc.boolean(),
    keys: fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 20_000 })),
    queries: fc.integer({ min: 1, max: 16_384 }),
    heads: fc.integer({ min: 1, max: 64 }),
  }),
).map(([kind, rest]) => ({ ...kind, ...rest }));

Deno.test("chooseTile: the memory that a kernel declares is what was counted, and within the host's limit", () => {
  fc.assert(
    fc.property(hosts, wants, (host, wanted) => {
      const shape = chooseTile(host, wanted), declared = workgroupBytes(attentionKernelSource(shape));
      assert.equal(declared, tileBytes(shape));
      assert.ok(declared <= host.maxWorkgroupStorage, `${declared} of ${host.maxWorkgroupStorage} bytes`);
      assert.ok(shape.workgroup <= host.maxInvocations);
    }),
    { numRuns: 500 },
  );
});

Deno.test("chooseTile: scores with up to 512 keys are kept at the least limits, whatever the head size", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 512 }),
      fc.integer({ min: 1, max: MOST_HEAD_SIZE }),
      (keys, headSize) => {
        const { store, lanes } = chooseTile(least, { ...site, keys, headSize });
        assert.equal(store.kind, "kept");
        assert.ok(lanes.queries >= 4, `${lanes.queries} queries`);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("chooseTile: SD 1.5's levels, and what few queries and much memory make of them", () => {
  const queriesOf = (changes: Partial<WantedKernel>, host = least) =>
    chooseTile(host, { ...site, ...changes }).lanes.queries;
  assert.equal(queriesOf({}), 16);
  assert.equal(queriesOf({ queries: 1024, headSize: 80 }), 16);
  assert.equal(queriesOf({ queries: 256, headSize: 160 }), 8);
  assert.equal(queriesOf({ queries: 64, headSize: 160 }), 4, "few queries fill a GPU by smaller tiles");
  assert.equal(queriesOf({ queries: 64, headSize: 160, heads: 64 }), 8, "unless there are many heads");
  assert.equal(
    queriesOf({ queries: 64, headSize: 40 }, { ...least, software: true }),
    16,
    "a CPU is full at once",
  );
  assert.equal(queriesOf({}, { ...least, maxWorkgroupStorage: 65_536 }), 32);
});

Deno.test("chooseTile: a larger limit never gives smaller tiles, nor computes again what a smaller one keeps", () => {
  fc.assert(
    fc.property(hosts, wants, (host, wanted) => {
      const shapes = LIMITS.map((maxWorkgroupStorage) =>
        chooseTile({ ...host, maxWorkgroupStorage }, wanted)
      );
      shapes.slice(1).forEach((larger, i) => {
        const smaller = shapes[i];
        if (smaller.store.kind === "kept") assert.equal(larger.store.kind, "kept");
        if (smaller.store.kind === larger.store.kind) {
          assert.ok(larger.lanes.queries >= smaller.lanes.queries);
        }
      });
    }),
    { numRuns: 300 },
  );
});

Deno.test("chooseTile: an adapter below WebGPU's limits is refused by name of the limit", () => {
  assert.throws(
    () => chooseTile({ ...least, maxWorkgroupStorage: 1024 }, { ...site, headSize: 256 }),
    (error: Error) =>
      error instanceof DeviceError && /workgroup memory must be .*, got "1024 bytes"/.test(error.message),
  );
});
