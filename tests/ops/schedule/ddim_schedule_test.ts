import assert from "node:assert/strict";
import { alphasCumprod } from "../../../ops/schedule/alphas_cumprod.ts";
import { betas } from "../../../ops/schedule/betas.ts";
import { ddimSchedule } from "../../../ops/schedule/ddim_schedule.ts";
import { createScheduler } from "../../../ops/solvers/scheduler.ts";

Deno.test("ddimSchedule refuses a first timestep beyond training, and says what to change", () => {
  const config = { _class_name: "DDIMScheduler", steps_offset: 1 };
  assert.equal(createScheduler(config, { steps: 500 }).timesteps[0], 999);
  assert.throws(() => createScheduler(config, { steps: 1000 }), {
    name: "DomainError",
    message:
      /first timestep must be below the 1000 timesteps of training, got 1000\. Take fewer steps than 1000, or a smaller steps_offset/,
  });
});

Deno.test("ddimSchedule: σ before and after every step, infinite where no image is left", () => {
  const config = {
    _class_name: "DDIMScheduler",
    rescale_betas_zero_snr: true,
    timestep_spacing: "trailing",
    prediction_type: "v_prediction",
  } as const;
  const { sigmas } = createScheduler(config, { steps: 10 });
  assert.equal(sigmas[0], Infinity);
  assert.equal(sigmas[10], 0);
  for (let i = 0; i < 10; i++) assert.ok(sigmas[i] > sigmas[i + 1]);
});

Deno.test("ddimSchedule: a step that reaches timestep 0 ends there, only one beyond it ends at the final ᾱ", () => {
  const alphas = alphasCumprod(betas("scaled_linear", 0.00085, 0.012, 1000));
  const options = { alphasCumprod: alphas, steps: 10, spacing: "leading", stepsOffset: 0 } as const;
  for (const alphaToOne of [true, false]) {
    const { timesteps, targets } = ddimSchedule({ ...options, alphaToOne });
    assert.deepEqual(Array.from(timesteps.subarray(8)), [100, 0]);
    assert.deepEqual(targets.slice(8).map((target) => target.alphaCumprod), [
      alphas[0],
      alphaToOne ? 1 : alphas[0],
    ]);
  }
});
