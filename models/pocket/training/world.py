"""The grown world: one to six objects in chains of relations and in rows, counts, tints and sizes. The grammar of scenes.py is a
part of it, word for word.

    python world.py icons.json sheet.png     # draws 64 scenes and prints their captions

Some pairs of objects and some tints of objects are held out: they never occur in training, so that binding what was never seen
together can be measured.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

import scenes
from scenes import COLORS, RELATIONS, SIZE, article, contact_sheet

NEW_OBJECTS = {
    "lion": "lion", "koala": "koala", "monkey": "monkey-face", "zebra": "zebra", "elephant": "elephant", "bee": "honeybee",
    "duck": "duck", "pear": "pear", "peach": "peach", "pretzel": "pretzel", "bell": "bell", "airplane": "airplane",
    "train": "locomotive", "clock": "alarm-clock", "diamond": "gem-stone", "pumpkin": "jack-o-lantern",
}
OBJECTS = scenes.OBJECTS | NEW_OBJECTS
NAMES = tuple(OBJECTS)
PLURALS = {
    "fox": "foxes", "fish": "fish", "octopus": "octopuses", "butterfly": "butterflies", "ladybug": "ladybugs",
    "strawberry": "strawberries", "cherry": "cherries", "snowman": "snowmen", "cactus": "cactuses", "bus": "buses",
    "peach": "peaches", "monkey": "monkeys",
}
NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
TINTS = ("red", "yellow", "green", "blue", "purple", "pink")
# Objects that a tint would turn into another one ("a green apple"), and tints that an object nearly has by nature: drawn in it, it
# would change by less than a tenth.
NEVER_TINTED = ("apple", "green apple")
NATURAL_TINTS = {
    "red": ("monkey", "owl", "heart", "crab"), "green": ("frog", "cactus", "turtle"), "purple": ("umbrella", "robot"),
    "pink": ("penguin", "panda", "zebra", "pig"),
    "yellow": ("egg", "chick", "moon", "star", "lemon", "key", "cookie", "bell", "pineapple", "dog", "pizza", "banana", "sun"),
}

HORIZONTAL, VERTICAL = ("left of", "right of"), ("above", "below")
OPPOSITE = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
NEAR, FAR, CENTER = (18, 46), (12, 52), 32
ROW3 = (12, 32, 52)
# Number of equal objects -> where they stand, and their size.
COUNTS = {
    2: ([(18, 32), (46, 32)], 28), 3: ([(18, 18), (46, 18), (32, 46)], 28),
    4: ([(18, 18), (46, 18), (18, 46), (46, 46)], 28),
    5: ([(12, 12), (52, 12), (32, 32), (12, 52), (52, 52)], 20),
    6: ([(x, y) for y in NEAR for x in ROW3], 20),
}
# Number of objects in a row -> their x, and their size.
ROWS = {1: ((CENTER,), 28), 2: (NEAR, 28), 3: (ROW3, 20)}
BIG, SMALL = 34, 20

HELD_OUT_SHARE = 0.1


class Thing(NamedTuple):
    name: str
    size: int
    x: int
    y: int
    tint: str | None = None
    said_size: str | None = None


class Scene(NamedTuple):
    kind: str
    caption: str
    things: tuple[Thing, ...]
    color: str


def place(x: float, y: float) -> str:
    """The name of where a centre stands: "top left" ... "middle" ... "bottom right"."""
    row = "top" if y < 25 else "bottom" if y > 39 else ""
    column = "left" if x < 25 else "right" if x > 39 else ""
    return f"{row} {column}".strip() or "middle"


def plural(name: str) -> str:
    return PLURALS.get(name, name + "s")


def held_out_pairs() -> frozenset[tuple[str, str]]:
    """A tenth of all pairs, each with a new object in it: earlier weights have seen every pair of the old ones."""
    pairs = [p for p in itertools.combinations(sorted(OBJECTS), 2) if p[0] in NEW_OBJECTS or p[1] in NEW_OBJECTS]
    total = len(OBJECTS) * (len(OBJECTS) - 1) // 2
    return frozenset(random.Random(7).sample(pairs, round(HELD_OUT_SHARE * total)))


def takes(name: str, tint: str) -> bool:
    """Whether the object is ever drawn in this tint."""
    return name not in NEVER_TINTED and name not in NATURAL_TINTS.get(tint, ())


def held_out_tints() -> frozenset[tuple[str, str]]:
    pairs = [(name, tint) for name in NAMES for tint in TINTS if takes(name, tint)]
    return frozenset(random.Random(8).sample(pairs, round(HELD_OUT_SHARE * len(pairs))))


HELD_PAIRS, HELD_TINTS = held_out_pairs(), held_out_tints()


def held_out(scene: Scene) -> bool:
    """Whether the scene shows a pair of objects, or an object in a tint, that training never does."""
    names = sorted({t.name for t in scene.things})
    return (any(pair in HELD_PAIRS for pair in itertools.combinations(names, 2))
            or any((t.name, t.tint) in HELD_TINTS for t in scene.things if t.tint))


# Each kind: rng, names -> caption without the background, things.
Built = tuple[str, list[Thing]]


def one(rng: random.Random, names: Sequence[str]) -> Built:
    caption, objects, _ = scenes.one_object(rng, names)
    word = next((w for w in ("big", "small") if caption.startswith(f"a {w} ")), None)
    return caption, [Thing(*o, said_size=word) for o in objects]


def two(rng: random.Random, names: Sequence[str]) -> Built:
    caption, objects, _ = scenes.two_objects(rng, names)
    return caption, [Thing(*o) for o in objects]


def beside(relation: str) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where the two objects of a relation stand, alone in the picture; "and" is left of."""
    first, second = RELATIONS["left of" if relation == "and" else relation]
    return scenes.PLACES[first], scenes.PLACES[second]


