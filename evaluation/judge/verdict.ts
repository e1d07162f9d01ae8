/**
 * How what a judge sees compares with the scene that was asked for.
 *
 * @module
 */
import type { Scene, SceneObject, Seen, SeenObject, Verdict } from "../scene.ts";
import { WORLD } from "../world/world_data.ts";

/** Whether it is the object that was asked for, wherever it stands. */
function fits(object: SceneObject, seen: SeenObject, alone: boolean): boolean {
  if (object.name !== seen.name || object.tint !== seen.tint) return false;
  const edge = alone ? "alone" : "beside";
  switch (object.said) {
    case undefined:
      return true;
    case "small":
      return seen.size < WORLD.judge.smallBelow[edge];
    case "big":
      return seen.size > WORLD.judge.bigAbove[edge];
    default:
      return object.said satisfies never;
  }
}

/** Whether each object asked for is seen, once, and nothing else. */
function everyObject({ objects }: Scene, seen: Seen, inPlace: boolean): boolean {
  const left = [...seen.objects], alone = objects.length === 1;
  for (const object of objects) {
    const found = left.findIndex((each) =>
      fits(object, each, alone) && (!inPlace || each.place === object.place)
    );
    if (found < 0) return false;
    left.splice(found, 1);
  }
  return left.length === 0;
}

/** Compares what is seen with the scene that was asked for. */
export function verdict(scene: Scene, seen: Seen): Verdict {
  return {
    right: everyObject(scene, seen, true),
    anywhere: everyObject(scene, seen, false),
    background: scene.color === seen.color,
  };
}
