/** Models whose steps are fixed: what may be asked of them, and the errors that say so. */
import assert from "node:assert/strict";
import { createScheduler, type SchedulerOptions, SOLVERS } from "../../../ops/solvers/scheduler.ts";
import type { SchedulerConfig } from "../../../ops/solvers/scheduler_config_type.ts";
import { STABLE_DIFFUSION, TRAILING } from "./solver_under_test.ts";

const timestepsOf = (config: SchedulerConfig, options: SchedulerOptions) =>
  Array.from(createScheduler({ ...STABLE_DIFFUSION, ...config }, options).timesteps);

for (const solver of ["lcm", "tcd"] as const) {
  Deno.test(`${solver}: steps are spread over original_inference_steps, and are no more than those`, () => {
    assert.deepEqual(timestepsOf({}, { solver, steps: 4 }), [999, 759, 499, 259]);
    assert.deepEqual(timestepsOf({ original_inference_steps: 4 }, { solver, steps: 4 }), [
      999,
      749,
      499,
      249,
    ]);
    assert.throws(() => timestepsOf({ original_inference_steps: 4 }, { solver, steps: 5 }), {
      name: "DomainError",
      message:
        /steps must be at most 4: the original_inference_steps that the model was distilled on, 4, got 5/,
    });
    assert.throws(() => timestepsOf({ original_inference_steps: 1001 }, { solver, steps: 4 }), {
      name: "BundleError",
      message: /original_inference_steps in its configuration must be at most 1000, .*, got 1001/,
    });
  });

  Deno.test(`${solver}: timesteps of one's own are taken as they are, of an image's run the last`, () => {
    const timesteps = [999, 749, 499, 249];
    assert.deepEqual(timestepsOf({}, { solver, steps: 4, timesteps }), timesteps);
    assert.deepEqual(timestepsOf({}, { solver, steps: 4, timesteps, strength: 0.6 }), [499, 249]);
    assert.deepEqual(timestepsOf({}, { solver, steps: 4, timesteps, strength: 0.2 }), []);
    const { sigmas } = createScheduler(STABLE_DIFFUSION, { solver, steps: 4, timesteps, strength: 0.6 });
    assert.ok(sigmas[2] <= 0.0292, "the last step ends clean");
    for (const bad of [[249, 499], [499, 499], [1000, 499], [-1], [2.5], [NaN], [1, 0, 0]]) {
      assert.throws(() => timestepsOf({}, { solver, steps: bad.length, timesteps: bad }), {
        name: "DomainError",
        message: /timesteps must be \d falling whole numbers? from 0 to 999, one for each step/,
      });
    }
    assert.throws(() => timestepsOf({}, { solver, steps: 3, timesteps }), /timesteps must be 3 falling/);
  });
}

Deno.test("no other solver takes timesteps of one's own, nor LCM in flow matching", () => {
  for (const { name, takesTimesteps } of SOLVERS) {
    if (takesTimesteps) continue;
    assert.throws(
      () => createScheduler(STABLE_DIFFUSION, { solver: name, steps: 1, timesteps: [9] }),
      new RegExp(`timesteps must be left out for the solver ${name}`),
    );
  }
  const flow = { _class_name: "FlowMatchLCMScheduler", use_flow_sigmas: true };
  assert.throws(
    () => createScheduler(flow, { solver: "lcm", steps: 1, timesteps: [9] }),
    /timesteps must be left out on a schedule of flow matching/,
  );
});

Deno.test("scm: two steps have the middle that SANA-Sprint was tuned for, others are even", () => {
  const angles = (steps: number) =>
    Array.from(createScheduler({}, { solver: "scm", steps }).timesteps, (angle) => Number(angle.toFixed(4)));
  assert.deepEqual([1, 2, 4].map(angles), [[1.5708], [1.5708, 1.3], [1.5708, 1.1781, 0.7854, 0.3927]]);
});

Deno.test("one step of a turbo model, which is asked at the noisiest timestep, ends without noise", () => {
  for (const solver of ["euler", "euler_ancestral", "ddim", "dpmpp_2m", "unipc", "lcm", "tcd"] as const) {
    const scheduler = createScheduler({ ...TRAILING, set_alpha_to_one: true }, { solver, steps: 1 });
    assert.deepEqual(Array.from(scheduler.timesteps), [999], solver);
    // TCD ends at the cleanest level of training
    assert.ok(scheduler.sigmas[1] <= (solver === "tcd" ? 0.0292 : 0), solver);
  }
});
