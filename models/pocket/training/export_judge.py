"""Export the judge and what it judges by: the grown world's words and numbers, its objects' drawings, and the network.

    python export_judge.py --icons icons.json --judge judge --out ../judge

Writes world.json, sprites.png, model.onnx (weights stored as f16, as export.py does) and manifest.json, and checks the ONNX file
against PyTorch. Then set the hash that it prints in ../pocket_judge.ts.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import judge as judging
import scenes
import world
from export import compare, store_f16, write_manifest
from pocket import MIN_F16_ELEMENTS

# The sheet of sprites has a row for each object and a column for each size.
SIZES = (20, 24, 28, 34, 40, 48)
MAX_MODEL_BYTES = 2_000_000
# Of 255: a sprite's pixel whose drawing in some tint on some background is further off is chosen anew.
SPRITE_ERROR = 0.9
OPSET = 18


def by_first(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for first, second in sorted(pairs):
        groups.setdefault(first, []).append(second)
    return groups


def describe_world(sprites: world.Sprites) -> dict:
    def about(name: str) -> dict:
        irregular = {"plural": world.PLURALS[name]} if name in world.PLURALS else {}
        return {"first": name in scenes.OBJECTS, "gain": sprites.gains[name]} | irregular

    return {
        "objects": {name: about(name) for name in world.NAMES},
        "colors": {name: list(rgb) for name, rgb in scenes.COLORS.items()},
        "tints": list(world.TINTS),
        "neverTinted": list(world.NEVER_TINTED),
        "naturalTints": {tint: list(names) for tint, names in world.NATURAL_TINTS.items()},
        "heldOut": {
            "pairs": by_first(list(world.HELD_PAIRS)),
            "tints": by_first([(tint, name) for name, tint in world.HELD_TINTS]),
        },
        "numbers": {word: number for number, word in world.NUMBERS.items()},
        "counts": {str(n): {"size": size, "x": [x for x, _ in at], "y": [y for _, y in at]}
                   for n, (at, size) in world.COUNTS.items()},
        "rows": {str(n): {"size": size, "x": list(xs)} for n, (xs, size) in world.ROWS.items()},
        "shares": world.SHARES,
        "sizes": list(SIZES),
        "shading": {"luma": [round(float(v), 6) for v in world.LUMA], "knee": world.KNEE, "gloss": world.GLOSS},
        "judge": {
            "cell": judging.CELL, "grid": judging.GRID, "sizeUnit": judging.SIZE_UNIT, "present": judging.PRESENT,
            "smallBelow": {"alone": judging.SMALL_BELOW[True], "beside": judging.SMALL_BELOW[False]},
            "bigAbove": {"alone": judging.BIG_ABOVE[True], "beside": judging.BIG_ABOVE[False]},
        },
    }


def every_look(pixels: np.ndarray, gain: float) -> np.ndarray:
    """Pixels (N, 4), premultiplied RGBA, plain and in every tint: (N, 7, 4)."""
    tints = [np.array(scenes.COLORS[tint], np.float32) / 255 for tint in world.TINTS]
    return np.stack([pixels] + [world.tinge(pixels, tint, gain) for tint in tints], 1)


def drawing_error(got: np.ndarray, want: np.ndarray) -> np.ndarray:
    """By how much, of 255, a pixel is off at most in any look on any background; looks (N, 7, 4) -> (N,)."""
    difference = got - want
    values = np.array(list(scenes.COLORS.values()), np.float32) / 255
    on = [np.abs(difference[..., :3] - difference[..., 3:] * value).max((1, 2)) for value in (values.min(), values.max())]
    return 255 * np.maximum(*on)


def to_bytes(sprite: np.ndarray, gain: float) -> np.ndarray:
    """A sprite (size, size, 4) as bytes; where rounding would show in a tint, the bytes nearby that show least."""
    pixels = sprite.reshape(-1, 4)
    best = np.round(pixels * 255)
    want = every_look(pixels, gain)
    error = drawing_error(every_look((best / 255).astype(np.float32), gain), want)
    chosen = np.nonzero(error > SPRITE_ERROR)[0]
    if len(chosen):
        for step in itertools.product((-1, 0, 1, 2), repeat=4):
            tried = np.clip(np.floor(pixels[chosen] * 255) + step, 0, 255)
            off = drawing_error(every_look((tried / 255).astype(np.float32), gain), want[chosen])
            better = off < error[chosen]
            error[chosen[better]], best[chosen[better]] = off[better], tried[better]
    assert error.max() < 1, f"a sprite's bytes are off by {error.max()} of 255"
    return best.astype(np.uint8).reshape(sprite.shape)


def sprite_sheet(sprites: world.Sprites) -> Image.Image:
    row = max(SIZES)
    sheet = np.zeros((row * len(world.NAMES), sum(SIZES), 4), np.uint8)
    for i, name in enumerate(world.NAMES):
        left = 0
        for size in SIZES:
            sheet[i * row:i * row + size, left:left + size] = to_bytes(sprites.get(name, size), sprites.gains[name])
            left += size
    return Image.fromarray(sheet, "RGBA")


@torch.no_grad()
def round_to_f16(judge: judging.Judge) -> None:
    """Round to f16 what the file stores as f16."""
    for parameter in judge.parameters():
        if parameter.ndim >= 2 and parameter.numel() >= MIN_F16_ELEMENTS:
            parameter.copy_(parameter.half().float())


def export_model(judge: judging.Judge, path: Path) -> None:
    batch = {0: "batch_size"}
    torch.onnx.export(judge, (torch.zeros(2, 3, scenes.SIZE, scenes.SIZE),), path, dynamo=False, opset_version=OPSET,
                      input_names=["image"], output_names=["objects", "color"],
                      dynamic_axes={"image": batch, "objects": batch, "color": batch})
    store_f16(path)


@torch.no_grad()
def check(judge: judging.Judge, out: Path) -> None:
    generator = torch.Generator().manual_seed(0)
    for batch in (1, 5):
        image = torch.rand(batch, 3, scenes.SIZE, scenes.SIZE, generator=generator) * 2 - 1
        objects, color = judge(image)
        compare(out, {"image": image}, {"objects": objects, "color": color})


def main() -> None:
    parser = argparse.ArgumentParser(description="Export the judge, and the world that it judges.")
    parser.add_argument("--icons", required=True, help="icons.json of @iconify-json/fluent-emoji-flat")
    parser.add_argument("--judge", type=Path, required=True, help="folder with judge.pt")
    parser.add_argument("--out", type=Path, required=True, help="folder to write; what is in it is removed first")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    judge = judging.load_judge(args.judge)
    round_to_f16(judge)
    shutil.rmtree(args.out, ignore_errors=True)
    args.out.mkdir(parents=True)
    sprites = world.Sprites(args.icons)
    (args.out / "world.json").write_text(json.dumps(describe_world(sprites), indent=2) + "\n", "utf-8")
    sprite_sheet(sprites).save(args.out / "sprites.png", optimize=True)
    export_model(judge, args.out / "model.onnx")
    size = (args.out / "model.onnx").stat().st_size
    assert size <= MAX_MODEL_BYTES, f"the judge may have {MAX_MODEL_BYTES} bytes, got {size}"
    print(f"judge's folder {write_manifest(args.out) / 1e6:.2f} MB")
    check(judge, args.out)
    print("manifest.json", hashlib.sha256((args.out / "manifest.json").read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
