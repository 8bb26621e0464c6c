"""Hostile `.dcz` files: each changed file either loads or raises ArchiveError, quickly and in little memory.

    python tests/fuzz_archive.py --mutations 100000 --seed 0
    python tests/fuzz_archive.py --worst

`test_dcz_hostile.py` runs the same with fewer mutations.
"""

import argparse
import contextlib
import functools
import random
import sys
import time
import tracemalloc
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from dc_lab import archive
from dc_lab.dcz import limits
from dc_lab.quantized import QuantizedTensor, quantize_per_channel

MAX_BYTES = 2**20
MAX_DECISIONS = 2**14  # instead of 2**20, so that no changed file can take seconds
Tensors = dict[str, Any]


@functools.cache
def networks() -> dict[str, Tensors]:
    """Small networks that together use every kind of tensor, form of stream and sort of lane."""
    rng = np.random.default_rng(0)
    book = np.array([-1.5, -0.3, 0.1, 0.7, 2.0], np.float32)
    few = book[rng.choice(5, 400, p=[0.6, 0.2, 0.1, 0.06, 0.04])]
    pruned = few * (rng.random(400) < 0.1)
    return {
        "one": {"w": np.array([1.0, 0.0, 2.5], np.float32)},
        "shared": {"sparse": pruned.reshape(20, 20), "dense": few, "bias": np.array([0.1, 0.2], np.float32)},
        "plain": {
            "half": rng.normal(size=40).astype(np.float16).astype(np.float32),
            "sparse": np.where(rng.random(200) < 0.1, rng.normal(size=200), 0).astype(np.float32),
            "whole": rng.integers(-9, 9, 50, np.int8),
            "truth": rng.random(60) < 0.3,
        },
        "odd": {
            "": np.zeros((0, 3)),
            "scalar": np.array(7, np.int64),
            "zeros": np.zeros((50, 4)),
            "far": np.eye(1, 70_000, 69_999, dtype=np.uint16),
        },
        "lanes": {"w": (rng.geometric(0.7, 40_000) - 1).astype(np.uint8)},
        "gaps": {"w": (rng.random(200_000) < 0.2) * rng.choice(book, 200_000, p=[0.9, 0.04, 0.03, 0.02, 0.01])},
    }


