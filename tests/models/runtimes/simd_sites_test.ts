/** Sites on CPU threads: every problem, any number of threads, and what is owned. */
import assert from "node:assert/strict";
import { DeviceError } from "../../../errors.ts";
import { liveCounts } from "../../../models/runtimes/live_count.ts";
import { openSimdSites } from "../../../models/runtimes/simd_sites.ts";
import type { Tensor } from "../../../models/runtimes/tensor.ts";
import { maxAbs } from "../../helpers/goldens.ts";
import { poseSite, SITE_PROBLEMS } from "../../helpers/site_problems.ts";

/** Operands of order 1 summed in float32 over up to a thousand keys, as on a GPU. */
const CLOSE = 2e-5;

for (const threads of [1, 2, 5]) {
  Deno.test(`openSimdSites: ${threads} threads: equals float64`, async () => {
    const before = liveCounts();
    {
      await using sites = await openSimdSites(threads, "unet");
      assert.equal(liveCounts().workers - before.workers, threads - 1);
      for (const [name, problem] of Object.entries(SITE_PROBLEMS)) {
        const { site, values, policy, output, expected } = poseSite(problem);
        const results = await sites.compute([site], values, () => policy);
        assert.deepEqual(Object.keys(results), [output]);
        const error = maxAbs((results[output] as Tensor).data as Float32Array, expected());
        assert.ok(error <= CLOSE, `${name}: off by ${error}`);
      }
    }
    assert.deepEqual(liveCounts(), before);
  });
}

Deno.test("openSimdSites: any number of threads gives the same numbers", async () => {
  const posed = poseSite({ queries: 700, headSize: 40 });
  const of = async (threads: number) => {
    await using sites = await openSimdSites(threads, "unet");
    const results = await sites.compute([posed.site], posed.values, () => posed.policy);
    return (results[posed.output] as Tensor).data;
  };
  const alone = await of(1);
  assert.deepEqual(await of(2), alone);
  assert.deepEqual(await of(4), alone);
});

Deno.test("openSimdSites: sites of one stage keep their own policy, and results outlive the next call", async () => {
  await using sites = await openSimdSites(2, "unet");
  const posed = [0, 1, 2, 3].map((lambda) =>
    poseSite({ policy: { kind: "pladis", lambda, alpha: 2 } }, `site ${lambda}`)
  );
  const values = new Map(posed.flatMap(({ values }) => [...values]));
  const policies = new Map(posed.map(({ site, policy }) => [site.id, policy]));
  const results = await sites.compute(posed.map(({ site }) => site), values, ({ id }) => policies.get(id)!);
  const again = poseSite({ queries: 900 }, "again");
  await sites.compute([again.site], again.values, () => again.policy);
  for (const { output, expected } of posed) {
    assert.ok(maxAbs((results[output] as Tensor).data as Float32Array, expected()) <= CLOSE);
  }
});

Deno.test("openSimdSites: an operand that is not there, or of another type, is an error that says so", async () => {
  await using sites = await openSimdSites(1, "unet");
  const { site, values, policy } = poseSite({});
  const without = new Map([...values].filter(([name]) => !name.endsWith("k")));
  await assert.rejects(sites.compute([site], without, () => policy), (error: Error) => {
    assert.ok(error instanceof DeviceError);
    assert.match(
      error.message,
      /Cannot compute site: site\/k must be a tensor of float32 on the host, got "none"/,
    );
    return true;
  });
  const query = values.get("site/q")!;
  const half = new Map(values).set("site/q", {
    ...query,
    dtype: "float16",
    data: Float16Array.from(query.data as Float32Array),
  });
  await assert.rejects(sites.compute([site], half, () => policy), /got "float16 on the host"/);
});

Deno.test("openSimdSites: disposing twice does no harm", async () => {
  const sites = await openSimdSites(3, "unet");
  await sites[Symbol.asyncDispose]();
  await sites[Symbol.asyncDispose]();
});
