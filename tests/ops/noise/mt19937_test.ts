import assert from "node:assert/strict";
import { Mt19937 } from "../../../ops/noise/mt19937.ts";
import { loadGoldens } from "../../helpers/goldens.ts";

Deno.test("Mt19937 gives the 10000th number that the C++ standard asks of std::mt19937", () => {
  const bits = new Mt19937(5489);
  let last = 0;
  for (let i = 0; i < 10_000; i++) last = bits.next();
  assert.equal(last, 4_123_659_995);
});

Deno.test("Mt19937 gives the bits of torch.rand", () => {
  const goldens = loadGoldens("noise");
  for (const recipe of Object.keys(goldens.recipes).filter((name) => name.startsWith("seed_"))) {
    const bits = new Mt19937(Number(BigInt.asUintN(32, BigInt(goldens.recipes[recipe].settings.seed))));
    const uniform = Array.from({ length: 20 }, () => (bits.next() & 0xffffff) / 2 ** 24);
    assert.deepEqual(uniform, Array.from(goldens.floats(recipe, "rand.20")));
  }
});
