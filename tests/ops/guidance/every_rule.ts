/** One of each rule with the usual figures, for the laws that all of them keep. */
import type { GuidanceData } from "../../../ops/guidance/guidance.ts";

const scaled = { scale: 5, rescale: 0 } as const;
const apg = {
  kind: "apg",
  ...scaled,
  eta: 0.3,
  normThreshold: 2,
  over: "image",
  from: "unconditional",
} as const;

/** By a name for the test. */
export const EVERY_RULE: Readonly<Record<string, GuidanceData>> = {
  none: { kind: "none" },
  cfg: { kind: "cfg", ...scaled },
  "cfg, rescaled": { kind: "cfg", scale: 5, rescale: 0.7 },
  "cfg with a schedule": {
    kind: "cfg",
    scale: 5,
    schedule: { kind: "cosine", from: 0.5, to: 2 },
    rescale: 0,
  },
  apg,
  "apg with momentum, by channel": { ...apg, momentum: -0.5, over: "channel", from: "conditional" },
  "apg on a corrected difference": { ...apg, correct: "zero_star" },
  cfg_zero_star: { kind: "cfg_zero_star", ...scaled, zeroSteps: 1, from: "unconditional" },
  tcfg: { kind: "tcfg", ...scaled, from: "unconditional" },
  fdg: { kind: "fdg", scales: [7, 3], rescale: 0, from: "unconditional" },
  "fdg, parallel": {
    kind: "fdg",
    scales: [7, 3],
    parallelWeights: [0.5, 1],
    rescale: 0.5,
    from: "conditional",
  },
  perp_neg: { kind: "perp_neg", ...scaled, negativeScale: 1.5 },
  cfg_pp: { kind: "cfg_pp", lambda: 0.6 },
  auto: { kind: "auto", ...scaled },
  nag: { kind: "nag", scale: 5, tau: 2.5, alpha: 0.25 },
  "cfg and perturbations": {
    kind: "cfg",
    ...scaled,
    perturbed: [{ kind: "pag", scale: 3 }, { kind: "seg", scale: 2 }, { kind: "slg", scale: 1 }],
  },
  "pag alone": { kind: "none", perturbed: [{ kind: "pag", scale: 3 }] },
};