def quarter(relation: str) -> int:
    """The coordinate, near its start or its end, of whatever stands in this relation to something."""
    return NEAR[0] if relation in ("left of", "above", "and") else NEAR[1]


def corner(horizontal: str, vertical: str) -> tuple[int, int]:
    return quarter(horizontal), quarter(vertical)


def three(rng: random.Random, names: Sequence[str]) -> Built:
    a, b, c = rng.sample(names, 3)
    form = rng.choice(("list", "line", "chain", "chain", "both", "both"))
    if form == "list":
        return f"{article(a)}, {article(b)} and {article(c)}", [Thing(n, 20, x, CENTER) for n, x in zip((a, b, c), ROW3)]
    if form == "line":
        relation = rng.choice(tuple(RELATIONS))
        order = ROW3 if relation in ("left of", "above") else ROW3[::-1]
        at = [(v, CENTER) if relation in HORIZONTAL else (CENTER, v) for v in order]
        return (f"{article(a)} {relation} {article(b)} {relation} {article(c)}",
                [Thing(n, 20, x, y) for n, (x, y) in zip((a, b, c), at)])
    h, v = rng.choice(HORIZONTAL), rng.choice(VERTICAL)
    across = rng.random() < 0.5  # whether the horizontal relation is said first
    first, second = (h, v) if across else (v, h)
    if form == "both":  # a stands in both relations
        caption = f"{article(a)} {first} {article(b)} and {second} {article(c)}"
        pivot, beside_it, over_it = corner(h, v), corner(OPPOSITE[h], v), corner(h, OPPOSITE[v])
        b_at, c_at = (beside_it, over_it) if across else (over_it, beside_it)
        return caption, [Thing(a, 28, *pivot), Thing(b, 28, *b_at), Thing(c, 28, *c_at)]
    caption = f"{article(a)} {first} {article(b)} {second} {article(c)}"
    if across:  # b is on the other side of a, and stands v to c
        at = corner(h, v), corner(OPPOSITE[h], v), corner(OPPOSITE[h], OPPOSITE[v])
    else:
        at = corner(h, v), corner(h, OPPOSITE[v]), corner(OPPOSITE[h], OPPOSITE[v])
    return caption, [Thing(n, 28, *xy) for n, xy in zip((a, b, c), at)]


def four(rng: random.Random, names: Sequence[str]) -> Built:
    """Two pairs, one above the other, or one beside the other."""
    a, b, c, d = rng.sample(names, 4)
    if rng.random() < 0.6:
        inner, outer = (*HORIZONTAL, "and"), VERTICAL
    else:
        inner, outer = VERTICAL, HORIZONTAL
    first, between, last = rng.choice(inner), rng.choice(outer), rng.choice(inner)
    caption = f"{article(a)} {first} {article(b)} {between} {article(c)} {last} {article(d)}"
    things = []
    for names2, relation, pair in (((a, b), first, between), ((c, d), last, OPPOSITE[between])):
        other = OPPOSITE.get(relation, "right of")
        for name, inside in zip(names2, (relation, other)):
            things.append(Thing(name, 28, *(corner(inside, pair) if inner != VERTICAL else corner(pair, inside))))
    return caption, things


