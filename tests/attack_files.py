"""Weight files under attack: writers that are killed or have no room left, readers of changed files.

    python tests/attack_files.py --kills 2000 --limits 400 --mutations 50000 --seed 0

A writer leaves the old file or the new one, whole, whatever stops it; a reader of weight files gives tensors or raises
WeightsError. POSIX only: writers run in forked processes.
"""

import argparse
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dc_lab import archive
from dc_lab.checkpoints import weights
from dc_lab.checkpoints.weights import WeightsError

ENDINGS = (".dcz", ".safetensors", ".npz", ".pt")


def network(seed: int) -> dict[str, np.ndarray]:
    """Some tensors of several dtypes, about 300 KB."""
    rng = np.random.default_rng(seed)
    few = rng.choice(np.array([0, 0, 0, 0.5, -0.25], np.float32), (200, 300))
    return {
        "w": few,
        "b": rng.normal(size=300).astype(np.float32),
        "n": rng.integers(0, 9, 50),
        "h": few[:9].astype("f2"),
    }


def save(path: Path, tensors: dict[str, np.ndarray]) -> None:
    """Write tensors in the format that the ending names."""
    if path.suffix == ".dcz":
        archive.save(path, tensors)
    else:
        weights.save_weights(path, tensors)


def load(path: Path) -> dict[str, Any]:
    """Read them back."""
    return dict(archive.load(path) if path.suffix == ".dcz" else weights.load_weights(path))


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether two sets of tensors are equal to the bit."""
    return set(a) == set(b) and all(a[name].dtype == b[name].dtype and np.array_equal(a[name], b[name]) for name in a)


def in_a_fork(work: Callable[[], None], kill_after: float | None = None) -> int:
    """Run `work` in a forked process: 0 if it worked, 1 if it raised, -9 if it was killed."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except (OSError, WeightsError):
            pass
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            code = 2
        os._exit(code)
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kills(number: int, seed: int) -> Counter[str]:
    """Kill writers at random moments; then what stands in the folder is the old file or the new one, whole."""
    rng = random.Random(seed)
    found: Counter[str] = Counter()
    old, new = network(0), network(1)
    with tempfile.TemporaryDirectory() as place:
        for turn in range(number):
            path = Path(place) / f"net{ENDINGS[turn % len(ENDINGS)]}"
            save(path, old)
            path.chmod(0o600)
            began = time.perf_counter()
            if turn < len(ENDINGS):
                in_a_fork(lambda path=path: save(path, new))
                _took[path.suffix] = time.perf_counter() - began
                continue
            code = in_a_fork(lambda path=path: save(path, new), rng.uniform(0, 1.1 * _took[path.suffix]))
            read = load(path)
            assert same(read, old) or same(read, new), f"{path.name} is neither the old file nor the new one"
            assert path.stat().st_mode & 0o777 == 0o600, f"{path.name} has another mode"
            left = [each.name for each in Path(place).iterdir() if each.suffix not in ENDINGS or each.name[:3] != "net"]
            state = "killed, the new file stands" if same(read, new) else "killed, the old file stands"
            found["ended before it was killed" if code == 0 else state] += 1
            found["left a temporary file, which the next writer removed"] += bool(left)
            save(path, old)
            left = [each.name for each in Path(place).iterdir() if each.suffix not in ENDINGS or each.name[:3] != "net"]
            assert not left, f"{left} stay after the next writer"
    return found


_took: dict[str, float] = {}


