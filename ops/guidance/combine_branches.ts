import { adaptPush } from "./adaptive_projection.ts";
import { classifierFree } from "./classifier_free.ts";
import { frequencyDecoupled } from "./frequency_decoupled.ts";
import type { GuidanceState, Guided, GuidedStep } from "./guided_step.ts";
import type { Branch, BranchOutputs, LatentShape } from "./guidance_branch.ts";
import type { Correction, GuidanceData, PushFrom } from "./guidance_data.ts";
import { difference, pushed } from "./guidance_push.ts";
import { perpendicularNegative } from "./perpendicular_negative.ts";
import { rescaleStd } from "./rescale_std.ts";
import { tangential } from "./tangential.ts";
import { zeroStar } from "./zero_star.ts";

/** What every rule is given. */
interface Mix {
  readonly data: GuidanceData;
  readonly w: number;
  readonly outputs: BranchOutputs;
  readonly shape: LatentShape;
  readonly state: GuidanceState;
}

function taken(outputs: BranchOutputs, branch: Branch): Float32Array {
  return outputs[branch] as Float32Array;
}

/** The unconditional prediction as the rule wants it. */
function corrected(correction: Correction | undefined, { outputs, shape: [batch] }: Mix): Float32Array {
  const u = taken(outputs, "unconditional"), c = taken(outputs, "conditional");
  switch (correction) {
    case undefined:
      return u;
    case "zero_star":
      return zeroStar(u, c, batch);
    case "tangential":
      return tangential(u, c, batch);
    default:
      return correction satisfies never;
  }
}

function pushedFrom(
  from: PushFrom,
  u: Float32Array,
  c: Float32Array,
  push: Float32Array,
  w: number,
): Float32Array {
  return from === "conditional" ? pushed(c, push, w - 1) : pushed(u, push, w);
}

/** The branches of prompts, mixed by the rule's scale. */
function mixed(mix: Mix): Guided {
  const { data, w, outputs, shape, state } = mix;
  const c = taken(outputs, "conditional");
  switch (data.kind) {
    case "none":
      return { prediction: c, state };
    case "nag":
      return { prediction: taken(outputs, "nag"), state };
    case "cfg":
    case "cfg_pp":
      return { prediction: classifierFree(taken(outputs, "unconditional"), c, w), state };
    case "auto":
      return { prediction: classifierFree(taken(outputs, "weak"), c, w), state };
    case "cfg_zero_star":
    case "tcfg": {
      const u = corrected(data.kind === "tcfg" ? "tangential" : "zero_star", mix);
      return { prediction: pushedFrom(data.from, u, c, difference(c, u), w), state };
    }
    case "apg": {
      const u = corrected(data.correct, mix);
      const { push, ...next } = adaptPush(difference(c, u), c, data, shape, state.momentum);
      return { prediction: pushedFrom(data.from, u, c, push, w), state: next };
    }
    case "fdg":
      return { prediction: frequencyDecoupled(corrected(data.correct, mix), c, data, shape), state };
    case "perp_neg": {
      const u = taken(outputs, "unconditional"), n = taken(outputs, "negative");
      const push = perpendicularNegative(difference(c, u), difference(n, u), data.negativeScale, shape[0]);
      return { prediction: pushed(u, push, w), state };
    }
    default:
      return data satisfies never;
  }
}

/**
 * The one order in which rules stack:
 * 1. the unconditional prediction is corrected (CFG-Zero*, TCFG),
 * 2. its difference to the conditional one is reshaped (APG, Perp-Neg, the bands of FDG),
 * 3. and added with the scale,
 * 4. the pushes away from hampered networks are added (PAG, SEG, SLG),
 * 5. the spread is brought back (rescale).
 *
 * @param outputs One for each of the step's branches.
 */
export function combineBranches(
  data: GuidanceData,
  { scale, perturbations }: GuidedStep,
  outputs: BranchOutputs,
  shape: LatentShape,
  state: GuidanceState,
): Guided {
  const c = taken(outputs, "conditional");
  const guided = scale === undefined
    ? { prediction: c, state }
    : mixed({ data, w: scale, outputs, shape, state });
  const perturbed = Object.entries(perturbations).reduce(
    (prediction, [branch, s]) => pushed(prediction, difference(c, taken(outputs, branch as Branch)), s),
    guided.prediction,
  );
  const rescale = "rescale" in data ? data.rescale : 0;
  const prediction = rescale > 0 && perturbed !== c ? rescaleStd(perturbed, c, rescale, shape[0]) : perturbed;
  return { prediction, state: guided.state };
}
