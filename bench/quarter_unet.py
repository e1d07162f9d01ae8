"""Makes the U-Net that bench/generate.ts measures: SD 1.5's layout at a quarter of its width, with random weights.

    python3 bench/quarter_unet.py OUT

Writes OUT/model.onnx (54 million weights, 216 MB) and OUT/config.json as optimum's exporter lays them out. Heads stay 8, as in SD 1.5, so that
attention has as many scores as there and a quarter of the arithmetic around them. Versions:
models/pocket/training/requirements.txt.
"""
import sys
import warnings
from pathlib import Path

import torch
from diffusers import UNet2DConditionModel
from optimum.exporters.onnx.convert import export
from optimum.exporters.onnx.model_configs import UNetOnnxConfig

OPSET = 18
SEED = 1


def quarter_unet():
    torch.manual_seed(SEED)
    return UNet2DConditionModel(
        sample_size=64,
        block_out_channels=(80, 160, 320, 320),
        attention_head_dim=8,
        cross_attention_dim=192,
        norm_num_groups=8,
        layers_per_block=2,
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
    ).eval()


def main():
    warnings.filterwarnings("ignore")
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    unet = quarter_unet()
    unet.save_config(out)
    config = UNetOnnxConfig(unet.config, task="semantic-segmentation")
    export(model=unet, config=config, output=out / "model.onnx", opset=OPSET)
    print(f"{sum(p.numel() for p in unet.parameters()):,} weights, {(out / 'model.onnx').stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
