"""Train the judge on drawn scenes and on objects strewn anywhere, most of them as blemished as a model's pictures are.

A judge of clean drawings takes a small tinted object that a model has drawn a little pale or blurred for an untinted one. So most
drawings go through the autoencoder with latents that are noisy and smoothed, and come out with another contrast and saturation.

    python train_judge.py --icons icons.json --vae ae --out judge --seconds 900
"""

from __future__ import annotations

import argparse
import math
import random
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import scenes
import world
from autoencoder import PatchAutoencoder
from judge import CELL, COLORS, GRID, SIZE_UNIT, Judge, judge_all, load_judge, parts_of

SPREAD = 0.7  # of a centre's target, in cells
SIZES = (20, 24, 28, 34, 40, 48)


def strewn(rng: random.Random) -> world.Scene:
    """Objects anywhere, in any size and tint, so that the judge knows no grammar."""
    things: list[world.Thing] = []
    for _ in range(rng.randint(0, 6)):
        size = rng.choice(SIZES)
        x, y = (rng.randint(size // 2, scenes.SIZE - size // 2) for _ in range(2))
        if all(max(abs(t.x - x), abs(t.y - y)) >= 0.45 * (t.size + size) for t in things):
            things.append(world.Thing(rng.choice(world.NAMES), size, x, y, rng.choice((None, None, *world.TINTS))))
    return world.Scene("strewn", "", tuple(things), rng.choice(COLORS))


def drawn(n: int, sprites: world.Sprites, rng: random.Random) -> tuple[torch.Tensor, list[world.Scene]]:
    """Images (n, 3, 64, 64) and scenes whose things stand where they were drawn."""
    images, batch = np.empty((n, scenes.SIZE, scenes.SIZE, 3), np.float32), []
    for i in range(n):
        scene = strewn(rng) if rng.random() < 0.4 else world.any_scene(rng)
        things = []
        for t in scene.things:
            j, half = world.jitter(t.size), t.size // 2
            x, y = (max(half, min(scenes.SIZE - half, v + rng.randint(-j, j))) for v in (t.x, t.y))
            things.append(t._replace(x=x, y=y))
        scene = scene._replace(things=tuple(things))
        images[i] = world.draw_still(scene, sprites)
        batch.append(scene)
    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)) * 2 - 1), batch


@torch.no_grad()
def through_autoencoder(vae: PatchAutoencoder, x: torch.Tensor) -> torch.Tensor:
    return vae.decode(vae.encode(x).latent_dist.mode()).sample


def blemished(vae: PatchAutoencoder, x: torch.Tensor) -> torch.Tensor:
    """As a model draws: latents with noise and some of their detail lost, colours stronger or paler; each picture by its own measure."""
    def measure(low: float, high: float) -> torch.Tensor:
        return low + (high - low) * torch.rand(len(x), 1, 1, 1)

    with torch.no_grad():
        z = vae.encode(x).latent_dist.mode()
        smooth = F.avg_pool2d(F.pad(z, (1, 1, 1, 1), "replicate"), 3, 1)
        z = torch.lerp(z, smooth, measure(0, 0.6))
        z = z + measure(0, 0.25) * torch.randn_like(z) / vae.config.scaling_factor
        y = vae.decode(z).sample
        gray = y.mean(1, keepdim=True)
        y = torch.lerp(gray, y, measure(0.7, 1.3))
        return (y * measure(0.8, 1.2)).clamp(-1, 1)


def targets(batch: list[world.Scene]) -> tuple[torch.Tensor, list[tuple[int, int, int, world.Thing]]]:
    """The presence of centres (B, 1, 16, 16) in [0, 1]; and the cells (image, row, column) that each thing is read from."""
    heat = torch.zeros(len(batch), 1, GRID, GRID)
    middle = torch.arange(GRID) + 0.5
    cells = []
    for b, scene in enumerate(batch):
        for t in scene.things:
            x, y = t.x / CELL, t.y / CELL
            d2 = (middle - x) ** 2 + (middle[:, None] - y) ** 2
            spot = torch.exp(-d2 / (2 * SPREAD ** 2))
            row, column = min(GRID - 1, int(y)), min(GRID - 1, int(x))
            spot[row, column] = 1
            heat[b, 0] = torch.maximum(heat[b, 0], spot)
            for r in range(max(0, row - 1), min(GRID, row + 2)):
                for c in range(max(0, column - 1), min(GRID, column + 2)):
                    if d2[r, c] < 1.5:
                        cells.append((b, r, c, t))
    return heat, cells


