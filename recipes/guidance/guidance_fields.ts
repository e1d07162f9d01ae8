/**
 * What the rules of guidance have in common: strength, and where in a run they hold.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { numberField, says, wordField } from "../field_text.ts";

/** The prediction from which a rule pushes: unconditional + w·push as diffusers and ComfyUI, or conditional + (w − 1)·push. */
export type PushFrom = "unconditional" | "conditional";

/** What is done to the unconditional prediction before the conditional's difference to it is taken. */
export type Correction = "zero_star" | "tangential";

/** The steps that begin at a noise level up to `high` and above `low`. */
export interface SigmaInterval {
  readonly high: number;
  readonly low: number;
}

/**
 * Part of a run: as fractions of its steps, of n steps step i (from 0) if from ≤ i / n < to; or between two noise
 * levels, as `winnow explain` shows them.
 */
export type GuidanceInterval = readonly [from: number, to: number] | SigmaInterval;

/**
 * How much of what the scale adds to 1 is used along the run, as a share, by the place t of a step, 0 at the first and
 * 1 at the last: in a line, along half a cosine, or in straight lines between points [t, share]. 0 is no guidance, and
 * one evaluation; 1 is the scale itself.
 */
export type ScaleSchedule =
  | { readonly kind: "linear" | "cosine"; readonly from: number; readonly to: number }
  | { readonly kind: "piecewise"; readonly points: readonly (readonly [t: number, share: number])[] };

/** What every rule but none can be limited to. */
export interface Limited {
  /** Where the rule holds; elsewhere the prompt's own prediction is taken, one evaluation a step. Absent: the whole run. */
  readonly interval?: GuidanceInterval;
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
}
export const DEFAULT_SCALE = 3;
export const DEFAULT_RESCALE = 0;

const rescale = numberField({ from: 0, to: 1, remedy: "Take 0 for none, 0.7 as in the paper." })
  .default(DEFAULT_RESCALE);

const INTERVAL_REMEDY =
  'Take [0,1] for every step, or {"high":10,"low":0.5} for those between two noise levels.';
const fraction = numberField({ from: 0, to: 1, remedy: INTERVAL_REMEDY });
const sigma = z.number().min(0);
const interval = says(
  z.union([
    z.tuple([fraction, fraction]).refine(([from, to]) => from < to).readonly(),
    z.strictObject({ high: sigma, low: sigma }).refine(({ high, low }) => high > low),
  ]),
  {
    rule:
      "two numbers from 0 to 1, the first below the second, or {high, low} of two noise levels, high above low",
    remedy: INTERVAL_REMEDY,
  },
).optional();

const share = z.number().min(0).max(100);
const place = z.number().min(0).max(1);
const points = z.array(z.tuple([place, share]).readonly()).min(1)
  .refine((list) => list.every(([t], j) => j === 0 || list[j - 1][0] <= t)).readonly();
const scaleSchedule = says(
  z.union([
    z.strictObject({ kind: z.enum(["linear", "cosine"]), from: share, to: share }),
    z.strictObject({ kind: z.literal("piecewise"), points }),
  ]),
  {
    rule:
      "linear or cosine with shares from and to, or piecewise with points [t, share], t from 0 to 1 and not falling",
    remedy: 'Take {"kind":"linear","from":0,"to":1} for a scale that rises from none.',
  },
);

/** @internal */
export const scheduleField = { schedule: scaleSchedule.optional() };
/** @internal */
export const limitedFields = { interval };
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
  interval,
  ...scheduleField,
};
/** @internal */
export const fromField = (start: PushFrom) => ({
  from: wordField(["unconditional", "conditional"]).default(start),
});
/** @internal */
export const correctField = { correct: wordField(["zero_star", "tangential"]).optional() };
