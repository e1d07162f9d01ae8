"""Run diffusers' own StableDiffusionPipeline on the bundle's weights and write what it computes, as goldens for the tests.

    python make_goldens.py --bundle ../bundle --out ../../../tests/fixtures/pocket

The weights are those of the bundle (f16, restored into PyTorch), everything else is diffusers: pipeline, schedulers, guidance.
Two runs on one machine write equal bytes.
"""

from __future__ import annotations

import argparse
import functools
import importlib.metadata
import platform
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import diffusers
import diffusers.utils.torch_utils as torch_utils
import numpy as np
import torch
from transformers import CLIPTokenizerFast

from from_onnx import load_bundle
from goldens import GoldenWriter
from pladis import attention, sites
from pocket import Pocket
from probes import PROBES, ROCKET

SEED = 42
ATTENTIONS = {
    "dense": {"kind": "dense"},
    "entmax_a1.5": {"kind": "entmax", "alpha": 1.5},
    "pladis_l2_a1.5": {"kind": "pladis", "lambda": 2, "alpha": 1.5},
    "pladis_l1.5_a2": {"kind": "pladis", "lambda": 1.5, "alpha": 2},
    "pladis_l2_a1.25": {"kind": "pladis", "lambda": 2, "alpha": 1.25},
}
SCHEDULERS = {"ddim": "DDIMScheduler", "euler": "EulerDiscreteScheduler", "dpmpp_2m": "DPMSolverMultistepScheduler"}
CFG = {"kind": "cfg", "scale": 3, "rescale": 0}
NONE = {"kind": "none"}
PERTURBATION = 1e-6


@dataclass(frozen=True)
class Recipe:
    attention: dict = field(default_factory=lambda: ATTENTIONS["dense"])
    guidance: dict = field(default_factory=lambda: CFG)
    solver: str = "ddim"
    steps: int = 10
    scheduler_options: dict = field(default_factory=dict)
    prompt: str = ROCKET
    negative_prompt: str = ""
    clip_skip: int | None = None
    seeds: tuple[int, ...] = (SEED,)
    # All latents, the decoder's input and the first model output; else the latents after the first, a middle and the last step.
    full: bool = False


def recipes() -> dict[str, Recipe]:
    found = {}
    for solver in SCHEDULERS:
        for name, policy in ATTENTIONS.items():
            for guidance in (CFG, NONE):
                full = guidance is CFG and name in ("dense", "pladis_l2_a1.5")
                found[f"{solver}_{name}_{guidance['kind']}"] = Recipe(policy, guidance, solver, full=full)
    base = Recipe()
    return found | {
        "negative_prompt": replace(base, negative_prompt="a dog on a red background"),
        "guidance_rescale_0.7": replace(base, guidance=CFG | {"rescale": 0.7}),
        "euler_karras": replace(base, solver="euler", scheduler_options={"use_karras_sigmas": True}),
        "dpmpp_2m_karras": replace(base, solver="dpmpp_2m", scheduler_options={"use_karras_sigmas": True}),
        "clip_skip_1": replace(base, clip_skip=1),
        "two_images": replace(base, seeds=(SEED, SEED + 1)),
        "steps_20": replace(base, steps=20),
        "pladis_other_prompt": replace(base, attention=ATTENTIONS["pladis_l2_a1.5"],
                                       prompt="an owl below a crown on a purple background"),
    }


@contextmanager
def noise_draws(perturbation: float):
    """Every randn_tensor of diffusers, moved by N(0, perturbation)."""
    original, draws = torch_utils.randn_tensor, []
    generator = torch.Generator().manual_seed(99)

    @functools.wraps(original)
    def recorded(*args, **kwargs):
        draw = original(*args, **kwargs)
        if perturbation:
            draw = draw + perturbation * torch.randn(draw.shape, generator=generator)
        draws.append(draw.clone())
        return draw

    modules = [m for name, m in sys.modules.items() if name.startswith("diffusers") and vars(m).get("randn_tensor") is original]
    for module in modules:
        module.randn_tensor = recorded
    try:
        yield draws
    finally:
        for module in modules:
            module.randn_tensor = original


