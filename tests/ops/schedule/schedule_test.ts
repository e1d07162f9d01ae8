/** Every table of timesteps and sigmas against diffusers, over the configurations of tests/fixtures/schedules. */
import assert from "node:assert/strict";
import { trainingAlphasCumprod } from "../../../ops/solvers/config_reading.ts";
import { createScheduler, SOLVERS } from "../../../ops/solvers/scheduler.ts";
import { parseSchedulerConfig } from "../../../ops/solvers/scheduler_config.ts";
import { type Goldens, loadGoldens, relativeL2 } from "../../helpers/goldens.ts";

const goldens: Goldens = loadGoldens("schedules");
/** A few float32 roundings. */
const TOLERANCE = 2e-7;
/** Every entry, not only the sum: near zero terminal SNR σ is a difference of near equals. */
const WORST_ENTRY = 1e-6;

for (const [recipe, { settings, tensors }] of Object.entries(goldens.recipes)) {
  Deno.test(`schedule ${recipe} ${JSON.stringify(settings.config)}`, () => {
    const { config, warnings } = parseSchedulerConfig(settings.config, "scheduler_config.json");
    assert.deepEqual(warnings, []);
    const solver = SOLVERS.find(({ schedulerClass }) => schedulerClass === settings.class)?.name;
    assert.ok(solver);
    const { timesteps, sigmas, initNoiseSigma } = createScheduler(config, { solver, steps: settings.steps });

    const alphas = trainingAlphasCumprod(config).filter((_, t) => t % 37 === 0);
    assert.ok(relativeL2(alphas, goldens.floats(recipe, "alphas_cumprod")) <= TOLERANCE);
    assert.ok(Math.abs(initNoiseSigma / settings.init_noise_sigma - 1) <= TOLERANCE);

    const wanted = goldens.tensor(recipe, "timesteps");
    const wantedTimesteps = Array.from(wanted.data, Number);
    if (wanted.dtype === "int64") assert.deepEqual(Array.from(timesteps), wantedTimesteps);
    else {
      assert.equal(timesteps.length, wantedTimesteps.length);
      wantedTimesteps.forEach((t, i) =>
        assert.ok(Math.abs(timesteps[i] - t) <= TOLERANCE * Math.abs(t) + 1e-4)
      );
    }
    if (!("sigmas" in tensors)) return;
    const wantedSigmas = goldens.floats(recipe, "sigmas");
    assert.ok(relativeL2(sigmas, wantedSigmas) <= TOLERANCE);
    wantedSigmas.forEach((sigma, i) => assert.ok(Math.abs(sigmas[i] - sigma) <= WORST_ENTRY * sigma));
  });
}
