"""Scenes of emoji on plain backgrounds, each with the caption that describes it.

Icons: Microsoft Fluent Emoji Flat (MIT), from the npm package @iconify-json/fluent-emoji-flat.
A scene is one or two objects, each at a place, on one background colour; 64 x 64 RGB.

    python scenes.py icons.json sheet.png     # draws 64 scenes and prints the captions of the first 16
"""

from __future__ import annotations

import argparse
import io
import json
import random
from collections.abc import Iterable

import numpy as np
from PIL import Image

SIZE = 64

# Name in captions -> icon's name in the package.
OBJECTS = {
    "cat": "cat-face", "dog": "dog-face", "fox": "fox", "panda": "panda", "pig": "pig-face",
    "rabbit": "rabbit-face", "tiger": "tiger-face", "frog": "frog", "penguin": "penguin", "owl": "owl",
    "fish": "tropical-fish", "octopus": "octopus", "crab": "crab", "turtle": "turtle", "butterfly": "butterfly",
    "ladybug": "lady-beetle", "snail": "snail", "whale": "spouting-whale", "chick": "front-facing-baby-chick",
    "bear": "bear", "apple": "red-apple", "green apple": "green-apple", "lemon": "lemon",
    "tangerine": "tangerine", "banana": "banana", "strawberry": "strawberry", "cherry": "cherries",
    "watermelon": "watermelon", "pineapple": "pineapple", "carrot": "carrot", "mushroom": "mushroom",
    "pizza": "pizza", "hamburger": "hamburger", "donut": "doughnut", "cupcake": "cupcake", "cookie": "cookie",
    "avocado": "avocado", "egg": "egg", "star": "star", "heart": "red-heart", "sun": "sun-with-face",
    "moon": "crescent-moon", "cloud": "cloud", "rainbow": "rainbow", "flame": "fire",
    "snowman": "snowman-without-snow", "house": "house", "tree": "deciduous-tree", "cactus": "cactus",
    "sunflower": "sunflower", "tulip": "tulip", "car": "automobile", "bus": "bus", "rocket": "rocket",
    "sailboat": "sailboat", "balloon": "balloon", "gift": "wrapped-gift", "key": "key",
    "umbrella": "closed-umbrella", "guitar": "guitar", "ball": "soccer-ball", "crown": "crown",
    "robot": "robot", "ghost": "ghost",
}
COLORS = {
    "white": (250, 250, 250), "black": (24, 24, 28), "gray": (150, 152, 158), "red": (214, 62, 58),
    "orange": (245, 156, 66), "yellow": (250, 222, 98), "green": (98, 178, 92), "blue": (74, 124, 216),
    "purple": (148, 98, 200), "pink": (246, 168, 196),
}
PLACES = {"left": (18, 32), "right": (46, 32), "top": (32, 18), "bottom": (32, 46), "middle": (32, 32)}
# Relation -> places of the first and of the second object.
RELATIONS = {
    "left of": ("left", "right"), "right of": ("right", "left"),
    "above": ("top", "bottom"), "below": ("bottom", "top"),
}

Icons = dict[str, dict[int, np.ndarray]]


class Scene(dict):
    """objects: [(name, size, cx, cy)]; color; caption; relation (None for one object)."""


def load_icons(path: str, sizes: Iterable[int] = range(20, 50, 2), objects: dict[str, str] = OBJECTS) -> Icons:
    """{object: {size: float32 RGBA, premultiplied, (size, size, 4)}}"""
    import resvg_py

    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    icons: Icons = {}
    for name, icon in objects.items():
        body = data["icons"][icon]["body"]
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256" viewBox="0 0 32 32">{body}</svg>'
        png = resvg_py.svg_to_bytes(svg_string=svg)
        rgba = np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGBA"), np.float32) / 255
        rgba[..., :3] *= rgba[..., 3:]
        icons[name] = {size: shrink(rgba, size) for size in sizes}
    return icons


def shrink(rgba: np.ndarray, size: int) -> np.ndarray:
    kind = Image.BOX if size < 24 else Image.LANCZOS
    channels = [np.asarray(Image.fromarray(rgba[..., c]).resize((size, size), kind)) for c in range(4)]
    return np.clip(np.stack(channels, -1), 0, 1)


