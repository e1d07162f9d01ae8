import { betaSigmas } from "./beta_sigmas.ts";
import { exponentialSigmas } from "./exponential_sigmas.ts";
import { karrasSigmas, type SigmaRange } from "./karras_sigmas.ts";
import { luSigmas } from "./lu_sigmas.ts";

/** The sigma schedules that a user can ask for by name. */
export const SIGMAS_NAMES = ["karras", "exponential", "beta"] as const;
export type SigmasName = (typeof SIGMAS_NAMES)[number];

/** Those, and the one that only a DPM-Solver's own configuration asks for. */
export type SigmaSpacing = SigmasName | "lu";

/** The noise levels of a named sigma schedule, σ, noisiest first, `steps` of them. */
export function namedSigmas(name: SigmaSpacing, range: SigmaRange, steps: number): Float64Array {
  switch (name) {
    case "karras":
      return karrasSigmas(range, steps);
    case "exponential":
      return exponentialSigmas(range, steps);
    case "beta":
      return betaSigmas(range, steps);
    case "lu":
      return luSigmas(range, steps);
    default:
      return name satisfies never;
  }
}
