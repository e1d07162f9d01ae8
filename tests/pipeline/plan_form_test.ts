import assert from "node:assert/strict";
import { PlanError } from "../../errors.ts";
import type { DeviceReport } from "../../models/runtimes/runtime.ts";
import type { AttentionSite } from "../../models/surgery/attention_site.ts";
import { type AttentionFormRequest, planForm } from "../../pipeline/plan_form.ts";

const webgpu: DeviceReport = { device: "webgpu", software: true, reason: "" };
const gpu: DeviceReport = { ...webgpu, software: false };
const wasm: DeviceReport = { device: "wasm", reason: "" };
const native: DeviceReport = { device: "native", reason: "" };
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

const self: AttentionSite = {
  ...open,
  id: "b.attn1",
  kind: "self",
  written: { softmax: "s", logits: "l", weights: "w" },
};

function form(
  request: string,
  device: DeviceReport | undefined,
  sites: readonly AttentionSite[],
  all: readonly AttentionSite[],
  fault?: string,
  taps: readonly AttentionSite[] = [],
) {
  return planForm({
    request: request as AttentionFormRequest,
    device,
    sites,
    all,
    taps,
    cutFault: () => fault,
  });
}

Deno.test("planForm: kernels on webgpu and wasm, nodes on native, nothing where there is nothing to do", () => {
  assert.equal(form("auto", webgpu, [open], [open]).form, "kernel");
  assert.equal(form("auto", webgpu, [], [open]).form, "kernel", "dense attention is cheaper in kernels too");
  assert.equal(form("auto", wasm, [open], [open]).form, "kernel");
  assert.equal(form("auto", native, [open], [open]).form, "graph");
  assert.equal(form("auto", undefined, [open], [open]).form, "graph");
  assert.equal(form("auto", wasm, [], [open]).form, "kernel");
  assert.equal(form("graph", webgpu, [open], [open]).form, "graph");
  assert.equal(form("auto", webgpu, [], [plain]).form, "none");
  assert.throws(
    () => form("fast", webgpu, [open], [open]),
    /attentionForm must be one of auto, graph, kernel, got "fast"/,
  );
});

Deno.test("planForm: where weights are to be read attention is computed by nodes", () => {
  const tapped = form("auto", webgpu, [open], [open], undefined, [open]);
  assert.equal(tapped.form, "graph");
  assert.match(tapped.why, /attention maps/);
  assert.throws(
    () => form("kernel", webgpu, [open], [open], undefined, [open]),
    /attentionMaps must be none: kernels never store the weights, got "1 sites"/,
  );
});

Deno.test("planForm: self-attention goes to kernels on the CPU, to the runtime's own on a GPU", () => {
  const ids = (sites: readonly AttentionSite[]) => sites.map(({ id }) => id);
  const soft = form("auto", webgpu, [open], [self, open]), hard = form("auto", gpu, [open], [self, open]);
  const threads = form("auto", wasm, [open], [self, open]);
  assert.deepEqual([ids(soft.cut), ids(soft.fused)], [["b.attn1", "b.attn2"], []]);
  assert.deepEqual([ids(threads.cut), ids(threads.fused)], [["b.attn1", "b.attn2"], []]);
  assert.deepEqual([ids(hard.cut), ids(hard.fused)], [["b.attn2"], ["b.attn1"]]);
  assert.deepEqual(ids(form("auto", native, [open], [self, open]).fused), ["b.attn1"]);
});

Deno.test("planForm: what cannot be cut is left in the graph, and said; asked for by name it is an error", () => {
  assert.deepEqual(form("auto", webgpu, [open], [open, plain]).cut, [open]);
  const mixed = form("auto", webgpu, [open, plain], [open, plain]);
  assert.equal(mixed.form, "graph");
  assert.match(mixed.why, /a\.attn2 cannot be cut out: its operands are not known/);
  const wide = { ...open, operands: { ...open.operands!, headSize: 320 } };
  assert.match(form("auto", webgpu, [wide], [wide]).why, /head size is 320, and kernels have up to 256/);
  assert.deepEqual(form("auto", webgpu, [open], [open], "a type is not known").why, "a type is not known");
  assert.throws(() => form("kernel", webgpu, [plain], [plain]), PlanError);
  assert.throws(
    () => form("kernel", webgpu, [open], [open], "a type is not known"),
    /got "a type is not known"/,
  );
  assert.throws(
    () => form("kernel", native, [open], [open]),
    /the device must be webgpu or wasm, got "native"/,
  );
});

Deno.test("planForm: self-attention that has the policy is cut out wherever kernels are", () => {
  const ids = (sites: readonly AttentionSite[]) => sites.map(({ id }) => id);
  for (const device of [gpu, webgpu, wasm]) {
    const { form: chosen, cut, fused } = form("auto", device, [self], [self, open]);
    assert.equal(chosen, "kernel");
    assert.deepEqual(ids(cut), ["b.attn1", "b.attn2"]);
    assert.deepEqual(fused, []);
  }
});

Deno.test("planForm: on wasm kernels are of float32, and self-attention of float16 is left to the runtime", () => {
  const half: AttentionSite = { ...open, dtype: "float16" };
  const chosen = form("auto", wasm, [half], [half]);
  assert.equal(chosen.form, "graph");
  assert.match(
    chosen.why,
    /b\.attn2 cannot be cut out: it is of float16, and kernels on wasm are of float32/,
  );
  assert.equal(form("auto", webgpu, [half], [half]).form, "kernel");
  const halfSelf: AttentionSite = { ...self, dtype: "float16" };
  assert.deepEqual(form("auto", wasm, [open], [halfSelf, open]).cut, [open]);
  assert.equal(form("auto", wasm, [], [halfSelf]).form, "none");
});
