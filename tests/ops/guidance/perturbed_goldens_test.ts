/** How a hampered network's prediction is put in, against diffusers' guiders. */
import assert from "node:assert/strict";
import {
  type Branch,
  createGuidance,
  type GuidanceData,
  type LatentShape,
} from "../../../ops/guidance/guidance.ts";
import { loadGoldens, relativeL2 } from "../../helpers/goldens.ts";

const goldens = loadGoldens("guiders_perturbed");
const RUN = { sigmas: [4, 3, 2, 1, 0], space: "exploding" } as const;

/** These guiders of diffusers leave out the first step of their interval, 0, 1 and 2 of 4; Winnow's are half-open. */
const RULES: Readonly<Record<string, GuidanceData>> = {
  pag: { kind: "cfg", scale: 7.5, rescale: 0, perturbed: [{ kind: "pag", scale: 3, interval: [0.25, 1] }] },
  slg: {
    kind: "cfg",
    scale: 7.5,
    rescale: 0.7,
    perturbed: [{ kind: "slg", scale: 2.8, interval: [0.5, 0.75] }],
  },
  seg: { kind: "cfg", scale: 7.5, rescale: 0, perturbed: [{ kind: "seg", scale: 2, interval: [0.75, 1] }] },
  auto: { kind: "auto", scale: 2.5, rescale: 0.3 },
};

for (const [recipe, { settings, tensors }] of Object.entries(goldens.recipes)) {
  Deno.test(`guidance equals diffusers' guider: ${recipe}`, () => {
    const rule = createGuidance(RULES[recipe], RUN), state = rule.start();
    for (let i = 0; i < RUN.sigmas.length - 1; i++) {
      const names: Branch[] = ["conditional", "unconditional", settings.branch];
      const outputs = Object.fromEntries(names.map((name) => [name, goldens.floats(recipe, `${name}.${i}`)]));
      const shape = tensors[`guided.${i}`].shape as unknown as LatentShape;
      const error = relativeL2(
        rule.combine({ outputs, i, shape, state }).prediction,
        goldens.floats(recipe, `guided.${i}`),
      );
      assert.ok(error <= 1e-6, `step ${i}: ${error}`);
    }
  });
}
