import assert from "node:assert/strict";
import { DomainError } from "../../../errors.ts";
import { choose, chooseByWeight, chooseSome, seededRandom } from "../../../evaluation/world/seeded_random.ts";

Deno.test("seeded random: numpy.random.RandomState(42).random_sample(3)", () => {
  const random = seededRandom(42);
  assert.deepEqual([random.next(), random.next(), random.next()], [
    0.3745401188473625,
    0.9507143064099162,
    0.7319939418114051,
  ]);
});

Deno.test("seeded random: seeds count modulo 2^32, and must be whole", () => {
  const first = (seed: number | bigint) => seededRandom(seed).next();
  assert.equal(first(2 ** 32 + 42), first(42));
  assert.equal(first(-1n), first(2 ** 32 - 1));
  for (const seed of [0.5, NaN, 2 ** 60]) assert.throws(() => first(seed), DomainError);
});

Deno.test("seeded random: choices are even, by weight, and without repetition", () => {
  const random = seededRandom(1), draws = 9000;
  const even = new Map<string, number>(), weighted = new Map<string, number>();
  for (let i = 0; i < draws; i++) {
    const a = choose(random, ["x", "y", "z"]), b = chooseByWeight(random, [["x", 1], ["y", 0], ["z", 2]]);
    even.set(a, (even.get(a) ?? 0) + 1);
    weighted.set(b, (weighted.get(b) ?? 0) + 1);
    assert.equal(new Set(chooseSome(random, ["x", "y", "z"], 3)).size, 3);
  }
  for (const name of ["x", "y", "z"]) assert.ok(Math.abs(even.get(name)! - draws / 3) < 200);
  assert.ok(!weighted.has("y") && Math.abs(weighted.get("z")! - draws * 2 / 3) < 200);
});
