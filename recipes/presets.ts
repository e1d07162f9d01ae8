/**
 * Recipes to start from, for the bundled model.
 *
 * The figures are how often a trained judge finds every object right and in its place, with one object / with two, on
 * 256 new scenes and DDIM.
 *
 * @module
 */
import { pladis } from "./recipe_attention.ts";
import { cfg, noGuidance } from "./recipe_guidance.ts";
import { pocket } from "./recipe_model.ts";
import { recipe } from "./recipe.ts";
import { ddim } from "./scheduler/eta_solvers.ts";

/** Four evaluations of the denoiser, no guidance: 1.000 / 0.989. */
const quick = recipe({
  model: pocket(),
  scheduler: ddim({ steps: 4 }),
  guidance: noGuidance(),
});

/** Sixteen evaluations, 8 steps at guidance 3: 1.000 / 0.994, the best of those measured. */
const faithful = recipe({
  model: pocket(),
  scheduler: ddim({ steps: 8 }),
  guidance: cfg({ scale: 3 }),
});

/**
 * Eight evaluations, PLADIS as in its paper, no guidance: 1.000 / 0.978, where dense attention has 1.000 / 0.983. The
 * bundled model's world is too easy for sparse attention to help; this is what to take to a harder one.
 */
const sharp = recipe({
  model: pocket(),
  scheduler: ddim({ steps: 8 }),
  attention: pladis({ lambda: 2, alpha: 1.5 }),
  guidance: noGuidance(),
});

/** Recipes to start from: `recipe.with({ … })` makes them one's own. */
export const presets = Object.freeze({ quick, faithful, sharp });
