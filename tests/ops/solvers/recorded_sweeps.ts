/** Runs of diffusers' schedulers, replayed: the model's outputs and the noise are the recorded ones. */
import assert from "node:assert/strict";
import { createScheduler, type Scheduler } from "../../../ops/solvers/scheduler.ts";
import { parseSchedulerConfig } from "../../../ops/solvers/scheduler_config.ts";
import type { SchedulerConfig } from "../../../ops/solvers/scheduler_config_type.ts";
import type { NoiseSource } from "../../../ops/solvers/solver.ts";
import type { SolverState } from "../../../ops/solvers/solver_state.ts";
import { type Goldens, loadGoldens } from "../../helpers/goldens.ts";
import type { SolverUnderTest } from "./solver_under_test.ts";

const FOLDERS = [
  "sd15",
  "sdxl",
  "sd2",
  "sd3",
  "lcm",
  "sana",
  "pixart",
  "solvers",
  "dpm_solvers",
  "ieee_roots",
];

export interface Sweep {
  readonly goldens: Goldens;
  readonly recipe: string;
  readonly scheduler: Scheduler;
}

/** All recorded sweeps of the solver but those that it refuses. */
export function sweepsOf(subject: SolverUnderTest): Sweep[] {
  const { solver, refuses, sweeps } = subject;
  return FOLDERS.flatMap((folder) => {
    const goldens = loadGoldens(folder);
    const recipes = Object.keys(goldens.recipes).filter((recipe) =>
      /^(sched_.*|dense)$/.test(recipe) && !(recipe in refuses) &&
      "step.0.prev_sample" in goldens.recipes[recipe].tensors &&
      (sweeps
        ? sweeps.includes(recipe)
        : goldens.recipes[recipe].settings.scheduler === solver.schedulerClass)
    );
    return recipes.map((recipe) => ({ goldens, recipe, scheduler: recorded(goldens, recipe, subject) }));
  });
}

/** The scheduler of a recorded run, with fields of its configuration changed. */
export function recorded(
  goldens: Goldens,
  recipe: string,
  { solver, options }: SolverUnderTest,
  changed: SchedulerConfig = {},
): Scheduler {
  const { scheduler_config, num_inference_steps, eta, options: recordedOptions } =
    goldens.recipes[recipe].settings;
  const { config, warnings } = parseSchedulerConfig(
    { ...scheduler_config, ...changed },
    "scheduler_config.json",
  );
  assert.deepEqual(warnings, []);
  return createScheduler(config, {
    solver: solver.name,
    steps: num_inference_steps,
    ...options,
    ...recordedOptions,
    ...(eta === undefined ? {} : { eta }),
  });
}

/** The noise that was drawn at a step, draw after draw. */
export function recordedNoise({ goldens, recipe }: Sweep, i: number): NoiseSource {
  // Where phases were not recorded, one draw was made at each step.
  const draws: { name: string; phase: string | number }[] = goldens.recipes[recipe].settings.noise ??
    [{ name: `noise.${i + 1}`, phase: i }];
  const names = draws.filter(({ phase }) => phase === i).map(({ name }) => name);
  return () => {
    const name = names.shift();
    assert.ok(name, `${recipe}: more noise is drawn at step ${i} than was recorded`);
    return goldens.floats(recipe, name);
  };
}

export interface Run {
  readonly samples: Float32Array[];
  readonly state: SolverState;
}

/** Replays steps `from` … on the recorded outputs and noise. */
export function replay(
  sweep: Sweep,
  from = 0,
  sample: Float32Array = sweep.goldens.floats(sweep.recipe, "latents_start"),
  state: SolverState = sweep.scheduler.start(),
  to = sweep.scheduler.timesteps.length,
): Run {
  const { goldens, recipe, scheduler } = sweep;
  const samples: Float32Array[] = [];
  for (let i = from; i < to; i++) {
    const modelOutput = goldens.floats(recipe, `step.${i}.model_output`);
    const noise = recordedNoise(sweep, i);
    ({ prevSample: sample, state } = scheduler.step({ modelOutput, sample, i, state, noise }));
    samples.push(sample);
  }
  return { samples, state };
}

/** Inputs of one step from a recorded sweep, and the sweep's state before it. */
export function recordedStep(sweep: Sweep, i: number) {
  const { goldens, recipe } = sweep;
  const before = replay(sweep, 0, undefined, undefined, i);
  return {
    i,
    modelOutput: goldens.floats(recipe, `step.${i}.model_output`),
    sample: i === 0 ? goldens.floats(recipe, "latents_start") : before.samples[i - 1],
    state: before.state,
    noise: recordedNoise(sweep, i),
  };
}
