import assert from "node:assert/strict";
import { chooseKernel, type KernelHost } from "../../../models/runtimes/choose_kernel.ts";

const cpu: KernelHost = { software: true, subgroups: undefined, maxInvocations: 1024 };
const gpu: KernelHost = { software: false, subgroups: { size: 32, join: "subgroup" }, maxInvocations: 256 };
const plain: KernelHost = { software: false, subgroups: undefined, maxInvocations: 32 };

const wanted = {
  kind: "pladis",
  alpha: 1.5,
  headSize: 64,
  dtype: "float32",
  masked: false,
  joint: false,
  keys: 77,
} as const;

Deno.test("chooseKernel: a query for each invocation on a CPU, a workgroup for each query on a GPU", () => {
  assert.deepEqual(chooseKernel(cpu, wanted).lanes, { kind: "row" });
  assert.deepEqual(chooseKernel(gpu, wanted).lanes, { kind: "group", lanes: 32, join: "subgroup" });
  assert.deepEqual(chooseKernel(plain, wanted).lanes, { kind: "group", lanes: 32, join: "memory" });
});

Deno.test("chooseKernel: scores are kept up to a size that few pipelines share, and computed again beyond", () => {
  assert.deepEqual(chooseKernel(gpu, wanted).store, { kind: "private", keys: 80 });
  assert.deepEqual(chooseKernel(gpu, { ...wanted, keys: 78 }), chooseKernel(gpu, wanted));
  assert.deepEqual(chooseKernel(gpu, { ...wanted, keys: 512 }).store, { kind: "private", keys: 512 });
  assert.deepEqual(chooseKernel(gpu, { ...wanted, keys: 4096 }).store, { kind: "recompute" });
  const dense = { ...wanted, kind: "dense", alpha: undefined } as const;
  assert.deepEqual(chooseKernel(cpu, dense).store, { kind: "recompute" });
});

Deno.test("chooseKernel: no invocation on a software adapter takes more turns than llvmpipe allows", () => {
  assert.equal(chooseKernel(cpu, { ...wanted, keys: 1024 }).lanes.kind, "row");
  assert.equal(chooseKernel(cpu, { ...wanted, keys: 2048 }).lanes.kind, "group");
  const dense = { ...wanted, kind: "dense", alpha: undefined } as const;
  assert.equal(chooseKernel(cpu, { ...dense, keys: 16384 }).lanes.kind, "row");
  assert.equal(chooseKernel(cpu, { ...dense, keys: 16384, headSize: 160 }).lanes.kind, "group");
});
