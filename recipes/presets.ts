/**
 * Recipes to start from.
 *
 * @module
 */
import { pladis } from "./recipe_attention.ts";
import { cfg, noGuidance } from "./recipe_guidance.ts";
import { pocket } from "./recipe_model.ts";
import { dpmpp2m, euler } from "./recipe_scheduler.ts";
import { recipe } from "./recipe.ts";

/** The bundled model in four steps without guidance: the fastest that still draws what is asked. */
export const quick = recipe({ model: pocket(), scheduler: dpmpp2m({ steps: 4 }), guidance: noGuidance() });

/** The bundled model in twenty steps with guidance, attention as it was trained. */
export const faithful = recipe({
  model: pocket(),
  scheduler: euler({ steps: 20 }),
  guidance: cfg({ scale: 3 }),
});

/** The same with PLADIS at the paper's defaults (arXiv 2503.07677). */
export const sharp = faithful.with({ attention: pladis() });