def bound(rng: random.Random, names: Sequence[str]) -> Built:
    """Three or four objects in a square, most of them tinted: each colour must find its object."""
    caption, things = (four if rng.random() < 0.7 else square_of_three)(rng, names)
    return tint_most(rng, caption, things)


def square_of_three(rng: random.Random, names: Sequence[str]) -> Built:
    while True:
        caption, things = three(rng, names)
        if things[0].size != ROWS[3][1]:
            return caption, things


def five(rng: random.Random, names: Sequence[str]) -> Built:
    """A row of three objects and a row of two, some of them tinted."""
    picked = rng.sample(names, 5)
    relation = rng.choice(VERTICAL)
    return two_rows(rng, relation, picked, rng.choice((2, 3)))


def six(rng: random.Random, names: Sequence[str]) -> Built:
    """Two rows of three objects, some of them tinted, in so few words that a background can be said as well."""
    while True:
        picked = rng.sample(names, 6)
        caption, things = two_rows(rng, rng.choice(VERTICAL), picked, 3)
        if len(re.findall(r"\w+|,", caption)) <= MOST_WORDS:
            return caption, things


# With the four of a background and the two ends, what the text encoder reads.
MOST_WORDS = 26


def two_rows(rng: random.Random, relation: str, picked: Sequence[str], first: int) -> Built:
    rows = picked[:first], picked[first:]
    things = []
    for row, side in zip(rows, (relation, OPPOSITE[relation])):
        xs, size = ROWS[len(row)]
        things += [Thing(name, size, x, quarter(side)) for name, x in zip(row, xs)]
    return tint_most(rng, f" {relation} ".join(listed(row) for row in rows), things)


def listed(names: Sequence[str]) -> str:
    said = [article(name) for name in names]
    return f"{', '.join(said[:-1])} and {said[-1]}"


def tint_most(rng: random.Random, caption: str, things: list[Thing]) -> Built:
    """Gives each object a tint of its own with probability 0.6, where it takes one; at least one gets one."""
    while True:
        free = list(TINTS)
        rng.shuffle(free)
        tinted_things, said = [], caption
        for t in things:
            color = next((c for c in free if takes(t.name, c)), None) if rng.random() < 0.6 else None
            if color:
                free.remove(color)
                said = re.sub(rf"\b{article(t.name)}\b", f"a {color} {t.name}", said, count=1)
            tinted_things.append(t._replace(tint=color))
        if said != caption:
            return said, tinted_things


def count(rng: random.Random, names: Sequence[str]) -> Built:
    name, n = rng.choice(names), rng.choice(tuple(NUMBERS))
    at, size = COUNTS[n]
    return f"{NUMBERS[n]} {plural(name)}", [Thing(name, size, x, y) for x, y in at]


def counts(rng: random.Random, names: Sequence[str]) -> Built:
    """A row of one to three equal objects above or below a row of others; not one and one."""
    a, b = rng.sample(names, 2)
    n, m = rng.choice([(n, m) for n in ROWS for m in ROWS if n + m > 2])
    relation = rng.choice(VERTICAL)
    things = []
    for name, number, side in ((a, n, relation), (b, m, OPPOSITE[relation])):
        xs, size = ROWS[number]
        things += [Thing(name, size, x, quarter(side)) for x in xs]
    return f"{several(n, a)} {relation} {several(m, b)}", things


def several(n: int, name: str) -> str:
    return article(name) if n == 1 else f"{NUMBERS[n]} {plural(name)}"


def tint(rng: random.Random, names: Sequence[str]) -> Built:
    name, color = tinted(rng, names)
    word, size = rng.choice(((None, 40), (None, 40), ("big", 48), ("small", 24)))
    said = f"a {word} {color} {name}" if word else f"a {color} {name}"
    return said, [Thing(name, size, CENTER, CENTER, color, word)]


def tints(rng: random.Random, names: Sequence[str]) -> Built:
    """Two objects, one of them tinted, or both in two tints."""
    while True:
        a, b = (tinted(rng, names) for _ in range(2))
        if a[0] != b[0] and a[1] != b[1]:
            break
    which = rng.choice(("first", "second", "both", "both"))
    a, b = (a if which != "second" else (a[0], None)), (b if which != "first" else (b[0], None))
    relation = rng.choice((*RELATIONS, "and"))
    said = [f"a {color} {name}" if color else article(name) for name, color in (a, b)]
    return (f"{said[0]} {relation} {said[1]}",
            [Thing(name, 28, *xy, color) for (name, color), xy in zip((a, b), beside(relation))])


