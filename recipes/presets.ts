/**
 * Recipes to start from, for the bundled model.
 *
 * The figures are how often a trained judge finds every object right and in its place: on all kinds of scenes / on the
 * hard ones, several tinted objects at once, of docs/evidence.md.
 *
 * @module
 */
import { pladis } from "./attention/placed_policy.ts";
import { cfg, noGuidance } from "./recipe_guidance.ts";
import { pocket, pocketTurbo } from "./recipe_model.ts";
import { recipe } from "./recipe.ts";
import { ddim } from "./scheduler/eta_solvers.ts";

/** Two evaluations of the guidance-distilled denoiser: 91.0 % / 84.8 %, and the best drawn. */
const quick = recipe({
  model: pocketTurbo(),
  scheduler: ddim({ steps: 2 }),
});

/** Sixteen evaluations, 8 steps at guidance 2: 86.5 % / 77.3 %, the most that the model has with guidance, and more variety. */
const faithful = recipe({
  model: pocket(),
  scheduler: ddim({ steps: 8 }),
  guidance: cfg({ scale: 2 }),
});

/**
 * Eight evaluations, PLADIS as in its paper, no guidance: 64.9 % / 42.4 %, where dense attention has 76.6 % / 63.6 %. It
 * does not help the bundled model; this is what to take to a larger one.
 */
const sharp = recipe({
  model: pocket(),
  scheduler: ddim({ steps: 8 }),
  attention: pladis({ lambda: 2, alpha: 1.5 }),
  guidance: noGuidance(),
});

/** Recipes to start from: `recipe.with({ … })` makes them one's own. */
export const presets = Object.freeze({ quick, faithful, sharp });
