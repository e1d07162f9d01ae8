"""Train the text encoder (CLIPTextModel) and the U-Net (UNet2DConditionModel) together, v-prediction, for a given time.

Saves every seven minutes and at the end: state.pt, from which the next run goes on, and the averaged weights in diffusers' layout.

    python train_unet.py --icons icons.json --vae ae --out model --seconds 7000

With --workers 2, two processes share a batch, each on a thread of its own: nearly twice as fast, where two threads of one process gain
next to nothing, as half of a step is spent in what does not parallelise.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

import workers
import world
from autoencoder import PatchAutoencoder
from tokenizer import CONTEXT, make_tokenizer
from train_text import Layout, told

SAVE_EVERY_SECONDS = 420
EMPTY_PROMPTS = 0.1
SAMPLE_PROMPTS = [
    "a cat left of a rocket on a blue background", "a big pizza on a yellow background",
    "an owl above a crown right of a gift on a purple background", "a small star on a black background",
    "a blue cat, a pink fox and a red rocket above a green owl and a bee", "three lemons on a gray background", "two robots above three ghosts on a pink background",
    "a red fox left of a blue bus above a tree right of a pink moon on an orange background",
]


def new_text(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    return CLIPTextModel(CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=128, intermediate_size=512, num_hidden_layers=3, num_attention_heads=4,
        max_position_embeddings=CONTEXT, bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.eos_token_id))


def new_unet(channels: int) -> UNet2DConditionModel:
    return UNet2DConditionModel(
        sample_size=16, in_channels=channels, out_channels=channels, block_out_channels=(64, 128, 192), layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=128, attention_head_dim=4, norm_num_groups=16)


def new_scheduler() -> DDIMScheduler:
    return DDIMScheduler(
        num_train_timesteps=1000, beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
        prediction_type="v_prediction", clip_sample=False, set_alpha_to_one=False, steps_offset=1,
        timestep_spacing="trailing")


def open_tokenizer(out: Path, init: Path | None) -> CLIPTokenizer:
    if (out / "state.pt").exists():
        return CLIPTokenizer.from_pretrained(out / "tokenizer")
    if init is None:
        return make_tokenizer(out / "tokenizer")
    tokenizer = CLIPTokenizer.from_pretrained(init / "tokenizer")
    tokenizer.save_pretrained(out / "tokenizer")
    return tokenizer


class Trainer:
    """One of --workers processes that hold the same weights: each has a share of the batch, and gradients are averaged."""

    def __init__(self, args: argparse.Namespace, rank: int):
        self.args, self.out, self.rank = args, args.out, rank
        self.share = args.batch // args.workers
        self.vae = PatchAutoencoder.from_pretrained(args.vae).eval()
        self.scale = self.vae.config.scaling_factor
        self.tokenizer = open_tokenizer(args.out, args.init)
        self.text = new_text(self.tokenizer)
        self.unet = new_unet(self.vae.config.latent_channels).to(memory_format=torch.channels_last)
        self.scheduler = new_scheduler()
        if args.init:
            self.unet.load_state_dict(UNet2DConditionModel.from_pretrained(args.init / "unet").state_dict())
            self.text.load_state_dict(CLIPTextModel.from_pretrained(args.init / "text_encoder").state_dict())
        # Its loss keeps the layout in the last tokens while the U-Net learns to read them.
        self.layout = Layout(self.text.config.hidden_size, CONTEXT)
        self.params = [*self.unet.parameters(), *self.text.parameters()]
        self.optimizer = torch.optim.AdamW([*self.params, *self.layout.parameters()], lr=args.lr, weight_decay=1e-2, betas=(0.9, 0.99), fused=True)
        self.average = [p.detach().clone() for p in self.params]
        self.seen, self.spent = 0, 0.0
        self.resume()
        self.rng = random.Random(f"{time.time()} {rank}")
        self.start = time.time()

    def elapsed(self) -> float:
        return time.time() - self.start

    def resume(self) -> None:
        path = self.out / "state.pt"
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        self.unet.load_state_dict(state["unet"])
        self.text.load_state_dict(state["text"])
        self.layout.load_state_dict(state["layout"])
        self.optimizer.load_state_dict(state["opt"])
        self.average, self.seen, self.spent = state["ema"], state["seen"], state["spent"]
        print(f"goes on from {self.seen} pictures, {self.spent:.0f}s", flush=True)

    def encode_prompts(self, prompts: list[str]) -> torch.Tensor:
        ids = self.tokenizer(prompts, padding="max_length", truncation=True, max_length=CONTEXT, return_tensors="pt").input_ids
        return self.text(ids)[0]

    def learning_rate(self, step: int) -> float:
        args = self.args
        spent, total = (0, args.seconds) if args.last else (self.spent, args.total or args.seconds)
        done = 0 if args.constant else min(1, (spent + self.elapsed()) / total)
        return self.args.lr * min(1, (step + 1) / 300) * (0.5 + 0.5 * math.cos(math.pi * done)) + 1e-5

    def loss(self, sprites: world.Sprites) -> torch.Tensor:
        batch, min_snr = self.share, self.args.min_snr
        images, drawn = world.batch(batch, sprites, self.rng)
        with torch.no_grad():
            x0 = self.vae.encode(torch.from_numpy(images)).latent_dist.mode() * self.scale
        captions = ["" if self.rng.random() < EMPTY_PROMPTS else s.caption for s in drawn]
        u = torch.rand(batch)
        t = (1000 * (u if min_snr else 1 - u * u)).long().clamp(0, 999)
        noise = torch.randn_like(x0)
        alpha = self.scheduler.alphas_cumprod[t].view(-1, 1, 1, 1)
        xt = (alpha.sqrt() * x0 + (1 - alpha).sqrt() * noise).to(memory_format=torch.channels_last)
        v = alpha.sqrt() * noise - (1 - alpha).sqrt() * x0
        states = self.encode_prompts(captions)
        prediction = self.unet(xt, t, states).sample
        each = F.mse_loss(prediction, v, reduction="none").mean((1, 2, 3))
        if min_snr:
            snr = (alpha / (1 - alpha)).flatten()
            each = each * snr.clamp(max=5) / (snr + 1)
        said = [i for i, caption in enumerate(captions) if caption]
        layout = told(self.layout, states[said], [drawn[i] for i in said])[0]
        return each.mean() / 0.5 + self.args.layout * layout

    def step(self, loss: torch.Tensor) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        workers.average_gradients(self.optimizer.param_groups[0]["params"])
        torch.nn.utils.clip_grad_norm_(self.params, 1.0)
        self.optimizer.step()
        self.seen += self.args.batch
        steps = self.seen / self.args.batch
        decay = min(self.args.ema, (steps + 1) / (steps + 20))
        with torch.no_grad():
            torch._foreach_lerp_(self.average, [p.detach() for p in self.params], 1 - decay)

    def train(self, sprites: world.Sprites) -> None:
        step, shown = 0, None
        self.start = saved = time.time()
        while workers.agreed(self.elapsed()) < self.args.seconds:
            lr = workers.agreed(self.learning_rate(step))
            for group in self.optimizer.param_groups:
                group["lr"] = lr
            loss = self.loss(sprites)
            self.step(loss)
            shown = loss.item() if shown is None else 0.98 * shown + 0.02 * loss.item()
            if step % 200 == 0 and self.rank == 0:
                rate = self.seen / (self.spent + self.elapsed())
                print(f"{self.elapsed():.0f}s seen {self.seen} loss {shown:.4f} lr {lr:.2e} ({rate:.0f}/s)", flush=True)
            step += 1
            if self.rank == 0 and time.time() - saved > SAVE_EVERY_SECONDS:
                self.save()
                saved = time.time()
        if self.rank == 0:
            self.save()
            print(f"done, {self.seen} pictures seen", flush=True)

    @torch.no_grad()
    def save(self) -> None:
        state = {"unet": self.unet.state_dict(), "text": self.text.state_dict(),
                 "layout": self.layout.state_dict(), "opt": self.optimizer.state_dict(),
                 "ema": self.average, "seen": self.seen, "spent": self.spent + self.elapsed()}
        torch.save(state, self.out / "state.tmp")
        os.replace(self.out / "state.tmp", self.out / "state.pt")
        live = [p.detach().clone() for p in self.params]
        self.set_weights(self.average)
        self.unet.save_pretrained(self.out / "unet")
        self.text.save_pretrained(self.out / "text_encoder")
        self.scheduler.save_pretrained(self.out / "scheduler")
        self.sample()
        self.set_weights(live)

    def set_weights(self, values: list[torch.Tensor]) -> None:
        for p, value in zip(self.params, values, strict=True):
            p.copy_(value)

    def sample(self, steps: int = 20, scale: float = 4.0) -> None:
        """sample.png: eight prompts, to be looked at."""
        self.unet.eval()
        self.text.eval()
        n = len(SAMPLE_PROMPTS)
        embeds = torch.cat([self.encode_prompts([""] * n), self.encode_prompts(SAMPLE_PROMPTS)])
        channels, size = self.unet.config.in_channels, self.unet.config.sample_size
        x = torch.randn(n, channels, size, size, generator=torch.Generator().manual_seed(3))
        self.scheduler.set_timesteps(steps)
        for t in self.scheduler.timesteps:
            u, c = self.unet(torch.cat([x, x]), t, embeds).sample.chunk(2)
            x = self.scheduler.step(u + scale * (c - u), t, x).prev_sample
        images = self.vae.decode(x / self.scale).sample
        world.contact_sheet(images.numpy(), 4, scale=4).save(self.out / "sample.png")
        self.unet.train()
        self.text.train()


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train the text encoder and the U-Net.")
    parser.add_argument("--icons", required=True, help="icons.json of @iconify-json/fluent-emoji-flat")
    parser.add_argument("--vae", type=Path, required=True, help="the autoencoder's folder")
    parser.add_argument("--out", type=Path, required=True, help="folder of the model; goes on from its state.pt")
    parser.add_argument("--init", type=Path, help="a trained model to start from, where --out has no state.pt")
    parser.add_argument("--seconds", type=float, default=3600, help="how long to train (default: 3600)")
    parser.add_argument("--total", type=float, help="length of the learning-rate schedule, if longer than this run")
    parser.add_argument("--batch", type=int, default=32, help="scenes a step (default: 32)")
    parser.add_argument("--lr", type=float, default=6e-4, help="peak learning rate (default: 6e-4)")
    parser.add_argument("--constant", action="store_true",
                        help="hold the learning rate: for many sittings, the last of them without it")
    parser.add_argument("--last", action="store_true", help="the learning rate falls to nothing within this sitting")
    parser.add_argument("--ema", type=float, default=0.999, help="decay of the averaged weights (default: 0.999)")
    parser.add_argument("--layout", type=float, default=0.05,
                        help="weight of reading the layout from the prompt's last tokens (default: 0.05)")
    parser.add_argument("--min-snr", action="store_true",
                        help="min-SNR weights instead of a plain v loss with more of the noisy steps; they starve the noisiest "
                             "steps, where the layout is decided")
    workers.add_arguments(parser)
    args = parser.parse_args()
    workers.check_arguments(parser, args)
    return args


def work(rank: int, args: argparse.Namespace) -> None:
    torch.manual_seed(0)
    trainer = workers.wait_for_first(rank, lambda: Trainer(args, rank))
    torch.seed()
    if rank == 0:
        sizes = {m: sum(p.numel() for p in getattr(trainer, m).parameters()) for m in ("unet", "text")}
        print(f"parameters: {sizes}, vocabulary {len(trainer.tokenizer)}", flush=True)
    trainer.train(world.Sprites(args.icons))


def main() -> None:
    workers.run(work, parse())


if __name__ == "__main__":
    main()
