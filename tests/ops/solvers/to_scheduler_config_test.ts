import assert from "node:assert/strict";
import { CONFIG_SIGMAS } from "../../../ops/schedule/named_sigmas.ts";
import { createScheduler, SOLVERS } from "../../../ops/solvers/scheduler.ts";
import { parseSchedulerConfig } from "../../../ops/solvers/scheduler_config.ts";
import type { SchedulerConfig } from "../../../ops/solvers/scheduler_config_type.ts";
import { toSchedulerConfig } from "../../../ops/solvers/to_scheduler_config.ts";
import { STABLE_DIFFUSION } from "./solver_under_test.ts";

const BUNDLES: SchedulerConfig[] = [
  { ...STABLE_DIFFUSION, _class_name: "PNDMScheduler", skip_prk_steps: true, clip_sample: false },
  { _class_name: "FlowMatchEulerDiscreteScheduler", shift: 3 },
];
/** Which solver a configuration names by itself. Those of several names for one class have fields that tell them apart. */
const through = (config: SchedulerConfig) =>
  parseSchedulerConfig(JSON.parse(JSON.stringify(config)), "scheduler_config.json");

for (const bundle of BUNDLES) {
  Deno.test(`${bundle._class_name}: what toSchedulerConfig writes sets up the same scheduler`, () => {
    for (const solver of SOLVERS) {
      if (bundle.shift && (!solver.takesFlow || solver.flowClass === null)) continue;
      if (!bundle.shift && ["scm", "ipndm", "edm_euler"].includes(solver.name)) continue;
      if (!bundle.shift && solver.name.startsWith("flow_")) continue;
      for (const sigmas of solver.takesSigmas ? [undefined, ...CONFIG_SIGMAS] : [undefined]) {
        // Where diffusers' class has no field for a sigma schedule, or none that goes with flow matching.
        const className = bundle.shift && solver.flowClass ? solver.flowClass : solver.schedulerClass;
        const own = SOLVERS.find((each) => each.schedulerClass === className);
        if (sigmas && own?.lacks?.includes("use_karras_sigmas")) continue;
        if (sigmas && bundle.shift && !className.startsWith("FlowMatch")) continue;
        const options = { solver: solver.name, steps: 8, ...(sigmas ? { sigmas } : {}) };
        const wanted = createScheduler(bundle, options);
        const { config, warnings } = through(toSchedulerConfig(bundle, options));
        assert.deepEqual(warnings, []);
        const found = createScheduler(config, { steps: 8 });
        const label = `${solver.name} ${sigmas}`;
        assert.deepEqual(found.timesteps, wanted.timesteps, label);
        assert.deepEqual(found.sigmas, wanted.sigmas, label);
        if (bundle.shift && solver.flowClass) continue;
        assert.equal(found.solver, solver.name);
      }
    }
  });
}

Deno.test("what diffusers cannot say is refused", () => {
  const [noise, flow] = BUNDLES;
  const name = "DomainError";
  for (const sigmas of ["simple", [3, 2, 1, 0], { name: "karras", rho: 3 }] as const) {
    const message = /sigmas must be one of karras, exponential, beta: diffusers/;
    assert.throws(() => toSchedulerConfig(noise, { solver: "euler", sigmas }), { name, message });
  }
  const message = /the solver must be one that diffusers has a class of flow matching for, got "lms"/;
  assert.throws(() => toSchedulerConfig(flow, { solver: "lms" }), { name, message });
});

Deno.test("an infinite limit is left out, a finite one kept", () => {
  const config = { _class_name: "DPMSolverMultistepScheduler", lambda_min_clipped: -Infinity };
  assert.ok(!("lambda_min_clipped" in toSchedulerConfig(config)));
  assert.equal(toSchedulerConfig({ ...config, lambda_min_clipped: -5 }).lambda_min_clipped, -5);
});
