/**
 * Attention policies as data: what stands in the place of the softmax.
 *
 * Axis legend of this folder: B batch, H heads, Q queries, K keys. Scores z are [B, H, Q, K]; a row is the K scores of
 * one query.
 *
 * @module
 */
import { DomainError } from "../../errors.ts";

/** How the scores of a row become its weights. */
export type AttentionPolicy =
  /** softmax(z), as the model was trained. */
  | { readonly kind: "dense" }
  /** entmax_α(z): Peters, Niculae & Martins, "Sparse Sequence-to-Sequence Models", arXiv 1905.05702. */
  | { readonly kind: "entmax"; readonly alpha: number }
  /** softmax(z / T): sharper below 1, flatter above. */
  | { readonly kind: "temperature"; readonly temperature: number }
  /** λ·entmax_α(z) + (1 − λ)·softmax(z): Kim & Sim, "PLADIS", arXiv 2503.07677. */
  | { readonly kind: "pladis"; readonly lambda: number; readonly alpha: number };

/** Name of the graph input that holds λ. */
export const LAMBDA_INPUT = "pladis_lambda";

/** Name of the graph input that holds T. */
export const TEMPERATURE_INPUT = "attention_temperature";

/** At 100 scores of any trained model are equal but for a rounding. */
export const MOST_TEMPERATURE = 100;

/** Weights jump rather than bend with the scores as α grows; beyond 4, float32 scores no longer decide them. */
export const MOST_ALPHA = 4;

/** The paper goes to 3. A row's L1 norm may grow to 2λ − 1, so that beyond 10 rounding is all that is left to see. */
export const MOST_LAMBDA = 10;

/**
 * Scores up to this count as masked out: they are raised to it before anything else is done. A row of nothing but
 * masked scores is uniform over its keys, whatever finite or infinite number the mask was made of.
 */
export const MASKED_SCORE = -1e5;

/** @throws {DomainError} unless 1 < α ≤ 4. */
export function checkAlpha(alpha: number): void {
  if (alpha > 1 && alpha <= MOST_ALPHA) return;
  throw new DomainError({
    doing: "compute entmax",
    what: "alpha",
    rule: `a number above 1, up to ${MOST_ALPHA}`,
    got: alpha,
    remedy: "Take 1.5 or 2; the limit at 1 is softmax, the policy dense.",
  });
}

/** @throws {DomainError} unless 0 ≤ λ ≤ 10. */
export function checkLambda(lambda: number): void {
  if (lambda >= 0 && lambda <= MOST_LAMBDA) return;
  throw new DomainError({
    doing: "compute PLADIS",
    what: "lambda",
    rule: `a number from 0 to ${MOST_LAMBDA}`,
    got: lambda,
    remedy: "0 is softmax, 1 entmax; the paper's own is 2.",
  });
}

/** @throws {DomainError} unless 0 < T ≤ 100. */
export function checkTemperature(temperature: number): void {
  if (temperature > 0 && temperature <= MOST_TEMPERATURE) return;
  throw new DomainError({
    doing: "compute attention",
    what: "temperature",
    rule: `a number above 0, up to ${MOST_TEMPERATURE}`,
    got: temperature,
    remedy: "1 is softmax; below it weights are sharper.",
  });
}

/** α, of the policies that have it. */
export function alphaOf(policy: AttentionPolicy): number | undefined {
  return "alpha" in policy ? policy.alpha : undefined;
}

/**
 * What a policy's graph input is called where a graph has several policies: the first one's by its plain name, that of
 * policy i, from 0, with `_i` after it.
 */
export function inputOfPolicy(name: string, i: number): string {
  return i === 0 ? name : `${name}_${i}`;
}

/**
 * The graph inputs that a policy's nodes read, and their values: all that may change without compiling again.
 *
 * @throws {DomainError} if λ or T is out of its domain.
 */
export function policyInputs(policy: AttentionPolicy): Record<string, number> {
  switch (policy.kind) {
    case "dense":
    case "entmax":
      return {};
    case "temperature":
      checkTemperature(policy.temperature);
      return { [TEMPERATURE_INPUT]: policy.temperature };
    case "pladis":
      checkLambda(policy.lambda);
      return { [LAMBDA_INPUT]: policy.lambda };
    default:
      return policy satisfies never;
  }
}
