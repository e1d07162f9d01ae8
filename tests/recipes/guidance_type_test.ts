/** Rules of guidance that do not stack do not compile, and are refused where nobody compiled. */
import assert from "node:assert/strict";
import { RecipeError } from "../../errors.ts";
import {
  apg,
  cfg,
  cfgPlusPlus,
  cfgZeroStar,
  fdg,
  type Guidance,
  perpNeg,
  tcfg,
} from "../../recipes/recipes.ts";

const refused = (make: () => Guidance) => assert.throws(make, RecipeError);

Deno.test("what stacks is made", () => {
  assert.equal(apg({ correct: "tangential", rescale: 0.5, interval: [0, 0.5] }).correct, "tangential");
  assert.equal(fdg({ correct: "zero_star", scales: [3, 2, 1] }).correct, "zero_star");
  assert.deepEqual(perpNeg({ schedule: { kind: "cosine", from: 0, to: 2 } }).schedule, {
    kind: "cosine",
    from: 0,
    to: 2,
  });
});

Deno.test("what does not stack does not compile", () => {
  // @ts-expect-error it is a correction itself
  refused(() => tcfg({ correct: "zero_star" }));
  // @ts-expect-error it is a correction itself
  refused(() => cfgZeroStar({ correct: "tangential" }));
  // @ts-expect-error plain guidance corrects nothing: tcfg() and cfgZeroStar() do
  refused(() => cfg({ correct: "zero_star" }));
  // @ts-expect-error its scale follows from λ and the noise levels
  refused(() => cfgPlusPlus({ scale: 3 }));
  // @ts-expect-error the renoised ε is the unconditional one, which has nothing to bring back
  refused(() => cfgPlusPlus({ rescale: 0.7 }));
  // @ts-expect-error each band has its own scale
  refused(() => fdg({ scale: 3 }));
  // @ts-expect-error the push of Perp-Neg is reshaped already
  refused(() => perpNeg({ momentum: -0.5 }));
});
