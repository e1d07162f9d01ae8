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
