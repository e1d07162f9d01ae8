/**
 * Sites matched must equal sites declared.
 *
 * @module
 */
import { GraphError } from "../../errors.ts";
import type { AttentionSite, DeclaredSite } from "./attention_site.ts";

function list(ids: readonly string[]): string {
  return ids.length ? ids.join(", ") : "none";
}

/**
 * Checks that the sites found are those that the family declares.
 *
 * @param model The model's path, for the message.
 * @param found Sites found in the graph, those of the kind that is declared.
 * @param declared Sites that the component's config.json implies.
 * @throws {GraphError} that names the sites on which the two differ.
 */
export function matchSites(
  model: string,
  found: readonly AttentionSite[],
  declared: readonly DeclaredSite[],
): void {
  const foundIds = new Set(found.map(({ id }) => id)), declaredIds = new Set(declared.map(({ id }) => id));
  const missing = [...declaredIds].filter((id) => !foundIds.has(id));
  const extra = [...foundIds].filter((id) => !declaredIds.has(id));
  if (missing.length === 0 && extra.length === 0 && found.length === declared.length) return;
  throw new GraphError({
    doing: `match the attention sites of ${model}`,
    what: "attention sites to the text in the graph",
    rule: `the ${declared.length} that its config.json declares`,
    got: `${found.length} (declared but not found: ${list(missing)}; found but not declared: ${list(extra)})`,
    remedy:
      "The graph and its config.json do not belong together, or the exporter fused the attention: export it again without attention fusion.",
  });
}
