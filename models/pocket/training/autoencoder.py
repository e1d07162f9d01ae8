"""The image autoencoder: 64x64x3 <-> 16x16x8.

The encoder is linear: the leading principal components of 4x4 patches, each scaled by its deviation to the power -1/2.
The decoder is the linear inverse plus a convolutional residual, which knows what the icons look like.
It serves where diffusers expects an AutoencoderKL: encode(x).latent_dist, decode(z).sample, config.scaling_factor.
"""

from __future__ import annotations

import math
from types import SimpleNamespace

import torch
import torch.nn as nn
import torch.nn.functional as F
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin

PATCH = 4


class Residual(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(8, channels), nn.Conv2d(channels, channels, 3, padding=1)
        self.norm2, self.conv2 = nn.GroupNorm(8, channels), nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.conv2(F.silu(self.norm2(self.conv1(F.silu(self.norm1(x))))))


class Point:
    """A latent distribution without spread."""

    def __init__(self, mean: torch.Tensor):
        self.mean = mean

    def sample(self, generator: torch.Generator | None = None) -> torch.Tensor:
        return self.mean

    def mode(self) -> torch.Tensor:
        return self.mean


class PatchAutoencoder(ModelMixin, ConfigMixin):
    # `block_out_channels` is here only for its length, from which diffusers computes the scale 2 ** (3 - 1) = 4.
    @register_to_config
    def __init__(self, latent_channels=8, width=96, blocks=5, scaling_factor=1.0, block_out_channels=(1, 1, 1),
                 shift_factor=0.0, force_upcast=False):
        super().__init__()
        patch = 3 * PATCH * PATCH
        self.encoder = nn.Conv2d(3, latent_channels, PATCH, PATCH)
        self.linear = nn.Conv2d(latent_channels, patch, 1)
        self.enter = nn.Conv2d(latent_channels, width, 3, padding=1)
        self.body = nn.Sequential(*(Residual(width) for _ in range(blocks)))
        self.leave = nn.Sequential(nn.GroupNorm(8, width), nn.SiLU(), nn.Conv2d(width, 4 * 32, 3, padding=1))
        self.fine = nn.Sequential(nn.GroupNorm(8, 32), nn.SiLU(), nn.Conv2d(32, 4 * 3, 3, padding=1))
        nn.init.zeros_(self.fine[-1].weight)
        nn.init.zeros_(self.fine[-1].bias)

    def encode(self, x: torch.Tensor, return_dict: bool = True):
        latent = Point(self.encoder(x))
        return SimpleNamespace(latent_dist=latent) if return_dict else (latent,)

    def decode(self, z: torch.Tensor, return_dict: bool = True, generator: torch.Generator | None = None):
        coarse = F.pixel_shuffle(self.linear(z), PATCH)
        h = F.pixel_shuffle(self.leave(self.body(self.enter(z))), 2)
        y = coarse + F.pixel_shuffle(self.fine(h), 2)
        return SimpleNamespace(sample=y) if return_dict else (y,)

    @torch.no_grad()
    def fit_linear(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Set encoder and linear inverse to the principal components of the patches of images (N, 3, H, W) in [-1, 1].

        Returns the deviation and the mean of each latent channel.
        """
        channels = self.config.latent_channels
        patches = F.pixel_unshuffle(images, PATCH).permute(0, 2, 3, 1).reshape(-1, 3 * PATCH * PATCH)
        mean = patches.mean(0)
        _, singular, components = torch.linalg.svd(patches - mean, full_matrices=False)
        scale = (singular / math.sqrt(len(patches)))[:channels] ** -0.5
        weight = scale[:, None] * components[:channels]
        self.encoder.weight.copy_(weight.view(channels, 3, PATCH, PATCH))
        self.encoder.bias.copy_(-(weight @ mean))
        self.linear.weight.copy_((components[:channels] / scale[:, None]).T[:, :, None, None])
        self.linear.bias.copy_(mean)
        z = self.encoder(images)
        self.register_to_config(scaling_factor=float(1 / z.std()))
        return z.std((0, 2, 3)), z.mean((0, 2, 3))

    @torch.no_grad()
    def fit_rest(self, narrow: PatchAutoencoder, images: torch.Tensor) -> None:
        """Take over the first channels, and the decoder, of an autoencoder with fewer of them; the others become the principal
        components of what it leaves out of the patches of images (N, 3, H, W) in [-1, 1], so that what reads the first ones can
        go on doing so."""
        have, want = narrow.config.latent_channels, self.config.latent_channels
        mine, theirs = self.state_dict(), narrow.state_dict()
        for name, value in theirs.items():
            if mine[name].shape == value.shape:
                mine[name].copy_(value)
        patches = F.pixel_unshuffle(images, PATCH).permute(0, 2, 3, 1).reshape(-1, 3 * PATCH * PATCH)
        encode, decode = narrow.encoder.weight.view(have, -1), narrow.linear.weight[:, :, 0, 0]
        rest = patches - F.linear(F.linear(patches, encode, narrow.encoder.bias), decode, narrow.linear.bias)
        mean = rest.mean(0)
        _, singular, components = torch.linalg.svd(rest - mean, full_matrices=False)
        components = components[:want - have]
        scale = (singular / math.sqrt(len(rest)))[:want - have] ** -0.5
        # What is left out is itself a linear map of the patch, so encoding it is one more linear map.
        weight = scale[:, None] * (components - components @ decode @ encode)
        bias = -scale * (components @ (decode @ narrow.encoder.bias + narrow.linear.bias + mean))
        self.encoder.weight.copy_(torch.cat([narrow.encoder.weight, weight.view(-1, 3, PATCH, PATCH)]))
        self.encoder.bias.copy_(torch.cat([narrow.encoder.bias, bias]))
        self.linear.weight.copy_(torch.cat([narrow.linear.weight, (components / scale[:, None]).T[:, :, None, None]], 1))
        self.linear.bias.copy_(narrow.linear.bias + mean)
        self.enter.weight.copy_(torch.cat([narrow.enter.weight, torch.zeros_like(self.enter.weight[:, have:])], 1))
