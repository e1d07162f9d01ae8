"""PLADIS (arXiv 2503.07677) and plain entmax in diffusers' U-Net cross-attention.

    z = Q K^T / sqrt(d),   W = lambda * entmax_alpha(z) + (1 - lambda) * softmax(z),   O = W V

The map and the product with V are computed in float64. lambda = 1 is entmax alone, lambda = 0 softmax alone.
"""

from __future__ import annotations

import math
from contextlib import contextmanager

import entmax as entmax_package
import torch
from diffusers import UNet2DConditionModel


def entmax(z: torch.Tensor, alpha: float) -> torch.Tensor:
    if alpha == 1.5:
        return entmax_package.entmax15(z, dim=-1)
    if alpha == 2.0:
        return entmax_package.sparsemax(z, dim=-1)
    return entmax_package.entmax_bisect(z, alpha=alpha, dim=-1, n_iter=50)


class PladisProcessor:
    """diffusers' AttnProcessor2_0 for cross-attention with the map replaced."""

    def __init__(self, lambda_: float, alpha: float):
        self.lambda_, self.alpha = lambda_, alpha

    def weights(self, z: torch.Tensor) -> torch.Tensor:
        return self.lambda_ * entmax(z, self.alpha) + (1 - self.lambda_) * z.softmax(-1)

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, temb=None):
        assert encoder_hidden_states is not None and attention_mask is None, "cross-attention without a mask only"
        batch, width = hidden_states.shape[0], attn.to_k.out_features

        def heads(x: torch.Tensor) -> torch.Tensor:
            return x.view(batch, -1, attn.heads, width // attn.heads).transpose(1, 2).double()

        q = heads(attn.to_q(hidden_states))
        k, v = heads(attn.to_k(encoder_hidden_states)), heads(attn.to_v(encoder_hidden_states))
        w = self.weights(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]))
        out = (w @ v).to(hidden_states.dtype).transpose(1, 2).reshape(batch, -1, width)
        out = attn.to_out[1](attn.to_out[0](out))
        if attn.residual_connection:
            out = out + hidden_states
        return out / attn.rescale_output_factor


def sites(unet: UNet2DConditionModel) -> list[str]:
    return [name for name, module in unet.named_modules() if name.endswith(".attn2") and hasattr(module, "processor")]


@contextmanager
def attention(unet: UNet2DConditionModel, lambda_: float, alpha: float):
    """Within the context every cross-attention of `unet` is PLADIS; lambda = 0 leaves the stock processors."""
    stock = dict(unet.attn_processors)
    if lambda_:
        places = {f"{name}.processor" for name in sites(unet)}
        unet.set_attn_processor({n: PladisProcessor(lambda_, alpha) if n in places else p for n, p in stock.items()})
    try:
        yield
    finally:
        unet.set_attn_processor(stock)