def tinted(rng: random.Random, names: Sequence[str]) -> tuple[str, str]:
    while True:
        name, color = rng.choice(names), rng.choice(TINTS)
        if takes(name, color):
            return name, color


def sizes(rng: random.Random, names: Sequence[str]) -> Built:
    pair = rng.sample(names, 2)
    words = rng.choice((("big", "small"), ("small", "big"), ("small", None), (None, "small"), ("small", "small")))
    relation = rng.choice((*RELATIONS, "and"))
    said = [f"a {word} {name}" if word else article(name) for name, word in zip(pair, words)]
    pixels = {"big": BIG, "small": SMALL, None: 28}
    return (f"{said[0]} {relation} {said[1]}",
            [Thing(name, pixels[word], *xy, None, word) for name, word, xy in zip(pair, words, beside(relation))])


KINDS: dict[str, Callable[[random.Random, Sequence[str]], Built]] = {
    "one": one, "two": two, "three": three, "four": four, "count": count, "counts": counts, "tint": tint, "tints": tints,
    "sizes": sizes, "bound": bound, "five": five, "six": six,
}
SHARES = {"one": 8, "two": 10, "three": 12, "four": 12, "count": 6, "counts": 8, "tint": 4, "tints": 10, "sizes": 5, "bound": 14,
          "five": 11, "six": 14}


def any_scene(rng: random.Random, names: Sequence[str] = NAMES, kinds: dict[str, int] = SHARES) -> Scene:
    """A scene, held out or not."""
    kind = rng.choices(tuple(kinds), tuple(kinds.values()))[0]
    caption, things = KINDS[kind](rng, names)
    said = rng.random() < 0.8  # a caption that names no colour means a white background
    color = rng.choice([c for c in COLORS if c not in {t.tint for t in things}]) if said else "white"
    return Scene(kind, caption + (f" on {article(color)} background" if said else ""), tuple(things), color)


def random_scene(rng: random.Random, held: bool = False, kinds: dict[str, int] = SHARES) -> Scene:
    """A scene for training, or, with `held`, one that training never shows."""
    while True:
        scene = any_scene(rng, kinds=kinds)
        if held_out(scene) == held:
            return scene


class Sprites:
    """{(object, size, tint): float32 RGBA, premultiplied, (size, size, 4)}"""

    def __init__(self, path: str | Path):
        self.icons = scenes.load_icons(path, (SMALL, 24, 28, BIG, 40, 48), OBJECTS)
        self.gains = {name: gain(sizes[48]) for name, sizes in self.icons.items()}
        self.tinted: dict[tuple[str, int, str], np.ndarray] = {}

    def get(self, name: str, size: int, color: str | None = None) -> np.ndarray:
        plain = self.icons[name][size]
        if color is None:
            return plain
        key = name, size, color
        if key not in self.tinted:
            self.tinted[key] = tinge(plain, np.array(COLORS[color], np.float32) / 255, self.gains[name])
        return self.tinted[key]


LUMA = np.array([0.299, 0.587, 0.114], np.float32)
# The mean lightness that a tinted icon is brought to, and from where on its lights go to white.
LIGHTNESS, KNEE, GLOSS = 0.7, 0.75, 0.6


def gain(rgba: np.ndarray) -> float:
    return float(LIGHTNESS * rgba[..., 3].sum() / (rgba[..., :3] @ LUMA).sum())


def tinge(rgba: np.ndarray, color: np.ndarray, gain: float) -> np.ndarray:
    """The icon in shades of one colour: its darks stay black, its lights go towards white."""
    alpha = rgba[..., 3:]
    light = np.clip(gain * (rgba[..., :3] @ LUMA)[..., None] / np.maximum(alpha, 1e-6), 0, 1)
    shade = color * np.minimum(1, light / KNEE)
    shade = shade + (1 - shade) * GLOSS * np.maximum(0, (light - KNEE) / (1 - KNEE))
    return np.concatenate([shade * alpha, alpha], -1).astype(np.float32)


def jitter(size: int) -> int:
    """By how many pixels a drawing may move an object, in x and in y."""
    return 1 if size <= SMALL else 2


