import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { RecipeError } from "../../errors.ts";
import * as recipes from "../../recipes/recipes.ts";

const { parseRecipe, pocket, recipe } = recipes;

const source = fc.string({ minLength: 1 });
const model = fc.oneof(
  fc.constant({ kind: "pocket" }),
  fc.record({
    kind: fc.constantFrom("stable-diffusion", "stable-diffusion-xl"),
    source,
    guidanceDistilled: fc.constant(false),
  }),
);
const steps = fc.integer({ min: 1, max: 1000 });
const unit = fc.double({ min: 0, max: 1, noNaN: true });
const sigmas = fc.option(fc.constantFrom("karras", "exponential", "beta"), { nil: undefined });
const scheduler = fc.oneof(
  fc.record({ kind: fc.constant("ddim"), steps, eta: unit }),
  fc.record({ kind: fc.constantFrom("euler", "dpmpp_2m"), steps, sigmas }, {
    requiredKeys: ["kind", "steps"],
  }),
  fc.record({
    kind: fc.constant("bundle"),
    steps,
    config: fc.constant({ beta_end: 0.012, lambda_min_clipped: -Infinity }),
  }),
);
const alpha = fc.double({ min: 1, max: 4, minExcluded: true, noNaN: true });
const sites = fc.oneof(
  fc.constant("all"),
  fc.uniqueArray(fc.constantFrom("down", "mid", "up"), { minLength: 1 }),
);
const attention = fc.oneof(
  fc.constant({ kind: "dense" }),
  fc.record({ kind: fc.constant("entmax"), alpha, sites }),
  fc.record({
    kind: fc.constant("pladis"),
    lambda: fc.double({ min: 0, max: 10, noNaN: true }),
    alpha,
    sites,
  }),
);
const guidance = fc.oneof(
  fc.constant({ kind: "none" }),
  fc.record({ kind: fc.constant("cfg"), scale: fc.double({ min: 0, max: 100, noNaN: true }), rescale: unit }),
);
const side = fc.integer({ min: 1, max: 1024 }).map((n) => 8 * n);
const anyRecipe = fc.record({
  model,
  textEncoder: fc.record({ clipSkip: fc.nat(12) }),
  scheduler,
  attention,
  guidance,
  size: fc.record({ width: side, height: side }),
}, { requiredKeys: ["model"] });

Deno.test("a recipe survives JSON unchanged", () => {
  fc.assert(fc.property(anyRecipe, (data) => {
    const made = parseRecipe(data);
    const json = JSON.stringify(made);
    assert.equal(JSON.stringify(parseRecipe(JSON.parse(json))), json);
    assert.deepEqual({ ...parseRecipe(JSON.parse(json)) }, { ...made });
  }));
});

Deno.test("a recipe is frozen all the way down", () => {
  function assertFrozen(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    assert.ok(Object.isFrozen(value));
    Object.values(value).forEach(assertFrozen);
  }
  fc.assert(fc.property(anyRecipe, (data) => assertFrozen(parseRecipe(data))));
  assert.throws(() => {
    // deno-lint-ignore no-explicit-any
    (recipe({ model: pocket() }) as any).model.kind = "other";
  }, TypeError);
});

Deno.test("parsing does not freeze or change the caller's data", () => {
  const data = { model: { kind: "pocket" }, attention: { kind: "pladis", sites: ["down"] } };
  const before = structuredClone(data);
  parseRecipe(data);
  assert.deepEqual(data, before);
  assert.ok(!Object.isFrozen(data.attention.sites));
});

Deno.test("with({}) is the same recipe, and parts can be changed one by one or together", () => {
  fc.assert(fc.property(anyRecipe, anyRecipe, (a, b) => {
    const made = parseRecipe(a), other = parseRecipe(b);
    const { scheduler, attention } = other;
    assert.deepEqual({ ...made.with({}) }, { ...made });
    // deno-lint-ignore no-explicit-any
    const parts = { scheduler, attention } as any;
    assert.deepEqual(
      { ...made.with({ scheduler }).with({ attention: parts.attention }) },
      { ...made.with(parts) },
    );
    assert.deepEqual({ ...made.with(parts) }, { ...made, scheduler, attention });
  }));
});

