/** Attention policies in whole runs with the bundled model. */
import assert from "node:assert/strict";
import { PlanError } from "../../errors.ts";
import { liveCounts } from "../../models/runtimes/live_count.ts";
import { pipeline } from "../../pipeline/pipeline.ts";
import type { StepEvent } from "../../pipeline/run_events.ts";
import {
  cfg,
  ddim,
  dense,
  dpmpp2m,
  euler,
  noGuidance,
  type Pladis,
  pladis,
  pocket,
  recipe,
  stableDiffusion,
  temperature,
  textEncoder,
} from "../../recipes/recipes.ts";
import { testOnDevices } from "../helpers/runtimes_under_test.ts";

const PROMPT = "a cat left of a rocket on a blue background";
const quiet = { onNotice: () => {} };
const fast = recipe({ model: pocket(), scheduler: dpmpp2m({ steps: 2 }), guidance: noGuidance() });

testOnDevices("under: λ, solver and guidance change with nothing compiled again; other graphs are refused", [
  "native",
], async (device) => {
  const sparse = fast.with({ attention: pladis() });
  await using pipe = await pipeline(sparse, { device, ...quiet });
  const before = liveCounts();
  const changed = pipe.under(
    sparse.with({ attention: pladis({ lambda: 0 }), scheduler: euler({ steps: 2 }), guidance: cfg() }),
  );
  await changed.generate(PROMPT, { seed: 1, negativePrompt: "a dog" });
  assert.deepEqual(liveCounts(), before);
  assert.ok(pipe.fits(sparse) && pipe.fits(changed.recipe) && changed.fits(sparse));
  const others = [
    sparse.with({ attention: pladis({ alpha: 2 }) }),
    sparse.with({ attention: dense() }),
    sparse.with({ textEncoder: textEncoder({ clipSkip: 1 }) }),
    sparse.with({ model: stableDiffusion("another") }),
  ];
  for (const other of others) {
    assert.equal(pipe.fits(other), false);
    assert.throws(() => pipe.under(other), PlanError);
  }
});

testOnDevices("λ 0 draws what dense attention draws", ["native"], async (device) => {
  await using plain = await pipeline(fast, { device, ...quiet });
  await using zero = await pipeline(fast.with({ attention: pladis({ lambda: 0 }) }), { device, ...quiet });
  const [a, b] = [await plain.generate(PROMPT, { seed: 5 }), await zero.generate(PROMPT, { seed: 5 })];
  const worst = a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i])), 0);
  assert.ok(worst <= 1, `${worst} of 255`);
});

testOnDevices(
  "an interval switches PLADIS off outside it, and on again inside",
  ["native"],
  async (device) => {
    const sparse = fast.with({ scheduler: ddim({ steps: 4 }), attention: pladis() });
    await using pipe = await pipeline(sparse, { device, ...quiet });
    const latentsOf = async (attention: Pladis<never>) => {
      const latents: Float32Array[] = [];
      const onStep = (event: StepEvent) => void latents.push(event.latents().data);
      await pipe.under(sparse.with({ attention })).generate(PROMPT, { seed: 5, onStep });
      return latents;
    };
    const all = await latentsOf(pladis()), none = await latentsOf(pladis({ lambda: 0 }));
    const first = await latentsOf(pladis({ interval: [0, 0.5] })),
      last = await latentsOf(pladis({ interval: [0.5, 1] }));
    assert.deepEqual(first.slice(0, 2), all.slice(0, 2));
    assert.deepEqual(last.slice(0, 2), none.slice(0, 2));
    for (const [i, other] of [first, last].entries()) {
      assert.notDeepEqual(other[3], all[3], `${i}`);
      assert.notDeepEqual(other[3], none[3], `${i}`);
    }
  },
);

testOnDevices("a schedule scales λ step by step, and sites go by id", ["native"], async (device) => {
  const site = "mid_block.attentions.0.transformer_blocks.0.attn2";
  const sparse = fast.with({ scheduler: ddim({ steps: 3 }), attention: pladis({ sites: [site] }) });
  await using pipe = await pipeline(sparse, { device, ...quiet });
  assert.deepEqual(pipe.plan.attention.policies[0].sites.map(({ id }) => id), [site]);
  const scheduled = pipe.under(sparse.with({
    attention: pladis({ lambda: 3, sites: [site], schedule: { kind: "linear", from: 1, to: 0 } }),
  }));
  assert.deepEqual(scheduled.plan.attention.policies[0].inputs, { pladis_lambda: [3, 1.5, 0] });
  const dull = pipe.under(sparse.with({ attention: pladis({ lambda: 0, sites: [site] }) }));
  const latentsOf = async (each: typeof pipe) => {
    const latents: Float32Array[] = [];
    await each.generate(PROMPT, { seed: 5, onStep: (event) => void latents.push(event.latents().data) });
    return latents;
  };
  const first = await latentsOf(pipe.under(sparse.with({ attention: pladis({ lambda: 3, sites: [site] }) })));
  const falling = await latentsOf(scheduled), none = await latentsOf(dull);
  assert.deepEqual(falling[0], first[0]);
  assert.notDeepEqual(falling[1], first[1]);
  assert.notDeepEqual(falling[0], none[0]);
});

testOnDevices(
  "temperature 1 draws what dense attention draws, and 0.5 something else",
  ["native"],
  async (device) => {
    const draw = async (degrees: number) => {
      const attention = temperature({ temperature: degrees });
      await using pipe = await pipeline(fast.with({ attention }), { device, ...quiet });
      return (await pipe.generate(PROMPT, { seed: 5 })).data;
    };
    await using plain = await pipeline(fast, { device, ...quiet });
    const dense = (await plain.generate(PROMPT, { seed: 5 })).data;
    const worst = (data: ArrayLike<number>) =>
      dense.reduce((most, value, i) => Math.max(most, Math.abs(value - data[i])), 0);
    assert.ok(worst(await draw(1)) <= 1);
    assert.ok(worst(await draw(0.5)) > 1);
  },
);

Deno.test("a schedule beyond the largest λ, and a site that is not there, are errors that name them", async () => {
  const refused = async (attention: Pladis<never>, message: RegExp) => {
    await assert.rejects(pipeline(fast.with({ attention }), { device: "native", ...quiet }), message);
  };
  await refused(
    pladis({ lambda: 4, schedule: { kind: "linear", from: 1, to: 3 } }),
    /attention\.schedule must be shares of λ 4 that come to 10 at most, got "λ 12 at step 2"/,
  );
  await refused(
    pladis({ sites: ["mid_block.attentions.0.transformer_blocks.0.attn3"] }),
    /attention\.sites must be the id of an attention site of this model.*Did you mean mid_block\.attentions\.0\.transformer_blocks\.0\.attn[12]\?/,
  );
});
