/**
 * One attention site as one WGSL kernel: scores, weights and their sum over the values, with nothing of it stored.
 *
 * @module
 */
import { groupKernel } from "./group_kernel.ts";
import { checkKernelShape, type KernelShape } from "./kernel_shape.ts";
import { rowKernel } from "./row_kernel.ts";

/**
 * WGSL of an attention kernel, with the entry point `main`.
 *
 * @throws {DomainError} if α or the head size is out of its domain.
 */
export function attentionKernelSource(shape: KernelShape): string {
  checkKernelShape(shape);
  switch (shape.lanes.kind) {
    case "row":
      return rowKernel(shape);
    case "group":
      return groupKernel(shape, shape.lanes);
    default:
      return shape.lanes satisfies never;
  }
}

/** How many queries a workgroup computes. */
export function queriesPerWorkgroup({ lanes, workgroup }: KernelShape): number {
  return lanes.kind === "row" ? workgroup : workgroup / lanes.lanes;
}
