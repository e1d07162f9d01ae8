/**
 * One attention site as one WGSL kernel: scores, weights and their sum over the values, with nothing of it stored.
 *
 * @module
 */
import { checkKernelShape, type KernelShape } from "./kernel_shape.ts";
import { rowKernel } from "./row_kernel.ts";
import { tileKernel } from "./tile_kernel.ts";

/**
 * WGSL of an attention kernel, with the entry point `main`.
 *
 * @throws {DomainError} if α, the head size or the tile is out of its domain.
 */
export function attentionKernelSource(shape: KernelShape): string {
  checkKernelShape(shape);
  const { lanes } = shape;
  switch (lanes.kind) {
    case "row":
      return rowKernel(shape);
    case "tile":
      return tileKernel({ ...shape, lanes });
    default:
      return lanes satisfies never;
  }
}

/** How many queries a workgroup computes. */
export function queriesPerWorkgroup({ lanes, workgroup }: KernelShape): number {
  return lanes.kind === "row" ? workgroup : lanes.queries;
}
