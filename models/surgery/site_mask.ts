/**
 * What is added to a site's scores.
 *
 * @module
 */
import { type GraphIndex, inputsOf } from "../onnx/graph_index.ts";
import type { SiteOperands } from "./attention_site.ts";

/** Whether nodes make a value of the graph's inputs; a segment gives what it makes, and no weight or input. */
function isMade(index: GraphIndex, value: string): boolean {
  const node = index.producer(value);
  if (!node) return false;
  const seen = new Set([node]), open = inputsOf(node);
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    if (index.isInput(each)) return true;
    const above = index.producer(each);
    if (!above || seen.has(above)) continue;
    seen.add(above);
    open.push(...inputsOf(above));
  }
  return false;
}

/** A site's mask among its operands; nothing where it has none. */
export function siteMask(
  index: GraphIndex,
  mask: string | undefined,
): Pick<SiteOperands, "mask" | "maskGiven"> {
  if (mask === undefined) return {};
  return isMade(index, mask) ? { mask } : { mask, maskGiven: true };
}
