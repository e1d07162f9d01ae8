/**
 * From what a caption says to a scene.
 *
 * @module
 */
import type { Scene, SceneKind } from "../scene.ts";
import { arrangeObjects } from "./arrange_objects.ts";
import { withArticle } from "./noun.ts";
import { describeSentence, type Sentence } from "./sentence.ts";
import { isHeldOut } from "./world_data.ts";

/** The background of a caption that says none. */
export const UNSAID_COLOR = "white";

/** The caption of a sentence, and of a background if one is said. */
export function describeCaption(sentence: Sentence, color?: string): string {
  return describeSentence(sentence) + (color ? ` on ${withArticle(color)} background` : "");
}

/** The scene of a sentence of the grammar. */
export function makeScene(
  kind: SceneKind,
  sentence: Sentence,
  color: string | undefined,
  caption: string = describeCaption(sentence, color),
): Scene {
  const objects = arrangeObjects(sentence);
  return { kind, caption, objects, color: color ?? UNSAID_COLOR, heldOut: isHeldOut(objects) };
}
