"""A CLIP tokenizer whose merges are learnt from the captions: each of their words is one token."""

from __future__ import annotations

import json
import random
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTokenizer

import world

CONTEXT = 32
WORDS = r"[a-z]+|[0-9]|[^\sa-z0-9]+"


def make_tokenizer(folder: Path) -> CLIPTokenizer:
    """Write vocab.json, merges.txt and the configs to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    vocab, merges = learn_merges()
    (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False), "utf-8")
    lines = [" ".join(m) for m in merges]
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(lines) + "\n", "utf-8")
    # whole_words is our own key: whatever is taken apart is a word that training has never shown, and Winnow says so.
    tokenizer = CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=CONTEXT,
                              pad_token="<|endoftext|>", whole_words=True)
    tokenizer.save_pretrained(folder)
    return tokenizer


def learn_merges(captions: int = 20000) -> tuple[dict[str, int], list[list[str]]]:
    rng = random.Random(0)
    bpe = Tokenizer(models.BPE(end_of_word_suffix="</w>", unk_token="<|endoftext|>"))
    bpe.normalizer = normalizers.Lowercase()
    bpe.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(pattern=Regex(WORDS), behavior="removed", invert=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False)])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=4000, min_frequency=1, initial_alphabet=alphabet, end_of_word_suffix="</w>",
                                  special_tokens=[], show_progress=False)
    bpe.train_from_iterator((world.any_scene(rng).caption for _ in range(captions)), trainer)
    merges = [m if isinstance(m, list) else m.split(" ") for m in json.loads(bpe.to_str())["model"]["merges"]]
    # CLIP's order: every byte, inside a word and at its end (so that whatever is typed has tokens), merges, special tokens.
    pieces = sorted(alphabet) + [f"{byte}</w>" for byte in sorted(alphabet)] + ["".join(m) for m in merges]
    return {piece: i for i, piece in enumerate([*pieces, "<|startoftext|>", "<|endoftext|>"])}, merges
