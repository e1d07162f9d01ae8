import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { alphasCumprod, rescaleZeroTerminalSnr } from "../../../ops/schedule/alphas_cumprod.ts";
import { betas } from "../../../ops/schedule/betas.ts";
import { nonZero, sigmaAt, sigmaTable, timestepOf } from "../../../ops/schedule/sigma_table.ts";

const BETAS = betas("scaled_linear", 0.00085, 0.012, 1000);
const TABLE = sigmaTable(alphasCumprod(BETAS));

Deno.test("timestepOf undoes the table at whole timesteps, and stays within it", () => {
  for (let t = 0; t < 1000; t++) assert.ok(Math.abs(timestepOf(TABLE, TABLE.sigmas[t]) - t) < 2e-4, `${t}`);
  assert.equal(timestepOf(TABLE, 0), 0);
  assert.equal(timestepOf(TABLE, 1000), 999);
});

Deno.test("sigmaAt and timestepOf rise together", () => {
  const t = fc.double({ min: 0, max: 999, noNaN: true });
  fc.assert(
    fc.property(t, t, (a, b) => {
      fc.pre(b - a > 0.01);
      assert.ok(sigmaAt(TABLE, a) < sigmaAt(TABLE, b));
      assert.ok(timestepOf(TABLE, sigmaAt(TABLE, a)) < timestepOf(TABLE, sigmaAt(TABLE, b)));
    }),
    { seed: 7 },
  );
});

Deno.test("sigmaTable of a schedule without any signal at its end ends at 4096", () => {
  const { sigmas } = sigmaTable(alphasCumprod(rescaleZeroTerminalSnr(BETAS)));
  assert.equal(sigmas[999], 4096);
  assert.ok(sigmas[998] < 4096);
  assert.deepEqual([nonZero(0), nonZero(1e-12)], [2 ** -24, 1e-12]);
});
