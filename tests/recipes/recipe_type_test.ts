/**
 * What cannot work does not compile: `deno check` holds it to that. Each line that does not compile is run as well,
 * to see that it is refused at run time too where there is something to refuse.
 */
import assert from "node:assert/strict";
import { RecipeError } from "../../errors.ts";
import {
  bundleScheduler,
  type BySite,
  bySite,
  type Cfg,
  cfg,
  ddim,
  dense,
  dpmpp2m,
  entmax,
  euler,
  type Guidance,
  type Model,
  type NoGuidance,
  noGuidance,
  parseRecipe,
  pladis,
  type Pocket,
  pocket,
  pocketTurbo,
  type PromptOptions,
  type Recipe,
  recipe,
  size,
  type StableDiffusion,
  stableDiffusion,
  type StableDiffusionXl,
  stableDiffusionXl,
  temperature,
  textEncoder,
} from "../../recipes/recipes.ts";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
/** Compiles only if the argument's type is exactly `T`. */
function exactly<T>() {
  return <U>(value: U, ..._: Same<T, U> extends true ? [] : ["another type"]) => void value;
}

const turbo = stableDiffusion("turbo", { guidanceDistilled: true });
const plain = recipe({ model: pocket() });
const unguided = recipe({ model: pocket(), guidance: noGuidance() });
const distilled = recipe({ model: turbo });
const xl = recipe({ model: stableDiffusionXl("xl") });

Deno.test("the inferred types are precise", () => {
  exactly<Recipe<Pocket, Cfg>>()(plain);
  exactly<Recipe<Pocket, NoGuidance>>()(unguided);
  exactly<Recipe<StableDiffusion<true>, NoGuidance>>()(distilled);
  exactly<Recipe<StableDiffusionXl<false>, Cfg>>()(xl);
  exactly<Recipe<Pocket, NoGuidance>>()(plain.with({ guidance: noGuidance() }));
  exactly<Recipe<Pocket, Cfg>>()(plain.with({ attention: pladis({ sites: ["up"] }), size: size(64, 64) }));
  exactly<Recipe<StableDiffusion<false>, Cfg>>()(plain.with({ model: stableDiffusion("sd") }));
  exactly<Recipe<StableDiffusion<true>, NoGuidance>>()(plain.with({ model: turbo, guidance: noGuidance() }));
  exactly<Recipe<StableDiffusion<true>, NoGuidance>>()(unguided.with({ model: turbo }));
  exactly<Recipe<Model, Guidance>>()(parseRecipe(plain));
});

Deno.test("every recipe is a Recipe, and data whose type is not known is taken at run time", () => {
  const all: Recipe[] = [plain, unguided, distilled, xl];
  const model = all[0].model;
  const guidance = all[0].guidance;
  const free: Recipe = recipe({ model, guidance });
  const changed: Recipe = free.with({ model: all[3].model, guidance: all[1].guidance });
  assert.equal(changed.guidance.kind, "none");
  const flag: boolean = all.length > 3;
  const maybe = recipe({ model: stableDiffusion("sd", { guidanceDistilled: flag }) });
  exactly<Guidance>()(maybe.guidance as Guidance);
  assert.equal(maybe.guidance.kind, "none");
});

Deno.test("parts may be written out as data", () => {
  const data = recipe({
    model: { kind: "stable-diffusion", source: "sd", guidanceDistilled: false },
    scheduler: { kind: "euler", steps: 8 },
    attention: { kind: "pladis", lambda: 2, alpha: 1.5, sites: ["down", "mid", "up"], interval: [0, 1] },
    guidance: { kind: "none" },
  });
  assert.equal(data.guidance.kind, "none");
});

