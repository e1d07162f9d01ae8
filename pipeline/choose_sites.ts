/**
 * Sites that a recipe asks for by place or by id.
 *
 * @module
 */
import { PlanError } from "../errors.ts";
import type { AttentionSite, SitePlace } from "../models/surgery/attention_site.ts";
import { didYouMean } from "../nearest_name.ts";

/** Which sites are asked for, by whom, and the field that does. */
export interface SitesAsked {
  /** What is planned, for messages. */
  readonly kind: string;
  readonly field: string;
  readonly sites: "all" | readonly string[];
}

function refuseSite(
  { kind, field }: SitesAsked,
  source: string,
  rule: string,
  got: string,
  remedy?: string,
): never {
  throw new PlanError({
    doing: `plan ${kind} for ${source}`,
    what: field,
    rule,
    got,
    ...(remedy ? { remedy } : {}),
  });
}

/**
 * The sites that are asked for, in graph order: places stand for the sites where text comes in, ids for any.
 *
 * @param taken Those that a policy takes unless it is told others.
 * @throws {PlanError} if the model has no such place or site.
 */
export function chooseSites(
  request: SitesAsked,
  found: readonly AttentionSite[],
  taken: readonly AttentionSite[],
  source: string,
): AttentionSite[] {
  const { sites } = request;
  if (sites === "all") return [...taken];
  const ids = found.map(({ id }) => id), places = [...new Set(taken.flatMap(({ place }) => place ?? []))];
  for (const asked of sites) {
    if (ids.includes(asked) || places.includes(asked as SitePlace)) continue;
    if (asked.includes(".")) {
      refuseSite(request, source, "the id of an attention site of this model", asked, didYouMean(asked, ids));
    }
    const rule = `places where this model has such attention (${places.join(", ") || "it has none"})`;
    refuseSite(request, source, rule, asked);
  }
  const isAsked = (site: AttentionSite) =>
    sites.includes(site.id) ||
    (taken.includes(site) && site.place !== undefined && sites.includes(site.place));
  return found.filter(isAsked);
}
