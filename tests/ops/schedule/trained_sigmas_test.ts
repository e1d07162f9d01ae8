import assert from "node:assert/strict";
import { flowSchedule } from "../../../ops/schedule/flow_schedule.ts";
import {
  ddimUniformSigmas,
  flowLevels,
  normalSigmas,
  sgmUniformSigmas,
  simpleSigmas,
  tableLevels,
} from "../../../ops/schedule/trained_sigmas.ts";

/** Levels whose σ tells their index: ln σ = index. */
const logs = Float32Array.from({ length: 1000 }, (_, i) => i / 100);
const levels = tableLevels({ logs, sigmas: logs.map(Math.exp) });
const indices = (sigmas: Float64Array) =>
  Array.from(sigmas, (sigma) => Math.round(Math.log(sigma) * 1e4) / 100);

Deno.test("normal and sgm_uniform visit even timesteps, with the cleanest and without it", () => {
  assert.deepEqual(indices(normalSigmas(levels, 4)), [999, 666, 333, 0]);
  assert.deepEqual(indices(sgmUniformSigmas(levels, 4)), [999, 749.25, 499.5, 249.75]);
});

Deno.test("simple and ddim_uniform pick among the levels of training, from one end and from the other", () => {
  assert.deepEqual(indices(simpleSigmas(levels, 4)), [999, 749, 499, 249]);
  assert.deepEqual(indices(simpleSigmas(levels, 3)), [999, 666, 333]);
  assert.deepEqual(indices(ddimUniformSigmas(levels, 4)), [751, 501, 251, 1]);
  // 999 levels in strides of 333, from 1 on.
  assert.deepEqual(indices(ddimUniformSigmas(levels, 3)), [667, 334, 1]);
  assert.equal(ddimUniformSigmas(levels, 30).length, 31);
});

Deno.test("in flow matching normal is what diffusers does on its own, and simple is not shifted twice", () => {
  const shift = { kind: "constant", shift: 3 } as const;
  const { sigmas } = flowSchedule({ steps: 6, trainTimesteps: 1000, shift, grid: "training" });
  const normal = normalSigmas(flowLevels(shift, 1000), 6);
  assert.ok(normal.every((sigma, i) => Math.abs(sigma - sigmas[i]) < 1e-6));
  const simple = simpleSigmas(flowLevels(shift, 1000), 4);
  assert.deepEqual(Array.from(simple), [1, 0.75, 0.5, 0.25].map((u) => 3 * u / (1 + 2 * u)));
});
