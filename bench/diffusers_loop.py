"""The same picture with diffusers itself, for comparison: loads the bundle's weights into PyTorch and times the pipeline.

    python bench/diffusers_loop.py --steps 20 --out bench.png
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from pathlib import Path

START = time.perf_counter()
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "models" / "pocket" / "training"))
warnings.filterwarnings("ignore")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()

    import torch
    from from_onnx import load_bundle

    pipe = load_bundle(ROOT / "models" / "pocket" / "bundle").pipeline()
    pipe.set_progress_bar_config(disable=True)
    loaded = time.perf_counter()
    image = pipe("a cat left of a rocket on a blue background", num_inference_steps=args.steps, guidance_scale=3.0,
                 generator=torch.Generator().manual_seed(1)).images[0]
    generated = time.perf_counter()
    image.save(args.out)
    print(json.dumps({"load_ms": (loaded - START) * 1e3, "generate_ms": (generated - loaded) * 1e3}))


if __name__ == "__main__":
    main()
