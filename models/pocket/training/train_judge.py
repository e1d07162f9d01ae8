"""Train the judge on drawn scenes, half of them through the autoencoder, all with a little noise.

    python train_judge.py --icons icons.json --vae ae --out judge --seconds 600
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F

import scenes
from autoencoder import PatchAutoencoder
from judge import COLORS, NAMES, SLOTS, Judge, correct, labels

PEAK_LR = 1e-3


def through_autoencoder(vae: PatchAutoencoder, x: torch.Tensor, noise: float) -> torch.Tensor:
    with torch.no_grad():
        z = vae.encode(x).latent_dist.mode()
        return vae.decode(z + noise * torch.randn_like(z)).sample


def train(judge: Judge, vae: PatchAutoencoder, icons: scenes.Icons, seconds: float) -> None:
    rng = random.Random(5)
    optimizer = torch.optim.AdamW(judge.parameters(), lr=PEAK_LR, weight_decay=1e-2)
    start, step = time.time(), 0
    while (done := (time.time() - start) / seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = PEAK_LR * (1 - done) + 1e-5
        images, batch = scenes.batch(64, icons, rng)
        x = torch.from_numpy(images)
        if step % 2:
            x = through_autoencoder(vae, x, 0.1)
        x = x + 0.1 * torch.rand(len(x), 1, 1, 1) * torch.randn_like(x)
        objects, colors = labels(batch)
        seen, background = judge(x)
        loss = F.cross_entropy(seen.flatten(0, 1), objects.flatten()) + 0.3 * F.cross_entropy(background, colors)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 100 == 0:
            print(f"{time.time() - start:.0f}s {step} {loss.item():.4f}", flush=True)
        step += 1


@torch.no_grad()
def report(judge: Judge, vae: PatchAutoencoder, icons: scenes.Icons) -> None:
    images, batch = scenes.batch(512, icons, random.Random(77))
    x = torch.from_numpy(images)
    for what, shown in (("drawn", x), ("through the autoencoder", through_autoencoder(vae, x, 0))):
        objects, color = correct(judge, shown, batch)
        print(f"{what}: objects {objects.float().mean().item():.3f}, colour {color.float().mean().item():.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the judge.")
    parser.add_argument("--icons", required=True, help="icons.json of @iconify-json/fluent-emoji-flat")
    parser.add_argument("--vae", type=Path, required=True, help="the autoencoder's folder")
    parser.add_argument("--out", type=Path, required=True, help="folder for judge.pt and judge.json")
    parser.add_argument("--seconds", type=float, default=600, help="how long to train (default: 600)")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: 1)")
    args = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    icons = scenes.load_icons(args.icons)
    vae = PatchAutoencoder.from_pretrained(args.vae).eval()
    judge = Judge()
    train(judge, vae, icons, args.seconds)
    report(judge.eval(), vae, icons)
    args.out.mkdir(parents=True, exist_ok=True)
    torch.save(judge.state_dict(), args.out / "judge.pt")
    names = {"objects": NAMES, "colors": COLORS, "slots": SLOTS}
    (args.out / "judge.json").write_text(json.dumps(names), "utf-8")


if __name__ == "__main__":
    main()
