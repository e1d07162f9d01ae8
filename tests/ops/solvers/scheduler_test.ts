import assert from "node:assert/strict";
import { createScheduler, type SchedulerOptions } from "../../../ops/solvers/scheduler.ts";
import type { SchedulerConfig } from "../../../ops/solvers/scheduler_config_type.ts";
import { loadGoldens, relativeL2 } from "../../helpers/goldens.ts";
import { noNoise } from "./gaussian_model.ts";
import { STABLE_DIFFUSION } from "./solver_under_test.ts";

function refused(config: SchedulerConfig, options: unknown, name: string, message: RegExp): void {
  assert.throws(() => createScheduler(config, options as SchedulerOptions), { name, message });
}

Deno.test("the configuration's class names the solver, an option overrules it", () => {
  const config = {
    ...STABLE_DIFFUSION,
    _class_name: "EulerDiscreteScheduler",
    prediction_type: "v_prediction",
  } as const;
  const named = createScheduler(config, { steps: 4 }),
    chosen = createScheduler(config, { solver: "ddim", steps: 4 });
  assert.deepEqual([named.solver, chosen.solver], ["euler", "ddim"]);
  assert.deepEqual([named.predictionType, chosen.predictionType], ["v_prediction", "v_prediction"]);
});

Deno.test("a class that is not there is refused, with those that are", () => {
  const message =
    /_class_name .* must be one of DDIMScheduler, .*EulerDiscreteScheduler, .*got "VQDiffusionScheduler"\. Name a solver instead: ddim, ddpm, .*unipc/;
  refused({ _class_name: "VQDiffusionScheduler" }, { steps: 4 }, "BundleError", message);
  refused({}, { steps: 4 }, "BundleError", /_class_name .* got undefined/);
});

Deno.test("a configuration of flow matching is for the solvers that walk on its schedules", () => {
  const flow = { _class_name: "FlowMatchEulerDiscreteScheduler", shift: 3 };
  const own = createScheduler(flow, { steps: 6 });
  assert.deepEqual([own.solver, own.space, own.predictionType], ["flow_euler", "flow", "flow_prediction"]);
  for (const solver of ["euler", "flow_lcm", "lcm"] as const) {
    assert.deepEqual(createScheduler(flow, { solver, steps: 6 }).sigmas, own.sigmas);
  }
  for (const solver of ["ddim", "pndm", "euler_ancestral"] as const) {
    const message = new RegExp(
      `no class of flow matching for the solver ${solver}, got "FlowMatch.*walk .*euler`,
    );
    refused(flow, { solver, steps: 4 }, "BundleError", message);
  }
  const noise = /prediction_type .* flow_prediction, or left out/;
  refused({ ...flow, prediction_type: "epsilon" }, { steps: 4 }, "BundleError", noise);
  const velocity =
    /prediction_type .* epsilon, v_prediction or sample on this schedule, got "flow_prediction"/;
  refused({ prediction_type: "flow_prediction" }, { solver: "euler", steps: 4 }, "BundleError", velocity);
});

