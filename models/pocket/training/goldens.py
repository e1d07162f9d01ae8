"""Writes goldens.json and goldens.bin: named tensors of many recipes, little-endian, C order, equal bytes stored once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import torch

DTYPES = {"float32": "f32", "int64": "i64", "uint8": "u8"}
NARROWER = {"float64": np.float32, "float16": np.float32, "int32": np.int64}
ALIGNMENT = 8


class GoldenWriter:
    """Collects recipes, each with `settings` and `tensors`; a tensor is {dtype, shape, file, offset}."""

    def __init__(self, meta: dict):
        self.meta, self.recipes = meta, {}
        self.blob, self.seen = bytearray(), {}

    def add(self, name: str, settings: dict, tensors: dict, **more) -> None:
        assert name not in self.recipes, f"two recipes are called {name}"
        entries = {key: self.store(value) for key, value in tensors.items()}
        self.recipes[name] = {"settings": settings, **more, "tensors": entries}

    def store(self, tensor: torch.Tensor | np.ndarray) -> dict:
        array = tensor.detach().numpy() if isinstance(tensor, torch.Tensor) else np.asarray(tensor)
        array = np.ascontiguousarray(array.astype(NARROWER.get(str(array.dtype), array.dtype)))
        raw = array.tobytes()
        key = hashlib.sha256(raw).digest()
        if key not in self.seen:
            self.blob += bytes(-len(self.blob) % ALIGNMENT)
            self.seen[key] = len(self.blob)
            self.blob += raw
        return {"dtype": DTYPES[str(array.dtype)], "shape": list(array.shape), "file": "goldens.bin", "offset": self.seen[key]}

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "goldens.bin").write_bytes(self.blob)
        document = {"format": 1, "meta": self.meta, "recipes": self.recipes}
        (folder / "goldens.json").write_text(compact(document) + "\n", "utf-8")


def compact(value, depth: int = 0) -> str:
    """JSON with one line for everything below the third level: readable, and short in a diff."""
    if not isinstance(value, dict) or depth > 3 or not value:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    pad = " " * (depth + 1)
    rows = ",\n".join(f"{pad}{json.dumps(k, ensure_ascii=False)}: {compact(v, depth + 1)}" for k, v in value.items())
    return "{\n" + rows + "\n" + " " * depth + "}"
