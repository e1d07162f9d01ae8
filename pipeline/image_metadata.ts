/**
 * What an image knows about its making, and how a PNG file carries it.
 *
 * @module
 */

import { ImageError } from "../errors.ts";
import { parseRecipe, type Recipe } from "../recipes/recipes.ts";
import { type NoiseMetadata, readNoiseMetadata } from "./noise_metadata.ts";
import { readPngText } from "./png_text.ts";
import { webuiParameters } from "./webui_parameters.ts";

/** Everything that is needed to make the same image again. */
export interface ImageMetadata extends NoiseMetadata {
  /** The prompt, as given. */
  readonly prompt: string;
  /** The negative prompt; absent if none was given. */
  readonly negativePrompt?: string;
  /** The prompt for the second text encoder; absent if none was given. */
  readonly prompt2?: string;
  /** The negative prompt for the second text encoder; absent if none was given. */
  readonly negativePrompt2?: string;
  /** The seed of this image, in decimal (seeds go up to 2^64 - 1). */
  readonly seed: string;
  /** The image that the run started from, if there was one. */
  readonly image?: {
    /** SHA-256, in hex, of the file; or of the pixels or numbers, if it came from no file. */
    readonly sha256: string;
    /** How much of it was given up, 0 to 1. */
    readonly strength: number;
  };
  /** The recipe, as data. */
  readonly recipe: Recipe;
  /** The version of Winnow that made it. */
  readonly winnow: string;
  /** SHA-256, in hex, of each of the model's files, by its path in the bundle. */
  readonly models: Readonly<Record<string, string>>;
}

/** The keywords of the text chunks; the first two are the PNG specification's own. */
export const PNG_KEYWORDS = {
  software: "Software",
  description: "Description",
  parameters: "parameters",
  recipe: "winnow:recipe",
  run: "winnow:run",
  models: "winnow:models",
} as const;

/**
 * The text chunks that carry `metadata` in an image of `width` x `height` pixels.
 *
 * `Description` is the prompt, `parameters` the line that other programs read, and the `winnow:` chunks are JSON
 * from which {@linkcode readImageMetadata} gives everything back exactly.
 */
export function metadataTexts(
  metadata: ImageMetadata,
  width: number,
  height: number,
): readonly (readonly [string, string])[] {
  const { recipe, models, ...run } = metadata;
  const { prompt, winnow } = run;
  return [
    [PNG_KEYWORDS.software, `Winnow ${winnow}`],
    [PNG_KEYWORDS.description, prompt],
    [PNG_KEYWORDS.parameters, webuiParameters(metadata, width, height)],
    [PNG_KEYWORDS.recipe, JSON.stringify(recipe)],
    [PNG_KEYWORDS.run, JSON.stringify(run)],
    [PNG_KEYWORDS.models, JSON.stringify(models)],
  ];
}

/**
 * Reads what a PNG file that Winnow wrote says about its making.
 *
 * @throws {ImageError} If `png` is not a whole PNG file, or not one that Winnow wrote.
 * @throws {RecipeError} If the recipe in it breaks this version's schema.
 */
export async function readImageMetadata(png: Uint8Array): Promise<ImageMetadata> {
  const texts = await readPngText(png);
  const run = fieldsOf(texts, PNG_KEYWORDS.run);
  const models = fieldsOf(texts, PNG_KEYWORDS.models);
  const { prompt, seed, winnow, negativePrompt, prompt2, negativePrompt2 } = run;
  const given = Object.fromEntries(
    Object.entries({ negativePrompt, prompt2, negativePrompt2 }).filter(([, text]) => text !== undefined),
  );
  const noise = readNoiseMetadata(run), image = run.image as ImageMetadata["image"];
  if (
    typeof prompt !== "string" || typeof seed !== "string" || typeof winnow !== "string" ||
    !isTextRecord(given) || !isTextRecord(models) || noise === undefined ||
    (image !== undefined && !(typeof image?.sha256 === "string" && typeof image.strength === "number"))
  ) {
    throw notOurs(PNG_KEYWORDS.run);
  }
  return {
    prompt,
    ...given,
    seed,
    ...noise,
    ...(image ? { image } : {}),
    recipe: parseRecipe(fieldsOf(texts, PNG_KEYWORDS.recipe)),
    winnow,
    models,
  };
}

/**
 * Reads the recipe from a PNG file that Winnow wrote.
 *
 * @throws {ImageError} If `png` is not a whole PNG file, or not one that Winnow wrote.
 * @throws {RecipeError} If the recipe in it breaks this version's schema.
 */
export async function readRecipeFromPng(png: Uint8Array): Promise<Recipe> {
  return parseRecipe(fieldsOf(await readPngText(png), PNG_KEYWORDS.recipe));
}

function fieldsOf(texts: ReadonlyMap<string, string>, keyword: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(texts.get(keyword) ?? "");
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // no such chunk, or not JSON: the same to whoever reads the message
  }
  throw notOurs(keyword);
}

function isTextRecord(value: Record<string, unknown>): value is Record<string, string> {
  return Object.values(value).every((text) => typeof text === "string");
}

function notOurs(keyword: string): ImageError {
  return new ImageError({
    doing: "read how the picture was made",
    what: "the file",
    rule: `a PNG that Winnow wrote (with a text chunk "${keyword}")`,
    remedy: "Programs that edit or shrink pictures often drop such text: use the file as Winnow wrote it.",
  });
}
