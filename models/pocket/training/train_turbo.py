"""Distil a guided teacher into a student that draws in one or two steps without guidance.

Where a distillation usually asks the teacher for pictures, here the truth is at hand: a caption has as many true drawings as its
objects can be moved by a pixel or two. The student begins as the teacher, draws in one step and in two from the same noise, and learns
the true drawing that is nearest to its own first picture. So each target is crisp (a mean over the true drawings would be a blur), it is
the one that takes the least change, and none carries a blemish of the teacher's. That is implicit maximum likelihood estimation
(arXiv 1809.09087) with an exact search in place of samples. Guidance is not needed, as what it mends is in no target.

Two jumps are learnt: from pure noise (timestep 999), and from what the first jump leaves for a second step (timestep 499, the trailing
spacing of two DDIM steps), on which the student mends its own first picture.

    python train_turbo.py --teacher model --icons icons.json --out turbo --seconds 7000

Goes on from --out's state.pt.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import time
from pathlib import Path

import numpy as np
import torch

import workers
import world
from pocket import Pocket, load_pocket

SAVE_EVERY_SECONDS = 420
STARTS = (999, 499)


class Student:
    def __init__(self, pocket: Pocket):
        self.pocket, self.unet, self.text = pocket, pocket.unet, pocket.text
        cumulated = pocket.scheduler.alphas_cumprod
        self.level = {t: (cumulated[t].sqrt(), (1 - cumulated[t]).sqrt()) for t in STARTS}
        self.end = cumulated[0].sqrt(), (1 - cumulated[0]).sqrt()

    def jump(self, x: torch.Tensor, t: int, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Predicted picture and noise, from a v-prediction."""
        a, s = self.level[t]
        v = self.unet(x, t, states).sample
        return a * x - s * v, s * x + a * v

    @torch.no_grad()
    def nearest(self, latents: torch.Tensor, scenes: list[world.Scene], sprites: world.Sprites) -> torch.Tensor:
        """Latents of the true drawings nearest to what the latents show."""
        scale = self.pocket.vae.config.scaling_factor
        images = self.pocket.vae.decode(latents / scale).sample.clamp(-1, 1)
        pixels = (images.permute(0, 2, 3, 1).numpy() + 1) / 2
        true = np.stack([world.nearest_drawing(scene, image, sprites) for scene, image in zip(scenes, pixels, strict=True)])
        return self.pocket.vae.encode(torch.from_numpy(true).permute(0, 3, 1, 2) * 2 - 1).latent_dist.mode() * scale

    def draw(self, noise: torch.Tensor, captions: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """What one and what two DDIM steps make of the noise; the second does not train the first."""
        states = self.text(self.pocket.ids(captions))[0]
        x0, eps = self.jump(noise, STARTS[0], states)
        one = self.end[0] * x0 + self.end[1] * eps
        a, s = self.level[STARTS[1]]
        x0, eps = self.jump((a * x0 + s * eps).detach(), STARTS[1], states)
        return one, self.end[0] * x0 + self.end[1] * eps


def huber(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Pseudo-Huber distance (arXiv 2310.14189, equation 5): between two true pictures it chooses, where squares would blend."""
    c = 0.03 * math.sqrt(a[0].numel())
    return (((a - b) ** 2).flatten(1).sum(1) + c * c).sqrt().mean() - c


class Trainer:
    def __init__(self, args: argparse.Namespace, rank: int):
        self.args, self.rank = args, rank
        self.student = Student(load_pocket(args.teacher, args.vae))
        self.sprites = world.Sprites(args.icons)
        self.params = [*self.student.unet.parameters(), *self.student.text.parameters()]
        self.optimizer = torch.optim.AdamW(self.params, lr=args.lr, weight_decay=1e-3, betas=(0.9, 0.99), fused=True)
        self.average = [p.detach().clone() for p in self.params]
        self.seen, self.spent = 0, 0.0
        self.state = args.out / "state.pt"
        if self.state.exists():
            self.resume()

    def resume(self) -> None:
        state = torch.load(self.state, weights_only=True)
        with torch.no_grad():
            for p, value in zip(self.params, state["params"], strict=True):
                p.copy_(value)
        self.optimizer.load_state_dict(state["opt"])
        self.average, self.seen, self.spent = state["ema"], state["seen"], state["spent"]
        print(f"goes on from {self.seen} pictures, {self.spent:.0f}s", flush=True)

    def save(self, elapsed: float) -> None:
        self.args.out.mkdir(parents=True, exist_ok=True)
        live = [p.detach().clone() for p in self.params]
        state = {"params": live, "opt": self.optimizer.state_dict(), "ema": self.average, "seen": self.seen,
                 "spent": self.spent + elapsed}
        torch.save(state, self.state.with_suffix(".tmp"))
        os.replace(self.state.with_suffix(".tmp"), self.state)
        self.set_weights(self.average)
        self.student.pocket.save(self.args.out)
        self.set_weights(live)

    @torch.no_grad()
    def set_weights(self, values: list[torch.Tensor]) -> None:
        for p, value in zip(self.params, values, strict=True):
            p.copy_(value)

    def step(self, scenes: list[world.Scene]) -> tuple[float, float]:
        config = self.student.unet.config
        noise = torch.randn(len(scenes), config.in_channels, config.sample_size, config.sample_size)
        one, two = self.student.draw(noise, [scene.caption for scene in scenes])
        wanted = self.student.nearest(one.detach(), scenes, self.sprites)
        losses = huber(one, wanted), huber(two, wanted)
        self.optimizer.zero_grad(set_to_none=True)
        sum(losses).backward()
        workers.average_gradients(self.params)
        torch.nn.utils.clip_grad_norm_(self.params, 1.0)
        self.optimizer.step()
        self.seen += self.args.batch
        decay = min(self.args.ema, (self.seen / self.args.batch + 1) / (self.seen / self.args.batch + 20))
        with torch.no_grad():
            torch._foreach_lerp_(self.average, [p.detach() for p in self.params], 1 - decay)
        return losses[0].item(), losses[1].item()

    def train(self) -> None:
        rng, start, step = random.Random(f"{time.time()} {self.rank}"), time.time(), 0
        saved, shown = start, None
        while (elapsed := workers.agreed(time.time() - start)) < self.args.seconds:
            done = min(1, (self.spent + elapsed) / (self.args.total or self.args.seconds))
            for group in self.optimizer.param_groups:
                group["lr"] = self.args.lr * min(1, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * done)) + 1e-6
            losses = self.step([world.random_scene(rng) for _ in range(self.args.batch // self.args.workers)])
            shown = losses if shown is None else tuple(0.98 * a + 0.02 * b for a, b in zip(shown, losses, strict=True))
            if step % 100 == 0 and self.rank == 0:
                print(f"{elapsed:.0f}s seen {self.seen}, one step {shown[0]:.3f} two {shown[1]:.3f}", flush=True)
            step += 1
            if self.rank == 0 and time.time() - saved > SAVE_EVERY_SECONDS:
                self.save(time.time() - start)
                saved = time.time()
        if self.rank == 0:
            self.save(time.time() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description="Distil a guided teacher into one or two steps without guidance.")
    parser.add_argument("--teacher", type=Path, required=True, help="folder in diffusers' layout, or a bundle")
    parser.add_argument("--vae", type=Path, help="the autoencoder's folder (default: TEACHER/vae)")
    parser.add_argument("--icons", type=Path, required=True, help="icons.json of @iconify-json/fluent-emoji-flat")
    parser.add_argument("--out", type=Path, required=True, help="folder of the student; goes on from its state.pt")
    parser.add_argument("--seconds", type=float, default=7000, help="how long to train (default: 7000)")
    parser.add_argument("--total", type=float, help="length of the learning-rate schedule, if longer than this run")
    parser.add_argument("--batch", type=int, default=32, help="pictures a step (default: 32)")
    parser.add_argument("--lr", type=float, default=3e-4, help="peak learning rate (default: 3e-4)")
    parser.add_argument("--ema", type=float, default=0.999, help="decay of the averaged weights (default: 0.999)")
    workers.add_arguments(parser)
    args = parser.parse_args()
    workers.check_arguments(parser, args)
    workers.run(work, args)


def work(rank: int, args: argparse.Namespace) -> None:
    torch.seed()
    Trainer(args, rank).train()


if __name__ == "__main__":
    main()
