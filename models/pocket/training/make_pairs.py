"""What a guided teacher makes of noise: pairs of noise and result, from which train_turbo.py distils. Goes on where it stopped.

    python make_pairs.py --model model --judge judge --icons icons.json --out pairs --steps 8 --scale 2 --seconds 7000

The noise of a pair is not stored: it is torch's, from the pair's number as the seed. As the truth is known, what the judge finds wrong
is marked, so that the student need not learn the teacher's mistakes; and of the rest the nearest true drawing is stored in place of the
teacher's own: the teacher chooses the picture, and its blemishes stay behind.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

import numpy as np
import torch

import world
from evaluate import latents
from judge import Judge, judge_all, load_judge
from pocket import Pocket, load_pocket

CHUNK, BATCH = 256, 32


def noise_of(first: int, n: int, shape: tuple[int, ...]) -> torch.Tensor:
    """The noise (n, *shape) of the pairs numbered from `first`."""
    return torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(i)) for i in range(first, first + n)])


def scenes_of(first: int, n: int) -> list[world.Scene]:
    return [world.random_scene(random.Random(f"pair {i}")) for i in range(first, first + n)]


@torch.no_grad()
def mended(pocket: Pocket, judge: Judge, made: torch.Tensor, scenes: list[world.Scene],
           sprites: world.Sprites) -> tuple[torch.Tensor, torch.Tensor]:
    """The latents of the true drawings nearest to the teacher's pictures, and which of these were right."""
    scale = pocket.vae.config.scaling_factor
    images = pocket.vae.decode(made / scale).sample.clamp(-1, 1)
    right = torch.tensor([verdict.right and verdict.color for verdict in judge_all(judge, images, scenes)])
    pixels = (images.permute(0, 2, 3, 1).numpy() + 1) / 2
    true = np.stack([world.nearest_drawing(scene, image, sprites) if ok else image
                     for scene, image, ok in zip(scenes, pixels, right.tolist(), strict=True)])
    return pocket.vae.encode(torch.from_numpy(true).permute(0, 3, 1, 2) * 2 - 1).latent_dist.mode() * scale, right


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description="Pairs of noise and a teacher's result.")
    parser.add_argument("--model", type=Path, required=True, help="the teacher: folder in diffusers' layout, or a bundle")
    parser.add_argument("--vae", type=Path, help="the autoencoder's folder (default: MODEL/vae)")
    parser.add_argument("--judge", type=Path, required=True, help="folder with judge.pt")
    parser.add_argument("--icons", type=Path, required=True, help="icons.json of @iconify-json/fluent-emoji-flat")
    parser.add_argument("--out", type=Path, required=True, help="folder for the chunks")
    parser.add_argument("--steps", type=int, default=8, help="the teacher's DDIM steps (default: 8)")
    parser.add_argument("--scale", type=float, default=2, help="the teacher's guidance scale (default: 2)")
    parser.add_argument("--seconds", type=float, default=7000, help="how long to go on (default: 7000)")
    parser.add_argument("--part", type=int, default=0, help="which of --parts processes this is (default: 0)")
    parser.add_argument("--parts", type=int, default=1, help="processes that fill the folder together (default: 1)")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: 1)")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    settings = {"steps": args.steps, "scale": args.scale, "chunk": CHUNK}
    about = args.out / "pairs.json"
    if about.exists() and json.loads(about.read_text("utf-8")) != settings:
        raise SystemExit(f"{about} says other settings than {settings}: choose another --out")
    about.write_text(json.dumps(settings), "utf-8")
    pocket, judge, sprites = load_pocket(args.model, args.vae), load_judge(args.judge), world.Sprites(args.icons)
    size = pocket.unet.config.sample_size
    shape = (pocket.unet.config.in_channels, size, size)
    start, chunk = time.time(), args.part
    while time.time() - start < args.seconds:
        if (args.out / f"{chunk:05d}.pt").exists():
            chunk += args.parts
            continue
        first = chunk * CHUNK
        results, verdicts = [], []
        for i in range(first, first + CHUNK, BATCH):
            scenes = scenes_of(i, BATCH)
            made = latents(pocket, [s.caption for s in scenes], noise_of(i, BATCH, shape), args.steps, args.scale)
            true, right = mended(pocket, judge, made, scenes, sprites)
            results.append(true.half())
            verdicts.append(right)
        torch.save({"results": torch.cat(results), "right": torch.cat(verdicts)}, args.out / f"{chunk:05d}.tmp")
        (args.out / f"{chunk:05d}.tmp").rename(args.out / f"{chunk:05d}.pt")
        print(f"{time.time() - start:.0f}s chunk {chunk}, of its {CHUNK} pairs {torch.cat(verdicts).float().mean():.3f} right",
              flush=True)


if __name__ == "__main__":
    main()
