/** Planning: pure, plain data, and every misfit found before a weight is loaded. */
import assert from "node:assert/strict";
import { BundleError, PlanError, type WinnowError } from "../../errors.ts";
import { plan } from "../../pipeline/plan.ts";
import type { BundleSurvey, ComponentSurvey } from "../../pipeline/survey.ts";
import {
  bundleScheduler,
  cfg,
  ddim,
  entmax,
  euler,
  noGuidance,
  pladis,
  pocket,
  type Recipe,
  recipe,
  size,
  stableDiffusion,
  stableDiffusionXl,
  textEncoder,
} from "../../recipes/recipes.ts";
import { fixture } from "../helpers/goldens.ts";
import { surveyOf } from "../helpers/survey_of.ts";

const simple = recipe({ model: pocket() });
const survey = await surveyOf(simple);

/** Freezes everything but the numbers of tensors, so that whatever writes to it throws. */
function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) {
    return value;
  }
  Object.freeze(value);
  if (value instanceof Map) { for (const item of value.values()) freeze(item); }
  for (const item of Object.values(value)) freeze(item);
  return value;
}

/** The survey with another component in the place of one. */
function withComponent(name: string, change: (part: ComponentSurvey) => ComponentSurvey): BundleSurvey {
  const part = survey.components.get(name) as ComponentSurvey;
  return { ...survey, components: new Map(survey.components).set(name, change(part)) };
}

/** The survey with fields of scheduler_config.json changed. */
function withScheduler(fields: Record<string, unknown>): BundleSurvey {
  return { ...survey, schedulerConfig: { ...survey.schedulerConfig, ...fields } };
}

function refuses(
  kind: new (...args: never[]) => WinnowError,
  what: string,
  message: RegExp,
  recipe: Recipe,
  bundle = survey,
): void {
  assert.throws(() => plan(recipe, bundle), (error: WinnowError) => {
    assert.ok(error instanceof kind, `${error}`);
    assert.ok(error.fault.what.includes(what), error.message);
    assert.match(error.message, message);
    return true;
  });
}

const recipes: Record<string, Recipe> = {
  "dense": simple,
  "the bundle's own solver": simple.with({
    scheduler: bundleScheduler({ steps: 4 }),
    guidance: noGuidance(),
  }),
  "pladis at two places": simple.with({
    scheduler: euler({ steps: 5, sigmas: "karras" }),
    attention: pladis({ sites: ["down", "up"] }),
    guidance: cfg({ scale: 4, rescale: 0.7 }),
  }),
  "another size, entmax": simple.with({ attention: entmax(), size: size(96, 64) }),
  "sd15": recipe({ model: stableDiffusion(fixture("sd15", "model")), attention: pladis() }),
  "sdxl": recipe({ model: stableDiffusionXl(fixture("sdxl", "model")), scheduler: bundleScheduler() }),
};

for (const [name, recipe] of Object.entries(recipes)) {
  Deno.test(`plan: ${name}: writes to nothing, gives the same twice, and is JSON`, async () => {
    const frozen = freeze(await surveyOf(recipe));
    const first = plan(recipe, frozen);
    assert.equal(JSON.stringify(plan(recipe, frozen)), JSON.stringify(first));
    assert.deepEqual(JSON.parse(JSON.stringify(first)), first);
  });

  Deno.test(`plan: ${name}: one timestep a step, one sigma more, and bytes that add up`, async () => {
    const { scheduler, components, bytes, guidance } = plan(recipe, await surveyOf(recipe));
    assert.equal(scheduler.timesteps.length, recipe.scheduler.steps);
    assert.equal(scheduler.sigmas.length, recipe.scheduler.steps + 1);
    assert.equal(bytes, components.reduce((sum, part) => sum + part.bytes, 0));
    assert.equal(guidance.evaluations, guidance.branches.length);
    assert.deepEqual(guidance.rule, recipe.guidance);
  });
}

