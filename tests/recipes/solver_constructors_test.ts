import assert from "node:assert/strict";
import { SIGMAS_NAMES } from "../../ops/schedule/named_sigmas.ts";
import { SOLVERS } from "../../ops/solvers/scheduler.ts";
import * as recipes from "../../recipes/recipes.ts";

const { DISTILLED_KINDS, ETA_KINDS, PLAIN_KINDS, SIGMAS, SIGMAS_KINDS, SOLVER_TITLES } = recipes;

Deno.test("recipes name every solver that there is, by its title, and what can be chosen of it", () => {
  const named = (kinds: readonly string[]) => new Set<string>(kinds);
  const having = (field: "takesSigmas" | "takesEta" | "takesTimesteps") =>
    named(SOLVERS.filter((solver) => solver[field]).map(({ name }) => name));
  assert.deepEqual(named(SIGMAS_KINDS), having("takesSigmas"));
  assert.deepEqual(named(ETA_KINDS), having("takesEta"));
  assert.deepEqual(named(DISTILLED_KINDS), having("takesTimesteps"));
  assert.deepEqual(
    named([...ETA_KINDS, ...SIGMAS_KINDS, ...DISTILLED_KINDS, ...PLAIN_KINDS]),
    named(SOLVERS.map(({ name }) => name)),
  );
  assert.deepEqual({ ...SOLVER_TITLES }, Object.fromEntries(SOLVERS.map(({ name, title }) => [name, title])));
  assert.deepEqual([...SIGMAS].sort(), [...SIGMAS_NAMES].sort());
});

Deno.test("each solver has a constructor of its name, whose recipe goes through JSON", () => {
  const camel = (kind: string) => kind.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  for (const { name } of SOLVERS) {
    const make = (recipes as unknown as Record<string, (options: object) => object>)[camel(name)];
    const scheduler = make({ steps: 6 });
    const made = recipes.recipe({ model: recipes.pocket(), scheduler: scheduler as recipes.SchedulerRecipe });
    assert.equal(made.scheduler.kind, name);
    assert.deepEqual(recipes.parseRecipe(JSON.parse(JSON.stringify(made))), made);
  }
});

Deno.test("a list of sigmas says how many steps there are, unless they are given", () => {
  const sigmas = [10, 3, 1, 0];
  assert.deepEqual(recipes.euler({ sigmas }), { kind: "euler", steps: 3, sigmas });
  assert.equal(recipes.euler({ sigmas, steps: 2 }).steps, 2);
  assert.deepEqual(sigmas, [10, 3, 1, 0]);
  assert.ok(!Object.isFrozen(sigmas));
});

Deno.test("a list of timesteps of a distilled model says how many steps there are, unless they are given", () => {
  const timesteps = [999, 749, 499, 249];
  assert.deepEqual(recipes.lcm({ timesteps }), { kind: "lcm", steps: 4, timesteps });
  assert.deepEqual(recipes.tcd({ timesteps }), { kind: "tcd", steps: 4, timesteps, eta: 0.3 });
  assert.equal(recipes.lcm({ timesteps, steps: 2 }).steps, 2);
  for (const bad of [[1, 2], [5, 5], [1.5], [-1]]) {
    assert.throws(() => recipes.lcm({ timesteps: bad }), {
      name: "RecipeError",
      message: /timesteps(\[0\])? must be a falling list of whole numbers from 0/,
    });
  }
});
