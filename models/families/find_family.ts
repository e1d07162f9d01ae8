/**
 * The families that Winnow runs.
 *
 * @module
 */
import { BundleError } from "../../errors.ts";
import type { Family } from "./family.ts";
import { pocketFamily, pocketTurboFamily, stableDiffusionFamily } from "./stable_diffusion.ts";
import { stableDiffusionXlFamily } from "./stable_diffusion_xl.ts";

const FAMILIES = {
  "pocket": pocketFamily,
  "pocket-turbo": pocketTurboFamily,
  "stable-diffusion": stableDiffusionFamily,
  "stable-diffusion-xl": stableDiffusionXlFamily,
} as const;

/** The kinds of model that a recipe can name. */
export type FamilyKind = keyof typeof FAMILIES;

/** The family of a recipe's model. */
export function familyOf(kind: FamilyKind): Family {
  return FAMILIES[kind];
}

/**
 * The kind of model that a bundle holds, told by `_class_name` in its model_index.json.
 *
 * @throws {BundleError} if it is of no family that Winnow runs.
 */
export function familyKindOf(
  modelIndex: Readonly<Record<string, unknown>>,
  source: string,
): Exclude<FamilyKind, "pocket" | "pocket-turbo"> {
  const name = modelIndex._class_name;
  for (const kind of ["stable-diffusion", "stable-diffusion-xl"] as const) {
    if (FAMILIES[kind].pipelineClasses.includes(String(name))) return kind;
  }
  const known = Object.values(FAMILIES).flatMap(({ pipelineClasses }) => pipelineClasses);
  throw new BundleError({
    doing: "tell the model's family",
    what: `${source}/model_index.json: _class_name`,
    rule: `one of ${[...new Set(known)].join(", ")}`,
    got: name,
  });
}
