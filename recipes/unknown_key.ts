/**
 * What was probably meant by a key that a recipe has not got.
 *
 * @module
 */
import type { z } from "npm:zod@4.6.7";
import { type DataPath, valueAt } from "./data_path.ts";
import { nearestName } from "../nearest_name.ts";
import { kindOf, objectFor, objectsIn, schemaAt } from "./schema_at.ts";

/** What changes from run to run, and so is given to `generate`, not to the recipe. */
const RUN_KEYS = ["prompt", "negativePrompt", "prompt2", "negativePrompt2", "seed", "images"];

/** The keys that the schema knows at a path. */
export function knownKeys(schema: z.core.$ZodType, path: DataPath, data: unknown): readonly string[] {
  return Object.keys(objectFor(schemaAt(schema, path, data), valueAt(data, path))?.shape ?? {});
}

/** A sentence that leads from an unknown key to the right one. */
export function keyRemedy(schema: z.core.$ZodType, path: DataPath, key: string, data: unknown): string {
  if (RUN_KEYS.includes(key)) return `${key} is not part of a recipe: give it to generate().`;
  const kinds = objectsIn(schemaAt(schema, path, data)).filter((object) => Object.hasOwn(object.shape, key))
    .map(kindOf);
  if (kinds.length > 0) return `Leave it out, or take a kind that has it: ${kinds.join(", ")}.`;
  const nearest = nearestName(key, knownKeys(schema, path, data));
  if (nearest !== undefined) return `Did you mean ${nearest}?`;
  const parts = objectsIn(schema).flatMap(({ shape }) => Object.entries(shape));
  const home = parts.find(([, part]) => objectsIn(part).some(({ shape }) => Object.hasOwn(shape, key)));
  return home === undefined ? "Leave it out." : `Leave it out here: it belongs to ${home[0]}.`;
}
