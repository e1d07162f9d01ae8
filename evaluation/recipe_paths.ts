/**
 * The fields that recipes have, as paths.
 *
 * @module
 */
import { knownKeys } from "../recipes/unknown_key.ts";
import { kindOf, objectsIn, schemaAt } from "../recipes/schema_at.ts";
import { recipeSchema } from "../recipes/recipe_schema.ts";

/** Parts of a recipe that say nothing of how a picture is made. */
const NOT_VARIED = ["version"];

/** The parts of a recipe: "model", "scheduler", … */
export function recipeParts(): readonly string[] {
  return knownKeys(recipeSchema, [], {}).filter((part) => !NOT_VARIED.includes(part));
}

/** The fields that a part has under any kind. */
export function fieldsOf(part: string): readonly string[] {
  return [
    ...new Set(objectsIn(schemaAt(recipeSchema, [part], {})).flatMap(({ shape }) => Object.keys(shape))),
  ];
}

/** The fields that a part of one kind has; without kinds, all. */
export function fieldsOfKind(part: string, kind: unknown): readonly string[] {
  return knownKeys(recipeSchema, [part], { [part]: { kind } });
}

/** The kinds of a part that have a field. */
export function kindsWith(part: string, field: string): readonly string[] {
  return objectsIn(schemaAt(recipeSchema, [part], {})).filter(({ shape }) => Object.hasOwn(shape, field))
    .map(kindOf).filter((kind) => kind !== undefined);
}

/** Every path that an axis may have: "attention.lambda", …, the parts themselves left out. */
export function recipePaths(): readonly string[] {
  return recipeParts().flatMap((part) => fieldsOf(part).map((field) => `${part}.${field}`));
}