class Run:
    """One run of the pipeline: latents after each step, the denoiser's first output, the picture as f32 and as bytes."""

    def __init__(self, pocket: Pocket, recipe: Recipe, perturbation: float = 0):
        self.scheduler = build_scheduler(pocket, recipe)
        self.pipe = replace(pocket, scheduler=self.scheduler).pipeline()
        self.pipe.set_progress_bar_config(disable=True)
        self.latents: list[torch.Tensor] = []
        self.model_outputs: list[torch.Tensor] = []
        lambda_, alpha = lambda_alpha(recipe.attention)
        hook = self.pipe.unet.register_forward_hook(lambda module, args, out: self.model_outputs.append(out[0].clone()))
        with noise_draws(perturbation) as draws, attention(self.pipe.unet, lambda_, alpha):
            self.image = self.pipe(**call_arguments(recipe), output_type="pt", callback_on_step_end=self.record).images
        hook.remove()
        (self.noise,) = draws

    def record(self, pipe, step, timestep, tensors):
        self.latents.append(tensors["latents"].clone())
        return {}

    def png_bytes(self) -> np.ndarray:
        """(B, H, W, 3) uint8, as diffusers hands it to PIL."""
        processor = self.pipe.image_processor
        return np.stack([np.asarray(i) for i in processor.numpy_to_pil(processor.pt_to_numpy(self.image))])


def lambda_alpha(policy: dict) -> tuple[float, float]:
    if policy["kind"] == "dense":
        return 0, 1
    return policy.get("lambda", 1), policy["alpha"]


def build_scheduler(pocket: Pocket, recipe: Recipe):
    cls = getattr(diffusers, SCHEDULERS[recipe.solver])
    return cls.from_config(pocket.scheduler.config, **recipe.scheduler_options)


def call_arguments(recipe: Recipe) -> dict:
    """The keyword arguments of the pipeline, less those that only record."""
    guided = recipe.guidance["kind"] == "cfg"
    generators = [torch.Generator("cpu").manual_seed(seed) for seed in recipe.seeds]
    return {
        "prompt": recipe.prompt,
        "negative_prompt": recipe.negative_prompt if guided else None,
        "num_inference_steps": recipe.steps,
        "guidance_scale": recipe.guidance["scale"] if guided else 1.0,
        "guidance_rescale": recipe.guidance["rescale"] if guided else 0.0,
        "clip_skip": recipe.clip_skip,
        "num_images_per_prompt": len(recipe.seeds),
        "generator": generators if len(generators) > 1 else generators[0],
    }


