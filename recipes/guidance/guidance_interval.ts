/**
 * In which part of a run guidance holds.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { numberField, says } from "../field_text.ts";

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

/** @internal */
export const intervalField = { interval };
