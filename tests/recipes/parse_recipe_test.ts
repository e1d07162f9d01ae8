import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { RecipeError } from "../../errors.ts";
import { GUIDANCE_KINDS, parseRecipe, SIGMAS, SOLVER_KINDS } from "../../recipes/recipes.ts";
import { recipeData } from "./arbitrary_recipe.ts";

const BASE = {
  version: 1,
  model: { kind: "stable-diffusion", source: "sd" },
  textEncoder: { clipSkip: 0 },
  scheduler: { kind: "euler", steps: 20, sigmas: "karras" },
  attention: { kind: "pladis", lambda: 2, alpha: 1.5, sites: "all", interval: [0, 1] },
  guidance: { kind: "cfg", scale: 3, rescale: 0 },
  size: { width: 64, height: 64 },
};

function faultOf(data: unknown): RecipeError {
  try {
    parseRecipe(data);
  } catch (error) {
    assert.ok(error instanceof RecipeError, `a RecipeError, not ${error}`);
    return error;
  }
  assert.fail(`accepted ${JSON.stringify(data)}`);
}

/** The data with one field replaced. */
function broken(path: string, value: unknown, base: object = BASE): object {
  const [key, ...rest] = path.split(".");
  const inner = (base as Record<string, object>)[key] ?? {};
  return { ...base, [key]: rest.length === 0 ? value : broken(rest.join("."), value, inner) };
}

/** Numbers outside of every field's range, and things that are no number at all. */
const noNumber = fc.oneof(
  fc.constantFrom(NaN, Infinity, -Infinity, null, true, "1", [1], {}, 1n),
  fc.string(),
);
const above = (limit: number) =>
  fc.double({ min: limit, minExcluded: true, noDefaultInfinity: true, noNaN: true });
// −0 is not below 0
const below = (limit: number) =>
  fc.double({ max: limit, maxExcluded: true, noDefaultInfinity: true, noNaN: true }).filter((x) => x < limit);
const fraction = fc.double({ min: 0.01, max: 0.99, noNaN: true }).chain((x) => fc.nat(99).map((n) => n + x));
const notIn = (words: readonly string[]) => fc.string().filter((word) => !words.includes(word));

const INVALID: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  "version": fc.oneof(noNumber, fc.integer().filter((n) => n !== 1)),
  "model": fc.oneof(fc.constantFrom(null, 1, "pocket", []), fc.string()),
  "model.kind": fc.oneof(
    notIn(["pocket", "pocket-turbo", "stable-diffusion", "stable-diffusion-xl"]),
    fc.integer(),
    fc.constant(null),
  ),
  "model.source": fc.oneof(fc.constantFrom("", " ", "\n\t", null, 1, []), fc.integer()),
  "model.guidanceDistilled": fc.constantFrom("true", 1, 0, null, []),
  "textEncoder": fc.constantFrom(null, 1, "", []),
  "textEncoder.clipSkip": fc.oneof(noNumber, fraction, fc.integer({ max: -1 })),
  "scheduler": fc.constantFrom(null, 1, "ddim", []),
  "scheduler.kind": notIn([...SOLVER_KINDS]),
  "scheduler.steps": fc.oneof(noNumber, fraction, fc.integer({ max: 0 }), fc.integer({ min: 1001 })),
  "scheduler.sigmas": fc.oneof(
    notIn([...SIGMAS]),
    fc.constantFrom(null, 1, ["karras"], [1], [1, 2], [2, 2, 0], { name: "beta", rho: 2 }),
    fc.constant({}),
  ),
  "scheduler.config": fc.constantFrom(null, 1, "x", []),
  "attention": fc.constantFrom(null, 1, "pladis", []),
  "attention.kind": notIn(["dense", "entmax", "temperature", "pladis", "by-site"]),
  "attention.lambda": fc.oneof(noNumber, below(0), above(10)),
  "attention.alpha": fc.oneof(noNumber, fc.constant(1), below(1), above(4)),
  "attention.sites": fc.oneof(
    notIn(["all"]),
    fc.constantFrom(null, 1, [], {}, ["all"], ["down", "down"], ["left"], ["down", 1], ["joint"], [
      "up",
      "single",
    ]),
  ),
  "attention.interval": fc.oneof(noNumber, fc.constantFrom([], [0], [0, 0.5, 1], [0.5, 0.5], [0.6, 0.4], {})),
  "guidance": fc.constantFrom(null, 1, "cfg", []),
  "guidance.kind": notIn(GUIDANCE_KINDS),
  "guidance.scale": fc.oneof(noNumber, below(0), above(100)),
  "guidance.rescale": fc.oneof(noNumber, below(0), above(1)),
  "guidance.interval": fc.constantFrom(null, 1, [], [0], [0.5, 0.5], {}, { high: 1 }, { high: 1, low: 2 }),
  "guidance.schedule": fc.constantFrom(
    null,
    "linear",
    { kind: "linear" },
    { kind: "square", from: 0, to: 1 },
  ),
  "size": fc.constantFrom(null, 1, "64x64", [64, 64]),
  "size.width": fc.oneof(noNumber, fc.integer().filter((n) => n % 8 !== 0), fc.constantFrom(0, -8, 8200)),
  "size.height": fc.oneof(noNumber, fc.integer().filter((n) => n % 8 !== 0), fc.constantFrom(0, -8, 8200)),
};

