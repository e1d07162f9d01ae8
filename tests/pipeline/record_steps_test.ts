/** What a recording keeps of each step, without a model. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { DeviceError, DomainError } from "../../errors.ts";
import { floatTensor } from "../../models/runtimes/tensor.ts";
import type { AttentionSite } from "../../models/surgery/attention_site.ts";
import { tapOutput } from "../../models/surgery/tap_weights.ts";
import { createAttentionMaps } from "../../pipeline/attention_maps.ts";
import { recordMaps } from "../../pipeline/record_maps.ts";

/** Of latents of 4 x 8: a grid of 4 x 8, and one of 2 x 4. */
const LATENTS = [2, 4, 4, 8], KEYS = 5;
const GRIDS = [{ height: 4, width: 8 }, { height: 2, width: 4 }];
const SITES = GRIDS.map((_, i): AttentionSite => ({
  id: `site.${i}`,
  kind: "cross",
  node: "",
  dtype: "float32",
  masked: false,
}));
/** The two pictures' prompts are not of the same length. */
const PROMPTS = [
  [{ text: "red", tokens: [1, 2] }, { text: "dog's", tokens: [2, 4] }],
  [{ text: "cat", tokens: [1, 2] }],
] as const;

/** For each site [B, Q, K], made of a seed. */
function valuesOf(seed: number) {
  return SITES.map((site, i) => {
    const shape = [PROMPTS.length, GRIDS[i].height * GRIDS[i].width, KEYS];
    const size = shape.reduce((a, b) => a * b);
    const data = Float32Array.from(
      { length: size },
      (_, at) => Math.abs(Math.sin(seed + at * 12.9898)) - 0.1,
    );
    return [tapOutput(site), floatTensor(shape, data)] as const;
  });
}

const seeds = fc.array(fc.integer({ min: 0, max: 9999 }), { minLength: 1, maxLength: 5 });

Deno.test("recordMaps() keeps maps only, and the same as of all weights at once", () => {
  fc.assert(fc.property(seeds, fc.nat(3), (seeds, firstStep) => {
    const prompts = PROMPTS.map((words) => ({ words }));
    const run = { timesteps: Array<number>(firstStep + seeds.length).fill(0), firstStep };
    const recorder = recordMaps(SITES, prompts, LATENTS, run);
    assert.deepEqual(recorder.taps.outputs, ["winnow/weights/site.0", "winnow/weights/site.1"]);
    for (const [step, seed] of seeds.entries()) {
      const values = valuesOf(seed);
      recorder.taps.onValues(firstStep + step, Object.fromEntries(values));
      // a runtime may use its memory again
      for (const [, { data }] of values) data.fill(NaN);
    }
    for (const [picture, maps] of recorder.maps().entries()) {
      const steps = seeds.map((seed) =>
        valuesOf(seed).map(([site, { data }], i) => {
          const size = GRIDS[i].height * GRIDS[i].width * KEYS;
          const weights = data.subarray(picture * size, (picture + 1) * size);
          return { site, ...GRIDS[i], keys: KEYS, weights };
        })
      );
      const whole = createAttentionMaps({ words: PROMPTS[picture], steps });
      assert.deepEqual(maps.toNpy(), whole.toNpy());
      assert.deepEqual(maps.map(0), whole.map(0));
      assert.deepEqual([maps.steps, maps.recorded], [seeds.length, [...seeds.keys()]]);
    }
  }));
});

Deno.test("recordMaps() knows which steps it was told of, and of none it is empty", () => {
  const prompts = PROMPTS.map((words) => ({ words, cutOff: [{ text: "b", tokens: [4, 5] }] as const }));
  const recorder = recordMaps(SITES, prompts, LATENTS, { timesteps: [9, 8, 7, 6], firstStep: 1 });
  const [before] = recorder.maps();
  assert.deepEqual([before.steps, before.recorded, before.width, before.height], [3, [], 0, 0]);
  recorder.taps.onValues(2, Object.fromEntries(valuesOf(1)));
  const [maps] = recorder.maps();
  assert.deepEqual([maps.steps, maps.recorded, maps.width, maps.height], [3, [1], 8, 4]);
  assert.deepEqual(maps.cutOff, prompts[0].cutOff);
  assert.deepEqual(maps.map("red", 1), maps.map("red"));
  assert.throws(() => maps.map("red", 0), DomainError);
});

Deno.test("recordMaps() refuses queries that are no grid of the latents' shape", () => {
  const recorder = recordMaps(SITES, [{ words: [] }], [1, 4, 4, 6], { timesteps: [1], firstStep: 0 });
  assert.throws(
    () => recorder.taps.onValues(0, Object.fromEntries(valuesOf(1))),
    (error) => error instanceof DeviceError && /the queries of site\.0 must be a grid/.test(error.message),
  );
});
