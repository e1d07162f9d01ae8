import assert from "node:assert/strict";
import { type FlagFiles, recipeFromFlags } from "../../cli/recipe_from_flags.ts";
import type { GenerateFlags } from "../../cli/generate_flags.ts";
import { UsageError } from "../../errors.ts";
import {
  apg,
  bySite,
  cfg,
  ddim,
  dense,
  dpmpp2m,
  entmax,
  euler,
  fdg,
  noGuidance,
  pag,
  perpNeg,
  pladis,
  pocket,
  type Recipe,
  recipe,
  size,
  stableDiffusion,
  tcfg,
  temperature,
} from "../../recipes/recipes.ts";

const NONE = {
  negative: undefined,
  seed: undefined,
  noise: undefined,
  variationSeed: undefined,
  image: undefined,
  strength: undefined,
  variationStrength: undefined,
  images: undefined,
  width: undefined,
  height: undefined,
  model: undefined,
  recipe: undefined,
  attentionForm: undefined,
  device: undefined,
  steps: undefined,
  solver: undefined,
  sigmas: undefined,
  scheduler: undefined,
  guidance: undefined,
  scale: undefined,
  rescale: undefined,
  clipSkip: undefined,
  attention: undefined,
  lambda: undefined,
  alpha: undefined,
  temperature: undefined,
  pag: undefined,
  seg: undefined,
  sites: undefined,
  out: undefined,
  trace: undefined,
  maps: undefined,
  json: false,
  quiet: false,
} satisfies GenerateFlags;

const made = (flags: Partial<GenerateFlags>, files?: FlagFiles) =>
  recipeFromFlags({ ...NONE, ...flags }, files);
const data = (value: Recipe) => JSON.parse(JSON.stringify(value));
const same = (actual: Recipe, expected: Recipe) => assert.deepEqual(data(actual), data(expected));
const base: Recipe = recipe({ model: pocket() });

Deno.test("recipeFromFlags() without flags is the default recipe, and with --recipe that one", () => {
  same(made({}), base);
  const own: Recipe = recipe({
    model: pocket(),
    scheduler: euler({ steps: 7, sigmas: "karras" }),
    attention: pladis({ lambda: 3 }),
  });
  same(made({}, { recipe: own }), own);
});

Deno.test("recipeFromFlags() puts each flag's value into its place and leaves the rest", () => {
  const cases: [Partial<GenerateFlags>, Partial<Parameters<Recipe["with"]>[0]>][] = [
    [{ steps: 5 }, { scheduler: ddim({ steps: 5 }) }],
    [{ solver: "euler" }, { scheduler: euler({ steps: 20 }) }],
    [{ solver: "euler", sigmas: "karras" }, { scheduler: euler({ steps: 20, sigmas: "karras" }) }],
    [{ solver: "dpmpp_2m", steps: 9 }, { scheduler: dpmpp2m({ steps: 9 }) }],
    [{ scale: 7 }, { guidance: cfg({ scale: 7 }) }],
    [{ rescale: 0.5 }, { guidance: cfg({ rescale: 0.5 }) }],
    [{ guidance: "none" }, { guidance: noGuidance() }],
    [{ guidance: "apg" }, { guidance: apg() }],
    [{ guidance: "perp_neg", scale: 6 }, { guidance: perpNeg({ scale: 6 }) }],
    [{ guidance: "fdg", rescale: 0.5 }, { guidance: fdg({ rescale: 0.5 }) }],
    [{ attention: "entmax" }, { attention: entmax() }],
    [{ attention: "entmax", alpha: 2 }, { attention: entmax({ alpha: 2 }) }],
    [{ attention: "pladis" }, { attention: pladis() }],
    [{ lambda: 1.5 }, { attention: pladis({ lambda: 1.5 }) }],
    [{ lambda: 1.5, alpha: 2 }, { attention: pladis({ lambda: 1.5, alpha: 2 }) }],
    [{ width: 64, height: 128 }, { size: size(64, 128) }],
  ];
  for (const [flags, part] of cases) same(made(flags), base.with(part));
  assert.equal(made({ clipSkip: 1 }).textEncoder.clipSkip, 1);
});

Deno.test("recipeFromFlags() overrides a recipe field by field", () => {
  const own: Recipe = recipe({
    model: pocket(),
    scheduler: euler({ steps: 7, sigmas: "karras" }),
    attention: pladis({ lambda: 3, alpha: 2, sites: ["mid"] }),
    guidance: cfg({ scale: 5, rescale: 0.7 }),
    size: size(64, 64),
  });
  const cases: [Partial<GenerateFlags>, Partial<Parameters<Recipe["with"]>[0]>][] = [
    [{ steps: 3 }, { scheduler: euler({ steps: 3, sigmas: "karras" }) }],
    [{ solver: "dpmpp_2m" }, { scheduler: dpmpp2m({ steps: 7, sigmas: "karras" }) }],
    [{ solver: "ddim" }, { scheduler: ddim({ steps: 7 }) }],
    [{ lambda: 1 }, { attention: pladis({ lambda: 1, alpha: 2, sites: ["mid"] }) }],
    [{ attention: "entmax" }, { attention: entmax({ alpha: 2, sites: ["mid"] }) }],
    [{ attention: "dense" }, { attention: dense() }],
    [{ temperature: 0.8 }, { attention: temperature({ temperature: 0.8, sites: ["mid"] }) }],
    [{ sites: "all" }, { attention: pladis({ lambda: 3, alpha: 2 }) }],
    [{ sites: ["up", "a.attn2"] }, { attention: pladis({ lambda: 3, alpha: 2, sites: ["up", "a.attn2"] }) }],
    [{ scale: 2 }, { guidance: cfg({ scale: 2, rescale: 0.7 }) }],
    [{ guidance: "cfg", scale: 2 }, { guidance: cfg({ scale: 2, rescale: 0.7 }) }],
    [{ guidance: "tcfg" }, { guidance: tcfg() }],
    [{ pag: 1 }, { guidance: cfg({ scale: 5, rescale: 0.7, perturbed: [pag({ scale: 1 })] }) }],
    [{ width: 128 }, { size: size(128, 64) }],
  ];
  for (const [flags, part] of cases) same(made(flags, { recipe: own }), own.with(part));
});

