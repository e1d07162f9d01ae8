/**
 * A recipe in words.
 *
 * @module
 */
import type { Recipe } from "./recipe.ts";

function attentionWords(attention: Recipe["attention"]): string {
  const where = (sites: "all" | readonly string[]) =>
    sites === "all" ? "all sites" : `sites: ${sites.join(", ")}`;
  switch (attention.kind) {
    case "dense":
      return "dense";
    case "entmax":
      return `entmax, α ${attention.alpha}, ${where(attention.sites)}`;
    case "pladis":
      return `PLADIS, λ ${attention.lambda}, α ${attention.alpha}, ${where(attention.sites)}`;
    default:
      return attention satisfies never;
  }
}

/** One short line for each part of a recipe, by the part's name. */
export function describeRecipe(recipe: Recipe): Readonly<Record<string, string>> {
  const { model, scheduler, guidance, size, textEncoder: { clipSkip } } = recipe;
  const extras = [
    "sigmas" in scheduler && scheduler.sigmas ? `${scheduler.sigmas} sigmas` : "",
    "eta" in scheduler && scheduler.eta ? `η ${scheduler.eta}` : "",
    scheduler.config ? "its own configuration" : "",
  ];
  return {
    model: model.kind === "pocket" ? "pocket" : `${model.kind} from ${model.source}`,
    ...(clipSkip ? { textEncoder: `skips ${clipSkip} layers` } : {}),
    scheduler: [`${scheduler.kind}, ${scheduler.steps} steps`, ...extras].filter(Boolean).join(", "),
    attention: attentionWords(recipe.attention),
    guidance: guidance.kind === "none"
      ? "none"
      : `scale ${guidance.scale}${guidance.rescale ? `, rescale ${guidance.rescale}` : ""}`,
    ...(size ? { size: `${size.width} × ${size.height}` } : {}),
  };
}
