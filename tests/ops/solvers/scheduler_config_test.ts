import assert from "node:assert/strict";
import { FIELD_RULES, FOREIGN_FIELDS } from "../../../ops/solvers/scheduler_fields.ts";
import { parseSchedulerConfig } from "../../../ops/solvers/scheduler_config.ts";
import { fixture, loadGoldens } from "../../helpers/goldens.ts";

const PATH = "scheduler/scheduler_config.json";
const parse = (json: unknown) => parseSchedulerConfig(json, PATH);

Deno.test("every scheduler_config.json of the fixtures is read without a warning", () => {
  for (
    const folder of ["sd15", "sdxl", "sd2", "sd3", "flux", "lcm", "sana", "pixart", "solvers", "dpm_solvers"]
  ) {
    for (const { settings } of Object.values(loadGoldens(folder).recipes)) {
      if (settings.scheduler_config) assert.deepEqual(parse(settings.scheduler_config).warnings, []);
    }
  }
  const file = JSON.parse(
    Deno.readTextFileSync(fixture("sd15", "model", "scheduler", "scheduler_config.json")),
  );
  const { config, warnings } = parse(file);
  assert.deepEqual(warnings, []);
  assert.deepEqual(config, {
    _class_name: "PNDMScheduler",
    beta_end: 0.012,
    beta_schedule: "scaled_linear",
    beta_start: 0.00085,
    clip_sample: false,
    num_train_timesteps: 1000,
    prediction_type: "epsilon",
    set_alpha_to_one: false,
    skip_prk_steps: true,
    steps_offset: 1,
    timestep_spacing: "leading",
  });
  assert.ok(Object.isFrozen(config));
});

Deno.test("-Infinity may be a number or its name; null is left out where diffusers writes it", () => {
  assert.equal(parse({ lambda_min_clipped: -Infinity }).config.lambda_min_clipped, -Infinity);
  assert.equal(parse({ lambda_min_clipped: "-Infinity" }).config.lambda_min_clipped, -Infinity);
  const nulls = {
    lambda_min_clipped: null,
    trained_betas: null,
    sigma_min: null,
    sigma_max: null,
    variance_type: null,
  };
  assert.deepEqual(parse(nulls), { config: {}, warnings: [] });
});

Deno.test("each honoured field has a rule that a wrong value breaks, and the error names file, field, rule and value", () => {
  for (const [field, { rule }] of Object.entries(FIELD_RULES)) {
    assert.throws(() => parse({ [field]: { no: "such value" } }), (error: Error) => {
      assert.equal(error.name, "BundleError");
      assert.ok(
        error.message.includes(`${PATH}: ${field} must be ${rule}, got {"no":"such value"}`),
        error.message,
      );
      return true;
    });
    assert.ok(!FOREIGN_FIELDS.has(field));
  }
});

Deno.test("values out of range are refused", () => {
  const bad: Record<string, unknown[]> = {
    num_train_timesteps: [0, 1.5, -1, 1e9, "1000"],
    beta_start: [0, 1, NaN, -0.1],
    beta_schedule: ["linnear", null],
    prediction_type: ["flow", "v"],
    timestep_spacing: ["Leading"],
    steps_offset: [-1, 0.5],
    trained_betas: [[], [0.5, 2], [NaN]],
    dynamic_thresholding_ratio: [-0.1, 1.1],
    sample_max_value: [0],
    sigma_max: [-1, 0],
    solver_order: [0, 4],
    lambda_min_clipped: [Infinity, NaN, "-inf"],
    use_karras_sigmas: ["yes", 1],
  };
  for (const [field, values] of Object.entries(bad)) {
    for (const value of values) {
      assert.throws(() => parse({ [field]: value }), {
        name: "BundleError",
        message: new RegExp(`: ${field} must be`),
      });
    }
  }
  const message = /beta_end must be at least beta_start, 0.5, got 0.1/;
  assert.throws(() => parse({ beta_start: 0.5, beta_end: 0.1 }), { name: "BundleError", message });
});

Deno.test("what is no object is refused", () => {
  for (const json of [null, [], "euler", 3]) {
    assert.throws(() => parse(json), { name: "BundleError", message: /its content must be a JSON object/ });
  }
});

Deno.test("an unknown field warns and suggests; another scheduler's field and metadata do not", () => {
  const { config, warnings } = parse({
    _class_name: "DDIMScheduler",
    _diffusers_version: "0.39.0",
    snr_shift_scale: 3,
    step_offset: 1,
    "toString": 1,
    quantum: 3,
  });
  assert.deepEqual(config, { _class_name: "DDIMScheduler" });
  assert.deepEqual(warnings, [
    `${PATH}: the unknown field "step_offset" is ignored. Did you mean "steps_offset"?`,
    `${PATH}: the unknown field "toString" is ignored.`,
    `${PATH}: the unknown field "quantum" is ignored.`,
  ]);
});
