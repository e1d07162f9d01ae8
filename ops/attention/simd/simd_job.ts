/**
 * What the CPU kernel is told of a site.
 *
 * @module
 */
import { exponentOf } from "../entmax/power_nodes.ts";
import { provenEvaluations } from "../entmax/threshold_plan.ts";
import type { JointReach } from "../joint/joint_reach.ts";
import { type AttentionPolicy, checkAlpha } from "../policy.ts";
import { type RootPower, rootPower } from "./root_polynomial.ts";

/** Head vectors in the kernel's memory. */
export interface SimdOperand {
  /** Bytes from the memory's beginning, a multiple of 4. */
  readonly offset: number;
  /** In elements. */
  readonly strides: readonly [batch: number, head: number, position: number];
}

/**
 * One site: output = weights(scale · query·keyᵀ + mask) · value, all of float32.
 *
 * Axis legend: B batch, H heads, Q queries, K keys, D head size.
 */
export interface SimdJob {
  readonly query: SimdOperand;
  readonly key: SimdOperand;
  readonly value: SimdOperand;
  readonly output: SimdOperand;
  /** Added to the scores [B, H, Q, K]; strides are 0 where it is broadcast. */
  readonly mask?: {
    readonly offset: number;
    readonly strides: readonly [batch: number, head: number, query: number, key: number];
  };
  readonly batch: number;
  readonly heads: number;
  readonly headSize: number;
  readonly queries: number;
  readonly keys: number;
  readonly scale: number;
  readonly policy: AttentionPolicy;
  /** In joint attention, what the policy reaches; everything if absent. */
  readonly joint?: JointReach;
}

/** As in assembly/attend.as. */
const UNIT_QUERIES = 32, TILE_QUERIES = 8;

/** The fields of assembly/job.as, and the coefficients of a polynomial of degree 8. */
const WORDS = 46, WORD = 4;

/** The memory that a job takes. */
export const JOB_BYTES: number = WORDS * WORD;

/** The certificate's tolerance, as in assembly/threshold.as: h − 1. */
const TOLERANCE = 1e-6;

/** A bracket of 1 is halved to a float32's last bit. */
const BISECTIONS = 32;

/** The kinds of assembly/job.as. */
const SOFTMAX = 0, SPARSE = 1, COOLED = 2;

const NO_POWER: RootPower = { factors: 0, coefficients: new Float64Array() };

const powers = new Map<number, RootPower>();

/** The same polynomial serves every site. */
function powerOf(q: number): RootPower {
  const power = powers.get(q) ?? rootPower(q);
  powers.set(q, power);
  return power;
}

interface PolicyWords {
  readonly kind: number;
  readonly evaluations: number;
  readonly cool: number;
  readonly q: number;
  readonly strength: number;
  readonly power: RootPower;
}

function policyWords({ policy, keys, joint }: SimdJob): PolicyWords {
  const plain = { kind: SOFTMAX, evaluations: 0, cool: 1, q: 1, strength: 1, power: NO_POWER };
  switch (policy.kind) {
    case "dense":
      return plain;
    case "temperature": {
      const inverse = 1 / policy.temperature;
      return joint ? { ...plain, kind: COOLED, strength: inverse } : { ...plain, cool: inverse };
    }
    case "entmax":
    case "pladis": {
      const { alpha } = policy;
      checkAlpha(alpha);
      const q = exponentOf(alpha);
      return {
        kind: SPARSE,
        evaluations: alpha <= 2 ? provenEvaluations(Math.max(2, keys), alpha, TOLERANCE) : BISECTIONS,
        cool: 1,
        q,
        strength: policy.kind === "pladis" ? policy.lambda : 1,
        power: powerOf(q),
      };
    }
    default:
      return policy satisfies never;
  }
}

/**
 * Writes a job for the kernel to read.
 *
 * @param at Where, in bytes; a multiple of 4.
 * @throws {DomainError} if α is out of its domain.
 */
export function writeJob(memory: ArrayBufferLike, at: number, job: SimdJob): void {
  const { query, key, value, output, mask, joint, queries, keys } = job;
  const { kind, evaluations, cool, q, strength, power } = policyWords(job);
  const whole = [
    query.offset,
    key.offset,
    value.offset,
    output.offset,
    mask?.offset ?? 0,
    job.batch,
    job.heads,
    queries,
    keys,
    job.headSize,
    ...query.strides,
    ...key.strides,
    ...value.strides,
    ...output.strides,
    ...(mask?.strides ?? [0, 0, 0, 0]),
    ...(joint?.queries ?? [0, queries]),
    ...(joint?.keys ?? [0, keys]),
    kind,
    evaluations,
  ];
  new Uint32Array(memory, at, whole.length).set(whole);
  const floats = [job.scale, cool, q, strength];
  new Float32Array(memory, at + WORD * whole.length, floats.length).set(floats);
  const rest = at + WORD * (whole.length + floats.length);
  new Uint32Array(memory, rest, 1).set([power.factors]);
  new Float32Array(memory, rest + WORD, power.coefficients.length).set(power.coefficients);
}

/** Into how many units a job's work can be divided: some consecutive queries of one head. */
export function unitCount({ batch, heads, queries }: Pick<SimdJob, "batch" | "heads" | "queries">): number {
  return batch * heads * Math.ceil(queries / UNIT_QUERIES);
}

/** Scratch memory of one thread: a tile's queries, its scores and weights, and half as many powers. */
export function scratchBytes({ keys, headSize }: Pick<SimdJob, "keys" | "headSize">): number {
  return WORD * TILE_QUERIES * (headSize + 2.5 * keys);
}
