/**
 * What is compiled into an attention kernel.
 *
 * @module
 */
import { DomainError } from "../../../errors.ts";
import { type AttentionPolicy, checkAlpha } from "../policy.ts";

/** How scores are kept between the passes over a row. */
export type ScoreStore =
  /** Up to this many keys, a multiple of four: by the query's invocation, or for a tile in workgroup memory. */
  | { readonly kind: "kept"; readonly keys: number }
  /** They are computed again in each pass: any number of keys. */
  | { readonly kind: "recompute" };

/** A device's subgroups: all of `size`, a power of two, and each of consecutive invocations. */
export interface Subgroups {
  readonly size: number;
  /** Whether they have the `enable` that WGSL asks for or, where the compiler does not know it yet, none. */
  readonly join: "subgroup" | "subgroup-without-enable";
}

/** A workgroup that computes a tile of queries of one head, with keys and values shared through its memory. */
export interface TileLanes {
  readonly kind: "tile";
  /** T, the queries; a power of two. Each has workgroup / T invocations for its softmax and threshold. */
  readonly queries: number;
  /** Keys that are loaded at a time: a power of two of at least four, from workgroup / T to workgroup. */
  readonly keys: number;
  /** Elements of each that are loaded at a time: a multiple of four. */
  readonly elements: number;
  /** What a query's invocations add up with what they found; absent where that is workgroup memory alone. */
  readonly subgroups?: Subgroups;
}

/** How the invocations of a workgroup share the work. */
export type KernelLanes =
  /** One invocation a query: best where a processor runs one invocation after another. */
  | { readonly kind: "row" }
  | TileLanes;

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
  /** Invocations of a workgroup; a power of two for a tile. */
  readonly workgroup: number;
}

/** Beyond this the result of a query no longer fits what an invocation can keep. */
export const MOST_HEAD_SIZE = 256;

/** Whether a policy has entmax in it; the others are a softmax. */
export function isSparse(kind: AttentionPolicy["kind"]): boolean {
  return kind === "entmax" || kind === "pladis";
}

function isPowerOfTwo(x: number): boolean {
  return Number.isInteger(Math.log2(x)) && x >= 1;
}

function checkTile({ queries, keys, elements }: TileLanes, workgroup: number): void {
  const whole = [queries, keys, workgroup].every(isPowerOfTwo) && elements > 0 && elements % 4 === 0;
  if (whole && queries <= workgroup && keys >= Math.max(4, workgroup / queries) && keys <= workgroup) return;
  throw new DomainError({
    doing: "write an attention kernel",
    what: "tile",
    rule:
      `of queries and keys that are powers of two and share ${workgroup} invocations, in fours of elements`,
    got: `${queries} queries, ${keys} keys, ${elements} elements`,
    remedy: "Take the tile that chooseKernel gives.",
  });
}

/** @throws {DomainError} if a kernel of this shape cannot be written. */
export function checkKernelShape({ kind, alpha, headSize, lanes, workgroup }: KernelShape): void {
  if (isSparse(kind)) checkAlpha(alpha as number);
  if (lanes.kind === "tile") checkTile(lanes, workgroup);
  if (Number.isInteger(headSize) && headSize >= 1 && headSize <= MOST_HEAD_SIZE) return;
  throw new DomainError({
    doing: "write an attention kernel",
    what: "headSize",
    rule: `a whole number from 1 to ${MOST_HEAD_SIZE}`,
    got: headSize,
    remedy: "Use --attention-form graph.",
  });
}
