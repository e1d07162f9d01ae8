/**
 * What the rules of guidance have in common: strength, and where in a run they hold.
 *
 * @module
 */
import { numberField, wordField } from "../field_text.ts";
import { type GuidanceInterval, intervalField } from "./guidance_interval.ts";
import { type Perturbation, perturbedField } from "./perturbation.ts";
import { type ScaleSchedule, scheduleField } from "./scale_share.ts";

/** The prediction from which a rule pushes: unconditional + w·push as diffusers and ComfyUI, or conditional + (w − 1)·push. */
export type PushFrom = "unconditional" | "conditional";

/** What is done to the unconditional prediction before the conditional's difference to it is taken. */
export type Correction = "zero_star" | "tangential";

/** What every rule but none can be limited to. */
export interface Limited {
  /** Where the rule holds; elsewhere the prompt's own prediction is taken, one evaluation a step. Absent: the whole run. */
  readonly interval?: GuidanceInterval;
  /** Absent: none. */
  readonly perturbed?: readonly Perturbation[];
}

/** What every rule with a scale has. */
export interface Scaled extends Limited {
  /** w: 1 is the prompt's own prediction. */
  readonly scale: number;
  /** Absent: the scale is the same at each step. */
  readonly schedule?: ScaleSchedule;
  /** φ: how far the prediction's standard deviation is brought back to the conditional's. */
  readonly rescale: number;
}

/** Options that every rule with a scale takes. */
export interface ScaledOptions {
  /**
   * w, 0 to 100: 1 is no guidance (one evaluation a step), 0 ignores the prompt. Models are used at 1 to 20; the
   * bound is far above, to catch slips such as 750 for 7.50.
   *
   * @default {3}
   */
  readonly scale?: number;
  /**
   * φ, 0 to 1. Lin et al., "Common Diffusion Noise Schedules and Sample Steps are Flawed", 2023, section 3.4: 0.7 for
   * models that were trained to zero terminal SNR.
   *
   * @default {0}
   */
  readonly rescale?: number;
  /**
   * Where guidance holds. Default: the whole run. Kynkäänniemi et al., "Applying Guidance in a Limited Interval
   * Improves Sample and Distribution Quality", 2024, leave out the noisiest and the cleanest steps.
   */
  readonly interval?: GuidanceInterval;
  /** How the scale changes along the run. Default: it does not. */
  readonly schedule?: ScaleSchedule;
  /** Pushes away from a hampered network, `pag()`, `seg()` and `slg()`, one evaluation more a step each. Default: none. */
  readonly perturbed?: readonly Perturbation[];
}
export const DEFAULT_SCALE = 3;
export const DEFAULT_RESCALE = 0;

const rescale = numberField({ from: 0, to: 1, remedy: "Take 0 for none, 0.7 as in the paper." })
  .default(DEFAULT_RESCALE);

/** @internal */
export const limitedFields = { ...intervalField, ...perturbedField };
/** @internal */
export const rescaleField = { rescale };
/** @internal */
export const scaledFields = {
  scale: numberField({
    from: 0,
    to: 100,
    remedy: "Take 3 for the bundled model, 7.5 for Stable Diffusion, 1 for none.",
  }).default(DEFAULT_SCALE),
  rescale,
  ...limitedFields,
  ...scheduleField,
};
/** @internal */
export const fromField = (start: PushFrom) => ({
  from: wordField(["unconditional", "conditional"]).default(start),
});
/** @internal */
export const correctField = { correct: wordField(["zero_star", "tangential"]).optional() };
