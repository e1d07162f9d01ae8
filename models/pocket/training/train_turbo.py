"""Distil a guided teacher into a student that draws in one or two steps without guidance.

The teacher's ODE ties each noise to one picture (make_pairs.py has written which), so the student can learn the jump from noise to
picture by plain regression: no adversary, no score of fakes. Two jumps are learnt: from pure noise (timestep 999), and from the
noise that the student's own first jump leaves for a second step (timestep 499, the trailing spacing of two DDIM steps), on which it
mends what the first jump blurred. Guidance is in the teacher's pictures, so the student needs none.

    python train_turbo.py --teacher model --pairs pairs --out turbo --seconds 7000

Goes on from --out's state.pt; pairs may be added meanwhile.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import time
from pathlib import Path

import torch

import workers
from make_pairs import CHUNK, noise_of, scenes_of
from pocket import Pocket, load_pocket

SAVE_EVERY_SECONDS = 420
STARTS = (999, 499)


class Pairs:
    """Noise, result and caption of random pairs whose result is right."""

    def __init__(self, folder: Path):
        self.folder, self.results, self.chunks = folder, torch.empty(0), set()
        self.numbers: list[int] = []
        self.captions: list[str] = []
        self.refresh()

    def refresh(self) -> None:
        """Reads the chunks that have been written since."""
        paths = [path for path in sorted(self.folder.glob("*.pt")) if path not in self.chunks]
        for path in paths:
            chunk, first = torch.load(path, weights_only=True), int(path.stem) * CHUNK
            right = chunk["right"].nonzero().flatten().tolist()
            scenes = scenes_of(first, CHUNK)
            self.results = torch.cat([*([self.results] if self.numbers else []), chunk["results"][right]])
            self.numbers += [first + i for i in right]
            self.captions += [scenes[i].caption for i in right]
            self.chunks.add(path)

    def batch(self, n: int, rng: random.Random) -> tuple[torch.Tensor, torch.Tensor, list[str]]:
        picked = rng.sample(range(len(self.captions)), n)
        results = self.results[picked].float()
        noise = torch.cat([noise_of(self.numbers[i], 1, tuple(results.shape[1:])) for i in picked])
        return noise, results, [self.captions[i] for i in picked]


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
        print(f"goes on from {self.seen} pairs, {self.spent:.0f}s", flush=True)

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

    def step(self, noise: torch.Tensor, wanted: torch.Tensor, captions: list[str]) -> tuple[float, float]:
        one, two = self.student.draw(noise, captions)
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

    def train(self, pairs: Pairs) -> None:
        rng, start, step = random.Random(f"{time.time()} {self.rank}"), time.time(), 0
        saved, shown = start, None
        while (elapsed := workers.agreed(time.time() - start)) < self.args.seconds:
            done = min(1, (self.spent + elapsed) / (self.args.total or self.args.seconds))
            for group in self.optimizer.param_groups:
                group["lr"] = self.args.lr * min(1, (step + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * done)) + 1e-6
            losses = self.step(*pairs.batch(self.args.batch // self.args.workers, rng))
            shown = losses if shown is None else tuple(0.98 * a + 0.02 * b for a, b in zip(shown, losses, strict=True))
            if step % 100 == 0:
                pairs.refresh()
                if self.rank == 0:
                    print(f"{elapsed:.0f}s seen {self.seen} of {len(pairs.captions)} pairs, "
                          f"one step {shown[0]:.3f} two {shown[1]:.3f}", flush=True)
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
    parser.add_argument("--pairs", type=Path, required=True, help="what make_pairs.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder of the student; goes on from its state.pt")
    parser.add_argument("--seconds", type=float, default=7000, help="how long to train (default: 7000)")
    parser.add_argument("--total", type=float, help="length of the learning-rate schedule, if longer than this run")
    parser.add_argument("--batch", type=int, default=32, help="pairs a step (default: 32)")
    parser.add_argument("--lr", type=float, default=3e-4, help="peak learning rate (default: 3e-4)")
    parser.add_argument("--ema", type=float, default=0.999, help="decay of the averaged weights (default: 0.999)")
    workers.add_arguments(parser)
    args = parser.parse_args()
    workers.check_arguments(parser, args)
    workers.run(work, args)


def work(rank: int, args: argparse.Namespace) -> None:
    torch.seed()
    Trainer(args, rank).train(Pairs(args.pairs))


if __name__ == "__main__":
    main()
