/** What every solver must do. One suite; each solver brings only what is particular to it. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { PREDICTION_TYPES, type PredictionType } from "../../../ops/prediction/prediction.ts";
import { createScheduler } from "../../../ops/solvers/scheduler.ts";
import { loadSolverState, saveSolverState, type SolverState } from "../../../ops/solvers/solver_state.ts";
import { loadGoldens, maxAbs, relativeL2 } from "../../helpers/goldens.ts";
import { seededNoise, solutionError } from "./gaussian_model.ts";
import { levelAt, outputFor } from "./gaussian_model.ts";
import { recorded, recordedStep, replay, type Sweep, sweepsOf } from "./recorded_sweeps.ts";
import type { SolverUnderTest } from "./solver_under_test.ts";

/** Given the recorded outputs of the model; ten times the rounding of float32, a tenth of what is asked. */
const GOLDEN_TOLERANCE = 1e-6;

/** The prediction types that make sense for the solver. */
function predictionsOf({ space, predictions }: SolverUnderTest): readonly PredictionType[] {
  if (predictions) return predictions;
  return space === "flow"
    ? ["flow_prediction"]
    : PREDICTION_TYPES.filter((type) => type !== "flow_prediction");
}

function checkGolden(sweep: Sweep, subject: SolverUnderTest): void {
  const { recordedSigmas } = subject;
  const tolerance = subject.tolerances?.[sweep.recipe] ?? subject.tolerance ?? GOLDEN_TOLERANCE;
  const { goldens, recipe, scheduler } = sweep;
  const { init_noise_sigma } = goldens.recipes[recipe].settings;
  const { tensors } = goldens.recipes[recipe];
  assert.ok(Math.abs(scheduler.initNoiseSigma / init_noise_sigma - 1) <= 1e-7);
  const timesteps = Array.from(goldens.tensor(recipe, "timesteps").data, Number);
  assert.ok(relativeL2(scheduler.timesteps, timesteps) <= 2e-7);
  if ("sigmas" in tensors) {
    const wanted = Array.from(goldens.floats(recipe, "sigmas"));
    const [ours, theirs] = recordedSigmas?.(Array.from(scheduler.sigmas), wanted) ??
      [scheduler.sigmas, wanted];
    assert.ok(relativeL2(ours, theirs) <= 1e-7, `sigmas ${ours} for ${theirs}`);
  }
  const start = goldens.floats(recipe, "latents_start");
  const drawn = goldens.floats(recipe, "noise.0").map((z) => z * scheduler.initNoiseSigma);
  assert.deepEqual(drawn, start);
  if ("model_in.0.sample" in tensors) {
    const seen = goldens.floats(recipe, "model_in.0.sample").subarray(0, start.length);
    assert.ok(relativeL2(scheduler.scaleModelInput(start, 0), seen) <= 2e-7);
  }
  replay(sweep).samples.forEach((sample, i) => {
    const error = relativeL2(sample, goldens.floats(recipe, `step.${i}.prev_sample`));
    assert.ok(error <= tolerance, `step ${i}: relative L2 ${error}`);
  });
}

/** Index of the last step. */
function last({ scheduler }: Sweep): number {
  return scheduler.timesteps.length - 1;
}

function bitsOf(...arrays: readonly Float32Array[]): string[] {
  return arrays.map((array) => new Uint32Array(array.slice().buffer).join());
}

/** A state with every array of it changed. */
function mapState(
  { history, kept = {} }: SolverState,
  change: (values: Float32Array) => Float32Array,
): SolverState {
  const entries = Object.entries(kept).map(([name, value]) =>
    [name, typeof value === "number" ? value : change(value)] as const
  );
  return { history: history.map(change), kept: Object.fromEntries(entries) };
}

/** The arrays of a state. */
function arraysOf({ history, kept = {} }: SolverState): Float32Array[] {
  return [...history, ...Object.values(kept).filter((value) => typeof value !== "number")];
}

