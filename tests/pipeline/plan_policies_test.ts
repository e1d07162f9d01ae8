/** Several policies of one recipe: the sites that each gets, its inputs, and what may not be. */
import assert from "node:assert/strict";
import fc from "npm:fast-check@4.10.2";
import { PlanError } from "../../errors.ts";
import { floatTensor } from "../../models/runtimes/tensor.ts";
import { isCuttable } from "../../models/surgery/cuttable_site.ts";
import { findAttentionSites } from "../../models/surgery/find_sites.ts";
import { alphaOf, type AttentionPolicy } from "../../ops/attention/policy.ts";
import { plan } from "../../pipeline/plan.ts";
import { allInputs, policyAtSite, type SitePolicyPlan } from "../../pipeline/plan_policies.ts";
import {
  type Attention,
  bySite,
  ddim,
  entmax,
  pladis,
  pocket,
  recipe,
  type SiteId,
  temperature,
} from "../../recipes/recipes.ts";
import { surveyOf } from "../helpers/survey_of.ts";

type Places = "down" | "mid" | "up";

const simple = recipe({ model: pocket(), scheduler: ddim({ steps: 4 }) });
const survey = await surveyOf(simple);
const found = findAttentionSites(survey.components.get("unet")!.model, survey.family.inputs);
const cuttable = found.filter(isCuttable), cross = found.filter(({ kind }) => kind === "cross");
assert.equal(cuttable.length, found.length);
const planned = (attention: Attention<Places>) => plan(simple.with({ attention }), survey).attention;
const ids = ({ sites }: SitePolicyPlan) => sites.map(({ id }) => id);
const mid = "mid_block.attentions.0.transformer_blocks.0.attn2";

/** What stands at each site of the denoiser at one step. */
function policiesAt(policies: readonly SitePolicyPlan[], step: number): AttentionPolicy[] {
  const feeds = Object.fromEntries(
    Object.entries(allInputs(policies)).map(([name, values]) => [
      name,
      // float32, as a run feeds it, has not every number
      {
        ...floatTensor([], new Float32Array(1)),
        data: [values[step]] as unknown as Float32Array<ArrayBuffer>,
      },
    ]),
  );
  const at = policyAtSite(policies);
  return cuttable.map((site) => at(site, feeds));
}

Deno.test("each policy has its own sites, inputs, interval and schedule", () => {
  const { policies, form } = planned(bySite(
    pladis({ lambda: 2.5, sites: ["down"] }),
    pladis({ lambda: 1.2, alpha: 2, sites: ["up"], interval: [0, 0.5] }),
    temperature({ temperature: 0.9, sites: [mid], interval: [0.5, 1] }),
  ));
  assert.equal(form, "graph");
  assert.deepEqual(policies.map(({ policy, inputs }) => ({ policy, inputs })), [
    {
      policy: { kind: "pladis", lambda: 2.5, alpha: 1.5 },
      inputs: { pladis_lambda: [2.5, 2.5, 2.5, 2.5] },
    },
    { policy: { kind: "pladis", lambda: 1.2, alpha: 2 }, inputs: { pladis_lambda_1: [1.2, 1.2, 0, 0] } },
    {
      policy: { kind: "temperature", temperature: 0.9 },
      inputs: { attention_temperature_2: [1, 1, 0.9, 0.9] },
    },
  ]);
  const of = (place: string) => cross.filter((site) => site.place === place).map(({ id }) => id);
  assert.deepEqual(policies.map(ids), [of("down"), of("up"), [mid]]);
  assert.deepEqual(Object.keys(allInputs(policies)), [
    "pladis_lambda",
    "pladis_lambda_1",
    "attention_temperature_2",
  ]);
  const scheduled = planned(bySite(
    entmax({ sites: ["mid"] }),
    pladis({ lambda: 3, sites: ["up"], schedule: { kind: "linear", from: 1, to: 0 } }),
  ));
  assert.deepEqual(scheduled.policies.map(({ inputs }) => inputs), [{}, { pladis_lambda_1: [3, 2, 1, 0] }]);
});

Deno.test("a list of one policy is planned as that policy", () => {
  for (const policy of [entmax({ alpha: 2 }), pladis({ sites: ["up"] }), temperature({ temperature: 2 })]) {
    assert.deepEqual(planned(bySite(policy)), planned(policy));
  }
});

