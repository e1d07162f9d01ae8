import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { dpmFlowSchedule, type DpmFlowScheduleOptions } from "../../../ops/schedule/dpm_flow_schedule.ts";

const OPTIONS: DpmFlowScheduleOptions = {
  trainTimesteps: 1000,
  steps: 4,
  shift: { kind: "constant", shift: 1 },
  grid: "short",
  final: 0,
};
const sigmasOf = (changed: Partial<DpmFlowScheduleOptions>) => {
  const { sigmas } = dpmFlowSchedule({ ...OPTIONS, ...changed });
  return Array.from(sigmas, (sigma) => Math.round(sigma * 1e5) / 1e5);
};

Deno.test("dpmFlowSchedule lays its grids out as diffusers does", () => {
  assert.deepEqual(sigmasOf({}), [0.999, 0.74925, 0.4995, 0.24975, 0]);
  assert.deepEqual(sigmasOf({ grid: "whole" }), [1, 0.75025, 0.5005, 0.25075, 0]);
  assert.deepEqual(sigmasOf({ grid: "even" }), [1, 0.75, 0.5, 0.25, 0]);
  assert.deepEqual(sigmasOf({ grid: "even", terminal: 0.1 }), [1, 0.7, 0.4, 0.1, 0]);
  assert.deepEqual(sigmasOf({ grid: "even", final: "repeat" }), [1, 0.75, 0.5, 0.25, 0.25]);
  assert.deepEqual(sigmasOf({ ratios: Float64Array.of(9, 3, 1, 0.25) }), [0.9, 0.75, 0.5, 0.2, 0]);
  assert.deepEqual(sigmasOf({ sigmas: [0.9, 0.8, 0.7, 0.6, 0.5] }), [0.9, 0.8, 0.7, 0.6, 0.5]);
});

Deno.test("dpmFlowSchedule falls, begins short of pure noise, and moves towards noise with the shift", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 1, max: 12, noNaN: true }),
      fc.constantFrom("short", "whole", "even"),
      (steps, shift, grid) => {
        const { sigmas, levels } = dpmFlowSchedule({
          ...OPTIONS,
          steps,
          grid,
          shift: { kind: "constant", shift },
        });
        const plain = dpmFlowSchedule({ ...OPTIONS, steps, grid });
        for (let i = 0; i < steps; i++) assert.ok(sigmas[i] > sigmas[i + 1] && sigmas[i] >= plain.sigmas[i]);
        assert.ok(levels.every(({ alpha }) => alpha > 0));
      },
    ),
    { seed: 7 },
  );
});
