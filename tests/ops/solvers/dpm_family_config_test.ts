import assert from "node:assert/strict";
import { createScheduler, type SchedulerOptions } from "../../../ops/solvers/scheduler.ts";
import type { SchedulerConfig } from "../../../ops/solvers/scheduler_config_type.ts";
import { noNoise } from "./gaussian_model.ts";
import { evenSigmas, STABLE_DIFFUSION } from "./solver_under_test.ts";

const FLOW = { use_flow_sigmas: true, prediction_type: "flow_prediction" } as const;

function create(config: unknown, options: Partial<SchedulerOptions> = {}) {
  return createScheduler({ ...STABLE_DIFFUSION, ...config as SchedulerConfig }, { steps: 6, ...options });
}

Deno.test("what a class of the DPM-Solver family has not got is refused by the field's name", () => {
  const multistep = { _class_name: "DPMSolverMultistepScheduler" };
  const singlestep = { _class_name: "DPMSolverSinglestepScheduler" };
  const uniPc = { _class_name: "UniPCMultistepScheduler" };
  const deis = { _class_name: "DEISMultistepScheduler" };
  const sa = { _class_name: "SASolverScheduler" };
  const toMin = { final_sigmas_type: "sigma_min" };
  const cases: [unknown, RegExp][] = [
    [{ ...multistep, algorithm_type: "sde" }, /algorithm_type .* dpmsolver\+\+ or dpmsolver or .* got "sde"/],
    [
      { ...multistep, algorithm_type: "dpmsolver" },
      /final_sigmas_type .* sigma_min for dpmsolver, got "zero"/,
    ],
    [
      { ...multistep, algorithm_type: "sde-dpmsolver", solver_order: 3, ...toMin },
      /solver_order .* 1 or 2 where/,
    ],
    [{ ...multistep, solver_order: 4 }, /solver_order .* 1 or 2 or 3, got 4/],
    [{ ...multistep, solver_type: "bh3" }, /solver_type .* midpoint or heun, got "bh3"/],
    [{ ...multistep, variance_type: "learned_range" }, /variance_type .* null, got "learned_range"/],
    [
      { ...multistep, ...FLOW, use_karras_sigmas: true },
      /use_karras_sigmas .* false where use_flow_sigmas is true/,
    ],
    [{ ...uniPc, ...FLOW, use_beta_sigmas: true }, /use_beta_sigmas .* false where use_flow_sigmas is true/],
    [
      { ...singlestep, algorithm_type: "sde-dpmsolver", ...toMin },
      /algorithm_type .* or sde-dpmsolver\+\+, got/,
    ],
    [{ ...uniPc, solver_type: "bh3" }, /solver_type .* bh1 or bh2, got "bh3"/],
    [{ ...uniPc, predict_x0: false }, /final_sigmas_type .* sigma_min for predict_x0 false/],
    [
      { ...uniPc, lower_order_final: false },
      /lower_order_final .* true where final_sigmas_type is zero, got false/,
    ],
    [{ ...deis, algorithm_type: "sde" }, /algorithm_type .* "deis", got "sde"/],
    [{ ...deis, solver_type: "rhoab" }, /solver_type .* got "rhoab"/],
    [{ ...sa, algorithm_type: "deis" }, /algorithm_type .* "data_prediction", got "deis"/],
    [
      { _class_name: "DPMSolverSDEScheduler", noise_sampler_seed: 0 },
      /noise_sampler_seed .* null, got 0\. The seed of the run/,
    ],
    [{ ...sa, corrector_order: 5 }, /corrector_order .* 1 or 2 or 3 or 4, got 5/],
  ];
  for (const [config, message] of cases) {
    assert.throws(() => create(config), { name: "BundleError", message });
  }
});

Deno.test("names of relatives' algorithms and types mean the default, as in diffusers", () => {
  const run = (config: unknown) => {
    const scheduler = create(config);
    let sample: Float32Array = Float32Array.of(0.5, -1, 2), state = scheduler.start();
    for (let i = 0; i < 6; i++) {
      const modelOutput = sample.map((x) => Math.tanh(x));
      ({ prevSample: sample, state } = scheduler.step({ modelOutput, sample, i, state, noise: noNoise }));
    }
    return sample;
  };
  const pairs: [string, unknown, unknown][] = [
    ["DPMSolverMultistepScheduler", { algorithm_type: "deis", solver_type: "logrho" }, {}],
    ["DPMSolverSinglestepScheduler", { algorithm_type: "deis", solver_type: "bh1" }, {}],
    ["DEISMultistepScheduler", { algorithm_type: "dpmsolver++", solver_type: "heun" }, {}],
    ["UniPCMultistepScheduler", { solver_type: "midpoint" }, { solver_type: "bh2" }],
  ];
  for (const [_class_name, other, own] of pairs) {
    assert.deepEqual(run({ _class_name, ...other as object }), run({ _class_name, ...own as object }));
  }
});

