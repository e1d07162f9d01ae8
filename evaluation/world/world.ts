/**
 * The world of the bundled model: its scenes, captions and drawings.
 *
 * @module
 */
export { drawScene, jitterOf, type Offset } from "./draw_scene.ts";
export * from "./place_of.ts";
export * from "./read_caption.ts";
export * from "./sample_scene.ts";
export { type Random, seededRandom } from "./seeded_random.ts";
export * from "./sprites.ts";
