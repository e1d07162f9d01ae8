/**
 * How a recipe says which noise levels a run goes through.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { says } from "../field_text.ts";

/** The noise schedules that can be asked for by name. */
export const SIGMAS = [
  "karras",
  "exponential",
  "beta",
  "polyexponential",
  "lu",
  "normal",
  "simple",
  "sgm_uniform",
  "ddim_uniform",
  "linear_quadratic",
  "kl_optimal",
  "align_your_steps_sd15",
  "align_your_steps_sdxl",
  "align_your_steps_svd",
] as const;

/** The two that have an exponent, with another one than their own. */
export interface RhoSigmas {
  readonly name: "karras" | "polyexponential";
  readonly rho: number;
}

/**
 * How noise levels are spaced: a schedule by name, or a list of one's own: σ (noise to signal; in flow matching σ itself)
 * before each step and after the last, falling.
 */
export type SigmasChoice = (typeof SIGMAS)[number] | RhoSigmas | readonly number[];

const list = z.array(z.number().min(0)).min(2).max(1001)
  .refine((sigmas) => sigmas.every((sigma, i) => i === 0 || sigma < sigmas[i - 1])).readonly();
const rho = z.strictObject({ name: z.enum(["karras", "polyexponential"]), rho: z.number().positive() });

/** @internal */
export const sigmasSchema: z.ZodType<SigmasChoice> = says(z.union([z.enum(SIGMAS), list, rho]), {
  rule: `one of ${SIGMAS.join(", ")}; a falling list of numbers; or a name and a rho`,
  words: SIGMAS,
});

/** The choice in words. */
export function sigmasText(sigmas: SigmasChoice): string {
  if (typeof sigmas === "string") return `${sigmas} sigmas`;
  return "name" in sigmas ? `${sigmas.name} sigmas, ρ ${sigmas.rho}` : "sigmas of the recipe's";
}
