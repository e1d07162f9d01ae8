/** Arbitrary valid recipes, as data. */
import fc from "npm:fast-check@4.10.2";

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
const distilledModel = fc.record({
  kind: fc.constantFrom("stable-diffusion", "stable-diffusion-xl"),
  source,
  guidanceDistilled: fc.constant(true),
});

const sigmas = fc.constantFrom("karras", "exponential", "beta");
const scheduler = fc.oneof(
  fc.record({ kind: fc.constant("ddim"), steps, eta: unit, config }, { requiredKeys: ["kind"] }),
  fc.record({ kind: fc.constantFrom("euler", "dpmpp_2m"), steps, sigmas, config }, {
    requiredKeys: ["kind"],
  }),
  fc.record({ kind: fc.constant("bundle"), steps, config }, { requiredKeys: ["kind"] }),
);

const alpha = fc.double({ min: 1, minExcluded: true, max: 4, noNaN: true });
const lambda = fc.double({ min: 0, max: 10, noNaN: true });
const sites = fc.oneof(
  fc.constant("all"),
  fc.uniqueArray(fc.constantFrom("down", "mid", "up"), { minLength: 1 }),
);
const interval = fc.uniqueArray(unit, { minLength: 2, maxLength: 2, comparator: (a, b) => a === b })
  .map((bounds) => bounds.sort((a, b) => a - b));
const attention = fc.oneof(
  fc.constant({ kind: "dense" }),
  fc.record({ kind: fc.constant("entmax"), alpha, sites }, { requiredKeys: ["kind"] }),
  fc.record({ kind: fc.constant("pladis"), lambda, alpha, sites, interval }, { requiredKeys: ["kind"] }),
);

const noGuidance = fc.constant({ kind: "none" });
const scale = fc.double({ min: 0, max: 100, noNaN: true });
const guidance = fc.oneof(
  noGuidance,
  fc.record({ kind: fc.constant("cfg"), scale, rescale: unit }, { requiredKeys: ["kind"] }),
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
  fc.record({ model: distilledModel, ...parts, guidance: noGuidance }, { requiredKeys: ["model"] }),
);
