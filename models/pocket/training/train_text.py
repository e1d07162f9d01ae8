"""Teach the text encoder the layout, before or between the trainings of the U-Net: cheap, on captions alone.

CLIP's encoder is causal: the first object's token cannot know the relation that follows it, and the U-Net then learns which
objects to draw long before it learns where. The last tokens of the context see the whole caption, so each is taught one fact: what
stands at one of nine places, in which tint and size, and the background's colour. The states of a caption's own tokens are held to
what they were where the old encoder knew its words, so that a trained U-Net keeps working.

    python train_text.py --model model --out model2 --seconds 240
"""

from __future__ import annotations

import argparse
import random
import shutil
import time
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as F
from transformers import CLIPTextModel, CLIPTokenizer

import scenes
import world

PEAK_LR = 1e-3
COLORS = tuple(scenes.COLORS)
SIZES = (world.SMALL, 24, 28, world.BIG, 40, 48)
# In the order of the last tokens; the colour comes after them. The last five were there before the world grew.
PLACES = ("top left", "top right", "bottom left", "bottom right", "left", "right", "top", "bottom", "middle")
# What a place holds, as class numbers; the last class of each is "nothing", or "no tint".
CLASSES = {"name": len(world.NAMES) + 1, "tint": len(world.TINTS) + 1, "size": len(SIZES) + 1}


def labels(batch: list[world.Scene]) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """For each fact the class at every place (B, 9); and the background's colour (B,)."""
    facts = {fact: torch.full((len(batch), len(PLACES)), n - 1) for fact, n in CLASSES.items()}
    for i, scene in enumerate(batch):
        for t in scene.things:
            p = PLACES.index(world.place(t.x, t.y))
            facts["name"][i, p] = world.NAMES.index(t.name)
            facts["size"][i, p] = SIZES.index(t.size)
            if t.tint:
                facts["tint"][i, p] = world.TINTS.index(t.tint)
    return facts, torch.tensor([COLORS.index(scene.color) for scene in batch])


class Layout(nn.Module):
    """Linear readers of the last tokens' states: they exist for training alone."""

    def __init__(self, width: int, length: int):
        super().__init__()
        self.first = length - len(PLACES) - 1
        self.heads = nn.ModuleDict({fact: nn.ModuleList(nn.Linear(width, n) for _ in PLACES)
                                    for fact, n in CLASSES.items()})
        self.color = nn.Linear(width, len(COLORS))

    def forward(self, states: torch.Tensor) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """Logits (B, 9, classes) for each fact, and (B, 10) for the background's colour."""
        read = {fact: torch.stack([head(states[:, self.first + i]) for i, head in enumerate(heads)], 1)
                for fact, heads in self.heads.items()}
        return read, self.color(states[:, -1])


def told(layout: Layout, states: torch.Tensor, batch: list[world.Scene]) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss, and for each scene whether every fact is read right."""
    facts, color = labels(batch)
    read, background = layout(states)
    loss = 0.3 * F.cross_entropy(background, color)
    right = background.argmax(-1) == color
    for fact, logits in read.items():
        loss = loss + F.cross_entropy(logits.flatten(0, 1), facts[fact].flatten()) * (1 if fact == "name" else 0.5)
        right = right & (logits.argmax(-1) == facts[fact]).all(-1)
    return loss, right


def known(scene: world.Scene) -> bool:
    return scene.kind in ("one", "two") and all(t.name in scenes.OBJECTS for t in scene.things)


def train(text: CLIPTextModel, old: CLIPTextModel, tokenizer: CLIPTokenizer, args: argparse.Namespace) -> None:
    length = tokenizer.model_max_length
    layout = Layout(text.config.hidden_size, length)
    optimizer = torch.optim.AdamW([*text.parameters(), *layout.parameters()], lr=PEAK_LR, weight_decay=1e-2)
    rng, start, step = random.Random(11), time.time(), 0
    while (done := (time.time() - start) / args.seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = PEAK_LR * min(1, (step + 1) / 100) * (1 - done) + 1e-5
        batch = [world.random_scene(rng) for _ in range(128)]
        ids = tokenizer([s.caption for s in batch], padding="max_length", truncation=True, max_length=length,
                        return_tensors="pt").input_ids
        states = text(ids)[0]
        loss, right = told(layout, states, batch)
        hold = [i for i, scene in enumerate(batch) if known(scene)] or [0]
        with torch.no_grad():
            before = old(ids[hold])[0]
        kept = F.mse_loss(states[hold, :layout.first], before[:, :layout.first])
        optimizer.zero_grad()
        (loss + args.keep * kept).backward()
        optimizer.step()
        if step % 200 == 0:
            print(f"{time.time() - start:.0f}s {step} layout {loss.item():.4f} kept {kept.item():.4f} "
                  f"scenes right {right.float().mean().item():.3f}", flush=True)
        step += 1
    report(text.eval(), layout, tokenizer)


@torch.no_grad()
def report(text: CLIPTextModel, layout: Layout, tokenizer: CLIPTokenizer) -> None:
    for what, held in (("new scenes", False), ("held out", True)):
        rng = random.Random(12)
        batch = [world.random_scene(rng, held) for _ in range(512)]
        ids = tokenizer([s.caption for s in batch], padding="max_length", max_length=tokenizer.model_max_length,
                        return_tensors="pt").input_ids
        right = told(layout, text(ids)[0], batch)[1]
        for kind in world.KINDS:
            mine = right[[i for i, s in enumerate(batch) if s.kind == kind]]
            if len(mine):
                print(f"{what}: {kind} {mine.float().mean().item():.3f} of {len(mine)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Teach the text encoder the layout.")
    parser.add_argument("--model", type=Path, required=True, help="folder with text_encoder, tokenizer, unet, scheduler")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model with the new text encoder")
    parser.add_argument("--seconds", type=float, default=240, help="how long to train (default: 240)")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads (default: 2)")
    parser.add_argument("--keep", type=float, default=1.0,
                        help="weight of holding the other tokens' states; 0 for a fresh encoder (default: 1)")
    args = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    if args.out != args.model:
        shutil.copytree(args.model, args.out, dirs_exist_ok=True, ignore=shutil.ignore_patterns("state*"))
    tokenizer = CLIPTokenizer.from_pretrained(args.model / "tokenizer")
    text = CLIPTextModel.from_pretrained(args.model / "text_encoder")
    old = CLIPTextModel.from_pretrained(args.model / "text_encoder").eval()
    train(text, old, tokenizer, args)
    text.save_pretrained(args.out / "text_encoder")


if __name__ == "__main__":
    main()