Deno.test("plan: only an infinite sigma is lost in JSON", () => {
  const made = plan(simple, withScheduler({ rescale_betas_zero_snr: true }));
  assert.equal(made.scheduler.sigmas[0], Infinity);
  const read = JSON.parse(JSON.stringify(made));
  assert.equal(read.scheduler.sigmas[0], null);
  read.scheduler.sigmas[0] = Infinity;
  assert.deepEqual(read, made);
});

Deno.test("plan: the sites taken are the declared ones, or those of the places asked for", async () => {
  for (const { model } of [simple, recipes.sd15, recipes.sdxl]) {
    const all = recipe({ model, attention: pladis() }) as Recipe;
    const found = await surveyOf(all);
    const config = found.components.get("unet")!.config;
    const declared = found.family.declaredSites(config);
    const { attention } = plan(all, found), [{ sites, inputs }] = attention.policies;
    assert.deepEqual(
      sites.map(({ id, place }) => ({ id, place })).toSorted((a, b) => a.id < b.id ? -1 : 1),
      declared.toSorted((a, b) => a.id < b.id ? -1 : 1),
    );
    assert.equal(attention.found, declared.length);
    assert.deepEqual(inputs, { pladis_lambda: Array(20).fill(2) });
  }
  const down = plan(simple.with({ attention: pladis({ sites: ["down"] }) }), survey).attention;
  const declared = survey.family.declaredSites(survey.components.get("unet")!.config);
  assert.deepEqual(
    down.policies[0].sites.map(({ id }) => id).toSorted(),
    declared.filter(({ place }) => place === "down").map(({ id }) => id).toSorted(),
  );
  assert.equal(down.found, declared.length);
  const dense = plan(simple, survey).attention;
  assert.deepEqual([dense.form, dense.policies], ["none", []]);
});

Deno.test("plan: guidance at scale 1, or none, evaluates one branch", () => {
  for (const guidance of [cfg({ scale: 1 }), noGuidance()]) {
    const { branches, evaluations } = plan(simple.with({ guidance }), survey).guidance;
    assert.deepEqual([branches, evaluations], [["conditional"], 1]);
  }
  for (const scale of [0.5, 1.5]) {
    const made = plan(simple.with({ guidance: cfg({ scale }) }), survey).guidance;
    assert.deepEqual([made.branches, made.evaluations], [["unconditional", "conditional"], 2]);
  }
});

Deno.test("plan: a denoiser with another input, or without one, is of another family", () => {
  const withInputs = (names: readonly string[]) =>
    withComponent("unet", (part) => {
      const { proto } = part.model;
      const input = names.map((name) => ({ ...proto.graph.input[0], name }));
      return { ...part, model: { ...part.model, proto: { ...proto, graph: { ...proto.graph, input } } } };
    });
  const names = survey.components.get("unet")!.model.proto.graph.input.map(({ name }) => name);
  // A latent consistency model takes the embedded guidance scale.
  const consistency = withInputs([...names, "timestep_cond"]);
  refuses(PlanError, "inputs of ", /got ".*timestep_cond".*another family/, simple, consistency);
  refuses(
    PlanError,
    "inputs of ",
    /must be sample, timestep, encoder_hidden_states, got "sample"/,
    simple,
    withInputs(names.slice(0, 1)),
  );
  plan(simple, withInputs(names.toReversed()));
});

Deno.test("plan: a scheduler that there is no solver for is an error that names the class and those that are", () => {
  const own = simple.with({ scheduler: bundleScheduler() });
  const odd = withScheduler({ _class_name: "VQDiffusionScheduler" });
  refuses(BundleError, "_class_name", /DDIMScheduler.*got "VQDiffusionScheduler".*Name a solver/, own, odd);
  plan(simple, odd); // the recipe names a solver
  const flow = withScheduler({ _class_name: "FlowMatchEulerDiscreteScheduler" });
  refuses(BundleError, "_class_name", /Flow/, simple, flow);
});

