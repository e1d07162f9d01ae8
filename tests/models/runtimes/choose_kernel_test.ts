import assert from "node:assert/strict";
import { DeviceError } from "../../../errors.ts";
import { chooseKernel } from "../../../models/runtimes/choose_kernel.ts";
import type { KernelHost, WantedKernel } from "../../../models/runtimes/kernel_host.ts";

const gpu: KernelHost = {
  software: false,
  subgroups: { size: 32, join: "subgroup" },
  maxInvocations: 256,
  maxWorkgroupStorage: 16_384,
};
const cpu: KernelHost = {
  software: true,
  subgroups: undefined,
  maxInvocations: 1024,
  maxWorkgroupStorage: 32_768,
};

const wanted: WantedKernel = {
  kind: "pladis",
  alpha: 1.5,
  headSize: 64,
  dtype: "float32",
  masked: false,
  joint: false,
  keys: 77,
  queries: 4096,
  heads: 16,
};
const dense = { ...wanted, kind: "dense", alpha: undefined } as const;

Deno.test("chooseKernel: a query for each invocation on a CPU, a tile of queries for each workgroup on a GPU", () => {
  assert.deepEqual(chooseKernel(cpu, wanted).lanes, { kind: "row" });
  assert.equal(chooseKernel(gpu, wanted).lanes.kind, "tile");
});

Deno.test("chooseKernel: of what is wanted only what is compiled in is in the shape", () => {
  for (const host of [cpu, gpu]) {
    const { keys: _k, queries: _q, heads: _h, ...compiled } = wanted;
    const { lanes: _l, store: _s, workgroup: _w, ...shape } = chooseKernel(host, wanted);
    assert.deepEqual(shape, compiled);
  }
});

Deno.test("chooseKernel: scores are kept up to a size that few pipelines share, and computed again beyond", () => {
  for (const host of [cpu, gpu]) {
    assert.deepEqual(chooseKernel(host, wanted).store, { kind: "kept", keys: 80 });
    assert.deepEqual(chooseKernel(host, { ...wanted, keys: 78 }), chooseKernel(host, wanted));
    assert.deepEqual(chooseKernel(host, { ...wanted, keys: 512 }).store, { kind: "kept", keys: 512 });
  }
  assert.deepEqual(chooseKernel(gpu, { ...wanted, keys: 4096 }).store, { kind: "recompute" });
  assert.deepEqual(chooseKernel(cpu, dense).store, { kind: "recompute" });
});

Deno.test("chooseKernel: no invocation on a software adapter takes more turns than llvmpipe allows", () => {
  assert.equal(chooseKernel(cpu, { ...wanted, keys: 1024 }).lanes.kind, "row");
  assert.equal(chooseKernel(cpu, { ...wanted, keys: 2048 }).lanes.kind, "tile");
  assert.equal(chooseKernel(cpu, { ...dense, keys: 16384 }).lanes.kind, "row");
  assert.equal(chooseKernel(cpu, { ...dense, keys: 16384, headSize: 160 }).lanes.kind, "tile");
});

Deno.test("chooseKernel: keys beyond llvmpipe's turns are refused on a software adapter, and on no GPU", () => {
  const many = { ...wanted, keys: 100_000 };
  assert.throws(() => chooseKernel(cpu, many), (error: Error) => {
    assert.ok(error instanceof DeviceError);
    assert.match(
      error.message,
      /^Cannot compute attention on a software adapter: keys must be .*, got 100000/,
    );
    return true;
  });
  assert.equal(chooseKernel(gpu, many).lanes.kind, "tile");
});