def paste(image: np.ndarray, rgba: np.ndarray, x: int, y: int) -> None:
    """Draw a sprite with its centre at (x, y), moved inside the picture."""
    size = len(rgba)
    left, top = (max(0, min(SIZE - size, v - size // 2)) for v in (x, y))
    patch = image[top:top + size, left:left + size]
    patch *= 1 - rgba[..., 3:]
    patch += rgba[..., :3]


def draw_still(scene: Scene, sprites: Sprites) -> np.ndarray:
    """(64, 64, 3) in [0, 1], every object where it is said to stand."""
    image = np.empty((SIZE, SIZE, 3), np.float32)
    image[:] = np.array(COLORS[scene.color], np.float32) / 255
    for t in scene.things:
        paste(image, sprites.get(t.name, t.size, t.tint), t.x, t.y)
    return image


def draw(scene: Scene, sprites: Sprites, rng: random.Random) -> np.ndarray:
    """(64, 64, 3) in [0, 1], every object moved a little."""
    moved = []
    for t in scene.things:
        j = jitter(t.size)
        moved.append(t._replace(x=t.x + rng.randint(-j, j), y=t.y + rng.randint(-j, j)))
    return draw_still(scene._replace(things=tuple(moved)), sprites)


def nearest_drawing(scene: Scene, image: np.ndarray, sprites: Sprites) -> np.ndarray:
    """Of the drawings that `draw` can make of the scene the one nearest to the image; both (64, 64, 3) in [0, 1]."""
    things = list(scene.things)
    for _ in range(2):  # a second time, as objects that overlap were fitted beside others' first places
        for i, t in enumerate(things):
            others = draw_still(scene._replace(things=tuple(u for u in things if u is not t)), sprites)
            original, rgba = scene.things[i], sprites.get(t.name, t.size, t.tint)
            reach = range(-jitter(t.size), jitter(t.size) + 1)

            def error(x: int, y: int) -> float:
                trial = others.copy()
                paste(trial, rgba, x, y)
                return float(((trial - image) ** 2).sum())

            x, y = min(((original.x + dx, original.y + dy) for dy in reach for dx in reach), key=lambda at: error(*at))
            things[i] = t._replace(x=x, y=y)
    return draw_still(scene._replace(things=tuple(things)), sprites)


def spoilt(scene: Scene, rng: random.Random) -> list[Scene]:
    """The scene with one thing wrong: two different objects exchanged, one left out, one in another's stead, a tint changed."""
    things, wrong = list(scene.things), []
    one = rng.randrange(len(things))
    wrong.append([t for i, t in enumerate(things) if i != one])
    stranger = rng.choice([n for n in NAMES if n not in {t.name for t in things}])
    wrong.append([t._replace(name=stranger) if i == one else t for i, t in enumerate(things)])
    if tinted_things := [t for t in things if t.tint]:
        t = rng.choice(tinted_things)
        other = rng.choice([c for c in (*TINTS, None) if c not in (t.tint, scene.color)])
        wrong.append([t._replace(tint=other) if u is t else u for u in things])
    other = next((i for i, t in enumerate(things) if (t.name, t.tint) != (things[one].name, things[one].tint)), None)
    if other is not None:
        a, b = things[one], things[other]
        swapped = {one: a._replace(name=b.name, tint=b.tint), other: b._replace(name=a.name, tint=a.tint)}
        wrong.append([swapped.get(i, t) for i, t in enumerate(things)])
    return [scene._replace(things=tuple(w)) for w in wrong]


def batch(n: int, sprites: Sprites, rng: random.Random, held: bool = False) -> tuple[np.ndarray, list[Scene]]:
    """-> images (n, 3, 64, 64) float32 in [-1, 1], and their scenes"""
    drawn = [random_scene(rng, held) for _ in range(n)]
    images = np.stack([draw(scene, sprites, rng) for scene in drawn])
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2)) * 2 - 1, drawn


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw 64 random scenes.")
    parser.add_argument("icons", help="icons.json of @iconify-json/fluent-emoji-flat")
    parser.add_argument("out", help="PNG file to write")
    args = parser.parse_args()
    images, drawn = batch(64, Sprites(args.icons), random.Random(0))
    contact_sheet(images, 8).save(args.out)
    print("\n".join(f"{s.kind:7s} {s.caption}" for s in drawn))


if __name__ == "__main__":
    main()
