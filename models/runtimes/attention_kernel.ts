/**
 * Attention kernels on a GPU device.
 *
 * @module
 */
import { DeviceError } from "../../errors.ts";
import {
  attentionKernelSource,
  queriesPerWorkgroup,
} from "../../ops/attention/kernel/attention_kernel_source.ts";
import { UNIFORM_BYTES, UNIFORMS } from "../../ops/attention/kernel/kernel_frame.ts";
import type { KernelShape } from "../../ops/attention/kernel/kernel_shape.ts";
import type { JointReach } from "../../ops/attention/joint/joint_reach.ts";
import { alphaOf, type AttentionPolicy } from "../../ops/attention/policy.ts";
import { layoutStrides, type OperandLayout } from "../surgery/operand_layout.ts";
import { chooseKernel } from "./choose_kernel.ts";
import type { KernelHost } from "./kernel_host.ts";
import { countLive } from "./live_count.ts";
import { maskStrides } from "./site_work.ts";

/** Head vectors in a buffer. */
export interface GpuOperand {
  readonly buffer: GPUBuffer;
  readonly layout: OperandLayout;
}

/** One site to compute: output = weights(scale · query·keyᵀ + mask) · value. */
export interface AttentionDispatch {
  readonly query: GpuOperand;
  readonly key: GpuOperand;
  readonly value: GpuOperand;
  readonly output: GpuOperand;
  /** Added to the scores; a shape of four axes, each that of [B, H, Q, K] or 1. */
  readonly mask?: { readonly buffer: GPUBuffer; readonly shape: readonly number[] };
  readonly batch: number;
  readonly heads: number;
  readonly headSize: number;
  readonly queries: number;
  readonly keys: number;
  readonly scale: number;
  readonly policy: AttentionPolicy;
  /** Type of all operands. */
  readonly dtype: "float32" | "float16";
  /** In joint attention, what the policy reaches; everything if absent. */
  readonly joint?: JointReach;
}

/** Kernels of one device. Disposing them gives their buffers back. */
export interface AttentionKernels extends Disposable {
  /**
   * Adds a site to a pass. The pass must be submitted before {@linkcode MOST_PENDING} more sites are encoded.
   *
   * @throws {DeviceError} if a size is beyond the device.
   * @throws {DomainError} if α or the head size is out of its domain.
   */
  encode(pass: GPUComputePassEncoder, dispatch: AttentionDispatch): void;
}

/** How many sites may wait for their submission: each has its own uniforms. */
export const MOST_PENDING = 1024;

/** What of a policy is a uniform. */
function strengthOf(policy: AttentionPolicy): number {
  return policy.kind === "pladis"
    ? policy.lambda
    : policy.kind === "temperature"
    ? 1 / policy.temperature
    : 1;
}

function uniformsOf(dispatch: AttentionDispatch): ArrayBuffer {
  const { batch, heads, queries, keys, joint, mask, policy } = dispatch;
  const at = ({ layout }: GpuOperand, length: number) => layoutStrides(layout, length, dispatch);
  const whole = [
    batch,
    heads,
    queries,
    keys,
    ...at(dispatch.query, queries),
    ...at(dispatch.key, keys),
    ...at(dispatch.value, keys),
    ...at(dispatch.output, queries),
    ...(mask ? maskStrides(mask.shape) : [0, 0, 0, 0]),
    ...(joint?.queries ?? [0, queries]),
    ...(joint?.keys ?? [0, keys]),
  ];
  const bytes = new ArrayBuffer(UNIFORM_BYTES);
  new Uint32Array(bytes).set(whole);
  new Float32Array(bytes).set(
    [dispatch.scale, strengthOf(policy)],
    UNIFORMS.length - 2,
  );
  return bytes;
}

function checkSizes(device: GPUDevice, { batch, heads, queries }: AttentionDispatch, groups: number): void {
  const most = device.limits.maxComputeWorkgroupsPerDimension;
  for (
    const [what, size] of [["batch", batch], ["heads", heads], [
      "workgroups for the queries",
      groups,
    ]] as const
  ) {
    if (size <= most) continue;
    throw new DeviceError({
      doing: `compute attention of ${queries} queries`,
      what,
      rule: `at most ${most} on this adapter`,
      got: size,
      remedy: "Make fewer or smaller pictures at once, or use --attention-form graph.",
    });
  }
}

/**
 * Kernels for a device. Pipelines are made when first needed, and kept.
 *
 * @param host What the kernels are chosen for: `await kernelHost(device, …)`.
 */
export function createAttentionKernels(device: GPUDevice, host: KernelHost): AttentionKernels {
  const pipelines = new Map<string, GPUComputePipeline>();
  const align = device.limits.minUniformBufferOffsetAlignment;
  const slot = Math.ceil(UNIFORM_BYTES / align) * align;
  const uniforms = device.createBuffer({
    size: slot * MOST_PENDING,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    label: "attention sizes",
  });
  const release = countLive("gpuBuffers");
  let next = 0, open = true;

  function pipelineOf(shape: KernelShape): GPUComputePipeline {
    const name = JSON.stringify(shape), known = pipelines.get(name);
    if (known) return known;
    const module = device.createShaderModule({ code: attentionKernelSource(shape), label: name });
    const made = device.createComputePipeline({
      layout: "auto",
      compute: { module, entryPoint: "main" },
      label: name,
    });
    pipelines.set(name, made);
    return made;
  }

  return {
    encode(pass, dispatch) {
      const { policy, headSize, dtype, mask, joint, keys } = dispatch;
      const shape = chooseKernel(host, {
        kind: policy.kind,
        alpha: alphaOf(policy),
        headSize,
        dtype,
        masked: mask !== undefined,
        joint: joint !== undefined,
        keys,
        queries: dispatch.queries,
        heads: dispatch.heads * dispatch.batch,
      });
      const groups = Math.ceil(dispatch.queries / queriesPerWorkgroup(shape));
      checkSizes(device, dispatch, groups);
      const pipeline = pipelineOf(shape);
      const offset = slot * (next++ % MOST_PENDING);
      device.queue.writeBuffer(uniforms, offset, uniformsOf(dispatch));
      const buffers = [dispatch.query, dispatch.key, dispatch.value, dispatch.output].map(({ buffer }) => ({
        buffer,
      }));
      const resources = [
        ...buffers,
        { buffer: uniforms, offset, size: UNIFORM_BYTES },
        ...(mask ? [{ buffer: mask.buffer }] : []),
      ];
      const layout = pipeline.getBindGroupLayout(0);
      const entries = resources.map((resource, binding) => ({ binding, resource }));
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
      pass.dispatchWorkgroups(groups, dispatch.heads, dispatch.batch);
    },
    [Symbol.dispose]() {
      if (!open) return;
      open = false;
      uniforms.destroy();
      release();
    },
  };
}
