"""The pocket model as diffusers' and transformers' own classes, from a folder in diffusers' layout or from the ONNX bundle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTokenizer

from autoencoder import PatchAutoencoder

# Weights with fewer elements stay f32: together they are under one percent of the file.
MIN_F16_ELEMENTS = 1024


@dataclass
class Pocket:
    text: CLIPTextModel
    unet: UNet2DConditionModel
    vae: PatchAutoencoder
    tokenizer: CLIPTokenizer
    scheduler: DDIMScheduler

    def modules(self) -> tuple[torch.nn.Module, ...]:
        return self.text, self.unet, self.vae

    def pipeline(self) -> StableDiffusionPipeline:
        return StableDiffusionPipeline(
            vae=self.vae, text_encoder=self.text, tokenizer=self.tokenizer, unet=self.unet, scheduler=self.scheduler,
            safety_checker=None, feature_extractor=None, requires_safety_checker=False)

    def ids(self, prompts: list[str]) -> torch.Tensor:
        return self.tokenizer(prompts, padding="max_length", truncation=True,
                              max_length=self.tokenizer.model_max_length, return_tensors="pt").input_ids

    def save(self, folder: Path) -> None:
        self.text.save_pretrained(folder / "text_encoder")
        self.unet.save_pretrained(folder / "unet")
        self.vae.save_pretrained(folder / "vae")
        self.tokenizer.save_pretrained(folder / "tokenizer")
        self.scheduler.save_pretrained(folder / "scheduler")


def load_pocket(model: Path, vae: Path | None = None) -> Pocket:
    """`model` holds text_encoder/, unet/, tokenizer/ and scheduler/; the autoencoder is in `vae`, or in model/vae.

    Where `model` is the bundle (its unet/ holds model.onnx), the modules are restored from the ONNX files.
    """
    if (model / "unet" / "model.onnx").exists():
        from from_onnx import load_bundle
        return load_bundle(model)
    return Pocket(
        text=CLIPTextModel.from_pretrained(model / "text_encoder").eval(),
        unet=UNet2DConditionModel.from_pretrained(model / "unet", low_cpu_mem_usage=False).eval(),
        vae=PatchAutoencoder.from_pretrained(vae or model / "vae", low_cpu_mem_usage=False).eval(),
        tokenizer=CLIPTokenizer.from_pretrained(model / "tokenizer"),
        scheduler=DDIMScheduler.from_pretrained(model / "scheduler"))


@torch.no_grad()
def round_to_f16(pocket: Pocket) -> None:
    """Round to f16 what the bundle stores as f16: every matrix, table and kernel; norms, biases and small ones stay."""
    for module in pocket.modules():
        for parameter in module.parameters():
            if parameter.ndim >= 2 and parameter.numel() >= MIN_F16_ELEMENTS:
                parameter.copy_(parameter.half().float())
