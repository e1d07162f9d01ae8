import { z } from "npm:zod@4.6.7";
import { makePart } from "../make_part.ts";
import {
  fromField,
  type PushFrom,
  type Scaled,
  scaledFields,
  type ScaledOptions,
} from "./guidance_fields.ts";

/** TCFG. Kwon et al., "TCFG: Tangential Damping Classifier-free Guidance", 2025. */
export interface Tcfg extends Scaled {
  readonly kind: "tcfg";
  readonly from: PushFrom;
}

/** Options of {@linkcode tcfg}. */
export interface TcfgOptions extends ScaledOptions {
  /**
   * From which prediction to push: "unconditional" as diffusers' default, or "conditional".
   *
   * @default {"unconditional"}
   */
  readonly from?: PushFrom;
}
export const DEFAULT_FROM = "unconditional";

/** @internal */
export const tcfgSchema = z.strictObject({
  kind: z.literal("tcfg"),
  ...scaledFields,
  ...fromField(DEFAULT_FROM),
});

/** TCFG: the unconditional prediction without what is foreign to both. @throws {RecipeError} if an option breaks its rule. */
export function tcfg(options: TcfgOptions = {}): Tcfg {
  return makePart("guidance", tcfgSchema, { ...options, kind: "tcfg" });
}
