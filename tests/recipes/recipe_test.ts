import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { RecipeError } from "../../errors.ts";
import {
  cfg,
  ddim,
  dense,
  noGuidance,
  parseRecipe,
  pladis,
  pocket,
  pocketTurbo,
  type Recipe,
  recipe,
  type RecipeChanges,
  size,
  stableDiffusion,
  stableDiffusionXl,
  textEncoder,
} from "../../recipes/recipes.ts";
import { freeModel, parts, recipeData } from "./arbitrary_recipe.ts";

const throughJson = (value: Recipe) => parseRecipe(JSON.parse(JSON.stringify(value)));

Deno.test("recipe() fills in every default", () => {
  assert.deepEqual(recipe({ model: pocket() }), {
    version: 1,
    model: { kind: "pocket" },
    textEncoder: { clipSkip: 0 },
    scheduler: { kind: "ddim", steps: 20, eta: 0 },
    attention: { kind: "dense" },
    guidance: { kind: "cfg", scale: 3, rescale: 0 },
  });
  const turbo = recipe({ model: stableDiffusionXl("turbo", { guidanceDistilled: true }) });
  assert.deepEqual(turbo.guidance, { kind: "none" });
  assert.deepEqual(pladis(), { kind: "pladis", lambda: 2, alpha: 1.5, sites: "all", interval: [0, 1] });
  assert.deepEqual(stableDiffusion("sd"), {
    kind: "stable-diffusion",
    source: "sd",
    guidanceDistilled: false,
  });
});

Deno.test("recipe() gives the parts in one order, however they were given", () => {
  const one = recipe({ guidance: cfg(), size: size(64, 64), model: pocket(), textEncoder: textEncoder() });
  const other = recipe({ model: pocket(), textEncoder: textEncoder(), guidance: cfg(), size: size(64, 64) });
  assert.equal(JSON.stringify(one), JSON.stringify(other));
});

Deno.test("a recipe through JSON is the same, and its text too", () => {
  fc.assert(fc.property(recipeData, (data) => {
    const made = parseRecipe(data);
    assert.deepEqual(throughJson(made), made);
    assert.equal(JSON.stringify(throughJson(made)), JSON.stringify(made));
    assert.deepEqual(parseRecipe(JSON.stringify(made)), made);
    assert.deepEqual(structuredClone(made), JSON.parse(JSON.stringify(made)));
  }));
});

Deno.test("a recipe keeps what its data said", () => {
  fc.assert(fc.property(recipeData, (data) => {
    const made = parseRecipe(data);
    // −0 has become 0, as in JSON
    assert.deepEqual({ ...made, ...JSON.parse(JSON.stringify(mergeDeep(made, data))) }, { ...made });
  }));
});

/** `data` over `base`, field by field, so that nothing in `data` is lost and what it lacks is from `base`. */
function mergeDeep(base: unknown, data: unknown): unknown {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (Array.isArray(base) && Array.isArray(data)) return data.map((each, i) => mergeDeep(base[i], each));
  if (!isObject(base) || !isObject(data)) return data;
  const merged = Object.entries(data).map(([key, value]) => [key, mergeDeep(base[key], value)]);
  return { ...base, ...Object.fromEntries(merged) };
}

Deno.test("a recipe is frozen all the way down, and the data it was made of is neither changed nor frozen", () => {
  function assertFrozen(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    assert.ok(Object.isFrozen(value));
    Object.values(value).forEach(assertFrozen);
  }
  fc.assert(fc.property(recipeData, (data) => {
    const before = structuredClone(data);
    assertFrozen(parseRecipe(data));
    assert.deepEqual(structuredClone(data), before);
    assert.ok(!Object.isFrozen(data) && !Object.isFrozen(data.model));
  }));
  const made = recipe({ model: pocket(), scheduler: ddim({ config: { trained_betas: [0.1] } }) });
  const writes = [
    () => Object.assign(made, { model: 1 }),
    () => Object.assign(made.model, { kind: "other" }),
    () => Object.assign(made.scheduler.config ?? {}, { beta_start: 1 }),
    () => (made.scheduler.config?.trained_betas as number[]).push(1),
    () => Object.assign(made, { with: 1 }),
  ];
  for (const write of writes) assert.throws(write, TypeError);
});