Deno.test("guidance on a guidance-distilled model does not compile", () => {
  assert.throws(() =>
    recipe({
      model: turbo,
      // @ts-expect-error guidance is in its weights
      guidance: cfg({ scale: 4 }),
    }), RecipeError);
  assert.throws(() =>
    recipe({
      model: stableDiffusionXl("turbo", { guidanceDistilled: true }),
      // @ts-expect-error written out as data, too
      guidance: { kind: "cfg", scale: 4, rescale: 0 },
    }), RecipeError);
  assert.throws(() =>
    recipe({
      model: pocketTurbo(),
      // @ts-expect-error the bundled one has it in its weights as well
      guidance: cfg({ scale: 4 }),
    }), RecipeError);
  // @ts-expect-error nor can it be added later
  assert.throws(() => distilled.with({ guidance: cfg() }), RecipeError);
  // @ts-expect-error nor stay when the model is changed to such a one
  assert.throws(() => plain.with({ model: turbo }), RecipeError);
});

Deno.test("a policy at a place that the family has not got does not compile", () => {
  assert.throws(() =>
    recipe({
      model: pocket(),
      // @ts-expect-error a U-Net has no joint attention
      attention: pladis({ sites: ["joint"] }),
    }), RecipeError);
  assert.throws(() =>
    recipe({
      model: stableDiffusionXl("xl"),
      // @ts-expect-error nor single blocks
      attention: entmax({ sites: ["down", "single"] }),
    }), RecipeError);
  // @ts-expect-error nor can it be added later
  assert.throws(() => plain.with({ attention: pladis({ sites: ["joint"] }) }), RecipeError);
  // @ts-expect-error and there is no such place at all
  assert.throws(() => pladis({ sites: ["left"] }), RecipeError);
});

Deno.test("policies by site have the places of all of them", () => {
  exactly<BySite<"down" | "up" | "mid">>()(
    bySite(pladis({ sites: ["down", "up"] }), temperature({ temperature: 0.9, sites: ["mid"] })),
  );
  exactly<BySite<never>>()(bySite(pladis(), entmax({ sites: ["a.attn2"] })));
  const mixed = bySite(entmax({ sites: ["up", "a.attn2"] }));
  exactly<BySite<"up">>()(mixed);
  exactly<Recipe<Pocket, Cfg>>()(recipe({ model: pocket(), attention: mixed }));
  exactly<Recipe<Pocket, Cfg>>()(plain.with({ attention: bySite(pladis(), entmax({ sites: ["a.attn1"] })) }));
  const data = recipe({
    model: pocket(),
    attention: { kind: "by-site", policies: [{ kind: "entmax", alpha: 2, sites: ["down"] }] },
  });
  assert.deepEqual(data.attention, bySite(entmax({ alpha: 2, sites: ["down"] })));
});

Deno.test("policies by site at a place that the family has not got do not compile, wherever in the list", () => {
  assert.throws(() =>
    recipe({
      model: pocket(),
      // @ts-expect-error a U-Net has no joint attention
      attention: bySite(pladis({ sites: ["down"] }), entmax({ sites: ["joint"] })),
    }), RecipeError);
  assert.throws(() =>
    recipe({
      model: stableDiffusionXl("xl"),
      // @ts-expect-error nor single blocks
      attention: bySite(temperature({ temperature: 2, sites: ["up", "single"] }), pladis({ sites: ["mid"] })),
    }), RecipeError);
  const joint = bySite(pladis({ sites: ["down"] }), pladis({ sites: ["joint"] }));
  // @ts-expect-error nor can it be added later
  assert.throws(() => plain.with({ attention: joint }), RecipeError);
  assert.throws(() =>
    recipe({
      model: pocket(),
      // @ts-expect-error written out as data, too
      attention: { kind: "by-site", policies: [{ kind: "entmax", alpha: 2, sites: ["joint"] }] },
    }), RecipeError);
});

Deno.test("policies by site are one or more, and each at sites", () => {
  // @ts-expect-error none
  assert.throws(() => bySite(), RecipeError);
  // @ts-expect-error what is left out is dense
  assert.throws(() => bySite(dense(), pladis({ sites: ["up"] })), RecipeError);
  // @ts-expect-error a list has no lists in it
  assert.throws(() => bySite(bySite(pladis())), RecipeError);
  // @ts-expect-error there is no such place at all
  assert.throws(() => bySite(pladis({ sites: ["left"] }), entmax({ sites: ["up"] })), RecipeError);
});

