"""The judge: a small detector that reads a scene back from an image, so that text alignment can be counted, not guessed.

For an image (B, 3, 64, 64) in [-1, 1] it gives
  objects (B, 91, 16, 16): for each cell of 4x4 pixels the logit that an object's centre is in it, 80 logits of which object, 7 of
    which tint (the last is none), the size in pixels / 32, and the centre's offset from the cell's middle, x and y, in cells;
  color (B, 10): logits of the background's colour.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn as nn
import torch.nn.functional as F

import scenes
import world

COLORS = tuple(scenes.COLORS)
CELL, GRID, SIZE_UNIT = 4, 16, 32
# A centre is a cell whose probability is this large, and the largest of its neighbourhood of 3x3.
PRESENT = 0.4
PARTS = {"presence": 1, "name": len(world.NAMES), "tint": len(world.TINTS) + 1, "size": 1, "offset": 2}


class Seen(NamedTuple):
    name: str
    tint: str | None
    size: float
    x: float
    y: float


def block(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1), nn.GroupNorm(8, outputs), nn.SiLU())


class Judge(nn.Module):
    def __init__(self, c: int = 32):
        super().__init__()
        self.fine = nn.Sequential(block(3, c, 2), block(c, c, 1), block(c, 2 * c, 2), block(2 * c, 2 * c, 1),
                                  block(2 * c, 2 * c, 1))
        self.coarse = nn.Sequential(block(2 * c, 4 * c, 2), block(4 * c, 4 * c, 1), block(4 * c, 4 * c, 1))
        self.join = nn.Sequential(nn.Conv2d(6 * c, 3 * c, 1), block(3 * c, 3 * c, 1))
        self.objects = nn.Conv2d(3 * c, sum(PARTS.values()), 1)
        self.color = nn.Linear(4 * c, len(COLORS))
        nn.init.constant_(self.objects.bias[:1], -4.0)

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        fine = self.fine(image)
        coarse = self.coarse(fine)
        wide = F.interpolate(coarse, scale_factor=2.0, mode="nearest")
        return self.objects(self.join(torch.cat([fine, wide], 1))), self.color(coarse.mean((2, 3)))


def load_judge(folder: Path) -> Judge:
    judge = Judge()
    judge.load_state_dict(torch.load(folder / "judge.pt", weights_only=True))
    return judge.eval()


def parts_of(objects: torch.Tensor) -> dict[str, torch.Tensor]:
    return dict(zip(PARTS, objects.split(tuple(PARTS.values()), 1), strict=True))


@torch.no_grad()
def read(judge: Judge, images: torch.Tensor) -> list[tuple[list[Seen], str]]:
    """For each image the objects it shows, and its background's colour."""
    objects, color = judge(images)
    parts = parts_of(objects)
    present = parts["presence"].sigmoid()
    peak = (present >= PRESENT) & (present == F.max_pool2d(present, 3, 1, 1))
    tints = (*world.TINTS, None)
    found: list[list[Seen]] = [[] for _ in images]
    for b, _, row, column in peak.nonzero().tolist():
        at = {name: part[b, :, row, column] for name, part in parts.items()}
        x, y = (at["offset"] + torch.tensor([column + 0.5, row + 0.5])).mul(CELL).tolist()
        found[b].append(Seen(world.NAMES[at["name"].argmax()], tints[at["tint"].argmax()],
                             at["size"].item() * SIZE_UNIT, x, y))
    return [(seen, COLORS[c]) for seen, c in zip(found, color.argmax(-1).tolist(), strict=True)]


class Verdict(NamedTuple):
    """`right`: every object in its place, in its tint and said size, and nothing else; `anywhere`: wherever they stand."""
    right: bool
    anywhere: bool
    color: bool


# Between what "a small" one is drawn at and what goes unsaid, and between that and "a big" one; alone in the picture or not.
SMALL_BELOW, BIG_ABOVE = {True: 32, False: 24}, {True: 44, False: 31}


def fits(thing: world.Thing, seen: Seen, alone: bool) -> bool:
    """Whether it is the thing that was asked for, wherever it stands."""
    if (thing.name, thing.tint) != (seen.name, seen.tint):
        return False
    said = thing.said_size
    return said is None or (seen.size < SMALL_BELOW[alone] if said == "small" else seen.size > BIG_ABOVE[alone])


def verdict(scene: world.Scene, seen: list[Seen], color: str) -> Verdict:
    def every(where: bool) -> bool:
        left, alone = list(seen), len(scene.things) == 1
        for thing in scene.things:
            match = next((s for s in left if fits(thing, s, alone)
                          and (not where or world.place(s.x, s.y) == world.place(thing.x, thing.y))), None)
            if match is None:
                return False
            left.remove(match)
        return not left
    return Verdict(every(True), every(False), color == scene.color)


def judge_all(judge: Judge, images: torch.Tensor, batch: list[world.Scene]) -> list[Verdict]:
    return [verdict(scene, *seen) for scene, seen in zip(batch, read(judge, images), strict=True)]
