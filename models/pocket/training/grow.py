"""Give a trained model the vocabulary of the grown world: the pieces it knows keep their embeddings.

    python grow.py --model model --out grown

A plural starts from its singular's embedding, any other new piece from noise around the mean.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import torch
from transformers import CLIPTextModel, CLIPTokenizer

import scenes
import world
from tokenizer import make_tokenizer

# Words that a new one may start from: they stand in the same places of a caption.
KIN = {plural: name for name in scenes.OBJECTS if (plural := world.plural(name)) != name}
KIN |= {word: "panda" for name in world.NEW_OBJECTS for word in (name, world.plural(name))}
KIN |= {number: "a" for number in world.NUMBERS.values()} | {",": "and"}


def embeddings(old: torch.Tensor, old_vocab: dict[str, int], new_vocab: dict[str, int]) -> tuple[torch.Tensor, int]:
    """The new token table (vocabulary, width), and how many of its rows are the old ones."""
    table = old.mean(0) + 0.5 * old.std(0) * torch.randn(len(new_vocab), old.shape[1])
    for word, kin in KIN.items():
        if f"{word}</w>" in new_vocab:
            near = 0.3 * old.std(0) * torch.randn(old.shape[1])
            table[new_vocab[f"{word}</w>"]] = old[old_vocab[f"{kin}</w>"]] + near
    kept = [piece for piece in new_vocab if piece in old_vocab]
    table[[new_vocab[p] for p in kept]] = old[[old_vocab[p] for p in kept]]
    return table, len(kept)


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description="Give a trained model the vocabulary of the grown world.")
    parser.add_argument("--model", type=Path, required=True, help="folder with text_encoder, tokenizer, unet, scheduler")
    parser.add_argument("--out", type=Path, required=True, help="folder for the grown model")
    args = parser.parse_args()
    torch.manual_seed(0)
    shutil.copytree(args.model, args.out, dirs_exist_ok=True, ignore=shutil.ignore_patterns("state*", "tokenizer"))
    old_vocab = CLIPTokenizer.from_pretrained(args.model / "tokenizer").get_vocab()
    tokenizer = make_tokenizer(args.out / "tokenizer")
    text = CLIPTextModel.from_pretrained(args.model / "text_encoder")
    table, kept = embeddings(text.get_input_embeddings().weight, old_vocab, tokenizer.get_vocab())
    text.resize_token_embeddings(len(table))
    text.get_input_embeddings().weight.copy_(table)
    for name in ("bos", "eos", "pad"):
        setattr(text.config, f"{name}_token_id", getattr(tokenizer, f"{name}_token_id"))
    text.save_pretrained(args.out / "text_encoder")
    print(f"{len(table)} pieces, {kept} of them known before")


if __name__ == "__main__":
    main()
