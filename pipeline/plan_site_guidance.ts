/**
 * Which attention sites guidance acts at.
 *
 * @module
 */
import { PlanError } from "../errors.ts";
import type { ComponentConfig } from "../models/families/config_fields.ts";
import { siteReduction } from "../models/families/unet_sites.ts";
import type { AttentionSite } from "../models/surgery/attention_site.ts";
import { type GridSite, type GuidedSites, whyNotGuided } from "../models/surgery/guide_sites.ts";
import type { Recipe } from "../recipes/recipes.ts";
import { chooseSites } from "./choose_sites.ts";

/** What guidance does within the denoiser, beside evaluating it. */
export interface SiteGuidancePlan extends GuidedSites {
  /** σ of the blurred queries; absent: without bound. */
  readonly sigma?: number;
}

/**
 * Plans the recipe's guidance within attention.
 *
 * @param found Every site of the denoiser.
 * @throws {PlanError} if the model has not got the sites, or they cannot be guided.
 */
export function planSiteGuidance(
  guidance: Recipe["guidance"],
  found: readonly AttentionSite[],
  config: ComponentConfig,
  source: string,
): SiteGuidancePlan {
  const self = found.filter(({ kind }) => kind === "self");
  const refuse = (what: string, site: AttentionSite, got: string): never => {
    throw new PlanError({
      doing: `plan guidance for ${source}`,
      what: `${what}: ${site.id}`,
      rule: "a site that can be guided",
      got,
      remedy: "Name other sites, or export the model again as diffusers' own modules.",
    });
  };
  const checked = (what: string, sites: readonly AttentionSite[]) => {
    for (const site of sites) {
      const reason = whyNotGuided(site);
      if (reason !== undefined) refuse(what, site, reason);
    }
    return sites;
  };
  const perturbed = "perturbed" in guidance ? guidance.perturbed ?? [] : [];
  const chosen = (kind: "pag" | "seg" | "slg") => {
    const own = perturbed.find((each) => each.kind === kind && each.scale !== 0);
    if (!own) return [];
    const field = `guidance.perturbed.${kind}.sites`;
    const sites = chooseSites({ kind: kind.toUpperCase(), field, sites: own.sites }, found, self, source);
    const other = sites.find((site) => site.kind !== "self");
    if (other) {
      refuse(field, other, `${other.kind}-attention, and ${kind.toUpperCase()} is for self-attention`);
    }
    return checked(field, sites);
  };
  const grid = (site: AttentionSite): GridSite => ({
    site,
    factor: siteReduction(site, config) ?? refuse("guidance.perturbed.seg.sites", site, "of no known place"),
  });
  const seg = perturbed.find((each) => each.kind === "seg");
  return {
    pag: chosen("pag"),
    seg: chosen("seg").map(grid),
    slg: chosen("slg"),
    nag: guidance.kind === "nag" ? checked("guidance", found.filter(({ kind }) => kind === "cross")) : [],
    ...(seg?.sigma === undefined ? {} : { sigma: seg.sigma }),
  };
}
