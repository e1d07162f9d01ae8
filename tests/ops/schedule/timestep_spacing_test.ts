import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { spaceTimesteps, TIMESTEP_SPACINGS } from "../../../ops/schedule/timestep_spacing.ts";

const BASE = { trainTimesteps: 1000, stepsOffset: 0, endTimestep: 1000, dropLast: false };

Deno.test("spaceTimesteps: table 2 of Lin et al., 10 of 1000 steps", () => {
  const spaced = (spacing: "leading" | "trailing" | "linspace") =>
    Array.from(spaceTimesteps({ ...BASE, spacing, steps: 10, stepsOffset: spacing === "leading" ? 1 : 0 }));
  assert.deepEqual(spaced("linspace"), [999, 888, 777, 666, 555, 444, 333, 222, 111, 0]);
  assert.deepEqual(spaced("leading"), [901, 801, 701, 601, 501, 401, 301, 201, 101, 1]);
  assert.deepEqual(spaced("trailing"), [999, 899, 799, 699, 599, 499, 399, 299, 199, 99]);
});

Deno.test("spaceTimesteps gives as many timesteps as asked for, falling, none below 0", () => {
  const count = fc.integer({ min: 1, max: 999 });
  fc.assert(
    fc.property(fc.constantFrom(...TIMESTEP_SPACINGS), count, fc.boolean(), (spacing, steps, dropLast) => {
      const timesteps = spaceTimesteps({ ...BASE, spacing, steps, dropLast });
      assert.equal(timesteps.length, steps);
      for (let i = 1; i < steps; i++) assert.ok(timesteps[i] < timesteps[i - 1]);
      assert.ok(timesteps[0] < 1000 && timesteps[steps - 1] >= 0);
    }),
    { numRuns: 500, seed: 7 },
  );
});

Deno.test("spaceTimesteps: trailing drops the timestep of -1 that the rounding of 1000 / 61 makes", () => {
  const timesteps = spaceTimesteps({ ...BASE, spacing: "trailing", steps: 61 });
  assert.equal(timesteps.length, 61);
  assert.equal(timesteps[60], 15);
});

Deno.test("spaceTimesteps: trailing from a clipped end gives fewer timesteps, none below 0", () => {
  assert.deepEqual(Array.from(spaceTimesteps({ ...BASE, spacing: "trailing", steps: 6, endTimestep: 500 })), [
    499,
    332,
    166,
  ]);
  assert.deepEqual(Array.from(spaceTimesteps({ ...BASE, spacing: "trailing", steps: 6, endTimestep: 167 })), [
    166,
  ]);
});
