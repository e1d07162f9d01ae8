/** The WebAssembly kernel's form of a policy, and the kernel on plain arrays. */
import { layoutStrides, type OperandLayout } from "../../../models/surgery/operand_layout.ts";
import type { JointReach } from "../../../ops/attention/joint/joint_reach.ts";
import { MOST_HEAD_SIZE } from "../../../ops/attention/kernel/kernel_shape.ts";
import type { AttentionPolicy } from "../../../ops/attention/policy.ts";
import {
  JOB_BYTES,
  scratchBytes,
  type SimdOperand,
  unitCount,
  writeJob,
} from "../../../ops/attention/simd/simd_job.ts";
import { compileSimdKernel, instantiateSimdKernel } from "../../../ops/attention/simd/simd_kernel.ts";
import { type AttentionForm, reachOf } from "./attention_forms.ts";

/** A site on arrays; operands in one layout. */
export interface SimdSite {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
  /** Its shape is [B, H, Q, K], with 1 where it is broadcast. */
  readonly mask?: { readonly data: Float32Array; readonly shape: readonly number[] };
  readonly batch: number;
  readonly heads: number;
  readonly headSize: number;
  readonly queries: number;
  readonly keys: number;
  readonly scale: number;
  readonly policy: AttentionPolicy;
  readonly joint?: JointReach;
  readonly layout: OperandLayout;
}

/** Computes units, all of them if nothing else is said; `instance`, 0 or 1, is which of two kernels does. */
export type Attend = (attend: (from: number, to: number, instance?: number) => void, units: number) => void;

const INSTANCES = 2;

const PAGE = 2 ** 16;

/** What the kernel's constants may take, and what scratch memory is filled with beforehand. */
const OWN_BYTES = 1024, RUBBISH = NaN;

function maskStrides(shape: readonly number[]): [number, number, number, number] {
  const strides = [shape[1] * shape[2] * shape[3], shape[2] * shape[3], shape[3], 1];
  return strides.map((stride, axis) => shape[axis] === 1 ? 0 : stride) as [number, number, number, number];
}

const module = await compileSimdKernel();

/** The kernel's output, in the operands' layout. */
export function attendSimd(
  site: SimdSite,
  attend: Attend = (attend, units) => attend(0, units),
): Float32Array {
  const { query, key, value, mask, queries, keys, layout } = site;
  const floats = [query, key, value, mask?.data ?? new Float32Array(), new Float32Array(query.length)];
  const offsets: number[] = [];
  let end = OWN_BYTES + JOB_BYTES;
  for (const { byteLength } of floats) {
    // not a multiple of 16
    offsets.push(end + 4);
    end += byteLength + 4;
  }
  const scratch = Math.ceil(end / 16) * 16;
  const length = scratchBytes(site), pages = Math.ceil((scratch + INSTANCES * length) / PAGE) + 1;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const view = (at: number, length: number) => new Float32Array(memory.buffer, at, length);
  // what is outside of every operand is read by no job, or it is seen
  view(0, memory.buffer.byteLength / 4).fill(RUBBISH);
  floats.forEach((data, i) => view(offsets[i], data.length).set(data));
  const operand = (i: number, positions: number): SimdOperand => ({
    offset: offsets[i],
    strides: layoutStrides(layout, positions, site) as [number, number, number],
  });
  writeJob(memory.buffer, OWN_BYTES, {
    ...site,
    query: operand(0, queries),
    key: operand(1, keys),
    value: operand(2, keys),
    output: operand(4, queries),
    mask: mask && { offset: offsets[3], strides: maskStrides(mask.shape) },
  });
  const kernels = Array.from({ length: INSTANCES }, () => instantiateSimdKernel(module, memory));
  attend(
    (from, to, instance = 0) => kernels[instance].attend(OWN_BYTES, from, to, scratch + instance * length),
    unitCount(site),
  );
  const after = view(scratch + INSTANCES * length, 4);
  if (!after.every(Number.isNaN)) throw new Error("the kernel wrote past its scratch memory");
  return view(offsets[4], query.length).slice();
}

/**
 * Weights as the kernel computes them: the scores come as the mask of products that are zero, and the values are the
 * unit matrix, so that what comes out are the weights; of many keys so many at a time as a head may have.
 */
export function simdForm(): AttentionForm {
  return {
    name: "simd",
    precision: { round: Math.fround, arithmetic: 2 ** -24, storage: 2 ** -24 },
    weights(policy, scores) {
      const { z, shape } = scores, joint = reachOf(scores);
      const [batch, heads, queries, keys] = shape;
      const headSize = Math.min(keys, MOST_HEAD_SIZE), blocks = batch * heads;
      const weights = new Float32Array(z.length);
      for (let first = 0; first < keys; first += headSize) {
        const value = new Float32Array(blocks * keys * headSize);
        for (let block = 0; block < blocks; block++) {
          for (let d = 0; d < headSize && first + d < keys; d++) {
            value[(block * keys + first + d) * headSize + d] = 1;
          }
        }
        const part = attendSimd({
          query: new Float32Array(blocks * queries * headSize),
          key: new Float32Array(blocks * keys * headSize),
          value,
          mask: { data: Float32Array.from(z), shape },
          batch,
          heads,
          headSize,
          queries,
          keys,
          scale: 1,
          policy,
          layout: "heads",
          ...(joint ? { joint } : {}),
        });
        for (let row = 0; row < blocks * queries; row++) {
          for (let d = 0; d < headSize && first + d < keys; d++) {
            weights[row * keys + first + d] = part[row * headSize + d];
          }
        }
      }
      return Promise.resolve(weights);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
