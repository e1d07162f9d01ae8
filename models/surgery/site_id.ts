/**
 * What a site is called: the path of its module in diffusers, wherever an exporter or an optimiser left it.
 *
 * @module
 */
import type { NodeProto } from "../onnx/onnx_types.ts";

const BLOCKS = /^(down_blocks|mid_block|up_blocks|transformer_blocks|single_transformer_blocks)/;

/** A module's path, from a name such as `/unet/down_blocks.0/attentions.0/attn2/Softmax`. */
function pathIn(name: string): string | undefined {
  const parts = name.split("/").filter(Boolean), start = parts.findIndex((part) => BLOCKS.test(part));
  const end = parts.findLastIndex((part) => /^attn\d?$/.test(part));
  return start >= 0 ? parts.slice(start, end > start ? end + 1 : -1).join(".") : undefined;
}

/** A module's path, from what torch's newer exporter notes beside each node. */
function pathInNotes({ metadataProps }: NodeProto): string | undefined {
  const scopes = metadataProps?.find(({ key }) => key === "pkg.torch.onnx.name_scopes")?.value ?? "";
  const path = [...scopes.matchAll(/'([^']*attn\d?)'/g)].at(-1)?.[1];
  const start = path?.split(".").findIndex((part) => BLOCKS.test(part)) ?? -1;
  return start >= 0 ? path?.split(".").slice(start).join(".") : undefined;
}

/**
 * The module's path as the exporter kept it: in the node's name, in its notes, or in the names of its values; else the
 * node's own name.
 *
 * Results before operands: an operator with projections of its own takes what a norm outside the module gives.
 */
export function siteId(node: NodeProto): string {
  const fromValues = () => [...node.output, ...node.input].map(pathIn).find((path) => path !== undefined);
  return pathIn(node.name ?? "") ?? pathInNotes(node) ?? fromValues() ?? (node.name || node.output[0]);
}