def loss_of(objects: torch.Tensor, color: torch.Tensor, batch: list[world.Scene]) -> torch.Tensor:
    heat, cells = targets(batch)
    parts = parts_of(objects)
    background = torch.tensor([COLORS.index(s.color) for s in batch])
    loss = focal(parts["presence"], heat) + 0.3 * F.cross_entropy(color, background)
    if not cells:
        return loss
    b, r, c = (torch.tensor([cell[i] for cell in cells]) for i in range(3))
    things = [cell[3] for cell in cells]
    at = {name: part[b, :, r, c] for name, part in parts.items()}
    names = torch.tensor([world.NAMES.index(t.name) for t in things])
    tints = torch.tensor([world.TINTS.index(t.tint) if t.tint else len(world.TINTS) for t in things])
    size = torch.tensor([t.size / SIZE_UNIT for t in things])
    offset = torch.tensor([(t.x / CELL, t.y / CELL) for t in things]) - torch.stack([c, r], 1) - 0.5
    return (loss + F.cross_entropy(at["name"], names) + 0.5 * F.cross_entropy(at["tint"], tints)
            + F.l1_loss(at["size"][:, 0], size) + 0.3 * F.l1_loss(at["offset"], offset))


def focal(logits: torch.Tensor, heat: torch.Tensor) -> torch.Tensor:
    """CenterNet's focal loss (arXiv 1904.07850, equation 1)."""
    p, centers = logits.sigmoid(), heat == 1
    on = -((1 - p) ** 2 * F.logsigmoid(logits))[centers].sum()
    off = -((1 - heat) ** 4 * p ** 2 * F.logsigmoid(-logits))[~centers].sum()
    return (on + off) / max(1, int(centers.sum()))


def train(judge: Judge, vae: PatchAutoencoder, sprites: world.Sprites, args: argparse.Namespace) -> None:
    rng = random.Random(int(time.time()))
    optimizer = torch.optim.AdamW(judge.parameters(), lr=args.lr, weight_decay=1e-2)
    start, step = time.time(), 0
    while (done := (time.time() - start) / args.seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = args.lr * min(1, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * done)) + 1e-5
        x, batch = drawn(args.batch, sprites, rng)
        if step % 3 > 0:
            x = blemished(vae, x)
        x = x + 0.1 * torch.rand(len(x), 1, 1, 1) * torch.randn_like(x)
        loss = loss_of(*judge(x.contiguous(memory_format=torch.channels_last)), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 100 == 0:
            print(f"{time.time() - start:.0f}s {step} {loss.item():.4f}", flush=True)
        step += 1


def report(judge: Judge, vae: PatchAutoencoder, sprites: world.Sprites) -> None:
    """Of scenes drawn as asked, how many are read right; of scenes with two objects exchanged or one left out, how many pass."""
    rng = random.Random(77)
    batch = [world.any_scene(rng) for _ in range(2048)]
    images = torch.from_numpy(np.stack([world.draw(s, sprites, rng) for s in batch]).transpose(0, 3, 1, 2) * 2 - 1)
    blemishes = torch.cat([blemished(vae, part) for part in images.split(64)])
    for what, shown in (("drawn", images), ("through the autoencoder", through_autoencoder(vae, images)), ("blemished", blemishes)):
        verdicts = judge_all(judge, shown, batch)
        for kind in world.KINDS:
            mine = [v for v, s in zip(verdicts, batch, strict=True) if s.kind == kind]
            print(f"{what}: {kind:6s} right {sum(v.right for v in mine) / len(mine):.4f} of {len(mine)}")
        print(f"{what}: right {sum(v.right for v in verdicts) / len(batch):.4f}, "
              f"colour {sum(v.color for v in verdicts) / len(batch):.4f}")
    wrong = [(scene, w) for scene in batch for w in world.spoilt(scene, rng)]
    spoilt = torch.from_numpy(np.stack([world.draw(w, sprites, rng) for _, w in wrong]).transpose(0, 3, 1, 2) * 2 - 1)
    passed = judge_all(judge, through_autoencoder(vae, spoilt), [s for s, _ in wrong])
    print(f"drawn wrong on purpose: {sum(v.right for v in passed)} of {len(wrong)} pass")


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the judge.")
    parser.add_argument("--icons", required=True, help="icons.json of @iconify-json/fluent-emoji-flat")
    parser.add_argument("--vae", type=Path, required=True, help="the autoencoder's folder")
    parser.add_argument("--out", type=Path, required=True, help="folder for judge.pt")
    parser.add_argument("--init", type=Path, help="a trained judge to go on from")
    parser.add_argument("--seconds", type=float, default=900, help="how long to train (default: 900)")
    parser.add_argument("--lr", type=float, default=1.5e-3, help="peak learning rate (default: 1.5e-3)")
    parser.add_argument("--batch", type=int, default=48, help="pictures a step (default: 48)")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: 1)")
    args = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(args.threads)
    sprites = world.Sprites(args.icons)
    vae = PatchAutoencoder.from_pretrained(args.vae).eval()
    judge = (load_judge(args.init).train() if args.init else Judge()).to(memory_format=torch.channels_last)
    train(judge, vae, sprites, args)
    args.out.mkdir(parents=True, exist_ok=True)
    torch.save(judge.state_dict(), args.out / "judge.pt")
    report(judge.eval(), vae, sprites)


if __name__ == "__main__":
    main()
