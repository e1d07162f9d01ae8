/**
 * What is wrong with a component's numbers.
 *
 * @module
 */

/** A number that is none, or nothing but zeros where there should be more. */
export type NumberFault =
  | { readonly kind: "not-finite"; readonly value: number; readonly at: number }
  | { readonly kind: "zeros" };

/** Looks at every number, once. */
export function findFault(numbers: Float32Array): NumberFault | undefined {
  let zeros = true;
  for (let at = 0; at < numbers.length; at++) {
    const value = numbers[at];
    if (!Number.isFinite(value)) return { kind: "not-finite", value, at };
    if (value !== 0) zeros = false;
  }
  return zeros && numbers.length > 0 ? { kind: "zeros" } : undefined;
}
