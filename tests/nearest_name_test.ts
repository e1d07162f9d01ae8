import assert from "node:assert/strict";
import { didYouMean, nearestName } from "../nearest_name.ts";

const NAMES = ["ddim", "euler", "dpmpp_2m"];

Deno.test("nearestName: what was nearly typed, whatever its case; nothing that is far", () => {
  assert.equal(nearestName("eulr", NAMES), "euler");
  assert.equal(nearestName("DPMPP2M", NAMES), "dpmpp_2m");
  assert.equal(nearestName("dmid", NAMES), "ddim");
  assert.equal(nearestName("quantum", NAMES), undefined);
  assert.equal(nearestName("euler", []), undefined);
});

Deno.test("didYouMean: a question, or nothing", () => {
  assert.equal(didYouMean("eulr", NAMES), "Did you mean euler?");
  assert.equal(didYouMean("quantum", NAMES), undefined);
});