Deno.test("options of another kind do not compile", () => {
  // @ts-expect-error η is DDIM's alone
  assert.throws(() => euler({ eta: 0.5 }), RecipeError);
  // @ts-expect-error η is DDIM's alone
  assert.throws(() => dpmpp2m({ eta: 0.5 }), RecipeError);
  // @ts-expect-error DDIM takes no sigma schedule
  assert.throws(() => ddim({ sigmas: "karras" }), RecipeError);
  // @ts-expect-error the bundle's own solver takes neither
  assert.throws(() => bundleScheduler({ sigmas: "karras" }), RecipeError);
  // @ts-expect-error there is no such sigma schedule
  assert.throws(() => euler({ sigmas: "karas" }), RecipeError);
  // @ts-expect-error λ is PLADIS's alone
  assert.throws(() => entmax({ lambda: 2 }), RecipeError);
  // @ts-expect-error dense takes nothing
  dense({ alpha: 2 });
  // @ts-expect-error rescale is guidance's
  assert.throws(() => noGuidance({ rescale: 0.7 }), RecipeError);
  assert.throws(() =>
    // @ts-expect-error written out as data, too
    recipe({ model: pocket(), guidance: { kind: "none", rescale: 0.7 } }), RecipeError);
  assert.throws(() =>
    // @ts-expect-error written out as data, too
    recipe({ model: pocket(), scheduler: { kind: "euler", steps: 4, eta: 1 } }), RecipeError);
});

Deno.test("what is missing, misspelt or no part of a recipe does not compile", () => {
  // @ts-expect-error a recipe needs a model
  assert.throws(() => recipe({ scheduler: ddim() }), RecipeError);
  // @ts-expect-error a model of one's own needs a source
  assert.throws(() => stableDiffusion(), RecipeError);
  // @ts-expect-error a size has two sides
  assert.throws(() => size(64), RecipeError);
  // @ts-expect-error misspelt
  assert.throws(() => recipe({ model: pocket(), atention: dense() }), RecipeError);
  // @ts-expect-error misspelt
  assert.throws(() => textEncoder({ clipskip: 1 }), RecipeError);
  // @ts-expect-error the prompt is given to a run
  assert.throws(() => recipe({ model: pocket(), prompt: "a cat" }), RecipeError);
  // @ts-expect-error no such solver
  assert.throws(() => recipe({ model: pocket(), scheduler: { kind: "eulr", steps: 4 } }), RecipeError);
});

Deno.test("recipes cannot be changed in place", () => {
  // @ts-expect-error readonly
  assert.throws(() => plain.scheduler = euler(), TypeError);
  // @ts-expect-error readonly
  assert.throws(() => plain.guidance.scale = 7, TypeError);
});

/** Stands for `generate`, whose options are these. */
function generate<R extends Recipe>(_: R, options: PromptOptions<R>): PromptOptions<R> {
  return options;
}

Deno.test("prompts that a recipe can use compile", () => {
  generate(plain, { negativePrompt: "a dog" });
  generate(xl, { negativePrompt: "blurry", prompt2: "a fox", negativePrompt2: "text" });
  generate(xl.with({ guidance: noGuidance() }), { prompt2: "a fox" });
  generate(distilled, {});
  generate(plain, { negativePrompt: ["a dog", "a cat"] });
  generate(parseRecipe(plain), { negativePrompt: "a dog", prompt2: "a fox", negativePrompt2: "text" });
});

Deno.test("prompts that a recipe cannot use do not compile", () => {
  // @ts-expect-error one text encoder
  generate(plain, { prompt2: "a fox" });
  // @ts-expect-error one text encoder
  generate(plain, { negativePrompt2: "a fox" });
  // @ts-expect-error not in a list either
  generate(plain, { prompt2: [] });
  // @ts-expect-error nothing evaluates it without guidance
  generate(unguided, { negativePrompt: "blurry" });
  // @ts-expect-error nothing evaluates it where guidance is distilled
  generate(distilled, { negativePrompt: "blurry" });
  // @ts-expect-error nor the second one
  generate(xl.with({ guidance: noGuidance() }), { negativePrompt2: "blurry" });
});
