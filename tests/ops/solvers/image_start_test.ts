/** Runs that start from an image, against diffusers' image-to-image pipelines. */
import assert from "node:assert/strict";
import { createScheduler } from "../../../ops/solvers/scheduler.ts";
import { parseSchedulerConfig } from "../../../ops/solvers/scheduler_config.ts";
import { type Goldens, loadGoldens, relativeL2 } from "../../helpers/goldens.ts";
import { recordedNoise } from "./recorded_sweeps.ts";
import { STABLE_DIFFUSION } from "./solver_under_test.ts";

const RECIPE = "img2img";

function schedulerOf(goldens: Goldens) {
  const { scheduler_config, num_inference_steps, strength } = goldens.recipes[RECIPE].settings;
  // 16 tokens: latents of 8 × 8 in patches of 2 × 2. FLUX's pipelines ask for the even grid.
  const isFlux = goldens.folder.endsWith("flux");
  const options = isFlux ? { imageTokens: 16, flowGrid: "even" } as const : {};
  const { config } = parseSchedulerConfig(scheduler_config, "scheduler_config.json");
  return createScheduler(config, { steps: num_inference_steps, strength, ...options });
}

for (const folder of ["sd15", "sdxl", "sd3", "lcm", "flux"]) {
  Deno.test(`${folder}: an image-to-image run starts where diffusers' starts and takes the same steps`, () => {
    const goldens = loadGoldens(folder);
    const scheduler = schedulerOf(goldens);
    const { steps_run } = goldens.recipes[RECIPE].settings;
    const first = scheduler.firstStep;
    const told = Array.from(goldens.tensor(RECIPE, "timesteps").data, Number);
    assert.ok(relativeL2(scheduler.timesteps, told) <= 1e-7);
    assert.equal(scheduler.timesteps.length - first, steps_run);
    const sweep = { goldens, recipe: RECIPE, scheduler };
    let sample: Float32Array = goldens.floats(RECIPE, "latents_start");
    let state = scheduler.start();
    for (let k = 0; k < steps_run; k++) {
      const modelOutput = goldens.floats(RECIPE, `step.${k}.model_output`);
      const noise = recordedNoise(sweep, k);
      ({ prevSample: sample, state } = scheduler.step({ modelOutput, sample, i: first + k, state, noise }));
      const error = relativeL2(sample, goldens.floats(RECIPE, `step.${k}.prev_sample`));
      assert.ok(error <= 1e-6, `step ${k}: relative L2 ${error}`);
    }
  });
}

for (const folder of ["sd15", "sdxl"]) {
  Deno.test(`${folder}: an image gets as much noise as diffusers gives it`, () => {
    const goldens = loadGoldens(folder);
    const scheduler = schedulerOf(goldens);
    const moments = goldens.floats(RECIPE, "vae_encode.0.latent_parameters");
    const draw = goldens.floats(RECIPE, "noise.0"), scale = goldens.meta.vae.scaling_factor;
    const image = draw.map((z, j) => scale * (moments[j] + Math.exp(0.5 * moments[draw.length + j]) * z));
    const noise = goldens.floats(RECIPE, "noise.1");
    const noisy = scheduler.addNoise(image, noise, scheduler.firstStep);
    assert.ok(relativeL2(noisy, goldens.floats(RECIPE, "latents_start")) <= 1e-6);
  });
}

/**
 * Levels chosen for their σ lie between timesteps of training; SA-Solver's add_noise alone takes the nearest of these, where
 * the others, and all solvers here, take σ itself.
 */
const STARTS_ELSEWHERE: readonly string[] = ["sa_solver_karras_v"];

const starts = loadGoldens("image_starts");
for (const [recipe, { settings }] of Object.entries(starts.recipes)) {
  Deno.test(`a run of ${settings.scheduler} that starts in the middle: ${recipe}`, () => {
    const { scheduler_config, num_inference_steps: steps, strength, steps_run } = settings;
    const { config } = parseSchedulerConfig(scheduler_config, "scheduler_config.json");
    const scheduler = createScheduler(config, { steps, strength }), first = scheduler.firstStep;
    assert.equal(scheduler.timesteps.length - first, steps_run);
    const floats = (name: string) => starts.floats(recipe, name);
    let sample: Float32Array = floats("latents_start"), state = scheduler.start();
    const noisy = scheduler.addNoise(floats("image"), floats("noise.0"), first);
    const bound = STARTS_ELSEWHERE.includes(recipe) ? 1e-4 : 1e-6;
    assert.ok(relativeL2(noisy, sample) <= bound, `start: relative L2 ${relativeL2(noisy, sample)}`);
    for (let k = 0; k < steps_run; k++) {
      const noise = recordedNoise({ goldens: starts, recipe, scheduler }, k);
      const modelOutput = floats(`step.${k}.model_output`);
      ({ prevSample: sample, state } = scheduler.step({ modelOutput, sample, i: first + k, state, noise }));
      const error = relativeL2(sample, floats(`step.${k}.prev_sample`));
      assert.ok(error <= 1e-6, `step ${k}: relative L2 ${error}`);
    }
  });
}

Deno.test("LMS that starts in the middle takes the steps of a run over the levels that are left", () => {
  const whole = createScheduler(STABLE_DIFFUSION, { solver: "lms", steps: 8, strength: 0.65 });
  const { firstStep } = whole;
  assert.equal(firstStep, 3);
  const sigmas = Array.from(whole.sigmas.subarray(firstStep));
  const rest = createScheduler(STABLE_DIFFUSION, { solver: "lms", steps: 5, sigmas });
  let a: Float32Array = Float32Array.of(1, -2), b = a, stateA = whole.start(), stateB = rest.start();
  const noise = () => new Float32Array(2);
  for (let i = 0; i < 5; i++) {
    const modelOutput = a.map((x) => Math.sin(3 * x));
    const resultA = whole.step({ modelOutput, sample: a, i: i + firstStep, state: stateA, noise });
    const resultB = rest.step({ modelOutput, sample: b, i, state: stateB, noise });
    assert.deepEqual(resultA.prevSample, resultB.prevSample);
    ({ prevSample: a, state: stateA } = resultA);
    ({ prevSample: b, state: stateB } = resultB);
  }
});

Deno.test("strength 1 takes every step, 0 none, and a solver of two evaluations a step starts at a first one", () => {
  const starts = (solver: "ddim" | "heun", strength: number) =>
    createScheduler({ clip_sample: false }, { solver, steps: 10, strength });
  for (const solver of ["ddim", "heun"] as const) {
    assert.equal(starts(solver, 1).firstStep, 0);
    assert.equal(starts(solver, 0).firstStep, starts(solver, 0).timesteps.length);
  }
  assert.equal(starts("ddim", 0.75).firstStep, 3);
  const heun = starts("heun", 0.75);
  assert.equal(heun.firstStep, 6);
  assert.ok(heun.sigmas[6] === heun.sigmas[5] && heun.sigmas[6] > heun.sigmas[7]);
  for (const strength of [-0.1, 1.5, NaN]) {
    assert.throws(() => starts("ddim", strength), {
      name: "DomainError",
      message: /strength must be a number from 0 to 1/,
    });
  }
});
