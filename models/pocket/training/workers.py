"""Processes that train one model together: each has a share of the batch, and gradients are averaged."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterable

import torch
import torch.distributed as dist


def average_gradients(params: Iterable[torch.nn.Parameter]) -> None:
    if not dist.is_initialized():
        return
    params = [p for p in params if p.grad is not None]
    flat = torch.cat([p.grad.flatten() for p in params])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    for p, part in zip(params, flat.split([p.numel() for p in params]), strict=True):
        p.grad.copy_(part.view_as(p))


def agreed(value: float) -> float:
    """The first worker's value: clocks differ, and all must take the same steps."""
    if not dist.is_initialized():
        return value
    told = torch.tensor([value], dtype=torch.float64)
    dist.broadcast(told, 0)
    return told.item()


def wait_for_first(rank: int, make: Callable):
    """What `make` gives, the first worker's turn before the others', who may find files that it has written."""
    if rank > 0:
        dist.barrier()
    made = make()
    if rank == 0 and dist.is_initialized():
        dist.barrier()
    return made


def begin(rank: int, args: argparse.Namespace, meeting: str, work: Callable[[int, argparse.Namespace], None]) -> None:
    torch.set_num_threads(max(1, args.threads // args.workers))
    if args.workers > 1:
        dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=args.workers)
    work(rank, args)
    if args.workers > 1:
        dist.barrier()
        dist.destroy_process_group()


def run(work: Callable[[int, argparse.Namespace], None], args: argparse.Namespace) -> None:
    """`work(rank, args)` in `args.workers` processes that have `args.threads` threads between them."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = (args, f"{folder}/meeting", work)
        if args.workers == 1:
            begin(0, *arguments)
        else:
            torch.multiprocessing.spawn(begin, arguments, args.workers)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", type=int, default=1, help="processes that share a batch (default: 1)")
    parser.add_argument("--threads", type=int, default=2, help="CPU threads of all workers together (default: 2)")


def check_arguments(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    if args.batch % args.workers:
        parser.error("--batch must be a multiple of --workers")
