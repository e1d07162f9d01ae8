/**
 * Looking into zod's schemas.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";
import { type DataPath, valueAt } from "./data_path.ts";
import { fieldTexts } from "./field_text.ts";

/** The schema inside those that only add a default or make it optional. */
export function bareSchema(schema: z.core.$ZodType): z.core.$ZodType {
  for (;;) {
    if (fieldTexts.has(schema as z.ZodType)) return schema;
    if (
      schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
    ) {
      schema = schema.unwrap();
    } else if (schema instanceof z.ZodPipe) {
      schema = schema.in;
    } else return schema;
  }
}

/** The objects that a schema allows: one, or one for each kind. */
export function objectsIn(schema: z.core.$ZodType): readonly z.ZodObject[] {
  const bare = bareSchema(schema);
  if (bare instanceof z.ZodObject) return [bare];
  return bare instanceof z.ZodDiscriminatedUnion ? bare.options.flatMap(objectsIn) : [];
}

/** The kind that one of a union's objects stands for. */
export function kindOf(object: z.ZodObject): string | undefined {
  const kind = object.shape.kind;
  return kind instanceof z.ZodLiteral ? String(kind.value) : undefined;
}

/** The object that the schema holds data of that kind to. */
export function objectFor(schema: z.core.$ZodType, data: unknown): z.ZodObject | undefined {
  const objects = objectsIn(schema);
  return objects.length === 1
    ? objects[0]
    : objects.find((object) => kindOf(object) === valueAt(data, ["kind"]));
}

/** The schema of one element: of a tuple, which is held to one for each, or of a list of objects. */
function elementOf(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType | undefined {
  const list = schema instanceof z.ZodReadonly ? schema.unwrap() : schema;
  if (list instanceof z.ZodTuple) return list.def.items[Number(key)];
  return list instanceof z.ZodArray && objectsIn(list.element).length > 0 ? list.element : undefined;
}

/** The schema at a path, or the nearest above it that has words of its own. */
export function schemaAt(schema: z.core.$ZodType, path: DataPath, data: unknown): z.core.$ZodType {
  let at = bareSchema(schema);
  for (const [depth, key] of path.entries()) {
    const element = elementOf(at, key);
    if (element !== undefined) {
      at = bareSchema(element);
      continue;
    }
    const shape = objectFor(at, valueAt(data, path.slice(0, depth)))?.shape;
    if (shape === undefined || !Object.hasOwn(shape, key)) return at;
    at = bareSchema(shape[String(key)]);
  }
  return at;
}
