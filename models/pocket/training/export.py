"""Export the model to ONNX in optimum's layout, and check it against PyTorch.

    python export.py --model model --vae ae --out ../bundle

Weights are stored as f16, each followed by a Cast to f32, which every ONNX Runtime folds when it loads the file; compute stays
f32. Node, input and output names are those that optimum's exporter wrote.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from onnx import TensorProto, helper, numpy_helper
from optimum.exporters.onnx import model_configs as configs
from optimum.exporters.onnx.convert import export

from autoencoder import PATCH
from pocket import MIN_F16_ELEMENTS, Pocket, load_pocket, round_to_f16

MAX_BUNDLE_BYTES = 30_000_000


class EncoderConfig(configs.DcaeEncoderOnnxConfig):
    """An encoder without a distribution, as SANA's; only the scale has another name in our config."""

    @property
    def outputs(self) -> dict[str, dict[int, str]]:
        return {"latent_sample": {0: "batch_size", 2: f"height / {PATCH}", 3: f"width / {PATCH}"}}


class DecoderConfig(configs.VaeDecoderOnnxConfig):
    @property
    def outputs(self) -> dict[str, dict[int, str]]:
        return {"sample": {0: "batch_size", 2: f"latent_height * {PATCH}", 3: f"latent_width * {PATCH}"}}


def export_all(pocket: Pocket, out: Path) -> None:
    # clip_skip needs the states between the layers as outputs.
    pocket.text.config.output_hidden_states = True
    encoder, decoder = copy.deepcopy(pocket.vae), copy.deepcopy(pocket.vae)
    encoder.forward = lambda sample: {"latent_sample": encoder.encode(sample).latent_dist.mode()}
    decoder.forward = lambda latent_sample: {"sample": decoder.decode(latent_sample).sample}
    vae_config = pocket.vae.config
    parts = {
        "text_encoder": (pocket.text, configs.CLIPTextOnnxConfig(pocket.text.config, task="feature-extraction")),
        "unet": (pocket.unet, configs.UNetOnnxConfig(pocket.unet.config, task="semantic-segmentation")),
        "vae_encoder": (encoder, EncoderConfig(vae_config, task="semantic-segmentation")),
        "vae_decoder": (decoder, DecoderConfig(vae_config, task="semantic-segmentation")),
    }
    for name, (module, config) in parts.items():
        export(model=module, config=config, output=out / name / "model.onnx")
        store_f16(out / name / "model.onnx")
    pocket.text.config.save_pretrained(out / "text_encoder")
    pocket.unet.save_config(out / "unet")
    for name in ("vae_encoder", "vae_decoder"):
        pocket.vae.save_config(out / name)
    pocket.tokenizer.save_pretrained(out / "tokenizer")
    pocket.scheduler.save_pretrained(out / "scheduler")
    pocket.pipeline().save_config(out)


def store_f16(path: Path) -> None:
    """Store the large f32 initializers that f16 holds exactly as f16 and a Cast; the Cast's output keeps the old name."""
    model = onnx.load(path)
    casts, kept = [], []
    for tensor in model.graph.initializer:
        small = as_f16(tensor)
        if small is None:
            kept.append(tensor)
            continue
        stored = f"{tensor.name}.f16"
        kept.append(numpy_helper.from_array(small, stored))
        casts.append(helper.make_node("Cast", [stored], [tensor.name], name=f"/weights/{tensor.name}/Cast",
                                      to=TensorProto.FLOAT))
    nodes = casts + list(model.graph.node)
    for field, value in (("initializer", kept), ("node", nodes)):
        model.graph.ClearField(field)
        getattr(model.graph, field).extend(value)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def as_f16(tensor: onnx.TensorProto) -> np.ndarray | None:
    if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < MIN_F16_ELEMENTS:
        return None
    values = numpy_helper.to_array(tensor)
    with np.errstate(over="ignore"):
        small = values.astype(np.float16)
    return small if np.array_equal(small.astype(np.float32), values) else None


