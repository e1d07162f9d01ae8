import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { dynamicMu, type Shift, shifted, stretched } from "../../../ops/schedule/flow_shift.ts";

const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });

Deno.test("the three shifts are one curve, each with its own number", () => {
  fc.assert(
    fc.property(real(0.01, 1), real(0.2, 8), (sigma, s) => {
      const shifts: Shift[] = [
        { kind: "constant", shift: s },
        { kind: "exponential", mu: Math.log(s) },
        { kind: "linear", mu: s },
      ];
      const [constant, ...others] = shifts.map((shift) => shifted(shift, sigma));
      for (const other of others) assert.ok(Math.abs(other - constant) < 1e-12);
      assert.ok(s < 1 ? constant <= sigma + 1e-12 : constant >= sigma - 1e-12);
    }),
    { seed: 7 },
  );
});

Deno.test("shifts follow one another as one of their product", () => {
  fc.assert(
    fc.property(real(0.01, 1), real(0.2, 8), real(0.2, 8), (sigma, a, b) => {
      const twice = shifted({ kind: "constant", shift: a }, shifted({ kind: "constant", shift: b }, sigma));
      assert.ok(Math.abs(twice - shifted({ kind: "constant", shift: a * b }, sigma)) < 1e-12);
    }),
    { seed: 7 },
  );
});

Deno.test("stretched holds 1 fixed and ends where it is told", () => {
  const sigmas = stretched(Float64Array.of(1, 0.6, 0.2), 0.1);
  assert.ok(sigmas[0] === 1 && Math.abs(sigmas[2] - 0.1) < 1e-12 && Math.abs(sigmas[1] - 0.55) < 1e-12);
});

Deno.test("dynamicMu goes through both of its sizes", () => {
  const flux = { baseShift: 0.5, maxShift: 1.15, baseTokens: 256, maxTokens: 4096 };
  assert.ok(Math.abs(dynamicMu(256, flux) - 0.5) < 1e-12 && Math.abs(dynamicMu(4096, flux) - 1.15) < 1e-12);
});
