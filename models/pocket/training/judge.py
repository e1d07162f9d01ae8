"""The judge: a small CNN that reads a scene back from an image, so that text alignment can be counted, not guessed.

For an image (B, 3, 64, 64) in [-1, 1]: logits (B, 5, 65) for what stands at left, right, top, bottom and in the middle (the last
class is "nothing"), and logits (B, 10) for the background's colour.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn as nn

import scenes

NAMES, COLORS, SLOTS = list(scenes.OBJECTS), list(scenes.COLORS), list(scenes.PLACES)
NOTHING = len(NAMES)


def block(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1), nn.GroupNorm(8, outputs), nn.SiLU())


class Judge(nn.Module):
    def __init__(self, c: int = 32):
        super().__init__()
        self.body = nn.Sequential(block(3, c, 2), block(c, c, 1), block(c, 2 * c, 2), block(2 * c, 2 * c, 1),
                                  block(2 * c, 4 * c, 2), block(4 * c, 4 * c, 1), block(4 * c, 4 * c, 1))
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(4 * c * 64, 256), nn.SiLU())
        self.objects = nn.Linear(256, len(SLOTS) * (len(NAMES) + 1))
        self.color = nn.Linear(256, len(COLORS))

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        h = self.head(self.body(image))
        return self.objects(h).view(-1, len(SLOTS), len(NAMES) + 1), self.color(h)


def load_judge(folder: Path) -> Judge:
    judge = Judge()
    judge.load_state_dict(torch.load(folder / "judge.pt", weights_only=True))
    return judge.eval()


def labels(batch: list[scenes.Scene]) -> tuple[torch.Tensor, torch.Tensor]:
    """What stands in each slot (B, 5), and the background's colour (B,), as class numbers."""
    slot_at = {place: i for i, place in enumerate(scenes.PLACES.values())}
    objects = torch.full((len(batch), len(SLOTS)), NOTHING)
    for i, scene in enumerate(batch):
        for name, _, cx, cy in scene["objects"]:
            objects[i, slot_at[cx, cy]] = NAMES.index(name)
    return objects, torch.tensor([COLORS.index(scene["color"]) for scene in batch])


def correct(judge: Judge, images: torch.Tensor, batch: list[scenes.Scene]) -> tuple[torch.Tensor, torch.Tensor]:
    """Whether each image shows every object of its scene in its place, and nothing else; and whether its background is right."""
    objects, colors = labels(batch)
    seen, background = judge(images)
    return (seen.argmax(-1) == objects).all(-1), background.argmax(-1) == colors
