/**
 * What is compiled into an attention kernel.
 *
 * @module
 */
import { DomainError } from "../../../errors.ts";
import { type AttentionPolicy, checkAlpha } from "../policy.ts";

/** How scores are kept between the passes over a row. */
export type ScoreStore =
  /** Each invocation keeps its own, up to this many. */
  | { readonly kind: "private"; readonly keys: number }
  /** They are computed again in each pass: any number of keys. */
  | { readonly kind: "recompute" };

/**
 * How invocations add up what they found: through workgroup memory, or by subgroup operations, with the `enable` that
 * WGSL asks for or, where the compiler does not know it yet, without.
 */
export type LaneJoin = "memory" | "subgroup" | "subgroup-without-enable";

/** How the invocations of a workgroup share the work. */
export type KernelLanes =
  /** One invocation a query: best where a processor runs one invocation after another. */
  | { readonly kind: "row" }
  /** A group of invocations a query, which share its keys, and then its head size. */
  | { readonly kind: "group"; readonly lanes: number; readonly join: LaneJoin };

/** Everything that is compiled in; sizes, strides, λ and the scale are uniforms. */
export interface KernelShape {
  /** The policy without λ and T. */
  readonly kind: AttentionPolicy["kind"];
  /** α in (1, 4]; undefined for policies without entmax. */
  readonly alpha: number | undefined;
  /** D, 1 to 256. */
  readonly headSize: number;
  /** Type of queries, keys, values, mask and result. Arithmetic is float32. */
  readonly dtype: "float32" | "float16";
  readonly masked: boolean;
  /** Whether the policy reaches a part of the keys, and a part of the queries, alone. */
  readonly joint: boolean;
  readonly store: ScoreStore;
  readonly lanes: KernelLanes;
  /** Invocations of a workgroup. */
  readonly workgroup: number;
}

/** Beyond this the result of a query no longer fits what an invocation can keep. */
export const MOST_HEAD_SIZE = 256;

/** Whether a policy has entmax in it; the others are a softmax. */
export function isSparse(kind: AttentionPolicy["kind"]): boolean {
  return kind === "entmax" || kind === "pladis";
}

/** @throws {DomainError} if a kernel of this shape cannot be written. */
export function checkKernelShape({ kind, alpha, headSize }: KernelShape): void {
  if (isSparse(kind)) checkAlpha(alpha as number);
  if (Number.isInteger(headSize) && headSize >= 1 && headSize <= MOST_HEAD_SIZE) return;
  throw new DomainError({
    doing: "write an attention kernel",
    what: "headSize",
    rule: `a whole number from 1 to ${MOST_HEAD_SIZE}`,
    got: headSize,
    remedy: "Use --attention-form graph.",
  });
}