Deno.test("defaults: DDIM in 20 steps, dense attention, guidance 3, or none for a guidance-distilled model", () => {
  assert.deepEqual({ ...recipe({ model: pocket() }) }, {
    version: 1,
    model: { kind: "pocket" },
    textEncoder: { clipSkip: 0 },
    scheduler: { kind: "ddim", steps: 20, eta: 0 },
    attention: { kind: "dense" },
    guidance: { kind: "cfg", scale: 3, rescale: 0 },
  });
  const turbo = recipe({ model: recipes.stableDiffusionXl("turbo", { guidanceDistilled: true }) });
  assert.deepEqual(turbo.guidance, { kind: "none" });
  assert.deepEqual(recipes.pladis(), { kind: "pladis", lambda: 2, alpha: 1.5, sites: "all" });
});

/** Each breaks one field: path of the field, a change that breaks it, and words that the message must have. */
const BROKEN: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
  ["model", { model: undefined }, /one of the kinds "pocket"/],
  ["model.kind", { model: { kind: "sdxl" } }, /got "sdxl"/],
  ["model.source", { model: { kind: "stable-diffusion", source: "" } }, /path or URL/],
  ["scheduler.steps", { scheduler: { kind: "ddim", steps: 0 } }, /whole number from 1 to 1000, got 0/],
  ["scheduler.steps", { scheduler: { kind: "ddim", steps: 2.5 } }, /got 2.5/],
  ["scheduler.kind", { scheduler: { kind: "eulr" } }, /"euler".*got "eulr"/],
  ["scheduler.eta", { scheduler: { kind: "ddim", eta: 2 } }, /from 0 to 1, got 2/],
  ["scheduler.eta", { scheduler: { kind: "euler", eta: 0 } }, /absent/],
  ["scheduler.sigmas", { scheduler: { kind: "euler", sigmas: "caras" } }, /one of karras/],
  ["attention.alpha", { attention: { kind: "pladis", alpha: 1 } }, /above 1, up to 4, got 1/],
  ["attention.alpha", { attention: { kind: "entmax", alpha: NaN } }, /got NaN/],
  ["attention.lambda", { attention: { kind: "pladis", lambda: 1e9 } }, /from 0 to 10, got 1000000000/],
  ["attention.lamda", { attention: { kind: "pladis", lamda: 2 } }, /Did you mean "lambda"\?/],
  ["attention.sites", { attention: { kind: "pladis", sites: [] } }, /"all", or a list/],
  ["guidance.scale", { guidance: { kind: "cfg", scale: NaN } }, /from 0 to 100, got NaN/],
  ["guidance.rescale", { guidance: { kind: "cfg", rescale: -1 } }, /got -1/],
  ["textEncoder.clipSkip", { textEncoder: { clipSkip: -1 } }, /whole number from 0/],
  ["size.width", { size: { width: 65, height: 64 } }, /multiple of 8/],
  ["version", { version: 2 }, /must be 1/],
  ["atention", { atention: { kind: "dense" } }, /Did you mean "attention"\?/],
];

for (const [path, change, words] of BROKEN) {
  Deno.test(`a broken ${path} is a RecipeError with path, rule, value and remedy: ${JSON.stringify(change)}`, () => {
    assert.throws(() => parseRecipe({ model: { kind: "pocket" }, ...change }), (error: Error) => {
      assert.ok(error instanceof RecipeError);
      assert.ok(error.message.startsWith(`Cannot read the recipe: ${path} must be `), error.message);
      assert.match(error.message, words);
      return true;
    });
  });
}

Deno.test("several faults are all in one error", () => {
  assert.throws(
    () =>
      parseRecipe({
        model: { kind: "pocket" },
        scheduler: { kind: "ddim", steps: -1 },
        size: { width: 1, height: 8 },
      }),
    /scheduler.steps must be .*\nAlso, size.width must be /s,
  );
});

Deno.test("guidance on a guidance-distilled model is refused in data too", () => {
  const data = {
    model: { kind: "stable-diffusion", source: "turbo", guidanceDistilled: true },
    guidance: { kind: "cfg", scale: 4 },
  };
  assert.throws(
    () => parseRecipe(data),
    /guidance must be \{ kind: "none" \} for a guidance-distilled model/,
  );
});

Deno.test("presets are recipes, and describeRecipe names each part", () => {
  for (const preset of [recipes.presets.quick, recipes.presets.faithful, recipes.presets.sharp]) {
    assert.deepEqual({ ...parseRecipe(JSON.parse(JSON.stringify(preset))) }, { ...preset });
  }
  assert.deepEqual(recipes.describeRecipe(recipes.presets.sharp), {
    model: "pocket",
    scheduler: "euler, 20 steps",
    attention: "PLADIS, λ 2, α 1.5, all sites",
    guidance: "scale 3",
  });
});
