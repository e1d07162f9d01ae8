import assert from "node:assert/strict";
import { BETA_SCHEDULES, betas } from "../../../ops/schedule/betas.ts";

Deno.test("betas rise from start to stop", () => {
  for (const schedule of BETA_SCHEDULES.filter((name) => name !== "laplace")) {
    const values = betas(schedule, 0.00085, 0.012, 1000);
    assert.equal(values.length, 1000);
    for (let t = 1; t < values.length; t++) assert.ok(values[t] >= values[t - 1], `${schedule} ${t}`);
  }
  for (const schedule of ["linear", "scaled_linear"] as const) {
    const values = betas(schedule, 0.00085, 0.012, 1000);
    assert.ok(Math.abs(values[0] / 0.00085 - 1) < 2e-7 && Math.abs(values[999] / 0.012 - 1) < 2e-7);
  }
});

Deno.test("betas of the cosine schedule are capped", () => {
  const values = betas("squaredcos_cap_v2", 0.0001, 0.02, 1000);
  assert.equal(values[999], Math.fround(0.999));
  assert.ok(values[998] < 0.999);
});

Deno.test("betas of a single timestep is the start", () => {
  assert.deepEqual(betas("linear", 0.25, 0.5, 1), Float32Array.of(0.25));
});
