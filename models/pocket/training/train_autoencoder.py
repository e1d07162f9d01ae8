"""Fit the linear encoder to the patches of drawn scenes, then train the decoder; goes on from --out if it holds a model.

    python train_autoencoder.py --icons icons.json --out ae --seconds 900
"""

from __future__ import annotations

import argparse
import math
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F

import world
from autoencoder import PatchAutoencoder


def draw(n: int, sprites: world.Sprites, rng: random.Random) -> torch.Tensor:
    return torch.from_numpy(world.batch(n, sprites, rng)[0])


def psnr(a: torch.Tensor, b: torch.Tensor) -> float:
    return 10 * math.log10(4 / F.mse_loss(a, b).item())


def edges(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return x[..., 1:, :] - x[..., :-1, :], x[..., :, 1:] - x[..., :, :-1]


def loss_of(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    sharpness = sum((a - b).abs().mean() for a, b in zip(edges(y), edges(x), strict=True))
    return (y - x).abs().mean() + F.mse_loss(y, x) + 0.5 * sharpness


def open_model(out: Path, sprites: world.Sprites) -> PatchAutoencoder:
    if (out / "config.json").exists():
        return PatchAutoencoder.from_pretrained(out)
    vae = PatchAutoencoder()
    deviation, mean = vae.fit_linear(draw(1500, sprites, random.Random(3)))
    print("deviation and mean of each channel", deviation, mean)
    vae.save_pretrained(out)
    return vae


def train(vae: PatchAutoencoder, sprites: world.Sprites, args: argparse.Namespace) -> None:
    """Trains the convolutional residual; the encoder and its linear inverse stay. Leaves the averaged weights in `vae`."""
    rng = random.Random(int(time.time()))
    params = [p for n, p in vae.named_parameters() if not n.startswith(("encoder", "linear"))]
    optimizer = torch.optim.AdamW(params, lr=args.lr, weight_decay=1e-4, betas=(0.9, 0.99))
    average = [p.detach().clone() for p in params]
    start, step = time.time(), 0
    while (done := (time.time() - start) / args.seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = args.lr * min(1, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * done)) + 1e-5
        x = draw(args.batch, sprites, rng)
        with torch.no_grad():
            z = vae.encoder(x)
            # Latents that a denoiser makes are a little off: train for that.
            z = z + torch.randn_like(z) * (0.12 / vae.config.scaling_factor) * torch.rand(len(z), 1, 1, 1)
        y = vae.decode(z).sample
        loss = loss_of(y, x)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, [p.detach() for p in params], 1 - min(0.998, step / (step + 20)))
        if step % 200 == 0:
            print(f"{time.time() - start:.0f}s step {step} loss {loss.item():.4f} psnr {psnr(y, x):.2f}", flush=True)
        step += 1
    with torch.no_grad():
        for p, a in zip(params, average, strict=True):
            p.copy_(a)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the autoencoder.")
    parser.add_argument("--icons", required=True, help="icons.json of @iconify-json/fluent-emoji-flat")
    parser.add_argument("--out", type=Path, required=True, help="folder of the autoencoder")
    parser.add_argument("--seconds", type=float, default=600, help="how long to train (default: 600)")
    parser.add_argument("--batch", type=int, default=16, help="scenes a step (default: 16)")
    parser.add_argument("--lr", type=float, default=1.5e-3, help="peak learning rate (default: 1.5e-3)")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: 1)")
    args = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    sprites = world.Sprites(args.icons)
    held = draw(256, sprites, random.Random(99))
    vae = open_model(args.out, sprites)
    with torch.no_grad():
        print("held-out psnr before", psnr(vae.decode(vae.encoder(held)).sample, held), flush=True)
    train(vae, sprites, args)
    with torch.no_grad():
        y = vae.decode(vae.encoder(held)).sample
    print("held-out psnr", psnr(y, held))
    vae.save_pretrained(args.out)
    pairs = torch.stack([held[:32], y[:32]], 1).flatten(0, 1)
    world.contact_sheet(pairs.numpy(), 8).save(args.out / "recon.png")


if __name__ == "__main__":
    main()
