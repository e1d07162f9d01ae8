import assert from "node:assert/strict";
import { BundleError } from "../../../errors.ts";
import { unetGranularity, unetSites } from "../../../models/families/unet_sites.ts";

const SD15 = {
  down_block_types: ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
  up_block_types: ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
  layers_per_block: 2,
};

const SDXL = {
  down_block_types: ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
  up_block_types: ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
  layers_per_block: 2,
  transformer_layers_per_block: [1, 2, 10],
};

const count = (values: Record<string, unknown>, place?: string) =>
  unetSites({ path: "config.json", values }).filter((site) => !place || site.place === place).length;

Deno.test("unetSites: Stable Diffusion 1.5 has 16 sites, XL has 70 (PLADIS, arXiv 2503.07677)", () => {
  assert.deepEqual([count(SD15), count(SD15, "down"), count(SD15, "mid"), count(SD15, "up")], [16, 6, 1, 9]);
  assert.deepEqual([count(SDXL), count(SDXL, "down"), count(SDXL, "mid"), count(SDXL, "up")], [
    70,
    24,
    10,
    36,
  ]);
});

Deno.test("unetGranularity: each down block but the last halves", () => {
  assert.equal(unetGranularity({ path: "config.json", values: SD15 }), 8);
  assert.equal(unetGranularity({ path: "config.json", values: SDXL }), 4);
});

Deno.test("unetSites: a damaged config is a BundleError that names the field", () => {
  assert.throws(
    () => unetSites({ path: "a/config.json", values: { ...SD15, down_block_types: 3 } }),
    (error: Error) =>
      error instanceof BundleError &&
      error.message.includes("a/config.json: down_block_types must be a list of strings, got 3"),
  );
});
