import assert from "node:assert/strict";
import { generateSeeds, type SeedSequenceOptions } from "../../../ops/noise/seed_sequence.ts";

/** numpy.random.SeedSequence(entropy, spawn_key=…, pool_size=…).generate_state(4), NumPy 2.4.6. */
const GENERATED: readonly (readonly [SeedSequenceOptions, readonly number[]])[] = [
  [{ entropy: 7n, poolSize: 24 }, [1376543887, 623213690, 436845524, 1186459840]],
  [{ entropy: 2n ** 63n - 5n, spawnKey: [5n, 3n], poolSize: 24 }, [
    2316882429,
    3583407542,
    4030476705,
    235162486,
  ]],
  [{ entropy: 0n, spawnKey: [0n, 0n], poolSize: 24 }, [245430115, 3436620678, 4120055464, 1627243804]],
  [{ entropy: 2n ** 40n + 3n, spawnKey: [2n ** 33n, 30n], poolSize: 8 }, [
    1039894214,
    862740440,
    990407214,
    3570942219,
  ]],
];

Deno.test("generateSeeds gives NumPy's seeds", () => {
  for (const [options, seeds] of GENERATED) {
    assert.deepEqual(generateSeeds(options, 4), seeds);
    assert.deepEqual(generateSeeds(options, 2), seeds.slice(0, 2));
  }
});
