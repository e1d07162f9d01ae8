/** Guidance as plain data: which rule, how strong, and where in the run. */
import type { SigmaInterval, StepInterval } from "../schedule/step_interval.ts";
import type { ScaleSchedule } from "./scale_schedule.ts";

/** Part of a run, by its steps or by their noise levels (those of `Scheduler.sigmas`). */
export type GuidanceInterval = StepInterval | SigmaInterval;

/** The prediction from which a rule pushes: unconditional + w·push as diffusers and ComfyUI, or conditional + (w − 1)·push. */
export type PushFrom = "unconditional" | "conditional";

/** What is done to the unconditional prediction before the conditional's difference to it is taken. */
export type Correction = "zero_star" | "tangential";

/**
 * A push away from the same prompt's prediction by a hampered network, s·(conditional − hampered):
 * `pag` with identity for self-attention (Ahn et al., "Self-Rectifying Diffusion Sampling with Perturbed-Attention
 * Guidance", 2024), `seg` with blurred queries (Hong, "Smoothed Energy Guidance", 2024), `slg` with layers left out
 * (Stability AI, Stable Diffusion 3.5).
 */
export interface Perturbation {
  readonly kind: "pag" | "seg" | "slg";
  /** s; 0 is none. */
  readonly scale: number;
  /** Left out: the whole run. */
  readonly interval?: GuidanceInterval;
}

/** What goes with every rule. */
export interface Stacked {
  /** Where the rule holds; elsewhere the prompt's own prediction is taken. Left out: the whole run. */
  readonly interval?: GuidanceInterval;
  readonly perturbed?: readonly Perturbation[];
}

/** What goes with every rule that has a scale. */
export interface Scaled extends Stacked {
  /** w: 1 is the conditional prediction itself. */
  readonly scale: number;
  /** How much of the scale is used along the run. Left out: all of it. */
  readonly schedule?: ScaleSchedule;
  /** φ, 0 … 1: how far the result's spread is brought back to the conditional's. */
  readonly rescale: number;
}

/** No guidance but perturbations. */
export interface NoGuidanceData extends Pick<Stacked, "perturbed"> {
  readonly kind: "none";
}

/** Ho & Salimans, "Classifier-Free Diffusion Guidance", 2022. */
export interface CfgData extends Scaled {
  readonly kind: "cfg";
}

/** Sadat et al., "Eliminating Oversaturation and Artifacts of High Guidance Scales in Diffusion Models", 2024. */
export interface ApgData extends Scaled {
  readonly kind: "apg";
  /** η: what is kept of the push along the conditional prediction. */
  readonly eta: number;
  /** β: what is kept of the last step's push; negative reverses it. Left out: no memory. */
  readonly momentum?: number;
  /** r: the length to which a longer push is cut; 0 cuts nothing. */
  readonly normThreshold: number;
  /** Whether lengths and projections are those of the whole image or of each channel. */
  readonly over: "image" | "channel";
  readonly from: PushFrom;
  readonly correct?: Correction;
}

/** Fan et al., "CFG-Zero*: Improved Classifier-Free Guidance for Flow Matching Models", 2025. */
export interface CfgZeroStarData extends Scaled {
  readonly kind: "cfg_zero_star";
  /** How many steps predict zero, with no evaluation of the model. */
  readonly zeroSteps: number;
  readonly from: PushFrom;
}

/** Kwon et al., "TCFG: Tangential Damping Classifier-free Guidance", 2025. */
export interface TcfgData extends Scaled {
  readonly kind: "tcfg";
  readonly from: PushFrom;
}

/** Sadat et al., "Guidance in the Frequency Domain Enables High-Fidelity Sampling at Low CFG Scales", 2025. */
export interface FdgData extends Stacked {
  readonly kind: "fdg";
  /** w of each band, from fine to coarse; as many as the pyramid has levels. */
  readonly scales: readonly number[];
  /** What is kept in each band of the push along the conditional prediction. Left out: all. */
  readonly parallelWeights?: readonly number[];
  readonly rescale: number;
  readonly from: PushFrom;
  readonly correct?: Correction;
}

/** Armandpour et al., "Re-imagine the Negative Prompt Algorithm", 2023. The negative prompt has a branch of its own. */
export interface PerpNegData extends Scaled {
  readonly kind: "perp_neg";
  /** w of the negative prompt, counted in the push: 0 leaves it out. */
  readonly negativeScale: number;
}

/** Chung et al., "CFG++: Manifold-constrained Classifier Free Guidance for Diffusion Models", 2024. */
export interface CfgPlusPlusData extends Stacked {
  readonly kind: "cfg_pp";
  /** λ, 0 … 1. */
  readonly lambda: number;
}

/** Karras et al., "Guiding a Diffusion Model with a Bad Version of Itself", 2024. */
export interface AutoGuidanceData extends Scaled {
  readonly kind: "auto";
}

/** Chen et al., "Normalized Attention Guidance", 2025: within each cross-attention (`normalizedAttention`). */
export interface NagData {
  readonly kind: "nag";
  /** s: how far attention is pushed away from the negative prompt's; 1 is not at all. */
  readonly scale: number;
  /** τ: how much larger than the prompt's own the result may be. */
  readonly tau: number;
  /** α, 0 … 1: how much of the result is taken. */
  readonly alpha: number;
}

/** Any rule. */
export type GuidanceData =
  | NoGuidanceData
  | CfgData
  | ApgData
  | CfgZeroStarData
  | TcfgData
  | FdgData
  | PerpNegData
  | CfgPlusPlusData
  | AutoGuidanceData
  | NagData;