Deno.test("recipeFromFlags() leaves policies by site to the recipe, whole", () => {
  const own: Recipe = recipe({
    model: pocket(),
    attention: bySite(pladis({ lambda: 3, sites: ["up"] }), temperature({ temperature: 2, sites: ["mid"] })),
  });
  same(made({ steps: 5 }, { recipe: own }), own.with({ scheduler: ddim({ steps: 5 }) }));
  same(made({ attention: "dense" }, { recipe: own }), own.with({ attention: dense() }));
  same(
    made({ attention: "pladis", lambda: 1 }, { recipe: own }),
    own.with({ attention: pladis({ lambda: 1 }) }),
  );
  const refused: [Partial<GenerateFlags>, RegExp][] = [
    [
      { lambda: 2 },
      /^Cannot [^:]*: --lambda must be left out where the recipe has policies by site.*, got 2\. Change attention\.policies in the recipe/,
    ],
    [{ alpha: 2 }, /--alpha must be left out/],
    [{ temperature: 2 }, /--temperature must be left out/],
    [{ sites: ["up"] }, /--sites must be left out where .*, got \["up"\]/],
  ];
  for (const [flags, message] of refused) {
    assert.throws(
      () => made(flags, { recipe: own }),
      (error) =>
        error instanceof UsageError && message.test(error.message) || assert.fail(`${message}: ${error}`),
    );
  }
});

Deno.test("recipeFromFlags() takes --model over the recipe's model", () => {
  const model = stableDiffusion("./folder");
  assert.deepEqual(data(made({ model: "./folder" }, { model })).model, data(recipe({ model })).model);
  assert.equal(
    made({ model: "./folder" }, { model, recipe: base.with({ attention: pladis() }) }).attention.kind,
    "pladis",
  );
});

Deno.test("recipeFromFlags() lets --scheduler's file name the solver unless --solver does", () => {
  const schedulerConfig = { _class_name: "EulerDiscreteScheduler", beta_start: 0.00085 };
  const files = { schedulerConfig };
  assert.deepEqual(data(made({ scheduler: "s.json" }, files)).scheduler, {
    kind: "bundle",
    steps: 20,
    config: schedulerConfig,
  });
  const { kind, config } = data(made({ scheduler: "s.json", solver: "ddim" }, files)).scheduler;
  assert.deepEqual({ kind, config }, { kind: "ddim", config: schedulerConfig });
});

Deno.test("recipeFromFlags() names the flag in every complaint, and what to do", () => {
  const distilled = recipe({
    model: stableDiffusion("x", { guidanceDistilled: true }),
    guidance: noGuidance(),
  });
  const cases: [Partial<GenerateFlags>, RegExp, FlagFiles?][] = [
    [{ steps: 0 }, /--steps must be .*, got 0/],
    [
      { guidance: "fdg", scale: 3 },
      /--scale must be used with a guidance that has it \(cfg, apg, .*\), got "fdg"/,
    ],
    [{ guidance: "cfg_pp", rescale: 0.5 }, /--rescale must be used with a guidance that has it/],
    [{ guidance: "none", scale: 3 }, /--scale must be used with a guidance that has it/],
    [{ steps: 2.5 }, /--steps must be .*, got 2.5/],
    [{ lambda: 1e9 }, /--lambda must be .*, got 1000000000/],
    [{ lambda: 2, alpha: 1 }, /--alpha must be .*, got 1/],
    [{ attention: "entmax", alpha: 0.5 }, /--alpha must be .*, got 0.5/],
    [{ scale: Infinity }, /--scale must be .*, got Infinity/],
    [{ scale: -1 }, /--scale must be .*, got -1/],
    [{ rescale: 2 }, /--rescale must be .*, got 2/],
    [{ clipSkip: -1 }, /--clip-skip must be .*, got -1/],
    [{ steps: 0, scale: -1 }, /--steps must be .*, got 0.*\nAlso, --scale must be .*, got -1/s],
    [{ width: 0, height: 64 }, /--width must be .*, got 0/],
    [{ width: 64 }, /--width must be used with --height, got 64/],
    [{ height: 64 }, /--height must be used with --width, got 64/],
    [
      { alpha: 2 },
      /--alpha must be used with --attention pladis or entmax, got "dense"\. Add --attention pladis/,
    ],
    [{ lambda: 2, attention: "dense" }, /--lambda must be used with --attention pladis, got "dense"/],
    [{ lambda: 2, attention: "entmax" }, /--lambda must be used with --attention pladis, got "entmax"/],
    [
      { sigmas: "karras" },
      /--sigmas must be used with a solver whose noise levels can be chosen, got "ddim"\. Add --solver/,
    ],
    [{ scale: 4 }, /--scale/, { recipe: distilled }],
  ];
  for (const [flags, message, files] of cases) {
    assert.throws(
      () => made(flags, files),
      (error) =>
        error instanceof UsageError && message.test(error.message) || assert.fail(`${message}: ${error}`),
    );
  }
});
