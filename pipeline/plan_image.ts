/**
 * The plan of a run that starts from an image.
 *
 * @module
 */
import { DomainError } from "../errors.ts";
import { createScheduler } from "../ops/solvers/scheduler.ts";
import type { Plan } from "./plan.ts";
import { planGuidance } from "./plan_guidance.ts";
import { sizeOfImage, type SizePlan } from "./plan_size.ts";

/** An image's size in pixels, and what is to become of it. */
export interface ImageToPlan {
  readonly width: number;
  readonly height: number;
  /** How much of it is given up, above 0, up to 1. */
  readonly strength: number;
}

function resizeNotes({ width, height }: ImageToPlan, size: SizePlan, isFixed: boolean): string[] {
  if (size.width === width && size.height === height) return [];
  const why = isFixed
    ? "the size asked for"
    : `the nearest whose sides are multiples of ${size.multiple}, as this model needs`;
  return [`The image is resized from ${width} × ${height} pixels to ${size.width} × ${size.height}, ${why}`];
}

/**
 * The plan as a run that starts from an image has it: its size, the steps that it takes, and the evaluations in them.
 *
 * @param plan The plan of the recipe.
 * @param isFixed Whether the recipe names a size, which then holds.
 * @throws {DomainError} if the strength is out of range, or leaves no step to take; or if it leaves fewer of a distilled
 *   model's timesteps than there are steps.
 */
export function planImage(plan: Plan, image: ImageToPlan, isFixed: boolean): Plan {
  const { strength } = image, { config, options } = plan.scheduler;
  const made = createScheduler(config, { ...options, strength });
  const { timesteps, sigmas, firstStep } = made;
  if (firstStep >= timesteps.length) {
    throw new DomainError({
      doing: "start from the image",
      what: "strength",
      rule: `at least 1/${options.steps} with ${options.steps} steps, so that there is one to take`,
      got: strength,
      remedy: "Take a larger strength, or more steps.",
    });
  }
  const size = isFixed ? plan.size : sizeOfImage(plan.size, image);
  return {
    ...plan,
    scheduler: {
      ...plan.scheduler,
      options: { ...options, strength },
      timesteps: [...timesteps],
      sigmas: [...sigmas],
      firstStep,
    },
    guidance: {
      ...planGuidance(plan.guidance.rule, made, config, options.eta),
      within: plan.guidance.within,
    },
    size,
    image,
    notes: [...plan.notes, ...resizeNotes(image, size, isFixed)],
  };
}
