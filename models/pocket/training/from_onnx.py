"""Restore the PyTorch modules from the bundle's ONNX files: the very numbers that the bundle computes with.

    python from_onnx.py --bundle ../bundle --out model [--compare ORIGINAL]

`model` is then a folder in diffusers' layout, from which training, evaluation and export go on. With --compare every weight is
compared with the original PyTorch weights rounded to f16, bit by bit.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from diffusers import DDIMScheduler, UNet2DConditionModel
from onnx import numpy_helper
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from autoencoder import PatchAutoencoder
from pocket import Pocket, load_pocket, round_to_f16


def load_bundle(bundle: Path) -> Pocket:
    text = CLIPTextModel(CLIPTextConfig(**config(bundle / "text_encoder")))
    unet = UNet2DConditionModel.from_config(config(bundle / "unet"))
    vae = PatchAutoencoder.from_config(config(bundle / "vae_decoder"))
    restore(text, [bundle / "text_encoder"])
    restore(unet, [bundle / "unet"])
    restore(vae, [bundle / "vae_encoder", bundle / "vae_decoder"])
    return Pocket(text=text.eval(), unet=unet.eval(), vae=vae.eval(),
                  tokenizer=CLIPTokenizer.from_pretrained(bundle / "tokenizer"),
                  scheduler=DDIMScheduler.from_pretrained(bundle / "scheduler"))


def config(folder: Path) -> dict:
    return json.loads((folder / "config.json").read_text("utf-8"))


@torch.no_grad()
def restore(module: torch.nn.Module, folders: list[Path]) -> None:
    """Set every parameter of `module` from the ONNX files; a parameter that is in none of them is an error."""
    values: dict[str, np.ndarray] = {}
    for folder in folders:
        values |= parameters_of(onnx.load(folder / "model.onnx").graph)
    for name, parameter in module.named_parameters():
        if name not in values:
            raise KeyError(f"no ONNX initializer gives {name}")
        found = torch.from_numpy(values[name].astype(np.float32))
        if found.shape != parameter.shape:
            found = found.reshape(parameter.shape)  # a GroupNorm's (C, 1, 1)
        parameter.copy_(found)


def parameters_of(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """{parameter's name in the PyTorch module: value}.

    The exporter keeps the names of most parameters, but a Linear without a bias in its Gemm becomes a MatMul with an anonymous,
    transposed initializer, and a GroupNorm's scale and shift become anonymous operands of Mul and Add. The nodes' names still
    say which module they come from. Equal tensors are stored once, the others' names being outputs of Identity.
    """
    values = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    for node in graph.node:
        if node.op_type in ("Cast", "Identity") and node.input[0] in values:
            values[node.output[0]] = values[node.input[0]]
    named = {name: value for name, value in values.items() if not name.startswith("onnx::")}
    for node in graph.node:
        anonymous = [i for i in node.input if i.startswith("onnx::") and i in values]
        if not anonymous:
            continue
        module = module_of(node.name)
        if node.op_type == "MatMul":
            named[f"{module}.weight"] = values[anonymous[0]].T
        elif node.op_type in ("Mul", "Add"):
            named[f"{module}.{'weight' if node.op_type == 'Mul' else 'bias'}"] = values[anonymous[0]]
    return named


def module_of(node: str) -> str:
    """/body/body.0/norm1/Mul -> body.0.norm1: a called container shows up as a part of its own before its child."""
    parts: list[str] = []
    for part in node.strip("/").split("/")[:-1]:
        if parts and part.startswith(parts[-1] + "."):
            parts.pop()
        parts.append(part)
    return ".".join(parts)


def compare(restored: Pocket, original: Pocket) -> int:
    """The number of weights compared; raises where one differs from the original rounded to f16."""
    round_to_f16(original)
    count = 0
    for ours, theirs in zip(restored.modules(), original.modules(), strict=True):
        theirs = dict(theirs.named_parameters())
        ours = dict(ours.named_parameters())
        assert ours.keys() == theirs.keys()
        for name, value in ours.items():
            assert torch.equal(value, theirs[name]), f"{name} differs"
            count += value.numel()
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description="Restore the PyTorch weights from the ONNX bundle.")
    parser.add_argument("--bundle", type=Path, required=True, help="the folder that export.py wrote")
    parser.add_argument("--out", type=Path, help="folder to write in diffusers' layout")
    parser.add_argument("--compare", type=Path, metavar="ORIGINAL",
                        help="original weights, to prove that the restored ones are equal")
    parser.add_argument("--compare-vae", type=Path, metavar="DIR", help="the original autoencoder (default: ORIGINAL/vae)")
    args = parser.parse_args()
    pocket = load_bundle(args.bundle)
    if args.compare:
        count = compare(pocket, load_pocket(args.compare, args.compare_vae))
        print(f"{count} weights equal the original's rounded to f16, bit by bit")
    if args.out:
        pocket.save(args.out)


if __name__ == "__main__":
    main()