Deno.test("the base of these tests is valid", () => {
  parseRecipe(BASE);
});

for (const [path, invalid] of Object.entries(INVALID)) {
  Deno.test(`an invalid ${path} is a RecipeError that names it, and nothing else`, () => {
    fc.assert(fc.property(invalid, (value) => {
      // the keys of another kind are then unknown, which is not what is looked at here
      const base = path.endsWith(".kind") ? { model: { kind: "pocket" } } : BASE;
      const { fault, message } = faultOf(broken(path, value, base));
      assert.equal(fault.what, path);
      assert.ok(message.startsWith(`Cannot read the recipe: ${path} must be `), message);
      assert.ok(!message.includes("\nAlso, "), message);
    }));
  });
}

Deno.test("the rest of ddim's fields likewise", () => {
  const data = { model: { kind: "pocket" }, scheduler: { kind: "ddim" } };
  fc.assert(fc.property(fc.oneof(noNumber, below(0), above(1)), (eta) => {
    assert.equal(faultOf(broken("scheduler.eta", eta, data)).fault.what, "scheduler.eta");
  }));
});

Deno.test("the fields of every rule of guidance likewise", () => {
  const wrong: Record<string, object> = {
    "guidance.schedule.from": { kind: "cfg", schedule: { kind: "cosine", from: -1, to: 1 } },
    "guidance.schedule.points": {
      kind: "cfg",
      schedule: { kind: "piecewise", points: [[0.5, 1], [0.4, 1]] },
    },
    "guidance.eta": { kind: "apg", eta: 11 },
    "guidance.momentum": { kind: "apg", momentum: 1 },
    "guidance.normThreshold": { kind: "apg", normThreshold: -1 },
    "guidance.over": { kind: "apg", over: "row" },
    "guidance.from": { kind: "tcfg", from: "both" },
    "guidance.correct": { kind: "fdg", correct: "both" },
    "guidance.scales": { kind: "fdg", scales: [] },
    "guidance.parallelWeights": { kind: "fdg", scales: [3, 2], parallelWeights: [1] },
    "guidance.zeroSteps": { kind: "cfg_zero_star", zeroSteps: 0.5 },
    "guidance.negativeScale": { kind: "perp_neg", negativeScale: -1 },
    "guidance.lambda": { kind: "cfg_pp", lambda: 1.5 },
  };
  for (const [path, guidance] of Object.entries(wrong)) {
    assert.equal(faultOf({ model: { kind: "pocket" }, guidance }).fault.what, path);
  }
});

Deno.test("an unknown key anywhere is an error that names it", () => {
  const known = new Set("version model textEncoder scheduler attention guidance size kind".split(" "));
  const parts = ["", "model", "textEncoder", "scheduler", "attention", "guidance"] as const;
  const key = fc.string().filter((key) => /^[a-z]\w*$/i.test(key) && !known.has(key));
  fc.assert(fc.property(recipeData, fc.constantFrom(...parts), key, (data, part, key) => {
    const made = JSON.parse(JSON.stringify(parseRecipe(data)));
    const place = part === "" ? made : made[part];
    fc.pre(!(key in place));
    place[key] = 1;
    // every kind's own optional keys may not be there now
    fc.pre(
      !["sigmas", "config", "source", "interval", "schedule", "momentum", "correct", "parallelWeights"]
        .includes(key),
    );
    assert.equal(faultOf(made).fault.what, part === "" ? key : `${part}.${key}`);
  }));
});