@functools.cache
def newer() -> list[tuple[bytes, Tensors]]:
    """Files of format version 3, each with what it holds: every new form of stream and tensor."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(20, 40)).astype(np.float32)
    ruled = quantize_per_channel(
        np.where(rng.random(x.shape) < 0.05, x, 0), np.full(20, 1.0), np.zeros(20, int), 0, np.int8
    )
    adaptive = [networks()[name] for name in ("one", "shared", "plain")] + [{"ruled": ruled, "bias": x[0]}]
    rans = [
        {"w": networks()["gaps"]["w"][:40_000]},
        {"w": rng.choice(np.array([7, 8, 9], "u1"), 30_000, p=[0.93, 0.04, 0.03])},
    ]
    files = [(archive.dumps(network, "smallest"), network) for network in adaptive]
    files += [(archive.dumps(network, "rans"), network) for network in rans]
    assert all(content[3] == 3 for content, _ in files)
    return files


def repaired(content: bytes) -> bytes:
    """The same content with the checksum that belongs to it, so that a change reaches the parser."""
    return content[:-4] + zlib.crc32(content[:-4]).to_bytes(4, "little")


def same(first: Tensors, second: Tensors) -> bool:
    """True if `second` is what loading `first` should give: the same bits, names and order, but no -0.0."""
    return list(first) == list(second) and all(
        first[name] == second[name]
        if isinstance(first[name], QuantizedTensor) or isinstance(second[name], QuantizedTensor)
        else (a := np.asarray(first[name])).dtype == (b := second[name]).dtype
        and a.shape == b.shape
        and np.where(a == 0, a.dtype.type(0), a).tobytes() == b.tobytes()
        for name in first
    )


@contextlib.contextmanager
def few_decisions() -> Iterator[None]:
    """Readers within stop after MAX_DECISIONS."""
    usual, limits.MAX_DECISIONS = limits.MAX_DECISIONS, MAX_DECISIONS
    try:
        yield
    finally:
        limits.MAX_DECISIONS = usual


def outcome(content: bytes, tensors: Tensors, max_bytes: int = MAX_BYTES, seconds: float = 5) -> str:
    """ "same", "other" or "refused": how a changed file of these tensors reads; AssertionError if it takes too much.

    Any exception but ArchiveError comes through. Memory is checked where tracemalloc is running.
    """
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    begin = time.perf_counter()
    message = ""
    try:
        loaded = archive.loads(content, max_bytes)
        result = "same" if same(tensors, loaded) else "other"
    except archive.ArchiveError as error:
        result, message = "refused", str(error)
    took = time.perf_counter() - begin
    assert took < seconds, f"{took:.1f} s"
    assert len(message) < 5000, message[:200]
    if tracemalloc.is_tracing():
        peak = tracemalloc.get_traced_memory()[1] - before
        assert peak < 8 * (max_bytes + len(content)), f"{peak:,} bytes of memory"
    return result


def prefixes(content: bytes) -> Iterator[bytes]:
    for length in range(len(content)):
        yield content[:length]


def single_bytes(content: bytes) -> Iterator[bytes]:
    """Every file that differs in one byte."""
    for at, byte in enumerate(content):
        for other in range(256):
            if other != byte:
                yield content[:at] + bytes([other]) + content[at + 1 :]


def mutated(content: bytes, rng: random.Random) -> bytes:
    """One to four random changes: bytes, bits, pieces removed, doubled, inserted, or an integer blown up."""
    out = bytearray(content)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        # Headers and tables stand in front, and there a change does most.
        at = rng.randrange(rng.choice([min(len(out), 64), len(out)]) or 1)
        length = rng.choice([1, 1, 2, 8, 64])
        piece = bytes(out[at : at + length])
        match rng.randrange(7):
            case 0:
                out[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                out[at : at + 1] = bytes([(piece or b"\0")[0] ^ 1 << rng.randrange(8)])
            case 2:
                del out[at : at + length]
            case 3:
                out[at:at] = piece
            case 4:
                out[at:at] = rng.randbytes(length)
            case 5:
                out[at : at + 1] = b"\xff" * rng.randrange(1, 10) + bytes([rng.randrange(128)])
            case 6:
                out[at : at + length] = bytes([rng.choice([0, 1, 2, 127, 255])]) * length
    return bytes(out)


def fuzz(mutations: int, seed: int, progress: Callable[[int, Counter[str]], None] | None = None) -> Counter[str]:
    """Outcomes of random mutations, three of four with the checksum repaired; an AssertionError shows the file."""
    rng = random.Random(seed)
    older = [
        (archive.dumps(tensors, coder), tensors) for tensors in networks().values() for coder in ("huffman", "fixed")
    ]
    known = [*older, *newer()]
    weights = [8] * 8 + [1] * 4 + [8] * 4 + [1] * 2
    counts: Counter[str] = Counter()
    for done in range(mutations):
        content, tensors = rng.choices(known, weights)[0]
        changed = mutated(content, rng)
        repair = rng.random() < 0.75
        changed = repaired(changed) if repair else changed
        try:
            with few_decisions():
                result = outcome(changed, tensors)
            assert repair or changed == content or result == "refused", "a change that the checksum missed"
        except BaseException:
            print(f"\nmutation {done}, seed {seed}: {changed[:2000].hex()}", file=sys.stderr)
            raise
        counts[f"{result}{', repaired' if repair else ''}"] += 1
        if progress and (done + 1) % 500 == 0:
            progress(done + 1, counts)
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description="Random changes to .dcz files: each must load or raise ArchiveError.")
    parser.add_argument("--mutations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--worst", action="store_true", help="print what the files that take most for their size take")
    options = parser.parse_args()
    if options.worst:
        from worst_files import measured

        for line in measured():
            print(line, flush=True)
        return

    def progress(done: int, counts: Counter[str]) -> None:
        print(f"\r{done:,} of {options.mutations:,}: {dict(counts)}", end="", flush=True)

    tracemalloc.start()
    begin = time.perf_counter()
    counts = fuzz(options.mutations, options.seed, progress)
    print(f"\r{options.mutations:,} mutations in {time.perf_counter() - begin:.0f} s, seed {options.seed}")
    for result, number in sorted(counts.items()):
        print(f"  {result:20} {number:8,}")


if __name__ == "__main__":
    main()
