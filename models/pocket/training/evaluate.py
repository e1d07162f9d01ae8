"""Count how often the model draws what was asked, dense and with PLADIS, by the judge: to watch a training by.

Same prompts and the same noise for every setting, so that settings can be compared in pairs. `winnow eval` does this and more.

    python evaluate.py --model model --judge judge --steps 8 --scales 1,3 --settings 0:1.5,2:1.5
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

import torch

import world
from judge import Verdict, judge_all, load_judge
from pladis import attention
from pocket import Pocket, load_pocket, round_to_f16

BATCH = 32


def latents(pocket: Pocket, prompts: list[str], noise: torch.Tensor, steps: int, scale: float) -> torch.Tensor:
    """Latents (B, 8, 16, 16) by the model's own scheduler; scale 1 is without guidance."""
    conditional = pocket.text(pocket.ids(prompts))[0]
    unconditional = pocket.text(pocket.ids([""] * len(prompts)))[0]
    x, scheduler = noise.clone(), pocket.scheduler
    scheduler.set_timesteps(steps)
    for t in scheduler.timesteps:
        if scale == 1:
            v = pocket.unet(x, t, conditional).sample
        else:
            u, c = pocket.unet(torch.cat([x, x]), t, torch.cat([unconditional, conditional])).sample.chunk(2)
            v = u + scale * (c - u)
        x = scheduler.step(v, t, x).prev_sample
    return x


def denoise(pocket: Pocket, prompts: list[str], noise: torch.Tensor, steps: int, scale: float) -> torch.Tensor:
    """Images (B, 3, 64, 64) in [-1, 1]."""
    x = latents(pocket, prompts, noise, steps, scale)
    return pocket.vae.decode(x / pocket.vae.config.scaling_factor).sample


def score(pocket: Pocket, judge, batch: list[world.Scene], noise: torch.Tensor, steps: int, scale: float) -> list[Verdict]:
    verdicts: list[Verdict] = []
    for i in range(0, len(batch), BATCH):
        part = batch[i:i + BATCH]
        images = denoise(pocket, [s.caption for s in part], noise[i:i + BATCH], steps, scale)
        verdicts += judge_all(judge, images.clamp(-1, 1), part)
    return verdicts


def table(batch: list[world.Scene], verdicts: list[Verdict]) -> dict[str, float]:
    """For each kind the shares of pictures that are right, and of those whose objects are right wherever they stand."""
    kinds = {}
    for kind in world.KINDS:
        mine = [v for v, s in zip(verdicts, batch, strict=True) if s.kind == kind]
        if mine:
            kinds[kind] = [round(sum(v.right for v in mine) / len(mine), 3), round(sum(v.anywhere for v in mine) / len(mine), 3)]
    return kinds | {"color": round(sum(v.color for v in verdicts) / len(verdicts), 3)}


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Count how often the model draws what was asked.")
    parser.add_argument("--model", type=Path, required=True, help="folder in diffusers' layout, or a bundle")
    parser.add_argument("--vae", type=Path, help="the autoencoder's folder (default: MODEL/vae)")
    parser.add_argument("--judge", type=Path, required=True, help="folder with judge.pt")
    parser.add_argument("--n", type=int, default=128, help="scenes (default: 128)")
    parser.add_argument("--held", action="store_true", help="only scenes of pairs and tints that training never shows")
    parser.add_argument("--steps", type=int, default=15, help="denoising steps (default: 15)")
    parser.add_argument("--scales", default="4", help="guidance scales, 1 for none (default: 4)")
    parser.add_argument("--settings", default="0:1.5,1:1.5,1.5:1.5,2:1.5,2:2",
                        help="lambda:alpha of each setting; lambda 0 is dense (default: %(default)s)")
    parser.add_argument("--f16", action="store_true", help="round the weights as the bundle stores them")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads (default: 2)")
    return parser.parse_args()


@torch.no_grad()
def main() -> None:
    args = parse()
    torch.set_num_threads(args.threads)
    pocket, judge = load_pocket(args.model, args.vae), load_judge(args.judge)
    if args.f16:
        round_to_f16(pocket)
    rng = random.Random(12345)
    batch = [world.random_scene(rng, args.held) for _ in range(args.n)]
    size = pocket.unet.config.sample_size
    noise = torch.randn(args.n, pocket.unet.config.in_channels, size, size, generator=torch.Generator().manual_seed(0))
    for scale in map(float, args.scales.split(",")):
        for setting in args.settings.split(","):
            lambda_, alpha = map(float, setting.split(":"))
            start = time.time()
            with attention(pocket.unet, lambda_, alpha):
                result = table(batch, score(pocket, judge, batch, noise, args.steps, scale))
            row = {"scale": scale, "lambda": lambda_, "alpha": alpha, "steps": args.steps, **result}
            print(json.dumps(row | {"seconds": round(time.time() - start, 1)}), flush=True)


if __name__ == "__main__":
    main()
