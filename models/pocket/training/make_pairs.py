"""What a guided teacher makes of noise: pairs of noise and result, from which train_turbo.py distils. Goes on where it stopped.

    python make_pairs.py --model model --out pairs --steps 12 --scale 2 --seconds 7000

The noise of a pair is not stored: it is torch's, from the pair's number as the seed.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

import torch

import world
from evaluate import latents
from pocket import load_pocket

CHUNK = 256


def noise_of(first: int, n: int, shape: tuple[int, ...]) -> torch.Tensor:
    """The noise (n, *shape) of the pairs numbered from `first`."""
    return torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(i)) for i in range(first, first + n)])


def scenes_of(first: int, n: int) -> list[world.Scene]:
    return [world.random_scene(random.Random(f"pair {i}")) for i in range(first, first + n)]


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description="Pairs of noise and a teacher's result.")
    parser.add_argument("--model", type=Path, required=True, help="the teacher: folder in diffusers' layout, or a bundle")
    parser.add_argument("--vae", type=Path, help="the autoencoder's folder (default: MODEL/vae)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the chunks")
    parser.add_argument("--steps", type=int, default=12, help="the teacher's DDIM steps (default: 12)")
    parser.add_argument("--scale", type=float, default=2, help="the teacher's guidance scale (default: 2)")
    parser.add_argument("--seconds", type=float, default=7000, help="how long to go on (default: 7000)")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: 1)")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.out.mkdir(parents=True, exist_ok=True)
    settings = {"steps": args.steps, "scale": args.scale, "chunk": CHUNK}
    about = args.out / "pairs.json"
    if about.exists() and json.loads(about.read_text("utf-8")) != settings:
        raise SystemExit(f"{about} says other settings than {settings}: choose another --out")
    about.write_text(json.dumps(settings), "utf-8")
    pocket = load_pocket(args.model, args.vae)
    size = pocket.unet.config.sample_size
    shape = (pocket.unet.config.in_channels, size, size)
    start, chunk = time.time(), len(list(args.out.glob("*.pt")))
    while time.time() - start < args.seconds:
        first = chunk * CHUNK
        prompts = [s.caption for s in scenes_of(first, CHUNK)]
        made = [latents(pocket, prompts[i:i + 32], noise_of(first + i, 32, shape), args.steps, args.scale)
                for i in range(0, CHUNK, 32)]
        torch.save(torch.cat(made).half(), args.out / f"{chunk:05d}.tmp")
        (args.out / f"{chunk:05d}.tmp").rename(args.out / f"{chunk:05d}.pt")
        chunk += 1
        print(f"{time.time() - start:.0f}s {chunk * CHUNK} pairs", flush=True)


if __name__ == "__main__":
    main()
