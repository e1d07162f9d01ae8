/**
 * entmax's threshold as WGSL: the loop around the sums over a row.
 *
 * @module
 */
import { provenEvaluations } from "../entmax/threshold_plan.ts";
import { exponentOf, number, powerSource } from "./power_source.ts";

/** The certificate: τ* − τ ≤ h − 1, and every weight is within twice that. */
const TOLERANCE = 1e-6;

/** No text encoder in use gives more keys; the proven count grows with their logarithm. */
const MOST_KEYS = 4096;

/** A bracket of 1 is halved to a float32's last bit. */
const BISECTIONS = 32;

/** No policy evaluates its sums more often: the bracket's way, or the proven count of the steepest α. */
export const MOST_EVALUATIONS = Math.max(BISECTIONS, provenEvaluations(MOST_KEYS, 2, TOLERANCE)) + 1;

/** Σu^q and Σu^(q − 1): what a pass adds for one key, given `u`; `f` and `g` are the sums. */
export function sumsSource(alpha: number): string {
  const q = exponentOf(alpha);
  if (q === 1) return "f += u; g += select(0.0, 1.0, u > 0.0);";
  if (q === 2) return "f += u * u; g += u;";
  const power = powerSource("u", q - 1);
  // For u = 0 a logarithm would be infinite.
  return `if (u > 0.0) { let p = ${power}; g += p; f += p * u; }`;
}

/** u^q given `u`, which may be 0: a logarithm of that would be infinite. */
export function weightSource(alpha: number): string {
  const power = powerSource("u", exponentOf(alpha));
  return power.includes("log2")
    ? `select(0.0, ${power.replace("log2(u)", "log2(max(u, 1e-30))")}, u > 0.0)`
    : power;
}

/** What the loop for τ is written with. */
export interface ThresholdParts {
  /** WGSL of one pass that adds to `f` and `g` what {@linkcode sumsSource} says, for each key. */
  readonly pass: string;
  /** WGSL that leaves the loop around it where `done` holds, and takes `step` where not. */
  turn(done: string, step: string): string;
}

function newtonSource(alpha: number, { pass, turn }: ThresholdParts): string {
  const q = exponentOf(alpha);
  const root = q === 1 ? "f" : q === 2 ? "sqrt(f)" : `exp2(${number(1 / q)} * log2(f))`;
  const step = q === 1 ? "(f - 1.0) / g" : q === 2 ? "h * (h - 1.0) / g" : "(1.0 - 1.0 / h) * f / g";
  const done = `h - 1.0 <= ${number(TOLERANCE)} || i >= ${provenEvaluations(MOST_KEYS, alpha, TOLERANCE)}u`;
  return `var tau = -1.0;
  var f = 0.0;
  for (var i = 0u; ; i++) {
    f = 0.0;
    var g = 0.0;
    ${pass}
    let h = ${root};
    ${turn(done, `tau += ${step};`)}
  }`;
}

/** For α > 2 Newton's method cycles: a step that leaves the bracket around the root is replaced by its middle. */
function bracketSource(alpha: number, { pass, turn }: ThresholdParts): string {
  const q = exponentOf(alpha);
  const step = `let newton = tau + (1.0 - 1.0 / max(h, 1e-30)) * f / max(g, 1e-30);
    tau = select(0.5 * (low + high), newton, newton > low && newton < high);`;
  return `var tau = -1.0;
  var f = 0.0;
  var low = -1.0;
  var high = 0.0;
  for (var i = 0u; ; i++) {
    f = 0.0;
    var g = 0.0;
    ${pass}
    let h = select(0.0, exp2(${number(1 / q)} * log2(max(f, 1e-30))), f > 0.0);
    if (h >= 1.0) { low = tau; } else { high = tau; }
    ${turn(`abs(h - 1.0) <= ${number(TOLERANCE)} || i >= ${BISECTIONS}u`, step)}
  }`;
}

/** Declares `tau` and `f` = Σu^q at it. */
export function thresholdSource(alpha: number, parts: ThresholdParts): string {
  return alpha <= 2 ? newtonSource(alpha, parts) : bracketSource(alpha, parts);
}
