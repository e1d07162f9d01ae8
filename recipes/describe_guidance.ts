/**
 * Guidance in words.
 *
 * @module
 */
import type { GuidanceInterval } from "./guidance/guidance_interval.ts";
import type { Perturbation } from "./guidance/perturbation.ts";
import type { ScaleSchedule } from "./guidance/scale_share.ts";
import type { Guidance } from "./recipe_guidance.ts";

const TITLES: Readonly<Record<Guidance["kind"], string>> = {
  none: "none",
  cfg: "classifier-free",
  apg: "APG",
  cfg_zero_star: "CFG-Zero*",
  tcfg: "TCFG",
  fdg: "FDG",
  perp_neg: "Perp-Neg",
  cfg_pp: "CFG++",
  nag: "NAG",
  auto: "AutoGuidance",
};

/** How much of a scale is used along a run. */
export function scheduleWords(schedule: ScaleSchedule): string {
  const [how, from, to] = schedule.kind === "piecewise"
    ? ["in pieces", schedule.points[0][1], schedule.points[schedule.points.length - 1][1]]
    : [schedule.kind === "linear" ? "in a line" : "along a cosine", schedule.from, schedule.to];
  return `used from ${100 * from} to ${100 * to} % ${how}`;
}

function intervalWords(interval: GuidanceInterval): string | false {
  if ("high" in interval) return `sigma ${interval.high} to ${interval.low}`;
  const [from, to] = interval;
  return (from > 0 || to < 1) && `steps ${100 * from} to ${100 * to} %`;
}

/** What a rule alone has. */
function ownWords(guidance: Guidance): (string | false | undefined)[] {
  switch (guidance.kind) {
    case "none":
    case "cfg":
    case "tcfg":
      return [];
    case "apg":
      return [
        `η ${guidance.eta}`,
        guidance.momentum !== undefined && `momentum ${guidance.momentum}`,
        guidance.normThreshold > 0 && `norm up to ${guidance.normThreshold}`,
        guidance.over === "channel" && "by channel",
      ];
    case "cfg_zero_star":
      return [
        guidance.zeroSteps > 0 &&
        `first ${guidance.zeroSteps === 1 ? "step" : `${guidance.zeroSteps} steps`} zero`,
      ];
    case "fdg":
      return [
        `scales ${guidance.scales.join(" and ")}`,
        guidance.parallelWeights && `parallel weights ${guidance.parallelWeights.join(" and ")}`,
      ];
    case "perp_neg":
      return [`negative scale ${guidance.negativeScale}`];
    case "cfg_pp":
      return [`λ ${guidance.lambda}`];
    case "auto": {
      const { weak } = guidance;
      return [`away from ${"source" in weak ? weak.source : weak.kind}`];
    }
    case "nag":
      return [`τ ${guidance.tau}`, `α ${guidance.alpha}`];
    default:
      return guidance satisfies never;
  }
}

function perturbationWords(each: Perturbation): string {
  const { kind, scale, sites, interval } = each;
  const where = sites === "all" ? "all self-attention" : sites.join(" and ");
  const sigma = kind === "seg" && (each.sigma === undefined ? "mean" : `σ ${each.sigma}`);
  return [`${kind.toUpperCase()} ${scale}`, sigma, `at ${where}`, interval && intervalWords(interval)]
    .filter(Boolean).join(" ");
}

/** A rule and its settings, on one line. */
export function describeGuidance(guidance: Guidance): string {
  const { kind } = guidance;
  const words = [
    kind !== "none" && "scale" in guidance && `scale ${guidance.scale}`,
    "schedule" in guidance && guidance.schedule && scheduleWords(guidance.schedule),
    ...ownWords(guidance),
    "from" in guidance && guidance.from === "conditional" && "from the conditional prediction",
    "correct" in guidance && guidance.correct &&
    (guidance.correct === "zero_star" ? "CFG-Zero* factor" : "tangential"),
    kind !== "none" && "rescale" in guidance && guidance.rescale !== undefined && guidance.rescale > 0 &&
    `rescale ${guidance.rescale}`,
    "interval" in guidance && guidance.interval && intervalWords(guidance.interval),
    ...("perturbed" in guidance ? guidance.perturbed ?? [] : []).map(perturbationWords),
  ];
  return [TITLES[kind], ...words.filter(Boolean)].join(", ");
}
