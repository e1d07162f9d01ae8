/**
 * One attention site as the WebAssembly kernel reads it: a block of numbers in the memory that both share.
 *
 * Axis legend: B batch, H heads, Q queries, K keys, D head size. All vectors are float32, the elements of one head side
 * by side.
 *
 * @module
 */
import { DomainError } from "../../../errors.ts";
import { provenEvaluations } from "../entmax/threshold_plan.ts";
import type { JointReach } from "../joint/joint_reach.ts";
import { MOST_HEAD_SIZE } from "../kernel/kernel_shape.ts";
import { exponentOf } from "../kernel/power_source.ts";
import { type AttentionPolicy, checkAlpha, checkLambda, checkTemperature } from "../policy.ts";

/** Head vectors in the kernel's memory. Strides in elements: batch, head, position. */
export interface SimdOperand {
  /** In bytes, a multiple of 4. */
  readonly offset: number;
  readonly strides: readonly [batch: number, head: number, position: number];
}

/** One site: output = weights(scale · query·keyᵀ + mask) · value. */
export interface SimdJob {
  /** [B, H, Q, D]. */
  readonly query: SimdOperand;
  /** [B, H, K, D]. */
  readonly key: SimdOperand;
  /** [B, H, K, D]. */
  readonly value: SimdOperand;
  /** [B, H, Q, D]; may overlap none of the others. */
  readonly output: SimdOperand;
  /** Added to the scores, [B, H, Q, K]; strides in elements, 0 where it is broadcast. */
  readonly mask?: {
    readonly offset: number;
    readonly strides: readonly [batch: number, head: number, query: number, key: number];
  };
  readonly batch: number;
  readonly heads: number;
  /** D, 1 to 256. */
  readonly headSize: number;
  readonly queries: number;
  readonly keys: number;
  readonly scale: number;
  readonly policy: AttentionPolicy;
  /** In joint attention, what the policy reaches; everything if absent. */
  readonly joint?: JointReach;
}

/** The certificate: τ* − τ ≤ h − 1, and every weight is within twice that. The kernel's own number is the same. */
const TOLERANCE = 1e-6;

/** Bytes of a job; it lies at a multiple of 4. */
export const JOB_BYTES = 160;

/** Where the job's whole numbers end and its float32 begin. */
const FLOATS = 32;

/** Consecutive queries of one head that are computed together. `assembly/job.as` has the same number. */
const UNIT_QUERIES = 64;

const FLOAT_BYTES = 4;

/** How the kernel takes u^q; `assembly/sums.as` has the same numbers. */
const EXPONENTS = [1, 2, 4, 1 / 2, 4 / 3, 2 / 3];

/** By a logarithm, and the whole numbers up to 20 that are not above; beyond, powers of small u would be denormal. */
const BY_LOGARITHM = 0, WHOLE = 7, MOST_WHOLE = 20;

/** Farther than rounding takes 1/(α − 1) from one of them. */
const ROUNDING = 1e-9;

/** For α above 2: a bracket of 1 is halved to a float32's last bit. */
const BISECTIONS = 32;

/** Nearer to 2 a start to the right of τ costs more than it saves. */
const MOST_GUESSED = 1.9;

/** What the kernel does with the part of a row that the policy reaches. */
const DENSE = 0, COOLED = 1, SPARSE = 2;

function checkJob({ headSize, keys }: SimdJob): void {
  const check = (what: string, value: number, most: number) => {
    if (Number.isInteger(value) && value >= 1 && value <= most) return;
    throw new DomainError({
      doing: "compute attention in WebAssembly",
      what,
      rule: most === Infinity ? "a whole number from 1" : `a whole number from 1 to ${most}`,
      got: value,
      remedy: "Use --attention-form graph.",
    });
  };
  check("headSize", headSize, MOST_HEAD_SIZE);
  check("keys", keys, Infinity);
}

/**
 * Where the search for τ starts, but for flat scores: −Σexp(z − top) to this power, or for 0 at −1. Found by counting, on
 * normal scores of standard deviation 0.5 to 3: it saves up to one evaluation of four or five for α up to 1.9, and none for
 * others.
 */
function startPower(alpha: number): number {
  const slope = alpha - 1;
  return alpha <= MOST_GUESSED ? -slope / (1 + 3.6 * slope) : 0;
}

