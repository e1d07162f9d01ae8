import { isSigmaList, namedSigmas, type NamedSigmasOptions, type SigmasChoice } from "./named_sigmas.ts";

export interface SigmaPathOptions extends Omit<NamedSigmasOptions, "rho"> {
  /** A schedule by name, or the user's own list, the last of it the level after the last step. */
  readonly choice: SigmasChoice;
  /** What follows the last step where a schedule is named. */
  readonly final: number;
}

/** σ before each step, noisiest first, and after the last one. */
export function sigmaPath(
  { choice, final, ...options }: SigmaPathOptions,
): { path: Float64Array; final: number } {
  if (isSigmaList(choice)) {
    return { path: Float64Array.from(choice.slice(0, -1)), final: choice[choice.length - 1] };
  }
  if (typeof choice === "string") return { path: namedSigmas(choice, options), final };
  return { path: namedSigmas(choice.name, { ...options, rho: choice.rho }), final };
}
