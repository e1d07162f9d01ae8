/**
 * The cross-attention sites that a UNet2DConditionModel's config.json declares.
 *
 * @module
 */
import type { DeclaredSite, SitePlace } from "../surgery/attention_site.ts";
import { type ComponentConfig, numberField, numbersField, stringsField } from "./config_fields.ts";

function blockSites(place: SitePlace, block: string, attentions: number, depth: number): DeclaredSite[] {
  const sites: DeclaredSite[] = [];
  for (let a = 0; a < attentions; a++) {
    for (let t = 0; t < depth; t++) {
      sites.push({ id: `${block}.attentions.${a}.transformer_blocks.${t}.attn2`, place });
    }
  }
  return sites;
}

/**
 * Every `attn2` of a U-Net, in the order in which they run: down, mid, up.
 *
 * Follows diffusers' UNet2DConditionModel: `layers_per_block` transformers in a down block, one more in an up block,
 * `transformer_layers_per_block` blocks in each; the up blocks take the depths of the down blocks in reverse.
 *
 * @throws {BundleError} if the config lacks a field or holds something else in it.
 */
export function unetSites(config: ComponentConfig): DeclaredSite[] {
  const down = stringsField(config, "down_block_types"), up = stringsField(config, "up_block_types");
  const layers = numbersField(config, "layers_per_block", down.length);
  const depths = numbersField(config, "transformer_layers_per_block", down.length, 1);
  const isCross = (type: string) => type.includes("CrossAttn");
  const mid = config.values.mid_block_type ?? "UNetMidBlock2DCrossAttn";
  const sites = down.flatMap((type, i) =>
    isCross(type) ? blockSites("down", `down_blocks.${i}`, layers[i], depths[i]) : []
  );
  if (typeof mid === "string" && isCross(mid)) {
    sites.push(...blockSites("mid", "mid_block", 1, depths.at(-1) as number));
  }
  const upDepths = depths.toReversed(), upLayers = layers.toReversed();
  up.forEach((type, i) => {
    if (isCross(type)) sites.push(...blockSites("up", `up_blocks.${i}`, upLayers[i] + 1, upDepths[i]));
  });
  return sites;
}

/** Pixels of latent to which a U-Net's height and width must be a multiple, since each down block but the last halves. */
export function unetGranularity(config: ComponentConfig): number {
  return 2 ** (stringsField(config, "down_block_types").length - 1);
}

/** Facts of a U-Net's input. */
export function unetInput(config: ComponentConfig): { channels: number; sampleSize: number } {
  return { channels: numberField(config, "in_channels"), sampleSize: numberField(config, "sample_size") };
}

/**
 * How many times smaller than the latents a site's grid is, along either axis; undefined where its place is not known.
 * Each down block but the last halves, and each up block but the last doubles.
 */
export function siteReduction(
  { place, block = 0 }: { readonly place?: SitePlace; readonly block?: number },
  config: ComponentConfig,
): number | undefined {
  const deepest = stringsField(config, "down_block_types").length - 1;
  switch (place) {
    case "down":
      return 2 ** block;
    case "mid":
      return 2 ** deepest;
    case "up":
      return 2 ** (deepest - block);
    case undefined:
      return undefined;
    default:
      return place satisfies never;
  }
}
