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
  /** λ·entmax_α(z) + (1 − λ)·softmax(z): Kim & Sim, "PLADIS", arXiv 2503.07677. */
  | { readonly kind: "pladis"; readonly lambda: number; readonly alpha: number };

/** Name of the graph input that holds λ. */
export const LAMBDA_INPUT = "pladis_lambda";

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

/**
 * The graph inputs that a policy's nodes read, and their values: all that may change without compiling again.
 *
 * @throws {DomainError} if λ is out of its domain.
 */
export function policyInputs(policy: AttentionPolicy): Record<string, number> {
  switch (policy.kind) {
    case "dense":
    case "entmax":
      return {};
    case "pladis":
      checkLambda(policy.lambda);
      return { [LAMBDA_INPUT]: policy.lambda };
    default:
      return policy satisfies never;
  }
}
