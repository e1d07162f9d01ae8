/** Scenes for property tests. */
import fc from "npm:fast-check@4.10.2";
import { type Scene, SCENE_KINDS } from "../../../evaluation/scene.ts";
import { jitterOf, type Offset, sampleScene, seededRandom } from "../../../evaluation/world/world.ts";

/** A scene of the full grammar, of any kind as likely. */
export const anyScene: fc.Arbitrary<Scene> = fc.tuple(fc.constantFrom(...SCENE_KINDS), fc.nat()).map((
  [kind, seed],
) => sampleScene(seededRandom(seed), "full", { kinds: [kind] }));

/** Offsets that a drawing of the scene allows. */
export function offsetsFor(scene: Scene): fc.Arbitrary<Offset[]> {
  return fc.tuple(...scene.objects.map((object) => {
    const step = fc.integer({ min: -jitterOf(object), max: jitterOf(object) });
    return fc.tuple(step, step);
  }));
}

/** A scene, and offsets that its drawing allows. */
export const movedScene: fc.Arbitrary<{ scene: Scene; offsets: Offset[] }> = anyScene.chain((scene) =>
  fc.record({ scene: fc.constant(scene), offsets: offsetsFor(scene) })
);