def article(name: str) -> str:
    return ("an " if name[0] in "aeiou" else "a ") + name


def random_scene(rng: random.Random, names=tuple(OBJECTS), colors=tuple(COLORS), two: float = 0.6) -> Scene:
    color = rng.choice(colors)
    # A caption that names no colour means a white background.
    said_color = rng.random() < 0.8
    if not said_color:
        color = "white"
    tail = f" on {article(color)} background" if said_color else ""
    build = two_objects if rng.random() < two else one_object
    caption, objects, relation = build(rng, names)
    return Scene(caption=caption + tail, objects=objects, color=color, relation=relation)


def two_objects(rng: random.Random, names) -> tuple[str, list, str]:
    a, b = rng.sample(names, 2)
    relation = rng.choice(tuple(RELATIONS))
    if rng.random() < 0.25:  # no relation said: side by side, in the order of the words
        relation, caption = "and", f"{article(a)} and {article(b)}"
        first, second = RELATIONS["left of"]
    else:
        caption = f"{article(a)} {relation} {article(b)}"
        first, second = RELATIONS[relation]
    return caption, [(a, 28, *PLACES[first]), (b, 28, *PLACES[second])], relation


def one_object(rng: random.Random, names) -> tuple[str, list, None]:
    a = rng.choice(names)
    kind = rng.random()
    if kind < 0.4:
        return article(a), [(a, 40, *PLACES["middle"])], None
    if kind < 0.6:
        return f"a big {a}", [(a, 48, *PLACES["middle"])], None
    if kind < 0.8:
        return f"a small {a}", [(a, 24, *PLACES["middle"])], None
    place = rng.choice(("left", "right", "top", "bottom"))
    return f"{article(a)} at the {place}", [(a, 28, *PLACES[place])], None


def draw(scene: Scene, icons: Icons, rng: random.Random) -> np.ndarray:
    """(64, 64, 3) in [0, 1]; every object moves by up to two pixels."""
    image = np.empty((SIZE, SIZE, 3), np.float32)
    image[:] = np.array(COLORS[scene["color"]], np.float32) / 255
    for name, size, cx, cy in scene["objects"]:
        rgba = icons[name][size]
        x = cx - size // 2 + rng.randint(-2, 2)
        y = cy - size // 2 + rng.randint(-2, 2)
        x, y = max(0, min(SIZE - size, x)), max(0, min(SIZE - size, y))
        patch = image[y:y + size, x:x + size]
        patch *= 1 - rgba[..., 3:]
        patch += rgba[..., :3]
    return image


def batch(n: int, icons: Icons, rng: random.Random, names=tuple(OBJECTS)) -> tuple[np.ndarray, list[Scene]]:
    """-> images (n, 3, 64, 64) float32 in [-1, 1], and their scenes"""
    images = np.empty((n, SIZE, SIZE, 3), np.float32)
    scenes = []
    for i in range(n):
        scene = random_scene(rng, names)
        images[i] = draw(scene, icons, rng)
        scenes.append(scene)
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2)) * 2 - 1, scenes


def contact_sheet(images: np.ndarray, columns: int, scale: int = 2) -> Image.Image:
    """images (n, 3, H, W) in [-1, 1], n a multiple of `columns`, as one picture."""
    n, _, h, w = images.shape
    pixels = ((images + 1) * 127.5).clip(0, 255).astype(np.uint8).transpose(0, 2, 3, 1)
    grid = pixels.reshape(n // columns, columns, h, w, 3).transpose(0, 2, 1, 3, 4)
    sheet = Image.fromarray(grid.reshape(n // columns * h, columns * w, 3))
    return sheet.resize((sheet.width * scale, sheet.height * scale), Image.NEAREST)


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw 64 random scenes.")
    parser.add_argument("icons", help="icons.json of @iconify-json/fluent-emoji-flat")
    parser.add_argument("out", help="PNG file to write")
    args = parser.parse_args()
    images, scenes = batch(64, load_icons(args.icons), random.Random(0))
    contact_sheet(images, 8).save(args.out)
    print("\n".join(scene["caption"] for scene in scenes[:16]))


if __name__ == "__main__":
    main()
