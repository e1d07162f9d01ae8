/**
 * The sites that a policy may take, as a denoiser's config.json declares them.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import type { DeclaredSite } from "../surgery/attention_site.ts";
import type { ComponentConfig } from "./config_fields.ts";
import { crossAttentionSites, fluxSites, stableDiffusion3Sites } from "./transformer_sites.ts";
import { unetSites } from "./unet_sites.ts";

const SITES: Readonly<Record<string, (config: ComponentConfig) => DeclaredSite[]>> = {
  UNet2DConditionModel: unetSites,
  PixArtTransformer2DModel: crossAttentionSites,
  SanaTransformer2DModel: crossAttentionSites,
  SD3Transformer2DModel: stableDiffusion3Sites,
  FluxTransformer2DModel: fluxSites,
};

/**
 * Cross-attention and joint attention of a denoiser of any class.
 *
 * @throws {BundleError} if the class is not known, or the config lacks a field.
 */
export function denoiserSites(config: ComponentConfig): DeclaredSite[] {
  const name = config.values._class_name;
  const sites = typeof name === "string" && Object.hasOwn(SITES, name) ? SITES[name] : undefined;
  if (sites) return sites(config);
  throw new BundleError({
    doing: "tell the attention sites of the denoiser",
    what: `${config.path}: _class_name`,
    rule: `one of ${Object.keys(SITES).join(", ")}`,
    got: name,
  });
}
