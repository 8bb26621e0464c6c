"""The `.dcz` file from outside: exact round trips, the smallest kind, and writing."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from dcz_files import tensors
from fuzz_archive import networks, same
from hypothesis import given, settings
from hypothesis import strategies as st

from dc_lab import archive, huffman
from dc_lab.archive import CODERS, ArchiveError, dumps, load, loads, read, save
from dc_lab.dcz import tensors as dcz_tensors

QUICK = CODERS[:3]
"""All but "smallest", which takes microseconds a value: that has tests of its own below."""

FLOATS = [np.dtype(code) for code in ("f2", "f4", "f8")]


def bits_of(pattern: int, dtype: str) -> np.ndarray:
    return np.array([pattern], f"u{np.dtype(dtype).itemsize}").view(dtype)


# --- round trips ---


@pytest.mark.slow
@given(st.dictionaries(st.text(max_size=5), tensors(), max_size=3), st.sampled_from(QUICK))
@settings(max_examples=300)
def test_round_trip_of_drawn_tensors(drawn: dict[str, np.ndarray], coder: archive.Coder) -> None:
    content = dumps(drawn, coder)
    contents = read(content)
    native = {name: array.astype(array.dtype.newbyteorder("="), order="C") for name, array in drawn.items()}
    assert same(native, contents.tensors)
    assert all(array.flags.writeable and array.flags.c_contiguous for array in contents.tensors.values())
    assert sum(item.size for item in contents.items) == len(content)
    assert dumps(contents.tensors, coder) == content


SPECIAL = {
    "signalling NaN": np.concatenate([bits_of(0x7F800001, "f4"), bits_of(0x80000000, "f4")]),
    "NaN payloads": np.array([0x7FC00001, 0xFFC12345, 0x7F800000, 0xFF800000, 0, 0], np.uint32).view(np.float32),
    "NaN of float16": np.concatenate([bits_of(0x7F802000, "f4"), bits_of(0xFFC02000, "f4")]),
    "denormals": np.array([1, 2, 0x80000001, 0x007FFFFF], np.uint32).view(np.float32),
    "denormals of float16": np.array([2.0**-24, 2.0**-14, -(2.0**-24), 65504], np.float32),
    "above float16": np.array([65520, 1e38, -1e-8], np.float32),
    "all equal": np.full((30, 20), 0.1, np.float32),
    "all zero": np.zeros((30, 20), np.float32),
    "negative zeros": np.full(300, -0.0),
    "one far entry": np.eye(1, 300_000, 299_999, dtype=np.float32),
    "one near entry": np.eye(1, 300_000, 0, dtype=np.float32),
    "gap of 2**16": np.eye(1, 2**16 + 1, 2**16, dtype=np.int8),
    "gap below 2**16": np.eye(1, 2**16, 2**16 - 1, dtype=np.int8),
    "over a piece of zeros": np.r_[np.zeros(3 * 2**20, np.int8), np.int8(1), np.zeros(9, np.int8)],
    "65,535 values": np.arange(1, 2**16, dtype=np.uint16),
    "65,536 values": np.repeat(np.arange(2**16, dtype=np.uint16), 3),
    "65,537 values": np.tile(np.arange(2**16 + 1, dtype=np.float32), 3),
    "70,000 values": np.tile(np.arange(70_000, dtype=np.float64), 2),
    "255 values and zero": np.tile(np.arange(256) / np.float64(7), 20),
    "254 values and zero": np.tile(np.arange(255) / np.float64(7), 20),
    "huge empty": np.zeros((0, 2**59), np.uint8),
    "32 dimensions": np.ones((1,) * 32, np.int16),
    "sorted": np.repeat(np.arange(900, dtype=np.float32), 2000),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_round_trip_of_special_values(name: str) -> None:
    for coder in CODERS if SPECIAL[name].size < 5000 else QUICK:
        assert same({name: SPECIAL[name]}, loads(dumps({name: SPECIAL[name]}, coder)))


@pytest.mark.parametrize("density", [0.001, 0.01, 0.1, 0.3, 0.5, 0.8, 0.97, 1.0])
def test_round_trip_at_every_density(density: float, rng: np.random.Generator) -> None:
    for values in (rng.normal(size=60_000).astype(np.float32), rng.choice([-1.5, 0.25, 3], 60_000)):
        tensor = {"w": values * (rng.random(60_000) < density)}
        assert same(tensor, loads(dumps(tensor)))


def test_only_the_sign_of_zero_changes() -> None:
    for dtype in FLOATS:
        array = np.array([-0.0, 0.0, 1.5, -1.5, np.nan, -np.inf], dtype)
        loaded = loads(dumps({"w": array}))["w"]
        assert not np.signbit(loaded[:2]).any()
        assert loaded[2:].tobytes() == array[2:].tobytes()


def test_flushing_denormals_loses_nothing() -> None:
    tiny = {"w": np.tile(SPECIAL["denormals"], 50)}
    expected = dumps(tiny)
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor cannot flush denormals")
    try:
        content = dumps(tiny)
        loaded = loads(content)["w"].tobytes()
    finally:
        torch.set_flush_denormal(False)
    assert loaded == tiny["w"].tobytes()
    assert loads(expected)["w"].tobytes() == loaded


SAME_BYTES = """
import sys, torch
torch.set_num_threads(int(sys.argv[1]))
sys.path.insert(0, sys.argv[2])
from fuzz_archive import networks
from dc_lab.archive import dumps
for network in networks().values():
    sys.stdout.write(dumps(network).hex())