Deno.test("the bundled guidance-distilled model has two steps and no guidance unless told otherwise", () => {
  const made = recipe({ model: pocketTurbo() });
  assert.deepEqual(made.scheduler, { kind: "ddim", steps: 2, eta: 0 });
  assert.deepEqual(made.guidance, { kind: "none" });
  assert.equal(made.with({ scheduler: ddim({ steps: 1 }) }).scheduler.steps, 1);
  assert.deepEqual(parseRecipe({ model: { kind: "pocket-turbo" } }), made);
  assert.throws(
    () => parseRecipe({ model: { kind: "pocket-turbo" }, guidance: { kind: "cfg" } }),
    RecipeError,
  );
});

Deno.test("with() is no part of the data", () => {
  const made = recipe({ model: pocket() });
  assert.deepEqual(Object.keys(made), [
    "version",
    "model",
    "textEncoder",
    "scheduler",
    "attention",
    "guidance",
  ]);
  assert.ok(!("with" in { ...made }));
});

const changes = fc.record(parts, { requiredKeys: [] }) as unknown as fc.Arbitrary<RecipeChanges>;
const start = fc.record({ model: freeModel, ...parts }, { requiredKeys: ["model"] }).map((data) =>
  parseRecipe(data)
);

Deno.test("with({}) and with() of a recipe's own parts are the recipe", () => {
  fc.assert(fc.property(start, (made) => {
    assert.deepEqual(made.with({}), made);
    assert.deepEqual(made.with({ ...made }), made);
  }));
});

Deno.test("with(a).with(b) is with({ ...a, ...b })", () => {
  fc.assert(fc.property(start, changes, changes, (made, a, b) => {
    assert.deepEqual(made.with(a).with(b), made.with({ ...a, ...b }));
  }));
});

Deno.test("with() changes the parts named, whole, and no other", () => {
  fc.assert(fc.property(start, changes, (made, a) => {
    const changed = made.with(a);
    assert.deepEqual(changed, parseRecipe({ ...made, ...a }));
    for (const key of Object.keys(made) as (keyof typeof a)[]) {
      if (!(key in a)) assert.deepEqual(changed[key as keyof Recipe], made[key as keyof Recipe]);
    }
  }));
});

Deno.test("with() leaves a part as it is that is undefined; spreading into recipe() can drop the size", () => {
  const made = recipe({ model: pocket(), attention: pladis(), size: size(64, 64) });
  assert.deepEqual(made.with({ attention: undefined, size: undefined }), made);
  const { size: _, ...rest } = made;
  assert.deepEqual(recipe({ ...made, size: undefined }), { ...rest });
});

Deno.test("with() checks the result", () => {
  const made = recipe({ model: pocket() });
  const turbo = stableDiffusion("turbo", { guidanceDistilled: true });
  assert.equal(made.with({ model: turbo, guidance: noGuidance() }).guidance.kind, "none");
  const unchecked = made.with as (changes: unknown) => Recipe;
  assert.throws(() => unchecked({ model: turbo }), /Cannot change the recipe: guidance must be of kind none/);
  assert.throws(() => unchecked({ scheduler: { kind: "ddim", steps: 0 } }), /scheduler\.steps must be/);
  assert.throws(
    () => unchecked({ atention: dense() }),
    /atention must be a known key .*Did you mean attention\?/,
  );
});

Deno.test("a model's source may be a URL", () => {
  assert.equal(stableDiffusion(new URL("http://host/sd/")).source, "http://host/sd/");
});

Deno.test("the −Infinity of diffusers' configurations is kept by name; other numbers that JSON lacks are refused", () => {
  const { config } = ddim({ config: { lambda_min_clipped: -Infinity, nested: [{ a: -Infinity }] } });
  assert.deepEqual(config, { lambda_min_clipped: "-Infinity", nested: [{ a: "-Infinity" }] });
  assert.throws(
    () => ddim({ config: { betas: [0, NaN] } }),
    /Cannot make the recipe: scheduler\.config\.betas\[1\] must be a number that JSON can hold, got NaN/,
  );
  assert.throws(
    () => ddim({ config: { a: Infinity } }),
    /scheduler\.config\.a must be a number that JSON can hold/,
  );
});
