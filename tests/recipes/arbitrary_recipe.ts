/** Arbitrary valid recipes, as data. */
import fc from "npm:fast-check@4.10.2";
import { DISTILLED_KINDS, PLAIN_KINDS, SIGMAS, SIGMAS_KINDS } from "../../recipes/recipes.ts";

const unit = fc.double({ min: 0, max: 1, noNaN: true });
const steps = fc.integer({ min: 1, max: 1000 });
// a key of that name, which JSON allows, is refused
const config = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 })
  .filter((data) => !JSON.stringify(data).includes("__proto__"));
const source = fc.string({ minLength: 1 }).filter((text) => /\S/.test(text));

/** A model that takes guidance. */
export const freeModel = fc.oneof(
  fc.constant({ kind: "pocket" }),
  fc.record({
    kind: fc.constantFrom("stable-diffusion", "stable-diffusion-xl"),
    source,
    guidanceDistilled: fc.constant(false),
  }, { requiredKeys: ["kind", "source"] }),
);
const distilledModel = fc.oneof(
  fc.constant({ kind: "pocket-turbo" }),
  fc.record({
    kind: fc.constantFrom("stable-diffusion", "stable-diffusion-xl"),
    source,
    guidanceDistilled: fc.constant(true),
  }),
);

const sigmas = fc.oneof(
  fc.constantFrom(...SIGMAS),
  fc.record({
    name: fc.constantFrom("karras", "polyexponential"),
    rho: fc.double({ min: 0.5, max: 20, noNaN: true }),
  }),
  fc.uniqueArray(fc.double({ min: 0, max: 100, noNaN: true }).map((x) => x + 0), {
    minLength: 2,
    maxLength: 9,
  })
    .map((list) => list.sort((a, b) => b - a)),
);
const timesteps = fc.uniqueArray(fc.nat(999), { minLength: 1, maxLength: 9 })
  .map((list) => list.sort((a, b) => b - a));
const scheduler = fc.oneof(
  fc.record({ kind: fc.constant("ddim"), steps, eta: unit, config }, { requiredKeys: ["kind"] }),
  fc.record({ kind: fc.constantFrom(...DISTILLED_KINDS), steps, timesteps, config }, {
    requiredKeys: ["kind"],
  }),
  fc.record({ kind: fc.constant("tcd"), steps, timesteps, eta: unit, config }, { requiredKeys: ["kind"] }),
  fc.record({ kind: fc.constantFrom(...SIGMAS_KINDS), steps, sigmas, config }, {
    requiredKeys: ["kind"],
  }),
  fc.record({ kind: fc.constantFrom(...PLAIN_KINDS, "bundle"), steps, config }, { requiredKeys: ["kind"] }),
);

const alpha = fc.double({ min: 1, minExcluded: true, max: 4, noNaN: true });
const lambda = fc.double({ min: 0, max: 10, noNaN: true });
const sites = fc.oneof(
  fc.constant("all"),
  fc.uniqueArray(fc.constantFrom("down", "mid", "up", "mid_block.attentions.0.transformer_blocks.0.attn2"), {
    minLength: 1,
  }),
);
const interval = fc.uniqueArray(unit, { minLength: 2, maxLength: 2, comparator: (a, b) => a === b })
  .map((bounds) => bounds.sort((a, b) => a - b));
const scale = fc.double({ min: 0, max: 100, noNaN: true });
const guidanceInterval = fc.oneof(interval, fc.constant({ high: 10, low: 0.5 }));
const share = fc.double({ min: 0, max: 2, noNaN: true });
const schedule = fc.oneof(
  fc.record({ kind: fc.constantFrom("linear", "cosine"), from: share, to: share }),
  fc.record({ kind: fc.constant("piecewise"), points: fc.tuple(fc.tuple(fc.constant(0.5), share)) }),
);
const temperature = fc.double({ min: 0.01, max: 100, noNaN: true });
const placed = fc.oneof(
  fc.record({ kind: fc.constant("entmax"), alpha, sites }, { requiredKeys: ["kind"] }),
  fc.record({ kind: fc.constant("pladis"), lambda, alpha, sites, interval, schedule }, {
    requiredKeys: ["kind"],
  }),
  fc.record({ kind: fc.constant("temperature"), temperature, sites, interval }, {
    requiredKeys: ["kind", "temperature"],
  }),
);
const attention = fc.oneof(
  fc.constant({ kind: "dense" }),
  placed,
  fc.record({ kind: fc.constant("by-site"), policies: fc.array(placed, { minLength: 1, maxLength: 4 }) }),
);

const from = fc.constantFrom("unconditional", "conditional");
const correct = fc.constantFrom("zero_star", "tangential");
const perturbed = fc.uniqueArray(
  fc.oneof(
    fc.record({ kind: fc.constant("pag"), scale, sites, interval: guidanceInterval }, {
      requiredKeys: ["kind", "scale", "sites"],
    }),
    fc.record({ kind: fc.constant("seg"), scale, sites, sigma: temperature }, {
      requiredKeys: ["kind", "scale", "sites"],
    }),
  ),
  { minLength: 1, maxLength: 2, selector: ({ kind }) => kind },
);
const nag = fc.record({
  kind: fc.constant("nag"),
  scale: fc.double({ min: 1, max: 100, noNaN: true }),
  tau: fc.double({ min: 1, max: 100, noNaN: true }),
  alpha: unit,
}, { requiredKeys: ["kind"] });
const noGuidance = fc.record({ kind: fc.constant("none"), perturbed }, { requiredKeys: ["kind"] });
const limited = { rescale: unit, interval: guidanceInterval, perturbed };
const scaled = { ...limited, scale, schedule };
/** A rule of a kind, with any of its fields left out. */
const rule = (kind: string, fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record({ kind: fc.constant(kind), ...fields }, { requiredKeys: ["kind"] });
const guidance = fc.oneof(
  noGuidance,
  rule("cfg", scaled),
  rule("apg", {
    ...scaled,
    eta: unit,
    momentum: unit.map((x) => 0.9 * x),
    normThreshold: scale,
    over: fc.constantFrom("image", "channel"),
    from,
    correct,
  }),
  rule("cfg_zero_star", { ...scaled, zeroSteps: fc.nat(1000), from }),
  rule("tcfg", { ...scaled, from }),
  rule("fdg", { ...limited, scales: fc.array(scale, { minLength: 1, maxLength: 8 }), from, correct }),
  rule("perp_neg", { ...scaled, negativeScale: scale }),
  rule("cfg_pp", { lambda: unit, interval: guidanceInterval, perturbed }),
  nag,
);
const side = fc.integer({ min: 1, max: 1024 }).map((n) => 8 * n);

/** Every part but the model, each valid with any model that takes guidance. */
export const parts = {
  textEncoder: fc.record({ clipSkip: fc.nat() }, { requiredKeys: [] }),
  scheduler,
  attention,
  guidance,
  size: fc.record({ width: side, height: side }),
};

/** Data of a valid recipe, with any of its parts and fields left out that have defaults. */
export const recipeData = fc.oneof(
  fc.record({ version: fc.constant(1), model: freeModel, ...parts }, { requiredKeys: ["model"] }),
  fc.record({ model: distilledModel, ...parts, guidance: fc.oneof(noGuidance, nag) }, {
    requiredKeys: ["model"],
  }),
);
