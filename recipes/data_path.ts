/**
 * Where in a recipe something is.
 *
 * @module
 */

/** Keys and indices, from the recipe inwards. */
export type DataPath = readonly PropertyKey[];

const IDENTIFIER = /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u;

/** The path as one would write it after the recipe's name: `attention.sites[0]`. */
export function pathText(path: DataPath): string {
  if (path.length === 0) return "the recipe";
  return path
    .map((key) =>
      typeof key === "number"
        ? `[${key}]`
        : IDENTIFIER.test(String(key))
        ? `.${String(key)}`
        : `[${JSON.stringify(String(key))}]`
    )
    .join("")
    .replace(/^\./, "");
}

/** What is at a path in plain data; undefined where there is nothing. */
export function valueAt(data: unknown, path: DataPath): unknown {
  return path.reduce<unknown>((value, key) => {
    const own = typeof value === "object" && value !== null && Object.hasOwn(value, key);
    return own ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }, data);
}