/** Whether a sweep limits x₀, which no scaling law survives. */
function isLimited({ goldens, recipe }: Sweep): boolean {
  const { clip_sample, thresholding } = goldens.recipes[recipe].settings.scheduler_config;
  return thresholding || clip_sample;
}

export function testSolver(subject: SolverUnderTest): void {
  const { solver, space, refuses, convergence, noiseFree, options } = subject;
  const { name } = solver;
  const all = sweepsOf(subject);

  Deno.test(`${name}: has recorded sweeps to be held to`, () => assert.ok(all.length > 0));

  for (const sweep of all) {
    Deno.test(`${name}: ${sweep.goldens.folder.split("/").pop()} ${sweep.recipe}, all steps`, () =>
      checkGolden(sweep, subject));
  }

  for (const [recipe, field] of Object.entries(refuses)) {
    Deno.test(`${name}: refuses ${recipe} and names ${field}`, () => {
      assert.throws(() => recorded(loadGoldens("sd15"), recipe, subject), {
        name: "BundleError",
        message: new RegExp(`${field} in its configuration must be`),
      });
    });
  }

  Deno.test(`${name}: changes none of its inputs`, () => {
    for (const sweep of all) {
      for (const i of [0, Math.min(3, last(sweep))]) {
        const input = recordedStep(sweep, i);
        const before = bitsOf(input.modelOutput, input.sample, ...arraysOf(input.state));
        const { prevSample, predOriginalSample } = sweep.scheduler.step(input);
        sweep.scheduler.scaleModelInput(input.sample, i);
        assert.deepEqual(bitsOf(input.modelOutput, input.sample, ...arraysOf(input.state)), before);
        for (const result of [prevSample, predOriginalSample]) {
          assert.ok(result.buffer !== input.modelOutput.buffer && result.buffer !== input.sample.buffer);
        }
      }
    }
  });

  Deno.test(`${name}: equal states give equal steps, in whatever order they are taken`, () => {
    for (const sweep of all) {
      const order = [4, 1, 4, 0, 1].map((i) => Math.min(i, last(sweep)));
      const steps = order.map((i) => ({ i, result: sweep.scheduler.step(recordedStep(sweep, i)) }));
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
        const again = { ...sweep, scheduler: recorded(sweep.goldens, sweep.recipe, subject) };
        const rest = replay(again, stop, Float32Array.from(sample), loadSolverState(state)).samples;
        assert.deepEqual(bitsOf(...rest), bitsOf(...whole.slice(stop)));
      }
    }
  });

  Deno.test(`${name}: twice the sample and the outputs give twice the result, to the bit`, () => {
    for (
      const sweep of all.filter((each) => !isLimited(each) && each.scheduler.predictionType !== "sample")
    ) {
      const i = Math.min(3, last(sweep));
      const input = recordedStep(sweep, i);
      const twice = (values: Float32Array) => values.map((value) => 2 * value);
      const scaled = sweep.scheduler.step({
        ...input,
        modelOutput: twice(input.modelOutput),
        sample: twice(input.sample),
        state: mapState(input.state, twice),
        noise: () => twice(input.noise()),
      });
      const once = sweep.scheduler.step(recordedStep(sweep, i)).prevSample;
      assert.deepEqual(bitsOf(scaled.prevSample), bitsOf(twice(once)));
    }
  });

  Deno.test(`${name}: what a model means counts, not how it says it`, () => {
    for (const sweep of all.filter((each) => each.scheduler.predictionType === "epsilon")) {
      for (const i of subject.meaning ?? [0, Math.min(3, last(sweep))]) {
        const input = recordedStep(sweep, i);
        const level = levelAt(sweep.scheduler, space, i);
        const said = (type: PredictionType) =>
          input.modelOutput.map((epsilon, j) => {
            const x0 = (input.sample[j] - level.sigma * epsilon) / level.alpha;
            return outputFor(type, input.sample[j], x0, level);
          });
        const wanted = sweep.scheduler.step(input).prevSample;
        for (const type of predictionsOf(subject)) {
          const scheduler = recorded(sweep.goldens, sweep.recipe, subject, { prediction_type: type });
          const again = { ...recordedStep(sweep, i), modelOutput: said(type) };
          const found = scheduler.step(again).prevSample;
          assert.ok(
            relativeL2(found, wanted) <= (subject.meaningTolerance ?? 2e-6),
            `${sweep.recipe} ${type} ${relativeL2(found, wanted)}`,
          );
        }
      }
    }
  });

  for (
    const {
      label,
      config,
      order,
      sigmas,
      steps: counts = [25, 50, 100],
      margin = 0.3,
      until,
      predictions,
      deviations = [0.4, 1.5],
    } of convergence
  ) {
    for (const prediction_type of predictions ?? predictionsOf(subject)) {
      Deno.test(`${name}: ${label} converges with order ${order} on a linear ODE, ${prediction_type}`, () => {
        const schedulers = counts.map((steps) =>
          createScheduler({ ...config, prediction_type }, {
            solver: name,
            steps,
            ...options,
            ...(sigmas ? { sigmas: sigmas(steps) } : {}),
          })
        );
        const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });
        fc.assert(
          fc.property(real(deviations[0], deviations[1]), real(-2, 2), real(0.5, 3), (deviation, mean, z) => {
            const [coarse, middle, fine] = schedulers.map((each) =>
              solutionError(each, space, { mean, deviation }, z, until)
            );
            const slopes = [Math.log2(coarse / middle), Math.log2(middle / fine)];
            for (const slope of slopes) assert.ok(Math.abs(slope - order) <= margin, `order ${slopes}`);
          }),
          { numRuns: 50, seed: 7 },
        );
      });
    }
  }

  if (noiseFree) {
    const { evaluations = (steps: number) => steps, landing = 1e-6 } = subject;
    Deno.test(`${name}: the noise falls step by step to none, and the last step lands on the prediction`, () => {
      const type = predictionsOf(subject).includes("sample") ? "sample" : predictionsOf(subject)[0];
      const cases = [fc.integer({ min: 2, max: 50 }), fc.double({ min: -3, max: 3, noNaN: true })] as const;
      const falls = (steps: number, truth: number) => {
        const config = { ...noiseFree, prediction_type: type };
        const scheduler = createScheduler(config, { solver: name, steps, ...options });
        const { sigmas, timesteps } = scheduler;
        assert.equal(timesteps.length, evaluations(steps));
        assert.equal(sigmas.length, timesteps.length + 1);
        for (let i = 1; i < sigmas.length; i++) {
          assert.ok(sigmas[i] <= sigmas[i - 1] && sigmas[i] < sigmas[0]);
        }
        for (let i = 1; i < timesteps.length; i++) assert.ok(timesteps[i] <= timesteps[i - 1]);
        assert.equal(sigmas[timesteps.length], 0);
        const scale = scheduler.initNoiseSigma, noise = seededNoise(2);
        let sample: Float32Array = Float32Array.of(scale, -scale);
        let state = scheduler.start();
        for (let i = 0; i < timesteps.length; i++) {
          const level = levelAt(scheduler, space, i);
          const modelOutput = sample.map((x, j) => outputFor(type, x, j ? -truth : truth, level));
          ({ prevSample: sample, state } = scheduler.step({ modelOutput, sample, i, state, noise }));
        }
        const wanted = [truth, -truth];
        assert.ok(maxAbs(sample, wanted) <= landing, `${sample} for ${wanted}`);
      };
      fc.assert(fc.property(...cases, falls), { numRuns: 40, seed: 7 });
    });
  }

  Deno.test(`${name}: says what is wrong with a step`, () => {
    const sweep = all[0];
    const input = recordedStep(sweep, 1);
    const short = input.modelOutput.subarray(1);
    const message = /modelOutput must be of the sample's length, \d+, got \d+/;
    assert.throws(() => sweep.scheduler.step({ ...input, modelOutput: short }), {
      name: "DomainError",
      message,
    });
    const count = sweep.scheduler.timesteps.length;
    for (const i of [-1, count, 0.5, NaN]) {
      const message = new RegExp(`i must be a whole number from 0 to ${count - 1}, got ${i}`);
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
