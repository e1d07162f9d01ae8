import assert from "node:assert/strict";
import { nearestChoice } from "../../../ops/solvers/nearest_choice.ts";

Deno.test("nearestChoice", () => {
  const names = ["ddim", "euler", "dpmpp_2m"];
  assert.equal(nearestChoice("eulr", names), "euler");
  assert.equal(nearestChoice("DPMPP2M", names), "dpmpp_2m");
  assert.equal(nearestChoice("dmid", names), "ddim");
  assert.equal(nearestChoice("eulr", names, { onlyIfClose: true }), "euler");
  assert.equal(nearestChoice("quantum", names, { onlyIfClose: true }), undefined);
});
