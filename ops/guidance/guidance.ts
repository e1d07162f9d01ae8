/** What is evaluated at each step, and what comes out of it. */
import { DomainError } from "../../errors.ts";
import { classifierFree } from "./classifier_free.ts";
import { rescaleStd } from "./rescale_std.ts";

/** One evaluation of the model: with the negative prompt, or with the prompt. */
export type Branch = "unconditional" | "conditional";

/** Which rule, as plain data. */
export type GuidanceData =
  | { readonly kind: "none" }
  /** `scale`: w, 1 is no guidance. `rescale`: φ, 0 … 1, how far the result is pulled back to the conditional's spread. */
  | { readonly kind: "cfg"; readonly scale: number; readonly rescale: number };

export interface GuidanceRule {
  /** What to evaluate, in this order. */
  readonly branches: readonly Branch[];
  /**
   * One prediction out of those of the branches, which are not changed.
   *
   * @param outputs float32, [B, C, H, W] flattened, one for each of `branches`.
   * @param batch B.
   * @returns float32, same shape.
   * @throws {DomainError} when a branch is missing, lengths differ or do not divide into the batch
   */
  combine(outputs: Readonly<Partial<Record<Branch, Float32Array>>>, batch: number): Float32Array;
}

const CONDITIONAL_ALONE: GuidanceRule = Object.freeze({
  branches: Object.freeze(["conditional" as const]),
  combine: (outputs: Readonly<Partial<Record<Branch, Float32Array>>>) => taken(outputs, "conditional"),
});

function taken(outputs: Readonly<Partial<Record<Branch, Float32Array>>>, branch: Branch): Float32Array {
  const output = outputs[branch];
  if (output) return output;
  throw new DomainError({ doing: "guide", what: "the outputs", rule: `given for the ${branch} branch` });
}

/**
 * The rule for the data. Guidance at scale 1 changes nothing whatever the rescale, so the conditional branch is then
 * evaluated alone, as diffusers' pipelines do (for them any scale up to 1; here a scale below 1 still mixes the two).
 *
 * @throws {DomainError} when scale is not finite or rescale not within 0 … 1
 */
export function createGuidance(data: GuidanceData): GuidanceRule {
  switch (data.kind) {
    case "none":
      return CONDITIONAL_ALONE;
    case "cfg": {
      const { scale, rescale } = data;
      const doing = "set up guidance";
      if (!Number.isFinite(scale)) {
        throw new DomainError({ doing, what: "scale", rule: "a finite number", got: scale });
      }
      if (!(rescale >= 0 && rescale <= 1)) {
        throw new DomainError({ doing, what: "rescale", rule: "a number from 0 to 1", got: rescale });
      }
      if (scale === 1) return CONDITIONAL_ALONE;
      return Object.freeze({
        branches: Object.freeze(["unconditional", "conditional"] as const),
        combine(outputs: Readonly<Partial<Record<Branch, Float32Array>>>, batch: number): Float32Array {
          const unconditional = taken(outputs, "unconditional"), conditional = taken(outputs, "conditional");
          if (unconditional.length !== conditional.length || conditional.length % batch !== 0) {
            throw new DomainError({
              doing: "guide",
              what: "the branches' outputs",
              rule: `of one length that ${batch} images share`,
              got: `${unconditional.length} unconditional, ${conditional.length} conditional`,
            });
          }
          const guided = classifierFree(unconditional, conditional, scale);
          return rescale > 0 ? rescaleStd(guided, conditional, rescale, batch) : guided;
        },
      });
    }
    default:
      return data satisfies never;
  }
}
