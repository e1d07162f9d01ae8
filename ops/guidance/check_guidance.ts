import { DomainError } from "../../errors.ts";
import type { GuidanceData, GuidanceInterval } from "./guidance_data.ts";
import type { ScaleSchedule } from "./scale_schedule.ts";

function check(what: string, holds: boolean, rule: string, got: unknown): void {
  if (!holds) throw new DomainError({ doing: "set up guidance", what, rule, got });
}

function checkSchedule(schedule: ScaleSchedule): void {
  const rule = "a finite number";
  if (schedule.kind !== "piecewise") {
    check("schedule.from", Number.isFinite(schedule.from), rule, schedule.from);
    return check("schedule.to", Number.isFinite(schedule.to), rule, schedule.to);
  }
  const { points } = schedule;
  const finite = points.every((point) => point.every(Number.isFinite));
  const rising = points.every(([t], j) => j === 0 || points[j - 1][0] <= t);
  const rules = "one point or more [t, share] of finite numbers, t not falling";
  check("schedule.points", points.length > 0 && finite && rising, rules, points);
}

function checkInterval(what: string, interval: GuidanceInterval | undefined): void {
  if (interval === undefined) return;
  if ("high" in interval) check(what, interval.high > interval.low, "of high above low", interval);
  else check(what, interval[0] < interval[1], "of two numbers, the first below the second", interval);
}

const isFraction = (x: number) => x >= 0 && x <= 1;
const FRACTION = "a number from 0 to 1";

/** @throws {DomainError} naming the first field that is out of its range */
export function checkGuidance(data: GuidanceData): void {
  if ("interval" in data) checkInterval("interval", data.interval);
  if ("perturbed" in data) {
    const kinds = data.perturbed?.map(({ kind }) => kind) ?? [];
    check("perturbed", new Set(kinds).size === kinds.length, "a list of different kinds", kinds);
    data.perturbed?.forEach(({ scale, interval }, j) => {
      check(`perturbed[${j}].scale`, Number.isFinite(scale), "a finite number", scale);
      checkInterval(`perturbed[${j}].interval`, interval);
    });
  }
  if ("scale" in data) check("scale", Number.isFinite(data.scale), "a finite number", data.scale);
  if ("schedule" in data && data.schedule !== undefined) checkSchedule(data.schedule);
  if ("rescale" in data) check("rescale", isFraction(data.rescale), FRACTION, data.rescale);
  switch (data.kind) {
    case "apg":
      check("eta", Number.isFinite(data.eta), "a finite number", data.eta);
      if (data.momentum !== undefined) {
        check("momentum", Math.abs(data.momentum) < 1, "a number between -1 and 1", data.momentum);
      }
      return check("normThreshold", data.normThreshold >= 0, "a number from 0", data.normThreshold);
    case "cfg_zero_star": {
      const whole = Number.isInteger(data.zeroSteps) && data.zeroSteps >= 0;
      return check("zeroSteps", whole, "a whole number from 0", data.zeroSteps);
    }
    case "fdg": {
      const { scales, parallelWeights: weights } = data;
      check(
        "scales",
        scales.length > 0 && scales.every(Number.isFinite),
        "one finite number or more",
        scales,
      );
      if (weights === undefined) return;
      const fits = weights.length === scales.length && weights.every(Number.isFinite);
      return check("parallelWeights", fits, `${scales.length} finite numbers, one for each scale`, weights);
    }
    case "perp_neg":
      return check(
        "negativeScale",
        Number.isFinite(data.negativeScale),
        "a finite number",
        data.negativeScale,
      );
    case "cfg_pp":
      return check("lambda", isFraction(data.lambda), FRACTION, data.lambda);
    case "nag":
      check("tau", data.tau > 0, "a number above 0", data.tau);
      return check("alpha", isFraction(data.alpha), FRACTION, data.alpha);
  }
}
