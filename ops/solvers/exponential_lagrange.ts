/** Integrals of a Lagrange polynomial against an exponential, float64. */

/** The coefficients, highest power first, of the polynomial that is 1 at `nodes[k]` and 0 at the others. */
function lagrangePolynomial(nodes: readonly number[], k: number): number[] {
  let polynomial = [1];
  nodes.forEach((node, j) => {
    if (j === k) return;
    const width = nodes[k] - node;
    const raised = [...polynomial, 0].map((c, n) => (c - node * (n > 0 ? polynomial[n - 1] : 0)) / width);
    polynomial = raised;
  });
  return polynomial;
}

/** The polynomial Q with (e^(rate·u) Q(u))′ = e^(rate·u) P(u). */
function antiderivative(polynomial: readonly number[], rate: number): number[] {
  const degree = polynomial.length - 1;
  const result: number[] = [];
  polynomial.forEach((c, n) => {
    const above = n > 0 ? (degree - n + 1) * result[n - 1] : 0;
    result.push((c - above) / rate);
  });
  return result;
}

const evaluate = (polynomial: readonly number[], u: number) => polynomial.reduce((sum, c) => sum * u + c, 0);

/**
 * ∫ e^(rate·(u − to)) L_k(u) du from `from` to `to`, for each of the Lagrange polynomials L_k on the nodes.
 *
 * @param nodes Distinct.
 * @param rate Not 0.
 */
export function exponentialLagrange(
  nodes: readonly number[],
  from: number,
  to: number,
  rate: number,
): number[] {
  // Measured from `to`, where the numbers are small and nothing is lost to cancellation.
  const shifted = nodes.map((node) => node - to), start = from - to;
  return nodes.map((_, k) => {
    const q = antiderivative(lagrangePolynomial(shifted, k), rate);
    return evaluate(q, 0) - Math.exp(rate * start) * evaluate(q, start);
  });
}
