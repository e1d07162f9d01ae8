/** x with A·x = b, by Gaussian elimination with partial pivoting, float64. @param rows A, row by row; not changed */
export function solveLinearSystem(rows: readonly (readonly number[])[], b: readonly number[]): number[] {
  const work = rows.map((row, i) => [...row, b[i]]);
  const size = work.length;
  for (let k = 0; k < size; k++) {
    const pivot = work.slice(k).reduce((best, row) => Math.abs(row[k]) > Math.abs(best[k]) ? row : best);
    work.splice(work.indexOf(pivot, k), 1);
    work.splice(k, 0, pivot);
    for (const row of work.slice(k + 1)) {
      const factor = row[k] / pivot[k];
      for (let j = k; j <= size; j++) row[j] -= factor * pivot[j];
    }
  }
  const x: number[] = [];
  for (let k = size - 1; k >= 0; k--) {
    let rest = work[k][size];
    for (let j = k + 1; j < size; j++) rest -= work[k][j] * x[j];
    x[k] = rest / work[k][k];
  }
  return x;
}