def limits(number: int) -> Counter[str]:
    """Let writers run out of room after so many bytes: one clear error, and the old file stays."""
    found: Counter[str] = Counter()
    old, new = network(0), network(1)
    with tempfile.TemporaryDirectory() as place:
        for ending in ENDINGS:
            path = Path(place) / f"net{ending}"
            save(path, new)
            size = path.stat().st_size
            for turn in range(number // len(ENDINGS)):
                save(path, old)
                room = size * turn * len(ENDINGS) // number

                def work(path: Path = path, room: int = room) -> None:
                    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
                    save(path, new)

                code = in_a_fork(work)
                assert code in (0, 1), f"{ending} with room for {room} of {size} bytes: an error of another kind"
                read = load(path)
                assert same(read, new if code == 0 else old), f"{ending} with room for {room} bytes"
                found["refused, the old file stands" if code else "written"] += 1
                assert len(list(Path(place).iterdir())) <= len(ENDINGS), "something was left behind"
    return found


def bases() -> dict[str, bytes]:
    """Weight files of every format that is read, small ones."""
    rng = np.random.default_rng(2)
    tensors = {"w": rng.normal(size=(4, 5)).astype(np.float32), "n": np.arange(6), "t": np.array(True)}
    found = {}
    with tempfile.TemporaryDirectory() as place:
        for ending in (".safetensors", ".npz", ".pt"):
            path = Path(place) / f"net{ending}"
            weights.save_weights(path, tensors)
            found[ending] = path.read_bytes()
        nested = Path(place) / "nested.pt"
        torch.save({"model": {k: torch.tensor(v) for k, v in tensors.items()}, "epoch": 3}, nested)
        found["nested.pt"] = nested.read_bytes()
        old = Path(place) / "old.pt"
        torch.save({k: torch.tensor(v) for k, v in tensors.items()}, old, _use_new_zipfile_serialization=False)
        found["old.pt"] = old.read_bytes()
    found["index.json"] = json.dumps({"weight_map": dict.fromkeys(tensors, "net.safetensors")}).encode()
    return found


def changed(content: bytes, rng: random.Random) -> bytes:
    """A few bytes changed, put in, taken out, or a piece moved."""
    found = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        at = rng.randrange(len(found) + 1)
        kind = rng.randrange(6)
        if kind == 0 and at < len(found):
            found[at] ^= 1 << rng.randrange(8)
        elif kind == 1 and at < len(found):
            found[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))
        elif kind == 2:
            found[at:at] = rng.randbytes(rng.randrange(1, 9))
        elif kind == 3:
            del found[at : at + rng.randrange(1, 9)]
        elif kind == 4:
            piece = found[at : at + rng.randrange(1, 64)]
            to = rng.randrange(len(found) + 1)
            found[to : to + len(piece)] = piece
        elif len(found) > 1:
            del found[rng.randrange(len(found)) :]
    return bytes(found)


def mutations(number: int, seed: int) -> Counter[str]:
    """Read changed weight files: tensors, or WeightsError in one line without a word of unpickling."""
    rng = random.Random(seed)
    found: Counter[str] = Counter()
    files = bases()
    slowest = 0.0
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings():
        warnings.simplefilter("error")
        (Path(place) / "net.safetensors").write_bytes(files[".safetensors"])
        for turn in range(number):
            name = rng.choice(list(files))
            # A changed index needs its shard beside it, so that each kind of file has a name of its own.
            path = Path(place) / (
                "model.safetensors.index.json" if name == "index.json" else f"changed{Path(name).suffix or name}"
            )
            path.write_bytes(changed(files[name], rng))
            began = time.perf_counter()
            try:
                read = weights.load_weights(path)
                found[f"{name}: tensors"] += 1
                sum(array.nbytes for array in read.values())
            except WeightsError as error:
                says = "refused" if "weights_only" not in str(error) else "PyTorch's advice is repeated"
                found[f"{name}: {says}"] += 1
            except Exception as error:
                keep = Path(tempfile.gettempdir()) / f"attack-{turn}-{path.name}"
                keep.write_bytes(path.read_bytes())
                found[f"{name}: {type(error).__name__}: {str(error)[:60]}"] += 1
                print(f"{keep}: {type(error).__name__}: {error}", file=sys.stderr)
            slowest = max(slowest, time.perf_counter() - began)
    print(f"slowest reading: {slowest:.2f} s")
    return found


def main() -> None:
    """Run the attacks that were asked for, and print what came of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--limits", type=int, default=0)
    parser.add_argument("--mutations", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for name, found in (
        ("kills", kills(options.kills, options.seed) if options.kills else None),
        ("no room left", limits(options.limits) if options.limits else None),
        ("changed files", mutations(options.mutations, options.seed) if options.mutations else None),
    ):
        if found is not None:
            print(f"{name}:")
            for what, number in sorted(found.items()):
                print(f"  {number:8,}  {what}")


if __name__ == "__main__":
    main()