Deno.test("the variants of DPMSolverMultistepScheduler are told apart by their fields, and set them", () => {
  const config = { _class_name: "DPMSolverMultistepScheduler" } as const;
  const named: [SchedulerConfig, string][] = [
    [{}, "dpmpp_2m"],
    [{ solver_order: 2, algorithm_type: "sde-dpmsolver++" }, "dpmpp_2m_sde"],
    [{ solver_order: 3, algorithm_type: "dpmsolver++" }, "dpmpp_3m"],
    [{ solver_order: 3, algorithm_type: "sde-dpmsolver++" }, "dpmpp_3m_sde"],
    [{ solver_order: 1, algorithm_type: "dpmsolver++" }, "dpmpp_2m"],
  ];
  for (const [fields, name] of named) assert.equal(create({ ...config, ...fields }).solver, name);

  let draws = 0;
  const noise = () => (draws++, Float32Array.of(1));
  const scheduler = create(config, { solver: "dpmpp_2m_sde" });
  const ones = Float32Array.of(1);
  scheduler.step({ modelOutput: ones, sample: ones, i: 0, state: scheduler.start(), noise });
  assert.equal(draws, 1);
});

Deno.test("on flow matching a user may choose the levels of any solver of the family", () => {
  const sigmas = [0.9, 0.6, 0.3, 0];
  for (
    const _class_name of ["DPMSolverMultistepScheduler", "UniPCMultistepScheduler", "DEISMultistepScheduler"]
  ) {
    const scheduler = create({ _class_name, ...FLOW }, { steps: 3, sigmas });
    assert.deepEqual(Array.from(scheduler.sigmas), sigmas.map(Math.fround));
    assert.deepEqual(Array.from(scheduler.timesteps), [900, 600, 300]);
    assert.equal(scheduler.space, "flow");
  }
  const even = create({ _class_name: "UniPCMultistepScheduler", ...FLOW }, { steps: 4, flowGrid: "even" });
  assert.deepEqual(Array.from(even.sigmas), [1 - 1e-6, 0.75, 0.5, 0.25, 0].map(Math.fround));
});

Deno.test("a dynamic shift by the image's tokens is the constant shift e^μ", () => {
  for (const _class_name of ["DPMSolverMultistepScheduler", "UniPCMultistepScheduler"]) {
    const dynamic = { _class_name, ...FLOW, use_dynamic_shifting: true, base_shift: 0.5, max_shift: 1.15 };
    assert.throws(() => create(dynamic), { name: "DomainError", message: /imageTokens must be/ });
    // Halfway between 256 and 4096 tokens, and so between both shifts.
    const { sigmas } = create(dynamic, { imageTokens: 2176 });
    const constant = create({ _class_name, ...FLOW, flow_shift: Math.exp(0.825) });
    sigmas.forEach((sigma, i) => assert.ok(Math.abs(sigma - constant.sigmas[i]) <= 1e-7));
  }
});

Deno.test("levels that end without noise end on the prediction, also where the class' own do not", () => {
  for (
    const solver of ["deis", "sa_solver", "unipc", "dpmpp_singlestep", "dpmpp_2m", "dpmpp_3m_sde"] as const
  ) {
    const sigmas = [...evenSigmas(5), 0];
    const config = { prediction_type: "sample", final_sigmas_type: "sigma_min" };
    const scheduler = create(config, { solver, sigmas });
    const truth = Float32Array.of(0.7, -2);
    let sample: Float32Array = Float32Array.of(1, -1), state = scheduler.start();
    for (let i = 0; i < 6; i++) {
      const noise = () => Float32Array.of(0.3, -0.4);
      ({ prevSample: sample, state } = scheduler.step({ modelOutput: truth, sample, i, state, noise }));
    }
    sample.forEach((value, j) => assert.ok(Math.abs(value - truth[j]) <= 1e-6, `${solver}: ${sample}`));
  }
});

Deno.test("where two levels are equal nothing is looked back over, and all stays finite", () => {
  for (const solver of ["deis", "unipc", "dpmpp_singlestep", "dpmpp_2m", "dpmpp_3m", "sa_solver"] as const) {
    // 1001 timesteps out of 1000: one twice.
    const scheduler = create({ timestep_spacing: "linspace", solver_order: 3 }, { solver, steps: 1000 });
    let sample: Float32Array = Float32Array.of(1, -1), state = scheduler.start();
    for (let i = 0; i < scheduler.timesteps.length; i++) {
      const modelOutput = sample.map((x) => 0.5 * Math.tanh(x));
      const noise = () => Float32Array.of(0.3, -0.4);
      ({ prevSample: sample, state } = scheduler.step({ modelOutput, sample, i, state, noise }));
    }
    assert.ok(sample.every(Number.isFinite), `${solver}: ${sample}`);
  }
});
