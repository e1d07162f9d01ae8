/** The text of a plan, whole, against files that a person can read: tests/fixtures/snapshots. */
import assert from "node:assert/strict";
import { explain } from "../../pipeline/explain.ts";
import { plan } from "../../pipeline/plan.ts";
import {
  bySite,
  cfg,
  ddim,
  entmax,
  euler,
  noGuidance,
  pladis,
  pocket,
  type Recipe,
  recipe,
  stableDiffusionXl,
  temperature,
  textEncoder,
} from "../../recipes/recipes.ts";
import { fixture } from "../helpers/goldens.ts";
import { surveyOf } from "../helpers/survey_of.ts";

/** With this variable set to 1 the files are written instead of compared. */
const UPDATE = "WINNOW_UPDATE_SNAPSHOTS";

const snapshots: Record<string, Recipe> = {
  "explain_pocket_dense": recipe({ model: pocket() }),
  "explain_pocket_pladis": recipe({
    model: pocket(),
    textEncoder: textEncoder({ clipSkip: 1 }),
    scheduler: euler({ steps: 12, sigmas: "karras" }),
    attention: pladis({ lambda: 2, alpha: 1.5, sites: ["down", "up"] }),
    guidance: cfg({ scale: 4, rescale: 0.7 }),
  }),
  "explain_pocket_by_site": recipe({
    model: pocket(),
    attention: bySite(
      pladis({ lambda: 2.5, sites: ["down"] }),
      pladis({ lambda: 1.2, alpha: 2, sites: ["up"], interval: [0, 0.5] }),
      temperature({ temperature: 0.9, sites: ["mid"] }),
    ),
  }),
  "explain_sdxl_pladis": recipe({
    model: stableDiffusionXl(fixture("sdxl", "model")),
    attention: pladis(),
  }),
};

/** The text without what differs from machine to machine. */
async function textOf(recipe: Recipe): Promise<string> {
  const survey = await surveyOf(recipe);
  return explain(plan(recipe, survey)).replaceAll(survey.source, "SOURCE") + "\n";
}

for (const [name, recipe] of Object.entries(snapshots)) {
  Deno.test(`explain: ${name}`, async () => {
    const path = fixture("snapshots", `${name}.txt`);
    const text = await textOf(recipe);
    if (Deno.env.get(UPDATE) === "1") await Deno.writeTextFile(path, text);
    assert.equal(text, await Deno.readTextFile(path), `if it is meant to differ, run with ${UPDATE}=1`);
  });
}

Deno.test("explain: one step, one evaluation, no guidance, η, and a device and notes where there are any", async () => {
  const single = recipe({
    model: pocket(),
    scheduler: ddim({ steps: 1, eta: 0.5 }),
    attention: entmax({ alpha: 2 }),
    guidance: noGuidance(),
  });
  const made = plan(single, await surveyOf(single), {
    device: { device: "wasm", threads: 2, reason: "wasm, as asked for" },
  });
  const lines = explain({ ...made, notes: ["first", "second"] }).split("\n");
  for (
    const line of [
      "attention   entmax, α 2",
      "scheduler   ddim, 1 step, v prediction, η 0.5",
      "guidance    none",
      "            conditional alone: 1 a step, 1 evaluation an image",
      "device      wasm, as asked for",
      "note        first",
      "note        second",
    ]
  ) assert.ok(lines.includes(line), `${line}\nnot in\n${lines.join("\n")}`);
});

Deno.test("explain: where kernels compute the sites, policies by site are told in the same way", async () => {
  const mixed = recipe({
    model: pocket(),
    attention: bySite(pladis({ sites: ["up"] }), entmax({ sites: ["mid"] })),
  });
  const device = { device: "webgpu", software: true, reason: "" } as const;
  const text = explain(plan(mixed, await surveyOf(mixed), { device }));
  assert.match(
    text,
    /attention {3}2 policies, each at sites of its own\n +one kernel for each of 14 sites.*\n +policies at 5 of 7 cross-attention sites, softmax at the others\n +PLADIS, λ 2, α 1\.5\n( +up .*\n){4} +entmax, α 1\.5\n +mid .*\nscheduler/,
  );
});

Deno.test("explain: the steps that an interval leaves are told", async () => {
  const attentionLine = async (interval: [number, number], lambda = 2) => {
    const part = recipe({
      model: pocket(),
      scheduler: ddim({ steps: 8 }),
      attention: pladis({ lambda, interval }),
    });
    return /^attention .*$/m.exec(explain(plan(part, await surveyOf(part))))?.[0].replace(/^.*α 1\.5/, "");
  };
  assert.equal(await attentionLine([0, 1]), "");
  assert.equal(await attentionLine([0, 0.5]), ", at steps 1 to 4 of 8");
  assert.equal(await attentionLine([0.5, 0.6]), ", at step 5 of 8");
  assert.equal(await attentionLine([0.01, 0.02]), ", at no step of 8");
  assert.equal(await attentionLine([0, 0.5], 0), "");
});

Deno.test("explain: a model with many sites has them counted", async () => {
  const all = recipe({ model: pocket(), attention: pladis() });
  const made = plan(all, await surveyOf(all));
  const [policy] = made.attention.policies;
  const sites = Array.from({ length: 20 }, (_, i) => ({ ...policy.sites[0], id: `site.${i}` }));
  const text = explain({
    ...made,
    attention: { ...made.attention, policies: [{ ...policy, sites }], found: 20 },
  });
  assert.match(text, /at 20 of 20 cross-attention sites/);
  assert.match(text, /site\.15\n {14}… and 4 more\n/);
  assert.ok(!text.includes("site.16"));
});
