/**
 * Attention policies: what turns scores into weights.
 *
 * @module
 */
import { DomainError } from "../../errors.ts";

/** Softmax, α-entmax, or PLADIS' mixture of both. */
export type AttentionPolicy =
  | { readonly kind: "dense" }
  | { readonly kind: "entmax"; readonly alpha: number }
  | { readonly kind: "pladis"; readonly lambda: number; readonly alpha: number };

/** Beyond 4 weights jump rather than bend with the scores, and float32 scores no longer decide them. */
export const MOST_ALPHA = 4;

/** ‖W‖₁ grows as 2λ − 1; beyond 10 nothing of a model's behaviour is left. */
export const MOST_LAMBDA = 10;

/** @throws {DomainError} if α is not above 1 and at most 4. */
export function checkAlpha(alpha: number): void {
  if (alpha > 1 && alpha <= MOST_ALPHA) return;
  throw new DomainError({
    doing: "compute entmax",
    what: "alpha",
    rule: `above 1, up to ${MOST_ALPHA}`,
    got: alpha,
  });
}

/** @throws {DomainError} if λ is not from 0 to 10. */
export function checkLambda(lambda: number): void {
  if (lambda >= 0 && lambda <= MOST_LAMBDA) return;
  throw new DomainError({
    doing: "compute PLADIS",
    what: "lambda",
    rule: `from 0 to ${MOST_LAMBDA}`,
    got: lambda,
  });
}

/** Name of PLADIS' graph input. */
export const LAMBDA_INPUT = "pladis_lambda";

/** The graph inputs that a policy's nodes read, with their values for this policy. */
export function policyInputs(policy: AttentionPolicy): Readonly<Record<string, number>> {
  return policy.kind === "pladis" ? { [LAMBDA_INPUT]: policy.lambda } : {};
}
