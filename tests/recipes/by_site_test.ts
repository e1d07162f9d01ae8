/** Policies by site as data: what is refused, in which words. That they go through JSON is in recipe_test.ts. */
import assert from "node:assert/strict";
import { RecipeError } from "../../errors.ts";
import { bySite as make, entmax, parseRecipe, pladis, pocket, recipe } from "../../recipes/recipes.ts";

const withAttention = (attention: unknown) => ({ model: { kind: "pocket" }, attention });
const bySite = (...policies: unknown[]) => withAttention({ kind: "by-site", policies });

Deno.test("bySite() is plain data, each policy with its defaults, frozen to the last field", () => {
  const made = make(pladis({ sites: ["up"] }), entmax({ alpha: 2, sites: ["down"] }));
  const policies = [
    { kind: "pladis", lambda: 2, alpha: 1.5, sites: ["up"], interval: [0, 1] },
    { kind: "entmax", alpha: 2, sites: ["down"] },
  ];
  assert.deepEqual(made, { kind: "by-site", policies });
  const bare = [{ kind: "pladis", sites: ["up"] }, { kind: "entmax", alpha: 2, sites: ["down"] }];
  assert.deepEqual(parseRecipe(bySite(...bare)), recipe({ model: pocket(), attention: made }));
  assert.throws(() => Object.assign(made.policies[0], { lambda: 1 }), TypeError);
  assert.throws(() => (made.policies as unknown[]).push(1), TypeError);
});

/** What may be got wrong, and every word that is said of it. */
const MESSAGES: readonly (readonly [object, string])[] = [
  [
    bySite({ kind: "pladis" }, { kind: "entmax", sites: ["joint"] }),
    'attention.policies[1].sites must be "all", places that pocket has (down, mid, up), or ids of sites, got ["joint"]',
  ],
  [
    bySite(),
    "attention.policies must be a list of one policy or more, each entmax, temperature or pladis, got []. " +
    "For softmax at every site take dense.",
  ],
  [
    withAttention({ kind: "by-site" }),
    "attention.policies must be given: a list of one policy or more, each entmax, temperature or pladis. " +
    "For softmax at every site take dense.",
  ],
  [
    bySite({ kind: "entmax" }, { kind: "dense" }),
    'attention.policies[1].kind must be of kind entmax, temperature or pladis, got "dense". ' +
    "Sites of no policy are dense: leave them out. A list has no lists in it.",
  ],
  [
    bySite({ kind: "by-site", policies: [{ kind: "entmax" }] }),
    'attention.policies[0].kind must be of kind entmax, temperature or pladis, got "by-site". ' +
    "Sites of no policy are dense: leave them out. A list has no lists in it.",
  ],
  [
    bySite({ kind: "pladiss" }),
    'attention.policies[0].kind must be of kind entmax, temperature or pladis, got "pladiss". Did you mean "pladis"?',
  ],
  [
    bySite("entmax"),
    'attention.policies[0] must be of kind entmax, temperature or pladis, got "entmax". ' +
    "Sites of no policy are dense: leave them out. A list has no lists in it.",
  ],
  [
    bySite({ kind: "entmax", alpha: 5 }),
    "attention.policies[0].alpha must be a number above 1 and at most 4, got 5. " +
    "Take 1.5 as in the paper, or 2 for sparsemax; for softmax, which is the limit at 1, take dense.",
  ],
  [
    bySite({ kind: "pladis" }, { kind: "pladis", interval: [0.5, "1"] }),
    'attention.policies[1].interval[1] must be a number from 0 to 1, got "1". ' +
    "Take [0,1] for every step, or [0,0.5] for the first half.",
  ],
  [
    bySite({ kind: "entmax", lambda: 2 }),
    'attention.policies[0].lambda must be a known key (kind, alpha, sites), got "lambda". ' +
    "Leave it out, or take a kind that has it: pladis.",
  ],
];

for (const [data, message] of MESSAGES) {
  Deno.test(`by site: it is said that ${message}`, () => {
    assert.throws(() => parseRecipe(data), (error: Error) => {
      assert.ok(error instanceof RecipeError);
      assert.equal(error.message, `Cannot read the recipe: ${message}`);
      return true;
    });
  });
}