def drop_local_paths(out: Path) -> None:
    """diffusers and transformers write into configs where the weights were loaded from."""
    for path in out.rglob("*.json"):
        data = json.loads(path.read_text("utf-8"))
        if data.pop("_name_or_path", None) is not None or data.pop("name_or_path", None) is not None:
            path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", "utf-8")


def write_manifest(out: Path) -> int:
    """manifest.json: size and sha256 of every other file. Returns the bundle's size in bytes."""
    files = {}
    for path in sorted(p for p in out.rglob("*") if p.is_file() and p.name != "manifest.json"):
        data = path.read_bytes()
        files[path.relative_to(out).as_posix()] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    text = json.dumps({"version": 1, "files": files}, indent=2) + "\n"
    (out / "manifest.json").write_text(text, "utf-8")
    return sum(f["size"] for f in files.values()) + len(text)


@torch.no_grad()
def check(pocket: Pocket, out: Path) -> None:
    """Compare every file with PyTorch at two batch sizes and picture sizes; not square, not the size of the export."""
    generator = torch.Generator().manual_seed(0)
    for batch, height, width in ((2, 16, 16), (3, 24, 8)):
        ids = torch.randint(0, pocket.text.config.vocab_size, (batch, pocket.tokenizer.model_max_length),
                            generator=generator)
        x = torch.randn(batch, pocket.unet.config.in_channels, height, width, generator=generator)
        image = torch.rand(batch, 3, PATCH * height, PATCH * width, generator=generator) * 2 - 1
        t, states = torch.tensor(501.0), pocket.text(ids, output_hidden_states=True)
        h = states.last_hidden_state
        hidden = {f"hidden_states.{i}": s for i, s in enumerate(states.hidden_states)}
        compare(out / "text_encoder", {"input_ids": ids},
                {"last_hidden_state": h, "pooler_output": states.pooler_output, **hidden})
        compare(out / "unet", {"sample": x, "timestep": t, "encoder_hidden_states": h},
                {"out_sample": pocket.unet(x, t, h).sample})
        compare(out / "vae_encoder", {"sample": image}, {"latent_sample": pocket.vae.encode(image).latent_dist.mode()})
        compare(out / "vae_decoder", {"latent_sample": x}, {"sample": pocket.vae.decode(x).sample})


def compare(folder: Path, feeds: dict[str, torch.Tensor], want: dict[str, torch.Tensor]) -> None:
    session = ort.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    assert sorted(names) == sorted(want), f"{folder.name}: outputs {names}, wanted {sorted(want)}"
    got = dict(zip(names, session.run(None, {k: v.numpy() for k, v in feeds.items()}), strict=True))
    error = max(float(np.abs(got[k] - v.numpy()).max() / max(1.0, np.abs(v.numpy()).max())) for k, v in want.items())
    size = (folder / "model.onnx").stat().st_size / 1e6
    print(f"{folder.name:13s} {size:6.2f} MB   batch {len(got[names[0]])}   error against PyTorch {error:.1e}", flush=True)
    assert error < 2e-5, f"{folder.name}: the ONNX file differs from PyTorch by {error}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Export the model to ONNX in optimum's layout.")
    parser.add_argument("--model", type=Path, required=True,
                        help="folder with text_encoder, unet, tokenizer, scheduler; or a bundle")
    parser.add_argument("--vae", type=Path, help="the autoencoder's folder (default: MODEL/vae)")
    parser.add_argument("--out", type=Path, required=True, help="folder to write; what is in it is removed first")
    args = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    pocket = load_pocket(args.model, args.vae)
    round_to_f16(pocket)
    shutil.rmtree(args.out, ignore_errors=True)
    export_all(pocket, args.out)
    drop_local_paths(args.out)
    size = write_manifest(args.out)
    print(f"bundle {size / 1e6:.2f} MB")
    assert size <= MAX_BUNDLE_BYTES, f"the bundle may have {MAX_BUNDLE_BYTES} bytes, got {size}"
    check(pocket, args.out)


if __name__ == "__main__":
    main()
