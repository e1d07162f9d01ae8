import { DomainError } from "../../errors.ts";
import { didYouMean } from "../../nearest_name.ts";

/**
 * The item of that name.
 *
 * @throws {DomainError} with all names, and the nearest, when there is none
 */
export function named<T extends { readonly name: string }>(
  what: string,
  items: readonly T[],
  name: string,
): T {
  const item = items.find((each) => each.name === name);
  if (item) return item;
  const names = items.map((each) => each.name);
  throw new DomainError({
    doing: "set up the scheduler",
    what,
    rule: `one of ${names.join(", ")}`,
    got: name,
    remedy: didYouMean(String(name), names),
  });
}
