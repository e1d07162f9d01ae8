/** A recipe varied along axes. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { RecipeError } from "../../errors.ts";
import { plainSetting, settingsOf } from "../../evaluation/axes.ts";
import { parseAxis } from "../../evaluation/axis_text.ts";
import { recipePaths } from "../../evaluation/recipe_paths.ts";
import {
  bySite,
  cfg,
  ddim,
  entmax,
  euler,
  noGuidance,
  pladis,
  pocket,
  type Recipe,
  recipe,
  stableDiffusion,
  temperature,
} from "../../recipes/recipes.ts";

const dense: Recipe = recipe({ model: pocket() });
const sparse: Recipe = recipe({
  model: pocket(),
  attention: pladis({ alpha: 2 }),
  scheduler: euler({ steps: 4 }),
});
const data = (value: unknown) => JSON.parse(JSON.stringify(value));
const vary = (base: Recipe, ...axes: string[]) => settingsOf(base, axes.map(parseAxis));

Deno.test("settingsOf() is the grid of the axes, the last one the fastest", () => {
  const settings = vary(sparse, "attention.lambda=0,2", "guidance.scale=1,3");
  assert.deepEqual(settings.map(({ name }) => name), [
    "attention.lambda=0, guidance.scale=1",
    "attention.lambda=0, guidance.scale=3",
    "attention.lambda=2, guidance.scale=1",
    "attention.lambda=2, guidance.scale=3",
  ]);
  assert.deepEqual(settings[2].values, { "attention.lambda": 2, "guidance.scale": 1 });
  const expected = sparse.with({ attention: pladis({ lambda: 0, alpha: 2 }), guidance: cfg({ scale: 3 }) });
  assert.deepEqual(data(settings[1].recipe), data(expected));
  assert.deepEqual(data(vary(sparse)[0].recipe), data(sparse));
  assert.deepEqual(vary(sparse)[0], plainSetting(sparse));
  assert.equal(plainSetting(sparse).name, "PLADIS λ 2 α 2, euler 4, guidance 3");
});

Deno.test("what only one kind has makes dense attention or no guidance into it", () => {
  const [zero, two] = vary(
    recipe({ model: pocket(), guidance: noGuidance() }),
    "attention.lambda=0,2",
    "guidance.scale=2",
  );
  assert.deepEqual(data(zero.recipe.attention), data(pladis({ lambda: 0 })));
  assert.deepEqual(data(two.recipe.guidance), data(cfg({ scale: 2 })));
});

Deno.test("another kind keeps what both have; a whole part is replaced", () => {
  const [one, two] = vary(sparse, "attention.kind=entmax,dense");
  assert.deepEqual(data(one.recipe.attention), data(entmax({ alpha: 2 })));
  assert.deepEqual(data(two.recipe.attention), { kind: "dense" });
  const [solver] = vary(sparse, "scheduler.kind=ddim");
  assert.deepEqual(data(solver.recipe.scheduler), data(ddim({ steps: 4 })));
  const parts = vary(sparse, 'attention={"kind":"dense"},{"kind":"pladis","sites":["down"]}');
  assert.deepEqual(data(parts.map((each) => each.recipe.attention)), [
    { kind: "dense" },
    data(pladis({ sites: ["down"] })),
  ]);
});

Deno.test("policies by site are varied as a list, and named with their sites", () => {
  const base: Recipe = recipe({
    model: pocket(),
    attention: bySite(pladis({ sites: ["up"] }), temperature({ temperature: 2, sites: ["mid"] })),
  });
  assert.equal(
    plainSetting(base).name,
    "PLADIS λ 2 α 1.5 at up; temperature 2 at mid, ddim 20, guidance 3",
  );
  const one = '[{"kind":"pladis","lambda":1,"sites":["up"]}]', two = '[{"kind":"entmax","sites":"all"}]';
  const wanted = [bySite(pladis({ lambda: 1, sites: ["up"] })), bySite(entmax())];
  for (const start of [base, dense]) {
    const settings = vary(start, `attention.policies=${one},${two}`);
    assert.deepEqual(data(settings.map(({ recipe }) => recipe.attention)), data(wanted));
  }
  assert.throws(
    () => vary(base, "attention.lambda=1"),
    /attention\.kind must be one that has lambda \(pladis\).*got "by-site"/,
  );
  assert.throws(
    () => vary(base, "attention.policies[0].lambda=1"),
    /a field of the recipe: .*attention\.policies.*got "attention\.policies\[0\]\.lambda"/,
  );
});

Deno.test("every number of the grid is in the recipe of its setting", () => {
  const lambdas = fc.uniqueArray(fc.double({ min: 0, max: 10, noNaN: true }), {
    minLength: 1,
    maxLength: 4,
    selector: String,
  });
  const steps = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 3 });
  fc.assert(fc.property(lambdas, steps, (lambda, step) => {
    const axes = [{ path: "attention.lambda", values: lambda.map((x) => x + 0) }, {
      path: "scheduler.steps",
      values: step,
    }];
    const settings = settingsOf(dense, axes);
    assert.equal(settings.length, lambda.length * step.length);
    assert.equal(new Set(settings.map(({ name }) => name)).size, settings.length);
    for (const { values, recipe: { attention, scheduler, guidance } } of settings) {
      assert.equal(attention.kind === "pladis" && attention.lambda, values["attention.lambda"]);
      assert.equal(scheduler.steps, values["scheduler.steps"]);
      assert.deepEqual(guidance, dense.guidance);
    }
  }));
});

Deno.test("errors name the path, the rule and what is allowed", () => {
  const cases: [Recipe, string[], RegExp][] = [
    [
      dense,
      ["atention.lambda=1"],
      /must be a field of the recipe: .*attention\.lambda.*Did you mean attention\.lambda\?/s,
    ],
    [dense, ["seed=1"], /a field of the recipe: .*scheduler\.steps.*got "seed"/],
    [
      dense,
      ["attention.lambda=1,11"],
      /to attention\.lambda=11: attention\.lambda must be a number from 0 to 10, got 11/,
    ],
    [dense, ["scheduler.steps=4,many"], /scheduler\.steps must be a whole number .*got "many"/],
    [
      dense,
      ["attention.alpha=2"],
      /attention\.kind must be one that has alpha \(entmax, pladis\).*got "dense"/,
    ],
    [
      dense,
      ["scheduler.sigmas=karras"],
      /scheduler\.kind must be one that has sigmas \(euler, euler_ancestral, .*got "ddim"/,
    ],
    [dense, ["attention.kind=dens"], /Did you mean "dense"\?/],
    [
      dense,
      ["attention.kind=dense,pladis", "attention.lambda=1"],
      /attention\.kind must be an axis that no other one overrides/,
    ],
    [
      dense,
      ["attention.lambda=1", "attention.lambda=2"],
      /each axis must be given once, got "attention\.lambda"/,
    ],
    [dense, ["attention.lambda=1,2,1"], /attention\.lambda must be given different values, got 1/],
    [sparse, ['attention.sites=["joint"]'], /attention\.sites must be "all", places that pocket has/],
    [
      recipe({ model: stableDiffusion("x", { guidanceDistilled: true }) }),
      ["guidance.scale=1,2"],
      /guidance must be of kind none or nag for a guidance-distilled model/,
    ],
  ];
  for (const [base, axes, message] of cases) {
    assert.throws(() => vary(base, ...axes), (error: Error) => {
      assert.ok(error instanceof RecipeError, error.stack);
      assert.match(error.message, message);
      return true;
    });
  }
  assert.throws(() => settingsOf(dense, [{ path: "attention.lambda", values: [] }]), RecipeError);
});

Deno.test("every field that a recipe has is a path", () => {
  for (
    const made of [
      dense,
      sparse,
      dense.with({ attention: bySite(pladis()) }),
      recipe({ model: stableDiffusion("x"), size: { width: 64, height: 64 } }),
    ]
  ) {
    for (const [part, value] of Object.entries(data(made)).filter(([part]) => part !== "version")) {
      for (const field of Object.keys(value as object)) {
        assert.ok(recipePaths().includes(`${part}.${field}`), field);
      }
    }
  }
});
