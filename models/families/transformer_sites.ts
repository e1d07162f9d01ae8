/**
 * The attention sites that the config.json of a diffusion transformer declares.
 *
 * @module
 */
import type { DeclaredSite } from "../surgery/attention_site.ts";
import { type ComponentConfig, numberField } from "./config_fields.ts";

function blocks(name: string, count: number, attention: string): DeclaredSite[] {
  return Array.from({ length: count }, (_, i) => ({ id: `${name}.${i}.${attention}` }));
}

/** Cross-attention of PixArt and SANA: `attn2` of every block. SANA's `attn1` is linear and has no softmax. */
export function crossAttentionSites(config: ComponentConfig): DeclaredSite[] {
  return blocks("transformer_blocks", numberField(config, "num_layers"), "attn2");
}

/** Joint attention of Stable Diffusion 3: `attn` of every block; `attn2` of its dual blocks is the image's own. */
export function stableDiffusion3Sites(config: ComponentConfig): DeclaredSite[] {
  return blocks("transformer_blocks", numberField(config, "num_layers"), "attn");
}

/** Joint attention of FLUX: of its double blocks, then of its single ones. */
export function fluxSites(config: ComponentConfig): DeclaredSite[] {
  return [
    ...blocks("transformer_blocks", numberField(config, "num_layers"), "attn"),
    ...blocks("single_transformer_blocks", numberField(config, "num_single_layers"), "attn"),
  ];
}
