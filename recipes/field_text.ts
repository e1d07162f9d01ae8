/**
 * What the schemas say of themselves in messages: each field's rule and what to do when it is broken.
 *
 * @module
 */
import { z } from "npm:zod@4.6.7";

/** The words for a field, as they stand in an error. */
export interface FieldText {
  /** After "must be". */
  readonly rule: string;
  /** A full sentence. */
  readonly remedy?: string;
  /** Words that it takes, for a suggestion of the nearest, where the schema is not an enumeration alone. */
  readonly words?: readonly string[];
}

/** The words of the schemas that {@linkcode says} was called on. */
export const fieldTexts = z.registry<FieldText>();

/** Gives a schema its words. */
export function says<S extends z.ZodType>(schema: S, text: FieldText): S {
  fieldTexts.add(schema, text);
  return schema;
}

/** Bounds of a number; the rule's words are made of the same figures. */
export interface NumberRule {
  /** The least allowed value. */
  readonly from?: number;
  /** A value that is itself just not allowed any more. */
  readonly above?: number;
  /** The greatest allowed value. */
  readonly to?: number;
  /** The number must be a multiple of this; 1 is any whole number. */
  readonly multipleOf?: number;
  readonly remedy: string;
}

function rangeWords({ from, above, to }: NumberRule): string {
  const low = above !== undefined ? ` above ${above}` : from !== undefined ? ` from ${from}` : "";
  if (to === undefined) return low;
  return above !== undefined ? `${low} and at most ${to}` : `${low} to ${to}`;
}

/** A finite number within bounds. Zod's numbers are never NaN nor infinite. */
export function numberField(rule: NumberRule): z.ZodNumber {
  const { from, above, to, multipleOf, remedy } = rule;
  let schema = z.number();
  if (from !== undefined) schema = schema.min(from);
  if (above !== undefined) schema = schema.gt(above);
  if (to !== undefined) schema = schema.max(to);
  if (multipleOf !== undefined) schema = schema.int().multipleOf(multipleOf);
  const noun = multipleOf === undefined
    ? "a number"
    : multipleOf === 1
    ? "a whole number"
    : `a multiple of ${multipleOf}`;
  return says(schema, { rule: `${noun}${rangeWords(rule)}`, remedy });
}

/** One of some words. */
export function wordField<const T extends readonly [string, ...string[]]>(
  words: T,
): z.ZodEnum<{ [K in T[number]]: K }> {
  return says(z.enum(words), { rule: `one of ${words.join(", ")}` });
}
