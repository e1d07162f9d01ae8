"""How far the pictures move when the weights are rounded to f16 as the bundle stores them: diffusers, DDIM, guidance.

    python compare_f16.py --model model [--sheet pairs.png]
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import numpy as np
import torch

import world
from pocket import Pocket, load_pocket, round_to_f16


def pictures(pocket: Pocket, prompts: list[str], steps: int, scale: float) -> np.ndarray:
    """(B, H, W, 3) float64 in 0..255, not rounded; one seed a prompt."""
    pipe = pocket.pipeline()
    pipe.set_progress_bar_config(disable=True)
    generators = [torch.Generator().manual_seed(seed) for seed in range(len(prompts))]
    images = pipe(prompts, num_inference_steps=steps, guidance_scale=scale, generator=generators, output_type="np").images
    return images.astype(np.float64) * 255


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare pictures of f32 and of f16 weights.")
    parser.add_argument("--model", type=Path, required=True, help="folder in diffusers' layout")
    parser.add_argument("--vae", type=Path, help="the autoencoder's folder (default: MODEL/vae)")
    parser.add_argument("--n", type=int, default=32, help="prompts (default: 32)")
    parser.add_argument("--steps", type=int, default=20, help="DDIM steps (default: 20)")
    parser.add_argument("--scale", type=float, default=3, help="guidance scale (default: 3)")
    parser.add_argument("--sheet", type=Path, help="PNG file for the pictures, f32 above f16")
    args = parser.parse_args()
    torch.set_num_threads(1)
    rng = random.Random(2024)
    prompts = [world.random_scene(rng).caption for _ in range(args.n)]
    pocket = load_pocket(args.model, args.vae)
    before = pictures(pocket, prompts, args.steps, args.scale)
    round_to_f16(pocket)
    after = pictures(pocket, prompts, args.steps, args.scale)
    moved = np.abs(after - before)
    off = np.abs(after.round() - before.round())
    mse = (moved ** 2).mean((1, 2, 3))
    print(f"{args.n} pictures, of 255: largest difference {moved.max():.2f}, mean {moved.mean():.3f}, "
          f"worst picture's PSNR {10 * np.log10(255 ** 2 / mse.max()):.1f} dB")
    print(f"bytes that differ {np.mean(off > 0):.2%}, by more than one {np.mean(off > 1):.3%}")
    if args.sheet:
        rows = np.stack([x.reshape(-1, 8, *x.shape[1:]) for x in (before, after)], 1).reshape(-1, *before.shape[1:])
        world.contact_sheet(rows.transpose(0, 3, 1, 2) / 127.5 - 1, 8).save(args.sheet)
        print("\n".join(prompts))


if __name__ == "__main__":
    main()
