/** What guidance costs at each step, and what this pipeline cannot do for it. */
import assert from "node:assert/strict";
import { explain } from "../../pipeline/explain.ts";
import { plan } from "../../pipeline/plan.ts";
import {
  apg,
  cfg,
  cfgPlusPlus,
  cfgZeroStar,
  ddim,
  dpmpp2m,
  euler,
  type Guidance,
  perpNeg,
  pocket,
  type Recipe,
  recipe,
} from "../../recipes/recipes.ts";
import { surveyOf } from "../helpers/survey_of.ts";

const base: Recipe = recipe({ model: pocket(), scheduler: ddim({ steps: 8 }) });
const survey = await surveyOf(base);

/** What `explain` says of guidance, its second line without the branches. */
function guidanceLines(guidance: Guidance): string[] {
  const lines = explain(plan(base.with({ guidance }), survey)).split("\n");
  const at = lines.findIndex((line) => line.startsWith("guidance "));
  return [lines[at].slice(12), lines[at + 1].trim()];
}

Deno.test("plan counts what each step of guidance evaluates, and explain tells it", () => {
  const cases: [Guidance, string, string][] = [
    [
      cfg(),
      "classifier-free, scale 3",
      "unconditional + conditional in one batch: 2 a step, 16 evaluations an image",
    ],
    [
      cfg({ interval: [0.25, 0.75] }),
      "classifier-free, scale 3, steps 25 to 75 %",
      "unconditional + conditional in one batch: 1 at steps 1 to 2, 2 at steps 3 to 6, 1 at steps 7 to 8, " +
      "12 evaluations an image",
    ],
    [
      cfg({ schedule: { kind: "linear", from: 0, to: 1 } }),
      "classifier-free, scale 3, used from 0 to 100 % in a line",
      "unconditional + conditional in one batch: 1 at step 1, 2 at steps 2 to 8, 15 evaluations an image",
    ],
    [
      cfgZeroStar({ zeroSteps: 2 }),
      "CFG-Zero*, scale 3, first 2 steps zero",
      "unconditional + conditional in one batch: 0 at steps 1 to 2, 2 at steps 3 to 8, 12 evaluations an image",
    ],
    [
      perpNeg(),
      "Perp-Neg, scale 3, negative scale 1",
      "unconditional + negative + conditional in one batch: 3 a step, 24 evaluations an image",
    ],
    [cfg({ scale: 1 }), "classifier-free, scale 1", "conditional alone: 1 a step, 8 evaluations an image"],
    [
      apg({ interval: { high: 1000, low: 999 } }),
      "APG, scale 3, η 0, norm up to 15, sigma 1000 to 999",
      "conditional alone: 1 a step, 8 evaluations an image",
    ],
  ];
  for (const [guidance, rule, counts] of cases) assert.deepEqual(guidanceLines(guidance), [rule, counts]);
});

Deno.test("an interval of noise levels takes the steps that begin between them", () => {
  const { scheduler, guidance } = plan(
    base.with({ guidance: cfg({ interval: { high: 5, low: 0.5 } }) }),
    survey,
  );
  assert.deepEqual(
    guidance.steps.map(({ scale }) => scale !== undefined),
    scheduler.sigmas.slice(0, -1).map((sigma) => sigma <= 5 && sigma > 0.5),
  );
  assert.equal(guidance.total, guidance.steps.reduce((sum, { branches }) => sum + branches.length, 0));
});

Deno.test("cfg++ is for ddim without noise or limits, and for euler", () => {
  const guidance = cfgPlusPlus();
  const refuses = (changes: Partial<Parameters<Recipe["with"]>[0]>, message: RegExp) =>
    assert.throws(() => plan(base.with({ guidance, ...changes }), survey), { name: "PlanError", message });
  for (const scheduler of [ddim({ steps: 4 }), euler({ steps: 4 })]) {
    plan(base.with({ guidance, scheduler }), survey);
  }
  refuses(
    { scheduler: dpmpp2m() },
    /scheduler.kind must be one of ddim, euler, flow_euler with guidance cfg_pp, got "dpmpp_2m"/,
  );
  refuses({ scheduler: ddim({ eta: 0.5 }) }, /scheduler.eta must be 0 with guidance cfg_pp, got 0.5/);
  const config = { beta_schedule: "scaled_linear", prediction_type: "v_prediction", thresholding: true };
  refuses(
    { scheduler: ddim({ config }) },
    /thresholding of the scheduler's configuration must be false, got true/,
  );
});
