"""Teach the text encoder the layout, before or between the trainings of the U-Net: cheap, on captions alone.

CLIP's encoder is causal: the first object's token cannot know the relation that follows it, and the U-Net then learns which
objects to draw long before it learns where. The last tokens of the context see the whole caption, so each is taught one fact: what
stands left, right, top, bottom, in the middle, and the background's colour. The states of the caption's own tokens are held to what
they were, so that a trained U-Net keeps working.

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
from judge import COLORS, NAMES, SLOTS, labels

PEAK_LR = 1e-3
COLOR_WEIGHT = 0.3


class Layout:
    """Linear readers of the last tokens' states, one a slot and one for the colour: they exist for training alone."""

    def __init__(self, width: int, length: int):
        self.first = length - len(SLOTS) - 1
        slots = [nn.Linear(width, len(NAMES) + 1) for _ in SLOTS]
        self.heads = nn.ModuleList([*slots, nn.Linear(width, len(COLORS))])

    def read(self, states: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        *slots, color = [head(states[:, self.first + i]) for i, head in enumerate(self.heads)]
        return slots, color


def train(text: CLIPTextModel, old: CLIPTextModel, tokenizer: CLIPTokenizer, args: argparse.Namespace) -> None:
    length = tokenizer.model_max_length
    layout = Layout(text.config.hidden_size, length)
    params = [*text.parameters(), *layout.heads.parameters()]
    optimizer = torch.optim.AdamW(params, lr=PEAK_LR, weight_decay=1e-2)
    rng, start, step = random.Random(11), time.time(), 0
    while (done := (time.time() - start) / args.seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = PEAK_LR * min(1, (step + 1) / 100) * (1 - done) + 1e-5
        batch = [scenes.random_scene(rng, two=0.8) for _ in range(128)]
        ids = tokenizer([s["caption"] for s in batch], padding="max_length", truncation=True, max_length=length,
                        return_tensors="pt").input_ids
        states = text(ids)[0]
        objects, colors = labels(batch)
        slots, color = layout.read(states)
        told = sum(F.cross_entropy(slot, objects[:, i]) for i, slot in enumerate(slots)) / len(SLOTS)
        told = told + COLOR_WEIGHT * F.cross_entropy(color, colors)
        with torch.no_grad():
            before = old(ids)[0]
        kept = F.mse_loss(states[:, :layout.first], before[:, :layout.first])
        optimizer.zero_grad()
        (told + args.keep * kept).backward()
        optimizer.step()
        if step % 200 == 0:
            right = torch.stack([slot.argmax(-1) == objects[:, i] for i, slot in enumerate(slots)]).all(0).float().mean()
            print(f"{time.time() - start:.0f}s {step} slots {told.item():.4f} kept {kept.item():.4f} "
                  f"scenes right {right.item():.3f}", flush=True)
        step += 1


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
