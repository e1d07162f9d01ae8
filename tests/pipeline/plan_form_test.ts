import assert from "node:assert/strict";
import { PlanError } from "../../errors.ts";
import type { DeviceReport } from "../../models/runtimes/runtime.ts";
import type { AttentionSite } from "../../models/surgery/attention_site.ts";
import { planForm } from "../../pipeline/plan_form.ts";

const webgpu: DeviceReport = { device: "webgpu", reason: "" },
  wasm: DeviceReport = { device: "wasm", reason: "" };
const packed = (value: string) => ({ value, layout: "packed" }) as const;
const plain: AttentionSite = { id: "a.attn2", kind: "cross", node: "n", dtype: "float32", masked: false };
const open: AttentionSite = {
  ...plain,
  id: "b.attn2",
  operands: {
    query: packed("q"),
    key: packed("k"),
    value: packed("v"),
    output: packed("o"),
    heads: 1,
    headSize: 8,
    scale: 1,
  },
};

Deno.test("planForm: kernels on webgpu, nodes elsewhere, nothing where there is nothing to do", () => {
  assert.equal(planForm("auto", webgpu, [open], [open]).form, "kernel");
  assert.equal(
    planForm("auto", webgpu, [], [open]).form,
    "kernel",
    "dense attention is cheaper in kernels too",
  );
  assert.equal(planForm("auto", wasm, [open], [open]).form, "graph");
  assert.equal(planForm("auto", undefined, [open], [open]).form, "graph");
  assert.equal(planForm("auto", wasm, [], [open]).form, "none");
  assert.equal(planForm("graph", webgpu, [open], [open]).form, "graph");
});

Deno.test("planForm: a site that cannot be cut is left in the graph, and said; asked for by name it is an error", () => {
  assert.deepEqual(planForm("auto", webgpu, [open], [open, plain]).cut, [open]);
  const mixed = planForm("auto", webgpu, [open, plain], [open, plain]);
  assert.equal(mixed.form, "graph");
  assert.match(mixed.why, /a\.attn2/);
  assert.throws(() => planForm("kernel", webgpu, [plain], [plain]), PlanError);
  assert.throws(() => planForm("kernel", wasm, [open], [open]), /the device must be webgpu, got "wasm"/);
});