function powerKind(q: number): number {
  const near = (exponent: number) => Math.abs(exponent - q) < ROUNDING;
  const known = EXPONENTS.findIndex(near);
  if (known >= 0) return known + 1;
  return q <= MOST_WHOLE + ROUNDING && near(Math.round(q)) ? WHOLE : BY_LOGARITHM;
}

/** The policy as numbers: what is done, how u^q is taken, how often sums are, and then the float32. */
function policyNumbers({ policy, keys, joint }: SimdJob) {
  const part = joint?.keys ?? [0, keys];
  const plain = {
    kind: DENSE,
    power: 0,
    evaluations: 0,
    warmth: 1,
    partWarmth: 1,
    slope: 0,
    q: 0,
    lambda: 1,
    start: 0,
    depth: 0,
  };
  switch (policy.kind) {
    case "dense":
      return plain;
    case "temperature": {
      checkTemperature(policy.temperature);
      const warmth = 1 / policy.temperature;
      return joint ? { ...plain, kind: COOLED, partWarmth: warmth } : { ...plain, warmth };
    }
    case "entmax":
    case "pladis": {
      const { alpha } = policy, lambda = policy.kind === "pladis" ? policy.lambda : 1;
      checkAlpha(alpha);
      checkLambda(lambda);
      const q = exponentOf(alpha);
      const power = powerKind(q);
      // one more, for those steps begin where the bracket does
      const evaluations = alpha <= 2 ? provenEvaluations(keys, alpha, TOLERANCE) + 1 : BISECTIONS;
      return {
        ...plain,
        kind: SPARSE,
        power,
        evaluations,
        slope: alpha - 1,
        q,
        lambda,
        start: startPower(alpha),
        depth: (part[1] - part[0]) ** (1 - alpha),
      };
    }
    default:
      return policy satisfies never;
  }
}

/**
 * Writes a job for {@linkcode SimdKernel.attend} into the kernel's memory.
 *
 * @param at Where, in bytes, a multiple of 4; {@linkcode JOB_BYTES} are taken.
 * @throws {DomainError} if the head size, the number of keys, α, λ or T is out of its domain.
 */
export function writeJob(memory: ArrayBufferLike, at: number, job: SimdJob): void {
  checkJob(job);
  const { mask, joint, queries, keys } = job;
  const { kind, power, evaluations, warmth, partWarmth, slope, q, lambda, start, depth } = policyNumbers(job);
  const bytes = (strides: readonly number[]) => strides.map((stride) => FLOAT_BYTES * stride);
  const part = joint?.keys ?? [0, keys];
  new Uint32Array(memory, at, FLOATS).set([
    job.query.offset,
    job.key.offset,
    job.value.offset,
    job.output.offset,
    mask?.offset ?? 0,
    ...bytes(job.query.strides),
    ...bytes(job.key.strides),
    ...bytes(job.value.strides),
    ...bytes(job.output.strides),
    ...bytes(mask?.strides ?? [0, 0, 0, 0]),
    job.heads,
    job.headSize,
    queries,
    keys,
    ...(joint?.queries ?? [0, queries]),
    ...part,
    part[0] < part[1] ? kind : DENSE,
    power,
    evaluations,
  ]);
  new Float32Array(memory, at + FLOAT_BYTES * FLOATS, JOB_BYTES / FLOAT_BYTES - FLOATS).set(
    [job.scale, warmth, partWarmth, slope, q, lambda, start, depth],
  );
}

/** Work is divided into units: some consecutive queries of one head of one batch. */
export function unitCount({ batch, heads, queries }: Pick<SimdJob, "batch" | "heads" | "queries">): number {
  return batch * heads * Math.ceil(queries / UNIT_QUERIES);
}

/** Keys and elements go in panels of 8. */
const PANEL = 8;

/** Rows of scores that are computed together, and how many arrays each row has. `assembly/scratch.as` agrees. */
const ROWS = 4, ARRAYS = 6;

/** Room for what is kept of a tile besides its rows. */
const SPARE_BYTES = 752;

/** Scratch memory of one thread, a multiple of 16. It may hold anything, and lies at a multiple of 16. */
export function scratchBytes({ keys, headSize }: Pick<SimdJob, "keys" | "headSize">): number {
  const panels = (size: number) => Math.ceil(size / PANEL) * PANEL;
  const floats = panels(keys) * panels(headSize) * 2 + ROWS * panels(headSize) +
    ROWS * ARRAYS * (panels(keys) + PANEL);
  return FLOAT_BYTES * floats + SPARE_BYTES;
}
