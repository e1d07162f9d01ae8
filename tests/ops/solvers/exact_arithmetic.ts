/**
 * Makes the solvers compute in float64 in the file that imports this before them: a formula's order is a matter of the
 * formula, and in float32 nothing is seen of the higher ones. Test files share no globals.
 */
Math.fround = (x) => x;
// deno-lint-ignore no-explicit-any
globalThis.Float32Array = Float64Array as any;

export {};
