/**
 * The true drawing of a scene that is nearest to a picture, over the jitter that drawings allow.
 *
 * @module
 */
import type { Scene, SceneObject } from "./scene.ts";
import { backdrop, colorOf, cornerOf, jitterOf, type Offset } from "./world/draw_scene.ts";
import type { Sprites } from "./world/sprites.ts";
import { SIZE } from "./world/world_data.ts";

const CHANNELS = 3;
/** Far more than it takes: no round that changes something makes the drawing worse, so that none comes again. */
const MOST_ROUNDS = 20;

/** The pixels of a drawing that are not wholly transparent. */
interface Visible {
  /** Their indices in the drawing. */
  readonly own: Int32Array;
  /** Their indices in a picture of the world, counted from the drawing's left top corner. */
  readonly inPicture: Int32Array;
  /** The rectangle that holds them, in pixels from the corner. */
  readonly box: Box;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** An object's drawing and where it may stand. */
interface Piece extends Visible {
  readonly rgba: Float32Array;
  /** Where its left top corner can be, as pixels of the picture, and the offsets which bring it there; the least first. */
  readonly corners: readonly number[];
  readonly offsets: readonly Offset[];
  /** The rectangle that its visible pixels can reach. */
  readonly reach: Box;
}

/** Offsets within the jitter, the least first. */
function offsetsWithin(jitter: number): Offset[] {
  const steps = Array.from({ length: 2 * jitter + 1 }, (_, i) => i - jitter);
  return steps.flatMap((y) => steps.map((x): Offset => [x, y]))
    .sort(([ax, ay], [bx, by]) => ax ** 2 + ay ** 2 - bx ** 2 - by ** 2);
}

const known = new WeakMap<Float32Array, Visible>();

function visibleIn(rgba: Float32Array, size: number): Visible {
  let visible = known.get(rgba);
  if (!visible) {
    const own = Int32Array.from({ length: size * size }, (_, i) => i)
      .filter((i) => rgba.subarray(4 * i, 4 * i + 4).some((value) => value > 0));
    const xs = own.map((i) => i % size), ys = own.map((i) => Math.floor(i / size));
    const inPicture = own.map((_, i) => ys[i] * SIZE + xs[i]);
    const box = {
      left: Math.min(...xs),
      top: Math.min(...ys),
      right: Math.max(...xs),
      bottom: Math.max(...ys),
    };
    known.set(rgba, visible = { own, inPicture, box });
  }
  return visible;
}

function pieceOf(object: SceneObject, sprites: Sprites): Piece {
  const rgba = sprites.get(object.name, object.size, object.tint), visible = visibleIn(rgba, object.size);
  const places = new Map<number, Offset>();
  for (const offset of offsetsWithin(jitterOf(object))) {
    const [left, top] = cornerOf(object, offset), corner = top * SIZE + left;
    if (!places.has(corner)) places.set(corner, offset);
  }
  const corners = [...places.keys()], { box } = visible;
  const lefts = corners.map((corner) => corner % SIZE),
    tops = corners.map((corner) => Math.floor(corner / SIZE));
  const reach = {
    left: Math.min(...lefts) + box.left,
    top: Math.min(...tops) + box.top,
    right: Math.max(...lefts) + box.right,
    bottom: Math.max(...tops) + box.bottom,
  };
  return { ...visible, rgba, corners, offsets: [...places.values()], reach };
}

function canOverlap({ reach: a }: Piece, { reach: b }: Piece): boolean {
  return a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;
}

/** What lies below and above an object: pixels [64, 64, 3], and how much of it shows through those above, [64, 64]. */
interface Layers {
  readonly below: Float32Array;
  readonly above: Float32Array;
  readonly through: Float32Array;
}

type Standing = readonly (readonly [piece: Piece, corner: number])[];

function paste(image: Float32Array, { rgba, own, inPicture }: Piece, corner: number): void {
  for (let k = 0; k < own.length; k++) {
    const from = 4 * own[k], to = CHANNELS * (corner + inPicture[k]), through = 1 - rgba[from + 3];
    for (let channel = 0; channel < CHANNELS; channel++) {
      image[to + channel] = image[to + channel] * through + rgba[from + channel];
    }
  }
}

function layersAround(background: readonly number[], under: Standing, over: Standing): Layers {
  const below = backdrop(background);
  const above = new Float32Array(below.length), through = new Float32Array(SIZE * SIZE).fill(1);
  for (const [piece, corner] of under) paste(below, piece, corner);
  for (const [piece, corner] of over) {
    paste(above, piece, corner);
    const { own, inPicture, rgba } = piece;
    for (let k = 0; k < own.length; k++) through[corner + inPicture[k]] *= 1 - rgba[4 * own[k] + 3];
  }
  return { below, above, through };
}

/** The corner at which the piece between the layers comes nearest to the picture: by how much it lessens the error. */
function bestCorner(piece: Piece, { below, above, through }: Layers, picture: Float32Array): number {
  const { rgba, own, inPicture, corners } = piece;
  let best = corners[0], least = Infinity;
  for (const corner of corners) {
    let change = 0;
    for (let k = 0; k < own.length; k++) {
      const from = 4 * own[k], at = corner + inPicture[k], shown = 1 - rgba[from + 3], open = through[at];
      for (let channel = 0; channel < CHANNELS; channel++) {
        const i = at * CHANNELS + channel;
        // Drawings end at white, however far their edges would go beyond.
        const without = Math.min(1, below[i] * open + above[i]) - picture[i];
        const error = Math.min(1, (below[i] * shown + rgba[from + channel]) * open + above[i]) - picture[i];
        change += error * error - without * without;
      }
    }
    if (change < least) [best, least] = [corner, change];
  }
  return best;
}

/**
 * The offsets of the objects in the drawing that is nearest to a picture. Exact for objects that can reach no other;
 * the others start where each alone would be nearest, and are moved one at a time until none gets nearer.
 *
 * @param picture [64, 64, 3], RGB, float32, 0 to 1.
 */
export function nearestOffsets(scene: Scene, picture: Float32Array, sprites: Sprites): Offset[] {
  const background = colorOf(scene), bare = layersAround(background, [], []);
  const pieces = scene.objects.map((object) => pieceOf(object, sprites));
  const corners = pieces.map((piece) => bestCorner(piece, bare, picture));
  const crowded = [...pieces.keys()].filter((i) =>
    pieces.some((other, k) => k !== i && canOverlap(pieces[i], other))
  );
  for (let round = 0, changed = crowded.length > 0; changed && round < MOST_ROUNDS; round++) {
    changed = false;
    for (const i of crowded) {
      const standing = pieces.map((piece, k) => [piece, corners[k]] as const);
      const layers = layersAround(background, standing.slice(0, i), standing.slice(i + 1));
      const corner = bestCorner(pieces[i], layers, picture);
      if (corner !== corners[i]) [corners[i], changed] = [corner, true];
    }
  }
  return pieces.map(({ corners: known, offsets }, i) => offsets[known.indexOf(corners[i])]);
}