const alpha = fc.double({ min: 1.01, max: 4, noNaN: true });
const interval = fc.constantFrom<readonly [number, number]>([0, 1], [0, 0.5], [0.25, 0.75], [0.6, 1]);
const schedule = fc.constantFrom(undefined, { kind: "linear", from: 1, to: 0 } as const);
/** Any policy, at sites that are still to be said. */
const placed = fc.oneof(
  fc.record({ alpha }).map((options) => (sites: SiteId[]) => entmax({ ...options, sites })),
  fc.record({ temperature: fc.double({ min: 0.1, max: 9, noNaN: true }), interval })
    .map((options) => (sites: SiteId[]) => temperature({ ...options, sites })),
  fc.record({ lambda: fc.double({ min: 0, max: 10, noNaN: true }), alpha, interval, schedule })
    .map((options) => (sites: SiteId[]) => pladis({ ...options, sites })),
);
const PARTS = 4;
/** For each site of the denoiser, self-attention too, the part to which it belongs. */
const parts = fc.array(fc.nat(PARTS - 1), { minLength: found.length, maxLength: found.length });
const partOf = (parts: readonly number[], part: number) =>
  found.filter((_, i) => parts[i] === part).map(({ id }) => id as SiteId);

Deno.test("equal policies over a partition of the sites are the one over all, at every step", () => {
  fc.assert(fc.property(placed, parts, (make, parts) => {
    const lists = [...new Set(parts)].map((part) => make(partOf(parts, part)));
    const [first, ...rest] = lists;
    const several = planned(bySite(first, ...rest)), one = planned(make(found.map(({ id }) => id as SiteId)));
    assert.equal(several.policies.length, lists.length);
    assert.deepEqual(several.policies.flatMap(ids).toSorted(), one.policies.flatMap(ids).toSorted());
    assert.deepEqual(
      { ...several, policies: [] },
      { ...one, policies: [] },
      "the form does not depend on how sites are shared out",
    );
    for (let step = 0; step < 4; step++) {
      assert.deepEqual(policiesAt(several.policies, step), policiesAt(one.policies, step));
    }
  }));
});

Deno.test("each site has what its policy alone would give it, and softmax where there is none", () => {
  const makes = fc.array(placed, { minLength: PARTS - 1, maxLength: PARTS - 1 });
  fc.assert(fc.property(makes, parts, (makes, parts) => {
    // the last part is left out
    const alone = makes.map((make, part) => ({ make, sites: partOf(parts, part) }))
      .filter(({ sites }) => sites.length > 0).map(({ make, sites }) => make(sites));
    fc.pre(alone.length > 0);
    const [first, ...rest] = alone;
    const { policies } = planned(bySite(first, ...rest));
    const single = alone.map((policy) => planned(policy).policies);
    for (let step = 0; step < 4; step++) {
      const expected = cuttable.map((_, i) =>
        single.map((each) => policiesAt(each, step)[i]).find(({ kind }) => kind !== "dense") ??
          { kind: "dense" }
      );
      assert.deepEqual(policiesAt(policies, step), expected);
    }
    assert.deepEqual(
      policies.map(({ policy }) => [policy.kind, alphaOf(policy)]),
      single.map(([{ policy }]) => [policy.kind, alphaOf(policy)]),
    );
  }));
});

Deno.test("a site of two policies, and one that is not there, are errors that name the fields and the site", () => {
  const refused = (attention: Attention<Places>, what: string, message: RegExp) =>
    assert.throws(() => planned(attention), (error: Error) => {
      assert.ok(error instanceof PlanError, `${error}`);
      assert.equal(error.fault.what, what);
      assert.match(error.message, message);
      return true;
    });
  refused(
    bySite(pladis({ sites: ["down", "mid"] }), entmax({ sites: ["up", mid] })),
    "attention.policies[1].sites",
    /^Cannot plan attention for .*: attention\.policies\[1\]\.sites must be sites that attention\.policies\[0\]\.sites has not got, got "mid_block\.attentions\.0\.transformer_blocks\.0\.attn2"\. A site has one policy: name places or ids/,
  );
  refused(
    bySite(pladis(), pladis({ lambda: 1 })),
    "attention.policies[1].sites",
    /sites that attention\.policies\[0\]\.sites has not got, got "down_blocks\.0\.[\w.]*attn2 and 6 more"/,
  );
  refused(
    bySite(entmax({ sites: ["down"] }), pladis({ sites: ["mid"] }), temperature({ temperature: 2 })),
    "attention.policies[2].sites",
    /sites that attention\.policies\[0\]\.sites has not got/,
  );
  refused(
    bySite(
      entmax({ sites: ["down"] }),
      pladis({ sites: ["mid_block.attentions.0.transformer_blocks.0.attn3"] }),
    ),
    "attention.policies[1].sites",
    /the id of an attention site of this model.*Did you mean mid_block/,
  );
  refused(
    bySite(
      entmax({ sites: ["down"] }),
      pladis({ lambda: 4, sites: ["mid"], schedule: { kind: "linear", from: 1, to: 3 } }),
    ),
    "attention.policies[1].schedule",
    /shares of λ 4 that come to 10 at most/,
  );
});
