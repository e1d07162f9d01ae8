import type { Branch } from "./guidance_branch.ts";

/** What guidance does at one step. */
export interface GuidedStep {
  /** What to evaluate, in this order. Empty where the prediction is zero whatever the model says. */
  readonly branches: readonly Branch[];
  /** w. Absent where the rule does not hold: the prompt's own prediction is taken. */
  readonly scale?: number;
  /** s of each perturbation that holds. */
  readonly perturbations: Readonly<Partial<Record<Branch, number>>>;
}

/** What guidance remembers from one step to the next. Never changed: each step returns the next one. */
export interface GuidanceState {
  /** float32, of the predictions' shape. */
  readonly momentum?: Float32Array;
}

/** What comes out of a step. */
export interface Guided {
  /** float32, of the outputs' shape. */
  readonly prediction: Float32Array;
  readonly state: GuidanceState;
}
