import assert from "node:assert/strict";
import { planSize, sizeOfImage } from "../../pipeline/plan_size.ts";

const config = { path: "vae", values: { block_out_channels: [1, 1, 1], latent_channels: 16 } };
const plan = planSize(undefined, { channels: 16, sampleSize: 16 }, 4, config);

Deno.test("a picture's size goes to the nearest that the model can draw, and never to nothing", () => {
  assert.deepEqual([plan.width, plan.height, plan.multiple], [64, 64, 16]);
  const sizes = [[64, 64], [71, 72], [1, 7], [400, 88]].map(([width, height]) =>
    sizeOfImage(plan, { width, height })
  );
  assert.deepEqual(sizes.map(({ width, height }) => [width, height]), [[64, 64], [64, 80], [16, 16], [
    400,
    96,
  ]]);
  for (const { width, height, latents } of sizes) assert.deepEqual(latents, [16, height / 4, width / 4]);
});
