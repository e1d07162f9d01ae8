"""How sharp the model's cross-attention is already: what PLADIS finds to sharpen.

    python measure_attention.py --model model --steps 8 --scale 2

For each site and over all queries, heads, steps and scenes (conditional branch): the entropy of softmax as an effective number of
tokens exp(H); how many tokens are in the support of entmax for alpha 1.5 and 2; and the shares of softmax's mass on the start token,
on the caption's words, on the end tokens that carry the layout (the last ten), and on the end tokens before them.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import defaultdict
from pathlib import Path

import torch

import world
from evaluate import latents
from pladis import PladisProcessor, entmax, sites
from pocket import load_pocket
from train_text import PLACES

LAYOUT_TOKENS = len(PLACES) + 1
PARTS = ("start", "words", "end", "layout")


class Measure(PladisProcessor):
    """Dense attention that notes what it sees in the conditional half of the batch."""

    def __init__(self, sums: dict[str, float], owner: torch.Tensor):
        super().__init__(0.0, 1.5)
        self.sums, self.owner = sums, owner  # which part each token belongs to: (B, tokens)

    def weights(self, z: torch.Tensor) -> torch.Tensor:
        dense = z.softmax(-1)
        half = len(self.owner)
        p, scores = dense[-half:], z[-half:]
        entropy = -(p * p.clamp_min(1e-30).log()).sum(-1)
        self.sums["effective tokens"] += entropy.exp().mean().item()
        for alpha in (1.5, 2.0):
            self.sums[f"support, alpha {alpha}"] += (entmax(scores, alpha) > 0).double().sum(-1).mean().item()
        mass = p.mean((1, 2))
        for i, part in enumerate(PARTS):
            self.sums[f"on {part}"] += (mass * (self.owner == i)).sum(-1).mean().item()
        self.sums["calls"] += 1
        return dense


def owners(ids: torch.Tensor, end: int) -> torch.Tensor:
    """For each token the number of its part."""
    position = torch.arange(ids.shape[1]).expand_as(ids)
    first_end = (ids == end).int().argmax(-1, keepdim=True)
    owner = torch.where(position < first_end, PARTS.index("words"), PARTS.index("end"))
    owner[:, 0] = PARTS.index("start")
    owner[:, -LAYOUT_TOKENS:] = PARTS.index("layout")
    return owner


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description="How sharp the model's cross-attention is.")
    parser.add_argument("--model", type=Path, required=True, help="folder in diffusers' layout, or a bundle")
    parser.add_argument("--vae", type=Path, help="the autoencoder's folder (default: MODEL/vae)")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    parser.add_argument("--n", type=int, default=32, help="scenes (default: 32)")
    parser.add_argument("--steps", type=int, default=8, help="denoising steps (default: 8)")
    parser.add_argument("--scale", type=float, default=2, help="guidance scale, 1 for none (default: 2)")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: 1)")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    pocket = load_pocket(args.model, args.vae)
    rng = random.Random(4)
    prompts = [world.any_scene(rng).caption for _ in range(args.n)]
    owner = owners(pocket.ids(prompts), pocket.tokenizer.eos_token_id)
    sums: dict[str, dict[str, float]] = {name: defaultdict(float) for name in sites(pocket.unet)}
    stock = dict(pocket.unet.attn_processors)
    pocket.unet.set_attn_processor(
        {name: Measure(sums[site], owner) if (site := name.removesuffix(".processor")) in sums else processor
         for name, processor in stock.items()})
    size = pocket.unet.config.sample_size
    noise = torch.randn(args.n, pocket.unet.config.in_channels, size, size, generator=torch.Generator().manual_seed(0))
    latents(pocket, prompts, noise, args.steps, args.scale)
    found = {}
    for site, measured in sums.items():
        calls = measured.pop("calls")
        found[site] = {name: round(value / calls, 3) for name, value in measured.items()}
        print(json.dumps({"site": site, **found[site]}))
    if args.out:
        args.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    tokens = owner.shape[1]
    print(f"{tokens} tokens; uniform attention would have {tokens} effective tokens, entropy {math.log(tokens):.2f}")


if __name__ == "__main__":
    main()
