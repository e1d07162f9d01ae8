/** What every solver must do. One suite; each solver brings only what is particular to it. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { PREDICTION_TYPES, type PredictionType } from "../../../ops/prediction/prediction.ts";
import { createScheduler, type Scheduler, type SolverName } from "../../../ops/solvers/scheduler.ts";
import { parseSchedulerConfig } from "../../../ops/solvers/scheduler_config.ts";
import type { SchedulerConfig } from "../../../ops/solvers/scheduler_config_type.ts";
import type { Solver } from "../../../ops/solvers/solver.ts";
import { loadSolverState, saveSolverState, type SolverState } from "../../../ops/solvers/solver_state.ts";
import { type Goldens, loadGoldens, maxAbs, relativeL2 } from "../../helpers/goldens.ts";
import { levelAt, noNoise, outputFor, solutionError, type Space } from "./gaussian_model.ts";

/** What the suite needs to know about a solver. */
export interface SolverUnderTest {
  readonly solver: Solver<SolverName>;
  readonly space: Space;
  /** Recorded sweeps of its class that it refuses, and the field that it must name. */
  readonly refuses: Readonly<Record<string, keyof SchedulerConfig>>;
  /** Configurations whose first and last noise level do not depend on the number of steps, and their order. */
  readonly convergence: readonly {
    readonly label: string;
    readonly config: SchedulerConfig;
    readonly order: number;
  }[];
  /** A configuration whose last step ends without noise. */
  readonly noiseFree: SchedulerConfig;
}

/** The betas of Stable Diffusion. */
export const STABLE_DIFFUSION = {
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: "scaled_linear",
} as const;

/** Given the recorded outputs of the model; ten times the rounding of float32, a tenth of what is asked. */
const GOLDEN_TOLERANCE = 1e-6;
const FOLDERS = ["sd15", "sdxl", "sd2"];

interface Sweep {
  readonly goldens: Goldens;
  readonly recipe: string;
  readonly scheduler: Scheduler;
}

/** All recorded sweeps of the solver's class but those that it refuses. */
function sweeps({ solver, refuses }: SolverUnderTest): Sweep[] {
  return FOLDERS.flatMap((folder) => {
    const goldens = loadGoldens(folder);
    const recipes = Object.keys(goldens.recipes).filter((recipe) =>
      recipe.startsWith("sched_") && !(recipe in refuses) &&
      goldens.recipes[recipe].settings.scheduler === solver.schedulerClass
    );
    return recipes.map((recipe) => ({ goldens, recipe, scheduler: recorded(goldens, recipe) }));
  });
}

function recorded(goldens: Goldens, recipe: string): Scheduler {
  const { scheduler_config, num_inference_steps, eta } = goldens.recipes[recipe].settings;
  const { config, warnings } = parseSchedulerConfig(scheduler_config, "scheduler_config.json");
  assert.deepEqual(warnings, []);
  return createScheduler(config, { steps: num_inference_steps, ...(eta === undefined ? {} : { eta }) });
}

interface Run {
  readonly samples: Float32Array[];
  readonly state: SolverState;
}

/** Replays steps `from` … on the recorded outputs and noise. */
function replay(
  { goldens, recipe, scheduler }: Sweep,
  from = 0,
  sample: Float32Array = goldens.floats(recipe, "latents_start"),
  state: SolverState = scheduler.start(),
  to = scheduler.timesteps.length,
): Run {
  const samples: Float32Array[] = [];
  for (let i = from; i < to; i++) {
    const modelOutput = goldens.floats(recipe, `step.${i}.model_output`);
    const noise = () => goldens.floats(recipe, `noise.${i + 1}`);
    ({ prevSample: sample, state } = scheduler.step({ modelOutput, sample, i, state, noise }));
    samples.push(sample);
  }
  return { samples, state };
}

function checkGolden(sweep: Sweep): void {
  const { goldens, recipe, scheduler } = sweep;
  const { init_noise_sigma } = goldens.recipes[recipe].settings;
  const { tensors } = goldens.recipes[recipe];
  assert.equal(scheduler.initNoiseSigma, init_noise_sigma);
  const timesteps = Array.from(goldens.tensor(recipe, "timesteps").data, Number);
  assert.ok(relativeL2(scheduler.timesteps, timesteps) <= 1e-7);
  if ("sigmas" in tensors) assert.ok(relativeL2(scheduler.sigmas, goldens.floats(recipe, "sigmas")) <= 1e-7);

  const start = goldens.floats(recipe, "latents_start");
  const drawn = goldens.floats(recipe, "noise.0").map((z) => z * scheduler.initNoiseSigma);
  assert.deepEqual(drawn, start);
  if ("model_in.0.sample" in tensors) {
    const seen = goldens.floats(recipe, "model_in.0.sample").subarray(0, start.length);
    assert.ok(relativeL2(scheduler.scaleModelInput(start, 0), seen) <= 1e-7);
  }
  replay(sweep).samples.forEach((sample, i) => {
    const error = relativeL2(sample, goldens.floats(recipe, `step.${i}.prev_sample`));
    assert.ok(error <= GOLDEN_TOLERANCE, `step ${i}: relative L2 ${error}`);
  });
}