/** What users get wrong, and every word that they are told. */
const MESSAGES: readonly (readonly [object, string])[] = [
  [
    broken("scheduler.steps", 0),
    "scheduler.steps must be a whole number from 1 to 1000, got 0. Take 20, or 4 for a quick look.",
  ],
  [
    broken("guidance.scale", NaN),
    "guidance.scale must be a number from 0 to 100, got NaN. Take 3 for the bundled model, 7.5 for Stable Diffusion, 1 for none.",
  ],
  [
    broken("attention.lambda", 1e9),
    "attention.lambda must be a number from 0 to 10, got 1000000000. Take 2 as in the paper, which tries 1 to 3.",
  ],
  [
    broken("attention.interval", [0.5, "1"]),
    'attention.interval[1] must be a number from 0 to 1, got "1". ' +
    "Take [0,1] for every step, or [0,0.5] for the first half.",
  ],
  [
    broken("attention.interval", [0.5, 0.5]),
    "attention.interval must be two numbers from 0 to 1, the first below the second, got [0.5,0.5]. " +
    "Take [0,1] for every step, or [0,0.5] for the first half.",
  ],
  [
    broken("attention.alpha", 1),
    "attention.alpha must be a number above 1 and at most 4, got 1. " +
    "Take 1.5 as in the paper, or 2 for sparsemax; for softmax, which is the limit at 1, take dense.",
  ],
  [
    broken("size.width", 65),
    "size.width must be a multiple of 8 from 8 to 8192, got 65. " +
    "Leave size out for the size that the model was trained at.",
  ],
  [
    broken("model.source", ""),
    'model.source must be the folder or URL of an ONNX bundle, got "". ' +
    "Export a model with optimum-onnx, or use pocket(), which needs no source.",
  ],
  [
    broken("scheduler.kind", "eulr"),
    `scheduler.kind must be one of ${SOLVER_KINDS.join(", ")}, got "eulr". Did you mean "euler"?`,
  ],
  [
    broken("scheduler.sigmas", "karas"),
    `scheduler.sigmas must be one of ${
      SIGMAS.join(", ")
    }; a falling list of numbers; or a name and a rho, got "karas". Did you mean "karras"?`,
  ],
  [
    broken("scheduler.eta", 0.5),
    'scheduler.eta must be a known key (kind, steps, sigmas, config), got "eta". ' +
    "Leave it out, or take a kind that has it: ddim, tcd.",
  ],
  [
    broken("attention.lamda", 2),
    'attention.lamda must be a known key (kind, lambda, alpha, sites, interval, schedule), got "lamda". Did you mean lambda?',
  ],
  [
    broken("steps", 4),
    'steps must be a known key (version, model, textEncoder, scheduler, attention, guidance, size), got "steps". ' +
    "Leave it out here: it belongs to scheduler.",
  ],
  [
    broken("seed", 4),
    'seed must be a known key (version, model, textEncoder, scheduler, attention, guidance, size), got "seed". ' +
    "seed is not part of a recipe: give it to generate().",
  ],
  [broken("version", 2), "version must be 1, got 2. A newer Winnow may be needed to read it."],
  [
    {},
    "model must be given: an object whose kind is one of pocket, pocket-turbo, stable-diffusion, stable-diffusion-xl",
  ],
  [
    { model: {} },
    "model.kind must be given: one of pocket, pocket-turbo, stable-diffusion, stable-diffusion-xl",
  ],
  [
    { model: { kind: "stable-diffusion" } },
    "model.source must be given: the folder or URL of an ONNX bundle. " +
    "Export a model with optimum-onnx, or use pocket(), which needs no source.",
  ],
  [
    { ...BASE, model: { kind: "stable-diffusion-xl", source: "x", guidanceDistilled: true } },
    'guidance must be of kind none or nag for a guidance-distilled model, got {"kind":"cfg","scale":3,"rescale":0}. ' +
    "Guidance is in its weights: use noGuidance(), or nag() for a negative prompt. PLADIS works with such models.",
  ],
  [
    { model: { kind: "pocket" }, attention: { kind: "entmax", sites: ["down", "joint"] } },
    'attention.sites must be "all", places that pocket has (down, mid, up), or ids of sites, got ["down","joint"]',
  ],
  [
    broken("guidance.perturbed", [{ kind: "pag", scale: -1 }]),
    "guidance.perturbed[0].scale must be a number from 0 to 100, got -1. Take 3, as in the papers; 0 is none.",
  ],
];

