import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { type Branch, createGuidance, type GuidanceRule } from "../../../ops/guidance/guidance.ts";
import { loadGoldens, maxAbs, relativeL2 } from "../../helpers/goldens.ts";

const goldens = loadGoldens("guiders");
const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });
/** A prediction's value, in thousandths: no subnormal numbers, whose relative errors mean nothing. */
const value = fc.integer({ min: -3000, max: 3000 }).map((thousandths) => thousandths / 1000);
/** Both branches of a batch of 3 images of 6 values. */
const outputs = fc.tuple(
  fc.array(value, { minLength: 18, maxLength: 18 }),
  fc.array(value, { minLength: 18, maxLength: 18 }),
).map(([u, c]) => ({ unconditional: Float32Array.from(u), conditional: Float32Array.from(c) }));

function checkGolden(recipe: string, rule: GuidanceRule): void {
  for (let step = 0; step < 4; step++) {
    const unconditional = goldens.floats(recipe, `pred_uncond.${step}`);
    const conditional = goldens.floats(recipe, `pred_cond.${step}`);
    const found = rule.combine(
      { unconditional, conditional },
      goldens.tensor(recipe, `pred_cond.${step}`).shape[0],
    );
    const error = relativeL2(found, goldens.floats(recipe, `pred.${step}`));
    assert.ok(error <= 1e-6, `step ${step}: ${error}`);
  }
}

Deno.test("cfg equals diffusers' guider", () => {
  const { guidance_scale } = goldens.recipes.cfg.settings.config;
  checkGolden("cfg", createGuidance({ kind: "cfg", scale: guidance_scale, rescale: 0 }));
});

Deno.test("cfg with rescale equals diffusers' guider", () => {
  const { guidance_scale, guidance_rescale } = goldens.recipes.cfg_rescale.settings.config;
  checkGolden(
    "cfg_rescale",
    createGuidance({ kind: "cfg", scale: guidance_scale, rescale: guidance_rescale }),
  );
});

Deno.test("cfg counts the scale as Imagen does: the original formulation's w is one less", () => {
  const { guidance_scale } = goldens.recipes.cfg_original.settings.config;
  checkGolden("cfg_original", createGuidance({ kind: "cfg", scale: guidance_scale + 1, rescale: 0 }));
});

Deno.test("no guidance, and guidance at scale 1, are the conditional branch alone", () => {
  for (
    const data of [{ kind: "none" }, { kind: "cfg", scale: 1, rescale: 0 }, {
      kind: "cfg",
      scale: 1,
      rescale: 0.7,
    }] as const
  ) {
    const rule = createGuidance(data);
    assert.deepEqual(rule.branches, ["conditional"]);
    const conditional = Float32Array.of(1, -2, 3);
    assert.equal(rule.combine({ conditional }, 1), conditional);
  }
});

Deno.test("cfg evaluates both branches, is the unconditional one at 0 and goes through the conditional one at 1", () => {
  fc.assert(
    fc.property(outputs, (given) => {
      const rule = (scale: number) => createGuidance({ kind: "cfg", scale, rescale: 0 });
      assert.deepEqual(rule(0).branches, ["unconditional", "conditional"]);
      assert.deepEqual(rule(0).combine(given, 3), given.unconditional);
      assert.ok(maxAbs(rule(1 + 2 ** -40).combine(given, 3), given.conditional) <= 1e-6);
    }),
    { seed: 7 },
  );
});

Deno.test("cfg: equal branches are left as they are, whatever the scale and rescale", () => {
  fc.assert(
    fc.property(outputs, real(0, 20), real(0, 1), ({ conditional }, scale, rescale) => {
      const found = createGuidance({ kind: "cfg", scale, rescale }).combine({
        unconditional: conditional,
        conditional,
      }, 3);
      assert.ok(maxAbs(found, conditional) <= 1e-6);
    }),
    { seed: 7 },
  );
});

Deno.test("cfg: permuting the images permutes the result, and inputs are not changed", () => {
  const order = [2, 0, 1];
  const permuted = (values: Float32Array) =>
    Float32Array.from(order.flatMap((b) => Array.from(values.subarray(b * 6, b * 6 + 6))));
  fc.assert(
    fc.property(outputs, real(-2, 20), real(0, 1), (given, scale, rescale) => {
      const { unconditional, conditional } = given;
      const before = [unconditional.slice(), conditional.slice()];
      const rule = createGuidance({ kind: "cfg", scale, rescale });
      const found = rule.combine({
        unconditional: permuted(unconditional),
        conditional: permuted(conditional),
      }, 3);
      assert.deepEqual(found, permuted(rule.combine(given, 3)));
      assert.deepEqual([unconditional, conditional], before);
    }),
    { seed: 7 },
  );
});

Deno.test("cfg with full rescale has the conditional's standard deviation in every image", () => {
  const deviation = (values: Float32Array) => {
    const mean = values.reduce((a, b) => a + b) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
  };
  fc.assert(
    fc.property(outputs, real(2, 20), (given, scale) => {
      const found = createGuidance({ kind: "cfg", scale, rescale: 1 }).combine(given, 3);
      for (const from of [0, 6, 12]) {
        const wanted = deviation(given.conditional.subarray(from, from + 6));
        fc.pre(wanted > 0.01);
        assert.ok(Math.abs(deviation(found.subarray(from, from + 6)) / wanted - 1) <= 1e-4);
      }
    }),
    { seed: 7 },
  );
});

Deno.test("cfg with rescale keeps a flat prediction finite", () => {
  const flat = new Float32Array(8);
  const rule = createGuidance({ kind: "cfg", scale: 3, rescale: 0.7 });
  assert.deepEqual(rule.combine({ unconditional: flat, conditional: flat }, 2), flat);
});

Deno.test("guidance says what is wrong", () => {
  for (const scale of [NaN, Infinity]) {
    assert.throws(() => createGuidance({ kind: "cfg", scale, rescale: 0 }), {
      name: "DomainError",
      message: /scale must be a finite number/,
    });
  }
  for (const rescale of [NaN, -0.1, 1.1]) {
    assert.throws(() => createGuidance({ kind: "cfg", scale: 3, rescale }), {
      name: "DomainError",
      message: /rescale must be a number from 0 to 1/,
    });
  }
  const rule = createGuidance({ kind: "cfg", scale: 3, rescale: 0 });
  const four = new Float32Array(4), six = new Float32Array(6);
  assert.throws(() => rule.combine({ conditional: four }, 1), {
    name: "DomainError",
    message: /given for the unconditional branch/,
  });
  assert.throws(() => rule.combine({ conditional: four, unconditional: six }, 1), {
    name: "DomainError",
    message: /6 unconditional, 4 conditional/,
  });
  assert.throws(() => rule.combine({ conditional: four, unconditional: four }, 3), {
    name: "DomainError",
    message: /that 3 images share/,
  });
  const branch: Branch = "conditional";
  assert.throws(() => createGuidance({ kind: "none" }).combine({}, 1), {
    name: "DomainError",
    message: new RegExp(`given for the ${branch} branch`),
  });
});
