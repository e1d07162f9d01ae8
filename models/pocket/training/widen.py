"""Give the latents more channels: the autoencoder keeps more of each patch, and the U-Net keeps what it knows of the first ones.

    python widen.py --icons icons.json --model model --vae ae --channels 16 --out model16 --out-vae ae16
"""

from __future__ import annotations

import argparse
import random
import shutil
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel

import world
from autoencoder import PatchAutoencoder


def widen_unet(narrow: UNet2DConditionModel, channels: int) -> UNet2DConditionModel:
    """New input channels are not looked at yet, and new output channels are zero."""
    config = {**narrow.config, "in_channels": channels, "out_channels": channels}
    wide = UNet2DConditionModel.from_config(config)
    have = narrow.config.in_channels
    mine, theirs = wide.state_dict(), narrow.state_dict()
    for name, value in mine.items():
        if name == "conv_in.weight":
            value.zero_()[:, :have] = theirs[name]
        elif name.startswith("conv_out."):
            value.zero_()[:have] = theirs[name]
        else:
            value.copy_(theirs[name])
    return wide


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description="Give the latents more channels.")
    parser.add_argument("--icons", required=True, help="icons.json of @iconify-json/fluent-emoji-flat")
    parser.add_argument("--model", type=Path, required=True, help="folder with text_encoder, tokenizer, unet, scheduler")
    parser.add_argument("--vae", type=Path, required=True, help="the autoencoder's folder")
    parser.add_argument("--channels", type=int, default=16, help="latent channels (default: 16)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model")
    parser.add_argument("--out-vae", type=Path, required=True, help="folder for the autoencoder")
    args = parser.parse_args()
    images = torch.from_numpy(world.batch(600, world.Sprites(args.icons), random.Random(3))[0])
    narrow = PatchAutoencoder.from_pretrained(args.vae)
    vae = PatchAutoencoder(**{**narrow.config, "latent_channels": args.channels})
    vae.fit_rest(narrow, images)
    vae.save_pretrained(args.out_vae)
    z = vae.encoder(images) * vae.config.scaling_factor
    print("deviation of each channel", z.std((0, 2, 3)))
    shutil.copytree(args.model, args.out, dirs_exist_ok=True, ignore=shutil.ignore_patterns("state*", "unet"))
    widen_unet(UNet2DConditionModel.from_pretrained(args.model / "unet"), args.channels).save_pretrained(args.out / "unet")


if __name__ == "__main__":
    main()