Deno.test("plan: a scheduler's field that is wrong or not supported is an error that names it", () => {
  const cases: readonly [string, unknown, Recipe][] = [
    ["beta_schedule", "cubic", simple],
    ["num_train_timesteps", 0, simple],
    ["prediction_type", "flow_prediction", simple],
    ["timestep_type", "random", simple],
    ["interpolation_type", "log_linear", simple.with({ scheduler: euler() })],
  ];
  for (const [field, value, recipe] of cases) {
    refuses(BundleError, field, new RegExp(`got "?${value}`), recipe, withScheduler({ [field]: value }));
  }
});

Deno.test("plan: a scheduler's unknown field, and one that the family sets, are noted", () => {
  assert.deepEqual(plan(simple, survey).notes, []);
  const { notes } = plan(simple, withScheduler({ use_karas_sigmas: true, clip_sample: true }));
  assert.equal(notes.length, 2, notes.join("\n"));
  assert.match(notes[0], /scheduler_config\.json: the unknown field "use_karas_sigmas".*"use_karras_sigmas"/);
  assert.match(notes[1], /clip_sample is taken as false/);
  const config = { ...survey.schedulerConfig, shapes: 1 };
  const [note] = plan(simple.with({ scheduler: ddim({ config }) }), survey).notes;
  assert.match(note, /^scheduler\.config: the unknown field "shapes"/);
});

Deno.test("plan: the recipe's scheduler configuration replaces the bundle's own", () => {
  const config = { ...survey.schedulerConfig, beta_end: 0.02 };
  const made = plan(simple.with({ scheduler: ddim({ config }) }), survey).scheduler;
  assert.equal(made.config.beta_end, 0.02);
  assert.notDeepEqual(made.sigmas, plan(simple, survey).scheduler.sigmas);
});

Deno.test("plan: clipSkip leaves at least one layer", () => {
  const skipping = (clipSkip: number) => simple.with({ textEncoder: textEncoder({ clipSkip }) });
  const layers = Number(survey.components.get("text_encoder")!.config.values.num_hidden_layers);
  const [encoder] = plan(skipping(layers - 1), survey).text.encoders;
  assert.deepEqual(encoder.hiddenState, { kind: "normalized", clipSkip: layers - 1 });
  assert.deepEqual(encoder.negativeHiddenState, { kind: "normalized", clipSkip: 0 });
  refuses(PlanError, "textEncoder.clipSkip", new RegExp(`the ${layers} layers`), skipping(layers));
});

Deno.test("plan: a text encoder without the hidden states that the family takes is refused", async () => {
  const found = await surveyOf(recipes.sdxl);
  const part = found.components.get("text_encoder")!;
  const { proto } = part.model;
  const output = proto.graph.output.filter(({ name }) => !name.startsWith("hidden_states"));
  const model = { ...part.model, proto: { ...proto, graph: { ...proto.graph, output } } };
  const bare = { ...found, components: new Map(found.components).set("text_encoder", { ...part, model }) };
  refuses(PlanError, "outputs of ", /include "hidden_states\.\d+".*output_hidden_states/, recipes.sdxl, bare);
});

Deno.test("plan: the size is the model's own, or any multiple that its blocks allow", () => {
  const sized = (width: number, height: number) => simple.with({ size: size(width, height) });
  assert.deepEqual(plan(simple, survey).size.latents, [16, 16, 16]);
  const { width, height, latents } = plan(sized(96, 64), survey).size;
  assert.deepEqual({ width, height, latents }, { width: 96, height: 64, latents: [16, 16, 24] });
  refuses(PlanError, "size.width", /multiple of 16.*got 72. Take 64 or 80/, sized(72, 64));
  refuses(PlanError, "size.height", /multiple of 16.*got 8. Take 16 or 32/, sized(64, 8));
});

Deno.test("plan: a denoiser for inpainting is refused", () => {
  const inpainting = withComponent("unet", (part) => ({
    ...part,
    config: { ...part.config, values: { ...part.config.values, in_channels: 9 } },
  }));
  refuses(PlanError, "in_channels", /latent_channels \(16\), got 9.*inpainting/, simple, inpainting);
});