def tensors(pocket: Pocket, recipe: Recipe, run: Run) -> dict[str, torch.Tensor | np.ndarray]:
    guided = recipe.guidance["kind"] == "cfg"
    positive, negative = run.pipe.encode_prompt(recipe.prompt, "cpu", 1, guided, recipe.negative_prompt if guided else None,
                                                clip_skip=recipe.clip_skip)
    found = {"ids.prompt": pocket.ids([recipe.prompt]), "prompt_embeds": positive}
    if guided:
        found |= {"ids.negative": pocket.ids([recipe.negative_prompt]), "negative_prompt_embeds": negative}
    found["timesteps"] = run.scheduler.timesteps
    if hasattr(run.scheduler, "sigmas"):
        found["sigmas"] = run.scheduler.sigmas
    found["noise.0"] = run.noise
    last = recipe.steps - 1
    kept = range(recipe.steps) if recipe.full else sorted({0, last // 2, last})
    found |= {f"latents.{i}": run.latents[i] for i in kept}
    if recipe.full:
        # With guidance the batch is [negative, positive].
        found["model_out.0"] = run.model_outputs[0]
        found["vae_decode.latent_sample"] = run.latents[last] / pocket.vae.config.scaling_factor
    return found | {"image": run.image, "png_u8": run.png_bytes()}


def settings(recipe: Recipe, run: Run) -> dict:
    return {
        "attention": recipe.attention,
        "guidance": recipe.guidance,
        "solver": recipe.solver,
        "num_inference_steps": recipe.steps,
        "prompt": recipe.prompt,
        "negative_prompt": recipe.negative_prompt if recipe.guidance["kind"] == "cfg" else None,
        "clip_skip": recipe.clip_skip or 0,
        "seeds": list(recipe.seeds),
        "scheduler_options": recipe.scheduler_options,
        "scheduler": type(run.scheduler).__name__,
        "scheduler_config": json_safe(dict(run.scheduler.config)),
        "init_noise_sigma": float(run.scheduler.init_noise_sigma),
    }


def json_safe(config: dict) -> dict:
    """JSON has no infinities, but DPMSolverMultistepScheduler's default config has one: written as a string."""
    infinities = {float("inf"): "Infinity", float("-inf"): "-Infinity"}
    public = {k: v for k, v in config.items() if k != "_use_default_values"}
    return {k: infinities.get(v, v) if isinstance(v, float) else v for k, v in public.items()}


def sensitivity(pocket: Pocket, recipe: Recipe, run: Run) -> dict:
    """How far the run moves when its noise does by N(0, 1e-6): no tolerance may be tighter than this."""
    moved = Run(pocket, recipe, PERTURBATION)
    return {
        "noise_perturbation_std": PERTURBATION,
        "latents_relative_l2": [short(((a - b).norm() / b.norm()).item()) for a, b in zip(moved.latents, run.latents, strict=True)],
        "latents_max_abs_change": short((moved.latents[-1] - run.latents[-1]).abs().max().item()),
        "latents_max_abs": short(run.latents[-1].abs().max().item()),
        "image_max_abs_change": short((moved.image - run.image).abs().max().item()),
        "png_max_abs_change": int(np.abs(moved.png_bytes().astype(int) - run.png_bytes()).max()),
    }


def short(value: float) -> float:
    return float(f"{value:.3g}")


def tokenizer_probes(pocket: Pocket, bundle: Path) -> dict:
    slow, fast = pocket.tokenizer, CLIPTokenizerFast.from_pretrained(bundle / "tokenizer")
    length = slow.model_max_length
    rows = []
    for text in PROBES:
        rows.append({
            "text": text,
            "ids": slow(text, truncation=False).input_ids,
            "padded": slow(text, padding="max_length", max_length=length, truncation=True).input_ids,
            "fast_ids": fast(text, truncation=False).input_ids,
        })
    # Where ftfy is installed, the slow tokenizer mends the text with it, and some ids differ.
    return {"class": type(slow).__name__, "ftfy": slow.fix_text is not None, "max_length": length,
            "pad_token": slow.pad_token, "pad_token_id": slow.pad_token_id, "probes": rows}


def meta(pocket: Pocket, bundle: Path) -> dict:
    packages = ("torch", "diffusers", "transformers", "tokenizers", "entmax", "numpy")
    return {
        "family": "pocket",
        "versions": {p: importlib.metadata.version(p) for p in packages} | {"python": platform.python_version()},
        "pipeline": "StableDiffusionPipeline",
        "pladis_sites": sites(pocket.unet),
        "vae_scale_factor": pocket.pipeline().vae_scale_factor,
        "vae": {k: pocket.vae.config[k] for k in ("scaling_factor", "shift_factor", "latent_channels")},
        "tokenizers": {"tokenizer": tokenizer_probes(pocket, bundle)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Write goldens of diffusers' pipeline on the bundle's weights.")
    parser.add_argument("--bundle", type=Path, required=True, help="the folder that export.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for goldens.json and goldens.bin")
    args = parser.parse_args()
    torch.set_num_threads(1)
    diffusers.utils.logging.set_verbosity_error()
    pocket = load_bundle(args.bundle)
    writer = GoldenWriter(meta(pocket, args.bundle))
    with torch.no_grad():
        for name, recipe in recipes().items():
            run = Run(pocket, recipe)
            moved = sensitivity(pocket, recipe, run)
            writer.add(name, settings(recipe, run), tensors(pocket, recipe, run), sensitivity=moved)
            print(f"{name:32s} moved noise moves the latents by {moved['latents_relative_l2'][-1]:.1e}", flush=True)
    writer.save(args.out)
    print(f"{len(writer.recipes)} recipes, {len(writer.blob) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