for (const [data, message] of MESSAGES) {
  Deno.test(`it is said that ${message}`, () => {
    assert.equal(faultOf(data).message, `Cannot read the recipe: ${message}`);
  });
}

Deno.test("several problems are all in one error: the first in the sentence, the others as lines", () => {
  const data = broken("scheduler.steps", -1, broken("size.width", 1, broken("attention.lamda", 2)));
  assert.equal(
    faultOf(data).message,
    "Cannot read the recipe: scheduler.steps must be a whole number from 1 to 1000, got -1. " +
      "Take 20, or 4 for a quick look.\n" +
      'Also, attention.lamda must be a known key (kind, lambda, alpha, sites, interval, schedule), got "lamda". Did you mean lambda?\n' +
      "Also, size.width must be a multiple of 8 from 8 to 8192, got 1. " +
      "Leave size out for the size that the model was trained at.",
  );
  const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`x${i}`, i]));
  const { message } = faultOf({ ...BASE, ...many });
  assert.equal(message.split("\n").length, 11);
  assert.match(message, /\nAnd 990 more\.$/);
});

Deno.test("what is no recipe at all", () => {
  for (const value of [null, undefined, 1, true, [], () => 1, Symbol("x"), new Map(), new Date(), 1n]) {
    assert.equal(faultOf(value).fault.what, "the recipe");
  }
  assert.match(faultOf("{").message, /Cannot read the recipe: the text must be JSON, got /);
  assert.match(faultOf("1").message, /the recipe must be an object, got 1/);
});

Deno.test("what is no plain data is refused, wherever it stands", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  const cases: [unknown, RegExp][] = [
    [cyclic, /scheduler\.config\.self.* must be at most 32 levels deep, without cycles/],
    [{ f: () => 1 }, /scheduler\.config\.f must be plain data, got function/],
    [{ a: [new Map()] }, /scheduler\.config\.a\[0\] must be plain data, got "an instance of Map"/],
    [{ "a b": 1n }, /scheduler\.config\["a b"\] must be a number that JSON can hold, got 1/],
    [JSON.parse('{"__proto__": {"polluted": true}}'), /scheduler\.config\.__proto__ must be left out/],
  ];
  for (const [config, message] of cases) {
    assert.match(faultOf(broken("scheduler.config", config)).message, message);
  }
  assert.match(
    faultOf(JSON.parse('{"__proto__": {"model": {"kind": "pocket"}}}')).message,
    /__proto__ must be left out/,
  );
});

Deno.test("names that every object has are unknown keys like any other", () => {
  for (const key of ["toString", "constructor", "hasOwnProperty"]) {
    assert.equal(faultOf({ ...BASE, [key]: 1 }).fault.what, key);
    assert.equal(faultOf(broken("attention", { kind: "dense", [key]: 1 })).fault.what, `attention.${key}`);
    assert.equal(faultOf(broken("attention", { kind: key })).fault.what, "attention.kind");
  }
});

Deno.test("parseRecipe() names the file, and shows no other library's error", () => {
  const error = (() => {
    try {
      return parseRecipe({ model: { kind: "poket" } }, { path: "night.json" });
    } catch (error) {
      return error as Error;
    }
  })() as Error;
  assert.equal(
    error.message,
    'Cannot read the recipe night.json: model.kind must be one of pocket, pocket-turbo, stable-diffusion, stable-diffusion-xl, got "poket". ' +
      'Did you mean "pocket"?',
  );
  assert.equal(error.cause, undefined);
});

Deno.test("parseRecipe() never throws anything but a RecipeError", () => {
  fc.assert(
    fc.property(
      fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
      (value) => {
        const data = typeof value === "object" && value !== null && !Array.isArray(value)
          ? { ...BASE, ...value }
          : value;
        try {
          parseRecipe(data);
        } catch (error) {
          assert.ok(error instanceof RecipeError, String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
});