/** Inputs of one step from a recorded sweep, and the sweep's state before it. */
function recordedStep({ goldens, recipe, scheduler }: Sweep, i: number) {
  const before = replay({ goldens, recipe, scheduler }, 0, undefined, undefined, i);
  return {
    i,
    modelOutput: goldens.floats(recipe, `step.${i}.model_output`),
    sample: i === 0 ? goldens.floats(recipe, "latents_start") : before.samples[i - 1],
    state: before.state,
    noise: () => goldens.floats(recipe, `noise.${i + 1}`),
  };
}

function bitsOf(...arrays: readonly Float32Array[]): string[] {
  return arrays.map((array) => new Uint32Array(array.slice().buffer).join());
}

/** Whether a sweep limits x₀, which no scaling law survives. */
function isLimited({ goldens, recipe }: Sweep): boolean {
  const { clip_sample, thresholding } = goldens.recipes[recipe].settings.scheduler_config;
  return thresholding || clip_sample;
}

export function testSolver(subject: SolverUnderTest): void {
  const { solver, space, refuses, convergence, noiseFree } = subject;
  const { name } = solver;
  const all = sweeps(subject);

  Deno.test(`${name}: has recorded sweeps to be held to`, () => assert.ok(all.length > 0));

  for (const sweep of all) {
    Deno.test(`${name}: ${sweep.goldens.folder.split("/").pop()} ${sweep.recipe}, all steps`, () =>
      checkGolden(sweep));
  }

  for (const [recipe, field] of Object.entries(refuses)) {
    Deno.test(`${name}: refuses ${recipe} and names ${field}`, () => {
      assert.throws(() => recorded(loadGoldens("sd15"), recipe), {
        name: "BundleError",
        message: new RegExp(`${field} in its configuration must be`),
      });
    });
  }

  Deno.test(`${name}: changes none of its inputs`, () => {
    for (const sweep of all) {
      for (const i of [0, 3]) {
        const input = recordedStep(sweep, i);
        const before = bitsOf(input.modelOutput, input.sample, ...input.state.history);
        const { prevSample, predOriginalSample } = sweep.scheduler.step(input);
        sweep.scheduler.scaleModelInput(input.sample, i);
        assert.deepEqual(bitsOf(input.modelOutput, input.sample, ...input.state.history), before);
        for (const result of [prevSample, predOriginalSample]) {
          assert.ok(result.buffer !== input.modelOutput.buffer && result.buffer !== input.sample.buffer);
        }
      }
    }
  });

  Deno.test(`${name}: equal states give equal steps, in whatever order they are taken`, () => {
    for (const sweep of all) {
      const steps = [4, 1, 4, 0, 1].map((i) => ({ i, result: sweep.scheduler.step(recordedStep(sweep, i)) }));
      const inOrder = replay(sweep).samples;
      for (const { i, result } of steps) assert.deepEqual(bitsOf(result.prevSample), bitsOf(inOrder[i]));
    }
  });

  Deno.test(`${name}: a run saved as JSON after any step and resumed ends the same`, () => {
    for (const sweep of all) {
      const whole = replay(sweep).samples;
      for (let stop = 1; stop < whole.length; stop++) {
        const first = replay(sweep, 0, undefined, undefined, stop);
        const json = JSON.stringify({
          sample: Array.from(first.samples[stop - 1]),
          state: saveSolverState(first.state),
        });
        const { sample, state } = JSON.parse(json);
        const again = { ...sweep, scheduler: recorded(sweep.goldens, sweep.recipe) };
        const rest = replay(again, stop, Float32Array.from(sample), loadSolverState(state)).samples;
        assert.deepEqual(bitsOf(...rest), bitsOf(...whole.slice(stop)));
      }
    }
  });

  Deno.test(`${name}: twice the sample and the outputs give twice the result, to the bit`, () => {
    for (
      const sweep of all.filter((each) => !isLimited(each) && each.scheduler.predictionType === "epsilon")
    ) {
      const input = recordedStep(sweep, 3);
      const twice = (values: Float32Array) => values.map((value) => 2 * value);
      const scaled = sweep.scheduler.step({
        ...input,
        modelOutput: twice(input.modelOutput),
        sample: twice(input.sample),
        state: { history: input.state.history.map(twice) },
        noise: () => twice(input.noise()),
      });
      assert.deepEqual(bitsOf(scaled.prevSample), bitsOf(twice(sweep.scheduler.step(input).prevSample)));
    }
  });

  Deno.test(`${name}: what a model means counts, not how it says it`, () => {
    for (const sweep of all.filter((each) => each.scheduler.predictionType === "epsilon")) {
      const { scheduler_config, num_inference_steps: steps, eta } =
        sweep.goldens.recipes[sweep.recipe].settings;
      for (const i of [0, 3]) {
        const input = recordedStep(sweep, i);
        const level = levelAt(sweep.scheduler, space, i);
        const said = (type: PredictionType) =>
          input.modelOutput.map((epsilon, j) => {
            const x0 = (input.sample[j] - level.sigma * epsilon) / level.alpha;
            return outputFor(type, input.sample[j], x0, level);
          });
        const wanted = sweep.scheduler.step(input).prevSample;
        for (const type of PREDICTION_TYPES) {
          const { config } = parseSchedulerConfig({ ...scheduler_config, prediction_type: type }, "changed");
          const scheduler = createScheduler(config, { steps, ...(eta === undefined ? {} : { eta }) });
          const found = scheduler.step({ ...input, modelOutput: said(type) }).prevSample;
          assert.ok(
            relativeL2(found, wanted) <= 2e-6,
            `${sweep.recipe} ${type} ${relativeL2(found, wanted)}`,
          );
        }
      }
    }
  });

  for (const { label, config, order } of convergence) {
    for (const prediction_type of PREDICTION_TYPES) {
      Deno.test(`${name}: ${label} converges with order ${order} on a linear ODE, ${prediction_type}`, () => {
        const counts = [25, 50, 100];
        const schedulers = counts.map((steps) =>
          createScheduler({ ...config, prediction_type }, { solver: name, steps })
        );
        const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });
        fc.assert(
          fc.property(real(0.4, 1.5), real(-2, 2), real(0.5, 3), (deviation, mean, z) => {
            const [coarse, middle, fine] = schedulers.map((each) =>
              solutionError(each, space, { mean, deviation }, z)
            );
            const slopes = [Math.log2(coarse / middle), Math.log2(middle / fine)];
            for (const slope of slopes) assert.ok(Math.abs(slope - order) <= 0.3, `order ${slopes}`);
          }),
          { numRuns: 50, seed: 7 },
        );
      });
    }
  }

  Deno.test(`${name}: the noise falls step by step to none, and the last step lands on the prediction`, () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 60 }),
        fc.double({ min: -3, max: 3, noNaN: true }),
        (steps, truth) => {
          const scheduler = createScheduler({ ...noiseFree, prediction_type: "sample" }, {
            solver: name,
            steps,
          });
          const { sigmas, timesteps } = scheduler;
          assert.equal(timesteps.length, steps);
          assert.equal(sigmas.length, steps + 1);
          for (let i = 0; i < steps; i++) assert.ok(sigmas[i] > sigmas[i + 1]);
          for (let i = 1; i < steps; i++) assert.ok(timesteps[i - 1] > timesteps[i]);
          assert.equal(sigmas[steps], 0);
          let sample: Float32Array = Float32Array.of(scheduler.initNoiseSigma, -scheduler.initNoiseSigma);
          let state = scheduler.start();
          const modelOutput = Float32Array.of(truth, -truth);
          for (let i = 0; i < steps; i++) {
            ({ prevSample: sample, state } = scheduler.step({
              modelOutput,
              sample,
              i,
              state,
              noise: noNoise,
            }));
          }
          assert.ok(maxAbs(sample, modelOutput) <= 1e-6, `${sample} for ${modelOutput}`);
        },
      ),
      { numRuns: 40, seed: 7 },
    );
  });

  Deno.test(`${name}: says what is wrong with a step`, () => {
    const sweep = all[0];
    const input = recordedStep(sweep, 1);
    const short = input.modelOutput.subarray(1);
    const message = /modelOutput must be of the sample's length, 256, got 255/;
    assert.throws(() => sweep.scheduler.step({ ...input, modelOutput: short }), {
      name: "DomainError",
      message,
    });
    for (const i of [-1, 6, 0.5, NaN]) {
      const message = new RegExp(`i must be a whole number from 0 to 5, got ${i}`);
      assert.throws(() => sweep.scheduler.step({ ...input, i }), { name: "DomainError", message });
      assert.throws(() => sweep.scheduler.scaleModelInput(input.sample, i), { name: "DomainError", message });
    }
    const state = { history: [short] };
    assert.throws(() => sweep.scheduler.step({ ...input, state }), {
      name: "DomainError",
      message: /state.history/,
    });
  });
}