Deno.test("a schedule that depends on the image's size must be told it", () => {
  const flow = { _class_name: "FlowMatchEulerDiscreteScheduler", use_dynamic_shifting: true };
  refused(flow, { steps: 4 }, "DomainError", /imageTokens must be the number of the image's tokens/);
  for (const imageTokens of [0, 1.5, NaN]) {
    refused(
      flow,
      { steps: 4, imageTokens },
      "DomainError",
      /imageTokens must be a whole number of at least 1/,
    );
  }
});

Deno.test("unknown names suggest the nearest", () => {
  refused(
    {},
    { solver: "eulr", steps: 4 },
    "DomainError",
    /one of ddim, .*got "eulr"\. Did you mean euler\?/,
  );
  refused({}, { solver: "dpm++2m", steps: 4 }, "DomainError", /Did you mean dpmpp_2m\?/);
  refused(
    {},
    { solver: "euler", sigmas: "karas", steps: 4 },
    "DomainError",
    /one of karras, exponential, beta, .*got "karas"\. Did you mean karras\?/,
  );
});

Deno.test("a list of sigmas is taken as it is, and must fit the steps and fall", () => {
  const sigmas = [12, 5, 1.5, 0.25, 0];
  for (const solver of ["euler", "dpmpp_2m", "lms", "edm_euler"] as const) {
    const scheduler = createScheduler(STABLE_DIFFUSION, { solver, steps: 4, sigmas });
    assert.deepEqual(Array.from(scheduler.sigmas), sigmas, solver);
  }
  const flow = createScheduler({}, { solver: "flow_euler", steps: 2, sigmas: [1, 0.5, 0] });
  assert.deepEqual(Array.from(flow.timesteps), [1000, 500]);
  for (const bad of [[3, 2, 1], [1, 2, 3, 0, 0], [4, 3, 3, 2, 0], [4, 3, 2, 1, -1], [4, 3, 2, NaN, 0]]) {
    const options = { solver: "euler", steps: 4, sigmas: bad };
    refused({}, options, "DomainError", /sigmas must be 5 falling numbers of at least 0/);
  }
});

Deno.test("a schedule with an exponent may be given another", () => {
  const at = (rho: number) =>
    createScheduler(STABLE_DIFFUSION, { solver: "euler", steps: 5, sigmas: { name: "karras", rho } }).sigmas;
  const named = createScheduler(STABLE_DIFFUSION, { solver: "euler", steps: 5, sigmas: "karras" }).sigmas;
  assert.deepEqual(at(7), named);
  assert.ok(at(3)[2] > named[2]);
  for (const rho of [0, -1, NaN]) {
    const options = { solver: "euler", steps: 4, sigmas: { name: "karras", rho } };
    refused({}, options, "DomainError", /sigmas.rho must be a number above 0/);
  }
  refused(
    {},
    { solver: "euler", steps: 4, sigmas: { name: "beta", rho: 2 } },
    "DomainError",
    /sigmas.name must be/,
  );
});

Deno.test("options out of range are refused", () => {
  for (const steps of [0, -1, 1.5, NaN, 1001, "4"]) {
    refused({}, { solver: "euler", steps }, "DomainError", /steps must be a whole number from 1 to 1000/);
  }
  for (const eta of [-0.1, 1.1, NaN]) {
    refused({}, { solver: "ddim", steps: 4, eta }, "DomainError", /eta must be a number from 0 to 1/);
  }
  refused({}, { solver: "euler", steps: 4, eta: 1 }, "DomainError", /eta must be 0 for the solver euler/);
  refused(
    {},
    { solver: "ddim", steps: 4, sigmas: "karras" },
    "DomainError",
    /sigmas must be left out for the solver ddim/,
  );
});

Deno.test("what a class has and a solver does not support is refused by the field's name", () => {
  const cases: [SchedulerOptions["solver"], SchedulerConfig, RegExp][] = [
    ["euler", { interpolation_type: "log_linear" }, /interpolation_type .* "linear", got "log_linear"/],
    [
      "euler",
      { use_karras_sigmas: true, use_beta_sigmas: true },
      /use_beta_sigmas .* false where use_karras_sigmas is true/,
    ],
    ["dpmpp_2m", { solver_type: "euler" }, /solver_type .* midpoint or heun, got "euler"/],
    ["dpmpp_2m", { variance_type: "learned_range" }, /variance_type .* null, got "learned_range"/],
    [
      "ddim",
      { rescale_betas_zero_snr: true, timestep_spacing: "trailing" },
      /rescale_betas_zero_snr .* prediction_type is epsilon/,
    ],
  ];
  for (const [solver, config, message] of cases) {
    refused(config, { solver, steps: 4 }, "BundleError", message);
  }
});

Deno.test("fields of another class play no part, as in diffusers' from_config", () => {
  const foreign = {
    solver_order: 3,
    algorithm_type: "sde-dpmsolver++",
    thresholding: true,
    clip_sample: true,
    use_lu_lambdas: true,
  };
  const plain = createScheduler(STABLE_DIFFUSION, { solver: "euler", steps: 5 });
  const loaded = createScheduler({ ...STABLE_DIFFUSION, ...foreign }, { solver: "euler", steps: 5 });
  assert.deepEqual(loaded.sigmas, plain.sigmas);
  const input = {
    modelOutput: Float32Array.of(9, -9),
    sample: Float32Array.of(50, 2),
    i: 0,
    state: plain.start(),
    noise: noNoise,
  };
  assert.deepEqual(loaded.step(input), plain.step(input));
  const ddim = createScheduler({ ...STABLE_DIFFUSION, use_karras_sigmas: true }, {
    solver: "ddim",
    steps: 5,
  });
  assert.deepEqual(ddim.timesteps, createScheduler(STABLE_DIFFUSION, { solver: "ddim", steps: 5 }).timesteps);
});

Deno.test("related solvers' types mean midpoint to DPM-Solver", () => {
  const sigmas = (config: SchedulerConfig) =>
    createScheduler(config, { solver: "dpmpp_2m", steps: 4 }).sigmas;
  assert.deepEqual(sigmas({ solver_type: "bh2", algorithm_type: "deis" }), sigmas({}));
});

Deno.test("the sigmas option overrules the configuration", () => {
  const config = { ...STABLE_DIFFUSION, use_exponential_sigmas: true };
  const chosen = createScheduler(config, { solver: "euler", steps: 6, sigmas: "karras" });
  assert.ok(relativeL2(chosen.sigmas, loadGoldens("sd15").floats("sched_euler_karras", "sigmas")) <= 1e-7);
});

Deno.test("DDIM draws noise once a step and only for η above 0", () => {
  for (const [eta, wanted] of [[0, 0], [0.3, 4], [1, 4]]) {
    const scheduler = createScheduler({ ...STABLE_DIFFUSION, clip_sample: false }, {
      solver: "ddim",
      steps: 4,
      eta,
    });
    let draws = 0;
    const noise = () => (draws++, Float32Array.of(1, -1));
    let sample: Float32Array = Float32Array.of(1, 2);
    for (let i = 0; i < 4; i++) {
      const modelOutput = Float32Array.of(0.5, 0.1);
      sample = scheduler.step({ modelOutput, sample, i, state: scheduler.start(), noise }).prevSample;
    }
    assert.equal(draws, wanted);
  }
});

Deno.test("dynamic thresholding looks at each image of the batch alone", () => {
  const config = {
    ...STABLE_DIFFUSION,
    thresholding: true,
    dynamic_thresholding_ratio: 0.5,
    sample_max_value: 10,
  };
  const scheduler = createScheduler({ ...config, prediction_type: "sample" }, { solver: "ddim", steps: 4 });
  const dim = Float32Array.of(0.1, 0.2, 0.3), bright = Float32Array.of(4, 5, 6);
  const predicted = (modelOutput: Float32Array, batch?: number) => {
    const sample = new Float32Array(modelOutput.length);
    return scheduler.step({ modelOutput, sample, i: 0, state: scheduler.start(), noise: noNoise, batch })
      .predOriginalSample;
  };
  const both = predicted(Float32Array.of(...dim, ...bright), 2);
  assert.deepEqual(both, Float32Array.of(...predicted(dim), ...predicted(bright)));
});

Deno.test("scaleModelInput gives unit variance where samples explode, and a copy where they do not", () => {
  const sample = Float32Array.of(3, -4);
  const euler = createScheduler(STABLE_DIFFUSION, { solver: "euler", steps: 4 });
  const norm = Math.hypot(1, euler.sigmas[1]);
  assert.ok(relativeL2(euler.scaleModelInput(sample, 1), [3 / norm, -4 / norm]) <= 1e-7);
  for (const solver of ["ddim", "dpmpp_2m"] as const) {
    const scaled = createScheduler(STABLE_DIFFUSION, { solver, steps: 4 }).scaleModelInput(sample, 1);
    assert.deepEqual(scaled, sample);
    assert.notEqual(scaled, sample);
  }
});
