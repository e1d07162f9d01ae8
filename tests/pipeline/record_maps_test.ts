/** Attention maps of whole runs with the bundled model. */
import assert from "node:assert/strict";
import { PlanError } from "../../errors.ts";
import { liveCounts } from "../../models/runtimes/live_count.ts";
import { pipeline } from "../../pipeline/pipeline.ts";
import { cfg, ddim, noGuidance, pladis, pocket, recipe } from "../../recipes/recipes.ts";
import { testOnDevices } from "../helpers/runtimes_under_test.ts";

const PROMPT = "a cat left of a rocket on a blue background";
const quiet = { onNotice: () => {} };
const scene = recipe({ model: pocket(), scheduler: ddim({ steps: 4 }), guidance: cfg({ scale: 2 }) });

/** Where a map's weight lies, from 0 at the left to 1 at the right. */
function middleOf(map: Float32Array, width: number): number {
  const total = map.reduce((sum, weight) => sum + weight, 0);
  return map.reduce((sum, weight, i) => sum + weight * (i % width + 0.5) / width, 0) / total;
}

testOnDevices(
  "attention maps show where the words are, and change nothing",
  ["native", "wasm"],
  async (device) => {
    const before = liveCounts();
    {
      await using plain = await pipeline(scene, { device, attentionForm: "graph", ...quiet });
      await using pipe = await pipeline(scene, { device, attentionMaps: "all", ...quiet });
      const [image] = await pipe.generate(PROMPT, { seed: 7, images: 1 });
      const unrecorded = await plain.generate(PROMPT, { seed: 7 });
      const worst = image.data.reduce((most, x, i) => Math.max(most, Math.abs(x - unrecorded.data[i])), 0);
      assert.ok(worst <= 1, `recording moves a pixel by ${worst} of 255`);
      assert.equal(unrecorded.attentionMaps, undefined);
      const maps = image.attentionMaps!;
      assert.deepEqual(maps.words.map(({ text }) => text), PROMPT.split(" "));
      assert.equal(maps.steps, 4);
      const cat = maps.map("cat"), rocket = maps.map("rocket");
      assert.ok(middleOf(cat, maps.width) < 0.42, `cat at ${middleOf(cat, maps.width)}`);
      assert.ok(middleOf(rocket, maps.width) > 0.58, `rocket at ${middleOf(rocket, maps.width)}`);
      assert.ok(cat.every((weight) => weight >= 0 && weight <= 1));
    }
    assert.deepEqual(liveCounts(), before);
  },
);

testOnDevices("attention maps: each picture has those of its own prompt, and PLADIS its own weights", [
  "native",
], async (device) => {
  const sparse = scene.with({ attention: pladis({ lambda: 3 }), guidance: noGuidance() });
  await using pipe = await pipeline(sparse, { device, attentionMaps: ["up"], ...quiet });
  assert.deepEqual([...new Set(pipe.plan.attention.taps.map(({ place }) => place))], ["up"]);
  const images = await pipe.generate([
    "a cat on a red background",
    "a key left of a cat on a blue background",
  ], {
    seed: 1,
  });
  assert.deepEqual(images.map((image) => image.attentionMaps!.words.length), [6, 10]);
  const [{ attentionMaps: maps }] = images;
  const lowest = Math.min(...maps!.words.flatMap((_, word) => [...maps!.map(word)]));
  assert.ok(lowest < 0, "beyond entmax some weights are negative");
});

Deno.test("attention maps: a site that is not there is an error that names it", async () => {
  await assert.rejects(
    pipeline(scene, { device: "native", attentionMaps: ["left"] as never, ...quiet }),
    (error: Error) => error instanceof PlanError && /attentionMaps must be places where/.test(error.message),
  );
  await assert.rejects(
    pipeline(scene, {
      device: "native",
      attentionMaps: ["mid_block.attentions.0.transformer_blocks.0.attn1"],
      ...quiet,
    }),
    /it is self-attention, and maps are of cross-attention/,
  );
});
