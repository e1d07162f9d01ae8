/**
 * How a scale changes along a run.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { says } from "../field_text.ts";

/**
 * How much of what the scale adds to 1 is used along the run, as a share, by the place t of a step, 0 at the first and
 * 1 at the last: in a line, along half a cosine, or in straight lines between points [t, share]. 0 is no guidance, and
 * one evaluation; 1 is the scale itself.
 */
export type ScaleSchedule =
  | { readonly kind: "linear" | "cosine"; readonly from: number; readonly to: number }
  | { readonly kind: "piecewise"; readonly points: readonly (readonly [t: number, share: number])[] };

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
