import { softmaxRow } from "../dense/reference.ts";
import { entmaxRow } from "../entmax/reference.ts";
import { checkAlpha, checkLambda } from "../policy.ts";
import { mapRows } from "../score_rows.ts";

/**
 * λ·entmax_α(z) + (1 − λ)·softmax(z) for scores [rows, K], in float64: Kim & Sim, "PLADIS: Pushing the Limits of
 * Attention in Diffusion Models at Inference Time by Leveraging Sparsity", arXiv 2503.07677.
 *
 * @throws {DomainError} if α or λ is out of its domain, or K does not divide the scores.
 */
export function pladisWeights(z: Float64Array, keys: number, lambda: number, alpha: number): Float64Array {
  checkLambda(lambda);
  checkAlpha(alpha);
  return mapRows(z, keys, (row) => {
    const sparse = entmaxRow(row, alpha);
    return softmaxRow(row).map((dense, i) => lambda * sparse[i] + (1 - lambda) * dense);
  });
}
