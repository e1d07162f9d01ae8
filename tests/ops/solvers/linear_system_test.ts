import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { solveLinearSystem } from "../../../ops/solvers/linear_system.ts";

Deno.test("solveLinearSystem solves what it is given, and changes none of it", () => {
  const entry = fc.double({ min: -3, max: 3, noNaN: true });
  const size = 4;
  fc.assert(
    fc.property(
      fc.array(fc.array(entry, { minLength: size, maxLength: size }), { minLength: size, maxLength: size }),
      fc.array(entry, { minLength: size, maxLength: size }),
      (random, x) => {
        // A heavy diagonal, moved one row down, so that rows must be exchanged.
        const rows = random.map((row, i) => row.map((value, j) => value + (j === (i + 1) % size ? 20 : 0)));
        const b = rows.map((row) => row.reduce((sum, value, j) => sum + value * x[j], 0));
        const before = JSON.stringify([rows, b]);
        const found = solveLinearSystem(rows, b);
        assert.equal(JSON.stringify([rows, b]), before);
        found.forEach((value, j) => assert.ok(Math.abs(value - x[j]) <= 1e-9));
      },
    ),
    { seed: 7 },
  );
  assert.deepEqual(solveLinearSystem([[0, 2], [1, 0]], [6, 5]), [5, 3]);
});
