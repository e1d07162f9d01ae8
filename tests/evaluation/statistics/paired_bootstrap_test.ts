/** Bootstrap intervals: against NumPy and SciPy, by their laws, and by how often they hold the truth. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { DomainError } from "../../../errors.ts";
import { allSuccessesBound } from "../../../evaluation/statistics/exact_bound.ts";
import { pairedBootstrap } from "../../../evaluation/statistics/paired_bootstrap.ts";
import { Mt19937 } from "../../../ops/noise/mt19937.ts";
import { fixture } from "../../helpers/goldens.ts";

interface Case {
  readonly name: string;
  readonly values: number[][];
  readonly numpy: Record<"means" | "differences", [number, number][]>;
  readonly scipy?: Record<"means" | "differences", [number, number][]>;
}
const { meta, cases }: {
  meta: { resamples: number; level: number; seed: number };
  cases: Case[];
} = JSON.parse(await Deno.readTextFile(fixture("bootstrap", "goldens.json")));

for (const { name, values, numpy, scipy } of cases) {
  Deno.test(`pairedBootstrap() gives NumPy's intervals on the same resamples: ${name}`, () => {
    const { means, differences } = pairedBootstrap(values, meta);
    const near = (actual: number, expected: number, tolerance: number) =>
      assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, expected ${expected}`);
    const compare = ({ means: m, differences: d }: Case["numpy"], tolerance: (scale: number) => number) => {
      [[m, means], [d, differences.slice(1)]].forEach(([wanted, got]) => {
        assert.equal(wanted.length, got.length);
        (wanted as [number, number][]).forEach(([low, high], i) => {
          const each = got[i] as { low: number; high: number };
          near(each.low, low, tolerance(high - low));
          near(each.high, high, tolerance(high - low));
        });
      });
    };
    compare(numpy, () => 1e-12);
    // SciPy draws other resamples: the ends of 2000 of them scatter by about 3 % of the width (shares go in steps too)
    if (scipy) compare(scipy, (width) => 0.12 * width);
  });
}

Deno.test("the same seed gives the same intervals, another seed others", () => {
  const { values } = cases[1];
  assert.deepEqual(pairedBootstrap(values, { seed: 3 }), pairedBootstrap(values, { seed: 3 }));
  assert.notDeepEqual(pairedBootstrap(values, { seed: 3 }), pairedBootstrap(values, { seed: 4 }));
});

const table = fc.integer({ min: 1, max: 30 }).chain((n) =>
  fc.array(fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: n, maxLength: n }), {
    minLength: 1,
    maxLength: 4,
  })
);

Deno.test("laws: ends enclose the mean's neighbourhood, shifting and scaling pass through, one setting's partners do not matter", () => {
  fc.assert(
    fc.property(table, fc.integer({ min: 0, max: 2 ** 32 - 1 }), (values, seed) => {
      const options = { resamples: 200, seed };
      const { means, differences } = pairedBootstrap(values, options);
      means.forEach(({ mean, low, high }, i) => {
        assert.ok(low <= high);
        assert.ok(low >= Math.min(...values[i]) - 1e-9 && high <= Math.max(...values[i]) + 1e-9);
        assert.ok(Math.abs(mean - values[i].reduce((a, b) => a + b) / values[i].length) < 1e-9);
        if (values[i].some((x) => x !== 0 && x !== 1)) {
          // the same resamples are drawn whoever else is there
          assert.deepEqual(pairedBootstrap([values[i]], options).means[0], means[i]);
        }
      });
      assert.deepEqual(differences[0], { mean: 0, low: 0, high: 0 });
      const moved = pairedBootstrap([values[0], values[0].map((x) => x + 3)], options).differences[1];
      for (const end of [moved.low, moved.mean, moved.high]) assert.ok(Math.abs(end - 3) < 1e-9);
    }),
    { numRuns: 100 },
  );
});

Deno.test("a share of 0 or 1 has an interval of Clopper and Pearson's width, settings that agree one around 0", () => {
  const ones = Array(200).fill(1), zeros = Array(200).fill(0);
  const { means, differences } = pairedBootstrap([ones, ones, zeros]);
  // scipy.stats.binomtest(200, 200).proportion_ci(method="exact")
  assert.ok(Math.abs(means[0].low - 0.9817246596448512) < 1e-12);
  assert.deepEqual([means[0].mean, means[0].high], [1, 1]);
  assert.deepEqual([means[2].mean, means[2].low], [0, 0]);
  assert.ok(Math.abs(means[2].high - 0.018275340355148807) < 1e-12);
  assert.ok(Math.abs(differences[1].high - 0.018275340355148807) < 1e-12);
  assert.equal(differences[1].low, -differences[1].high);
  assert.equal(differences[2].low, -1);
  assert.ok(differences[2].high < -0.96 && differences[2].high > -1);
  fc.assert(fc.property(fc.integer({ min: 1, max: 5000 }), (n) => {
    // by its definition: with that share, n successes in a row have the probability 2.5 %
    assert.ok(Math.abs(Math.pow(allSuccessesBound(n, 0.95), n) - 0.025) < 1e-9);
  }));
});

Deno.test("the intervals hold the truth about as often as they say, at the edge as well", () => {
  const random = new Mt19937(11), uniform = () => random.next() / 2 ** 32;
  const RUNS = 300, PROMPTS = 120;
  // Near 1 the percentile interval of a share is known to be short; without the bound at the edge it would be far shorter.
  for (const [share, gain, least] of [[0.5, 0.1, 0.92], [0.8, 0.05, 0.91], [0.98, 0, 0.86]] as const) {
    let held = 0, heldDifference = 0;
    for (let run = 0; run < RUNS; run++) {
      const hard = Array.from({ length: PROMPTS }, uniform);
      const first = hard.map((u) => Number(u < share)), second = hard.map((u) => Number(u < share + gain));
      const { means, differences } = pairedBootstrap([first, second], { resamples: 400, seed: run });
      held += Number(means[0].low <= share && share <= means[0].high);
      heldDifference += Number(differences[1].low <= gain && gain <= differences[1].high);
    }
    assert.ok(held / RUNS >= least, `share ${share}: ${held} of ${RUNS}`);
    assert.ok(heldDifference / RUNS >= least, `difference at ${share}: ${heldDifference} of ${RUNS}`);
  }
});

Deno.test("pairing pays: the difference is known better than unpaired means would tell", () => {
  const { means, differences } = pairedBootstrap(cases[0].values.slice(0, 2));
  const width = ({ low, high }: { low: number; high: number }) => high - low;
  assert.ok(width(differences[1]) < 0.6 * Math.hypot(width(means[0]), width(means[1])));
});

Deno.test("bad values and options are errors that name them", () => {
  const attempt = (values: number[][], options?: Parameters<typeof pairedBootstrap>[1]) => {
    let message = "";
    assert.throws(() => pairedBootstrap(values, options), (error: Error) => {
      message = error.message;
      return error instanceof DomainError;
    });
    return message;
  };
  assert.match(attempt([]), /settings must be one or more/);
  assert.match(attempt([[]]), /prompts must be one or more/);
  assert.match(attempt([[1], [1, 2]]), /as many for each setting, got \[1,2\]/);
  assert.match(attempt([[1, NaN]]), /values must be finite/);
  assert.match(attempt([[1]], { resamples: 0 }), /resamples must be a whole number from 1, got 0/);
  assert.match(attempt([[1]], { level: 1 }), /level must be/);
  assert.match(attempt([[1]], { seed: -1 }), /seed must be/);
});