"""


@pytest.mark.slow
def test_same_input_same_bytes_in_other_processes_and_with_other_threads() -> None:
    expected = "".join(dumps(network).hex() for network in networks().values())
    for threads in ("1", "2"):
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "PYTHONHASHSEED": threads}
        command = [sys.executable, "-c", SAME_BYTES, threads, str(Path(__file__).parent)]
        assert subprocess.run(command, env=environment, capture_output=True, check=True).stdout.decode() == expected


def test_the_order_of_tensors_is_kept_and_memory_order_does_not_matter(rng: np.random.Generator) -> None:
    array = rng.normal(size=(6, 7)).astype(np.float32)
    assert list(loads(dumps({"b": array, "a": array}))) == ["b", "a"]
    assert dumps({"b": array, "a": array}) != dumps({"a": array, "b": array})
    assert dumps({"w": array}) == dumps({"w": np.asfortranarray(array)}) == dumps({"w": array.astype(">f4")})


# --- size ---

SIZES = {
    "pruned and shared": lambda rng: rng.choice([-1.0, 0.1, 2.7], 20_000) * (rng.random(20_000) < 0.08),
    "half zeros, shared": lambda rng: rng.choice([-1.0, 0.1, 2.7], 20_000) * (rng.random(20_000) < 0.5),
    "few zeros, shared": lambda rng: rng.choice([-1.0, 0.1, 2.7], 20_000) * (rng.random(20_000) < 0.95),
    "pruned": lambda rng: rng.normal(size=20_000).astype(np.float32) * (rng.random(20_000) < 0.1),
    "few zeros": lambda rng: rng.normal(size=20_000).astype(np.float32) * (rng.random(20_000) < 0.9),
    "dense": lambda rng: rng.normal(size=5_000).astype(np.float32),
    "int8": lambda rng: rng.normal(0, 20, 20_000).astype(np.int8),
    "int32 small": lambda rng: rng.integers(0, 9, 3_000, np.int32),
    "a pair each": lambda rng: rng.permutation(np.repeat(rng.normal(size=400), 2)),
    "mostly distinct": lambda rng: rng.choice(rng.normal(size=900), 1_000),
    "half the values once": lambda rng: np.append(rng.normal(size=500), np.full(500, 0.1)),
    "every other zero": lambda rng: np.where(np.arange(9_000) % 2, rng.normal(size=9_000), 0),
    "one long gap": lambda rng: np.r_[np.zeros(90_000), rng.normal(size=500)],
    "tiny": lambda rng: np.array([0.1, 0, 0, 0.2], np.float32),
    "truth": lambda rng: rng.random(9_000) < 0.02,
}


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("coder", QUICK)
def test_no_other_kind_would_be_smaller(
    name: str, coder: archive.Coder, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    tensor = {"w": SIZES[name](rng)}
    size = len(dumps(tensor, coder))
    forced = {}
    for kind in range(4):
        monkeypatch.setattr(dcz_tensors, "ARRAYS", {kind: dcz_tensors.ARRAYS[kind]})
        try:
            forced[kind] = len(dumps(tensor, coder))
        except ValueError:  # too many distinct values to share: there is no such choice
            assert kind in (archive.DENSE_SHARED, archive.SPARSE_SHARED)
        finally:
            monkeypatch.undo()
    assert len(forced) == 4
    assert size <= min(forced.values()) * 1.01 + 16, forced


@pytest.mark.parametrize("name", SIZES)
def test_huffman_coding_never_costs_more_than_a_few_bytes(name: str, rng: np.random.Generator) -> None:
    tensor = {"w": SIZES[name](rng)}
    assert len(dumps(tensor)) <= len(dumps(tensor, coder="fixed")) + 2


def test_sizes_are_what_the_information_is_worth(rng: np.random.Generator) -> None:
    assert len(dumps({})) == 9
    assert len(dumps({"w": np.zeros((1000, 1000), np.float32)})) < 24
    assert len(dumps({"w": np.full((1000, 1000), 0.1, np.float32)})) < 28
    values = SIZES["pruned and shared"](rng)
    gaps, codes = np.unique(np.diff(np.flatnonzero(values)), return_counts=True), np.unique(values[values != 0])
    entropy = len(np.flatnonzero(values)) * (huffman.entropy(gaps[1]) + math.log2(len(codes))) / 8
    assert len(dumps({"w": values})) < 1.08 * entropy + 100


@pytest.mark.parametrize("name", networks())
@pytest.mark.parametrize("coder", QUICK)
def test_items_and_streams_account_for_every_byte(name: str, coder: archive.Coder) -> None:
    content = dumps(networks()[name], coder)
    contents = read(content)
    assert sum(item.size for item in contents.items) == len(content)
    assert {item.part for item in contents.items} <= set(archive.PARTS)
    assert len({item[:2] for item in contents.items}) == len(contents.items)
    if coder == "fixed":
        assert "huffman" not in {stream.form for stream in contents.streams}
    sizes = {item[:2]: item.size for item in contents.items}
    for stream in contents.streams:
        payload = (stream.payload_bits + 7) // 8
        entries = sizes.get((stream.tensor, stream.part), 0) - payload  # the index also holds the number of entries
        assert 0 < entries < 4 if stream.part == "index" else entries == 0


# --- writing ---


def test_save_and_load(tmp_path: Path) -> None:
    path = tmp_path / "net.dcz"
    for network in networks().values():  # each overwrites the one before
        assert save(path, network) == path.stat().st_size
        assert same(network, load(path))
        assert path.read_bytes() == dumps(network)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (np.zeros(2, np.complex64), "'bad' has dtype complex64; the format stores float32, float16"),
        (np.array([None]), "'bad' has dtype object"),
        (np.array(["a"]), "'bad' has dtype <U1"),
        (np.zeros(2, "f4,i4"), "'bad' has dtype"),
        (np.zeros(2, "M8[s]"), "'bad' has dtype datetime64"),
    ],
)
def test_what_cannot_be_stored_is_named_and_leaves_nothing(tensor: np.ndarray, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message.replace("[", r"\[")):
        save(tmp_path / "net.dcz", {"good": np.zeros(3), "bad": tensor})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.0.0", reason="NumPy itself stops at 32 dimensions")
def test_too_many_dimensions() -> None:
    with pytest.raises(ValueError, match="'deep' has 33 dimensions"):
        dumps({"deep": np.ones((1,) * 33)})


def test_names() -> None:
    names = {"": np.zeros(1), "a/b.c": np.ones(2), "\u03b2\u2603\U0001f600": np.ones(3), "n" * 1024: np.ones(4)}
    assert same(names, loads(dumps(names)))
    with pytest.raises(ValueError, match="name is longer than 1024 bytes"):
        dumps({"n" * 1025: np.zeros(1)})


def test_a_failure_to_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.dcz"
    save(path, {"w": np.ones(3)})
    with pytest.raises(ValueError, match="'w'"):
        save(path, {"w": np.ones(3, np.complex64)})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space"):
        save(path, {"w": np.zeros(3)})
    assert [entry.name for entry in tmp_path.iterdir()] == ["net.dcz"]
    assert same({"w": np.ones(3)}, load(path))
    with pytest.raises(OSError, match="missing"):
        save(tmp_path / "missing" / "net.dcz", {"w": np.ones(3)})


def test_save_refuses_what_load_would_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 2**20)
    assert loads(dumps({"w": np.zeros(2**20, np.int8)}))["w"].shape == (2**20,)
    with pytest.raises(ValueError, match="too little for `load` to trust"):
        dumps({"w": np.zeros(2**20 + 1, np.int8)})


def test_max_bytes() -> None:
    content = dumps({"w": np.zeros(1000)})
    assert loads(content, max_bytes=8000)["w"].shape == (1000,)
    with pytest.raises(ArchiveError, match="8,000 bytes of tensors are declared, expected at most 7,999"):
        loads(content, max_bytes=7999)
