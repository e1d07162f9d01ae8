import { inFloat32, type LogitsInfo, type NodeBuilder } from "../node_builder.ts";

/** Softmax over the keys as ONNX nodes. */
export function denseGraph(builder: NodeBuilder, logits: string, info: LogitsInfo): string {
  return inFloat32(builder, logits, info, (z) => builder.node("Softmax", [z], { axis: -1 }));
}
