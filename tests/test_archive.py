"""The `.dcz` file: exact round trips, the smallest form, the documented layout, and hostile files."""

import itertools
import math
import os
import struct
import subprocess
import sys
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fuzz_archive
import numpy as np
import pytest
import torch
from fuzz_archive import networks, outcome, repaired, same
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dc_lab import archive, huffman, quantized
from dc_lab.archive import CODERS, ArchiveError, dumps, load, loads, read, save
from dc_lab.quantized import QuantizedTensor, quantize_per_channel, quantize_per_tensor

QUICK = CODERS[:3]
"""All but "smallest", which takes microseconds a value: that has tests of its own below."""

FLOATS = [np.dtype(code) for code in ("f2", "f4", "f8")]


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def bits_of(pattern: int, dtype: str) -> np.ndarray:
    return np.array([pattern], f"u{np.dtype(dtype).itemsize}").view(dtype)


# --- round trips ---


@st.composite
def tensors(draw: st.DrawFn) -> np.ndarray:
    """Arrays of every dtype and shape: drawn bit patterns, few values, sparse, in any memory order."""
    dtype = draw(st.sampled_from(archive.DTYPES))
    shape = draw(st.one_of(st.sampled_from([(), (0,), (1,), (0, 3), (3, 0, 2)]), arrays.array_shapes(max_side=12)))
    patterns = st.integers(0, 1 if dtype == np.bool_ else 2 ** (8 * dtype.itemsize) - 1)
    unsigned = np.dtype(f"u{dtype.itemsize}")
    if draw(st.booleans()):
        array = draw(arrays.arrays(unsigned, shape, elements=patterns)).view(dtype)
    else:
        book = np.array(draw(st.lists(patterns, min_size=1, max_size=9)), unsigned).view(dtype)
        rng = np.random.default_rng(draw(st.integers(0, 99)))
        array = rng.choice(book, shape) if shape else book[:1].reshape(())
        array = np.where(rng.random(shape) < draw(st.sampled_from([0.02, 0.3, 1.0])), array, dtype.type(0))
    order = draw(st.sampled_from("CFSB"))
    if order == "F":
        array = np.asfortranarray(array)
    elif order == "S" and array.ndim:
        array = np.repeat(array, 2, axis=-1)[..., ::2]
    elif order == "B":
        array = array.astype(array.dtype.newbyteorder(">"))
    return array


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

        def only(choices: list[tuple[float, ...]], kind: int = kind) -> tuple[float, ...]:
            """The least, but of the ways to store a tensor, (size, kind, index bits), those of one kind only."""
            return min((c for c in choices if len(c) < 3 or c[1] == kind), default=(math.inf,))

        monkeypatch.setattr(archive, "min", only, raising=False)
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


# --- the layout, read by its documentation alone ---


class Plain:
    """A decoder written from the specification, bit by bit, without NumPy and with few checks. Versions 1 and 3."""

    def __init__(self, content: bytes) -> None:
        assert content[:3] == b"DCZ"
        assert zlib.crc32(content[:-4]) == int.from_bytes(content[-4:], "little")
        self.content, self.at = content, 4

    def take(self, size: int) -> bytes:
        self.at += size
        return self.content[self.at - size : self.at]

    def integer(self) -> int:
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def stream(self, count: int) -> list[int]:
        form = self.take(1)[0]
        if form == 0:
            return [self.integer()] * count
        if form == 1:
            width = self.take(1)[0]
            text = self.text((count * width + 7) // 8)
            return [int(text[i * width : (i + 1) * width], 2) for i in range(count)]
        if form == 3:
            return self.rans(count)
        if form == 4:
            return self.adaptive(count)
        alphabet = self.integer()
        code, symbols = 0, {}
        lengths = self.stream(alphabet)
        for length in range(1, max(lengths) + 1):
            for symbol in range(alphabet):
                if lengths[symbol] == length:
                    symbols[f"{code:0{length}b}"] = symbol
                    code += 1
            code *= 2
        lane, shortest = self.integer(), self.integer()
        ends = [extra + shortest for extra in self.stream(-(-count // lane))] if lane else [shortest]
        text = self.text((sum(ends) + 7) // 8)
        values, begin, end = [], 0, 1
        while len(values) < count:
            if text[begin:end] in symbols:
                values.append(symbols[text[begin:end]])
                begin = end
                if (lane and len(values) % lane == 0) or len(values) == count:
                    assert end == sum(ends[: -(-len(values) // (lane or count))])
            end += 1
        return values

    def text(self, size: int) -> str:
        return "".join(f"{byte:08b}" for byte in self.take(size))

    def tensors(self) -> dict[str, tuple[list[int], bytes]]:
        headers = []
        for _ in range(self.integer()):
            name, byte = self.take(self.integer()).decode(), self.take(1)[0]
            headers.append((name, byte >> 4, byte & 15, [self.integer() for _ in range(self.integer())]))
        found = {name: (shape, self.data(kind, dtype, shape)) for name, kind, dtype, shape in headers}
        assert self.at == len(self.content) - 4
        return found

    def data(self, kind: int, dtype: int, shape: list[int]) -> bytes:
        size, is_mapped = math.prod(shape), kind // 2 == 5
        is_sparse, is_shared, half = kind // 2 in (1, 3), kind // 2 in (2, 3, 5), kind % 2
        width = 2 if half else [4, 2, 8, 1, 1, 2, 2, 4, 4, 8, 8, 1][dtype]
        n = self.integer() if is_sparse else size
        if is_shared:
            book = [self.take(width) for _ in range(self.integer())]
            book += [bytes(width)] * is_sparse
        gaps = self.stream(n) if is_sparse else [0] * n
        if is_mapped:
            signed = dtype in (0, 1, 2, 3, 5, 7, 9)
            columns = math.prod(shape[1:]) if len(shape) > 1 else size
            codes = self.map(size, columns, sum(value[-1] > 127 for value in book) if signed else 0, len(book))
            values = [bytes(width) if code is None else book[code] for code in codes]
        elif is_shared:
            values = [book[code] for code in self.stream(n)]
        else:
            plain = bytes(self.stream(n * width))
            values = [plain[i * width : (i + 1) * width] for i in range(n)]
        out = b"".join(bytes(width * gap) + value for gap, value in zip(gaps, values, strict=True))
        out = out.ljust(size * width, b"\0")
        return b"".join(struct.pack("<f", *struct.unpack_from("<e", out, 2 * i)) for i in range(size)) if half else out

    # version 3

    def rans(self, count: int) -> list[int]:
        lengths = self.stream(self.integer())
        text = self.text((sum(max(length - 1, 0) for length in lengths) + 7) // 8)
        slots: list[tuple[int, int, int]] = []  # (symbol, frequency, start)
        for symbol, length in enumerate(lengths):
            if length:
                frequency, text = int("1" + text[: length - 1], 2), text[length - 1 :]
                slots += [(symbol, frequency, len(slots))] * frequency
        lanes, number = 1 << self.take(1)[0], self.integer()
        states = [int.from_bytes(self.take(4), "little") for _ in range(lanes)]
        words = [int.from_bytes(self.take(2), "little") for _ in range(number)]
        values = []
        for first in range(0, count, lanes):
            step = range(min(lanes, count - first))
            for j in step:
                whole, slot = divmod(states[j], len(slots))
                symbol, frequency, start = slots[slot]
                values.append(symbol)
                states[j] = frequency * whole + slot - start
            for j in step:
                if states[j] < 2**16:
                    states[j] = 2**16 * states[j] + words.pop(0)
        assert not words
        assert set(states) == {2**16}
        return values

    def payload(self) -> None:
        payload = self.take(self.integer())
        assert payload[-1:] != b"\0"
        self.low, self.high, self.code, self.rest = 0, 2**32 - 1, int.from_bytes(payload[:4].ljust(4, b"\0"), "big"), 4
        self.coded, self.contexts, self.weights = payload, {}, {}

    def decide(self, chance: int) -> int:
        middle = self.low + (self.high - self.low) * chance // 2**16
        bit = int(self.code <= middle)
        self.low, self.high = (self.low, middle) if bit else (middle + 1, self.high)
        while self.low >> 24 == self.high >> 24:
            byte = self.coded[self.rest] if self.rest < len(self.coded) else 0
            self.low, self.high, self.code = (
                (number % 2**24) * 256 + added for number, added in ((self.low, 0), (self.high, 255), (self.code, byte))
            )
            self.rest += 1
        return bit

    def learn(self, context: object, start: int, bit: int) -> None:
        p, n = self.contexts.get(context, (start, 0))
        self.contexts[context] = p + (2**22 * bit - p) * (131072 // (2 * n + 3)) // 2**16, min(n + 1, 1023)

    def adaptive(self, count: int) -> list[int]:
        byte = self.take(1)[0]
        period, width = byte // 16 + 1, byte % 16 + 1
        self.payload()

        def number(digits: int, *context: object) -> str:
            text = ""
            for _ in range(digits):
                here = (*context, text)
                bit = self.decide(min(max(self.contexts.get(here, (2**21, 0))[0] // 2**6, 32), 65504))
                self.learn(here, 2**21, bit)
                text += str(bit)
            return text

        values = []
        for i in range(count):
            length = int(number(len(f"{width:b}"), i % period, "length"), 2)
            values.append(int("1" + number(length - 1, i % period, length), 2) if length else 0)
        return values

    def mixed(self, what: str, start: int, *contexts: object) -> int:
        weights = self.weights.setdefault(what, [419430] * 3)
        keys = [(what, place, context) for place, context in enumerate(contexts)]
        t = [STRETCH[self.contexts.get(key, (start, 0))[0] // 2**6] for key in keys]
        chance = SQUASH[min(max(sum(a * b for a, b in zip(t, weights, strict=True)) // 2**20, -2816), 2816)]
        bit = self.decide(chance)
        for place, key in enumerate(keys):
            weights[place] += (t[place] * (2**16 * bit - chance) + 2048) // 2**12
            self.learn(key, start, bit)
        return bit

    def map(self, size: int, columns: int, negative: int, book: int) -> list[int | None]:
        stride = self.integer()
        self.payload()
        codes: list[int | None] = []

        def sign(at: int, distance: int) -> int:
            code = codes[at - distance] if 0 < distance <= at else None
            return 0 if code is None else 1 if code < negative else 2

        def last(entries: list[int | None]) -> int:
            code = next((code for code in reversed(entries) if code is not None), None)
            return 0 if code is None else 1 if code < negative else 2

        for at in range(size):
            row, column = divmod(at, columns)
            around = tuple(sign(at, d) > 0 for d in (1, stride, columns, 2, stride + 1, stride - 1))
            if not self.mixed("there", 2**18, around, column, row):
                codes.append(None)
                continue
            signs = tuple(sign(at, d) for d in (1, stride, columns))
            lasts = last(codes[row * columns :]), last(codes[column::columns])
            positive = int(negative == 0)
            if 0 < negative < book:
                positive = self.mixed("code", 2**21, "sign", ("sign", signs), ("sign", lasts))
            highest, text = (book - negative if positive else negative) - 1, ""
            for _ in range(highest.bit_length()):
                here = positive, text
                text += str(self.mixed("code", 2**21, here, (here, signs), (here, lasts)))
            rank = int(text or "0", 2)
            codes.append(negative + rank if positive else negative - 1 - rank)
        return codes


def logits() -> tuple[dict[int, int], list[int]]:
    squash, power = {}, 2**62
    for step in range(2817):
        squash[step] = 2**78 // (2**62 + power)
        squash[-step] = squash[step] if step == 0 else 65536 - squash[step]
        power = power * 4593706758521714574 // 2**62
    stretch, step = [], -2816
    for value in range(65536):
        while step < 2816 and squash[step] < value:
            step += 1
        stretch.append(step)
    return squash, stretch


SQUASH, STRETCH = logits()


@pytest.mark.parametrize("name", networks())
def test_the_documented_layout_is_the_layout(name: str) -> None:
    network = networks()[name]
    for coder in QUICK:
        content = dumps(network, coder)
        expected = {name: (list(array.shape), array.tobytes()) for name, array in loads(content).items()}
        assert Plain(content).tensors() == expected


@given(st.dictionaries(st.text(max_size=3), tensors(), min_size=1, max_size=2), st.sampled_from(QUICK))
@settings(max_examples=100)
def test_the_documented_layout_on_drawn_tensors(drawn: dict[str, np.ndarray], coder: archive.Coder) -> None:
    content = dumps(drawn, coder)
    expected = {name: (list(array.shape), array.tobytes()) for name, array in loads(content).items()}
    assert Plain(content).tensors() == expected


# --- hostile files ---


@pytest.mark.parametrize("name", networks())
def test_every_prefix_is_refused(name: str) -> None:
    content = dumps(networks()[name])
    pick = fuzz_archive.prefixes(content)
    if len(content) > 2000:  # the long ones: the beginning and the end
        pick = iter([content[:length] for length in [*range(500), *range(len(content) - 200, len(content))]])
    for prefix in pick:
        assert outcome(prefix, networks()[name]) == "refused"
        if len(prefix) >= 9:
            assert outcome(repaired(prefix), networks()[name]) == "refused"


@pytest.mark.parametrize("name", ["one", "shared", "plain", "odd"])
def test_every_single_byte_change_is_refused(name: str) -> None:
    network = networks()[name]
    for changed in fuzz_archive.single_bytes(dumps(network)):
        assert outcome(changed, network) == "refused"


@pytest.mark.parametrize(("name", "step"), [("one", 1), ("odd", 7), ("shared", 71), ("plain", 71)])
def test_every_single_byte_change_with_the_checksum_repaired(name: str, step: int, traced: None) -> None:
    network = networks()[name]
    for changed in itertools.islice(fuzz_archive.single_bytes(dumps(network)[:-4]), 0, None, step):
        outcome(repaired(changed + bytes(4)), network, max_bytes=2**18)


def test_random_mutations(traced: None) -> None:
    counts = fuzz_archive.fuzz(3000, seed=7)
    assert counts["refused"] > 300
    assert counts["refused, repaired"] > 1000
    assert counts["other, repaired"] > 50


def varint(value: int) -> bytes:
    return bytes([value & 127 | 128]) + varint(value >> 7) if value > 127 else bytes([value])


def fixed(values: list[int], width: int) -> bytes:
    text = "".join(f"{value:0{width}b}" for value in values)
    text = text.ljust(-(-len(text) // 8) * 8, "0")
    return bytes([1, width]) + bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))


def constant(value: int) -> bytes:
    return b"\0" + varint(value)


def coded(lengths: bytes, alphabet: int, payload_bits: int, lanes: bytes | None = None, payload: bytes = b"") -> bytes:
    lanes = varint(0) + varint(payload_bits) if lanes is None else lanes
    return b"\2" + varint(alphabet) + lengths + lanes + (payload or bytes((payload_bits + 7) // 8))


def tensor(data: bytes, kind: int = 0, dtype: int = 4, shape: tuple[int, ...] = (8,), name: bytes = b"w") -> bytes:
    """One tensor as a file; uint8 unless told otherwise."""
    dimensions = varint(len(shape)) + b"".join(map(varint, shape))
    return archive_of(varint(1) + varint(len(name)) + name + bytes([kind << 4 | dtype]) + dimensions + data)


def archive_of(content: bytes) -> bytes:
    return repaired(b"DCZ\1" + content + bytes(4))


def ruled(
    bits: bytes = b"\x08",
    axis: int = 0,
    scales: bytes = struct.pack("<f", 0.5),
    zeros: bytes = constant(0),
    data: bytes = b"\0" + constant(1),
    kind: int = 9,
    dtype: int = 4,
    shape: tuple[int, ...] = (8,),
) -> bytes:
    """One quantized tensor as a file; eight ones in uint8, scale 0.5, unless told otherwise."""
    content = tensor(bits + varint(axis) + scales + zeros + data, kind, dtype, shape)
    return repaired(b"DCZ\2" + content[4:])


BOOK = varint(2) + b"\3\5"
TWO = constant(1)  # the lengths of a code of two symbols
DEEP = fixed([*range(1, 17), 16], 5)  # seventeen symbols, up to 16 bits

HOSTILE = {
    "2**40 values": (tensor(constant(0), shape=(2**40,)), "w', shape .*bytes of tensors are declared"),
    "product overflows": (tensor(constant(0), shape=(2**32, 2**32)), "dimensions .* are too large"),
    "32 huge dimensions": (tensor(constant(0), shape=(2**62,) * 32), "dimensions .* are too large"),
    "huge but for a zero": (tensor(constant(0), shape=(0, 2**48, 2**48)), "dimensions .* are too large"),
    "33 dimensions": (tensor(constant(0), shape=(1,) * 33), "dimensions is 33, expected at most 32"),
    "dimension of 64 bits": (tensor(constant(0), shape=(2**64,)), "longer than 9 bytes"),
    "sum of sizes": (
        archive_of(varint(2) + b"\1a\4\1" + varint(2**29) + b"\1b\4\1" + varint(2**30) + constant(0) * 2),
        "'b', shape .*bytes of tensors are declared",
    ),
    "giant name": (archive_of(varint(1) + varint(2**40) + b"w" * 20), "name's length is 1099511627776"),
    "name beyond the end": (archive_of(varint(1) + varint(1000) + b"w" * 20), "needs 1000 bytes"),
    "name not UTF-8": (tensor(constant(0), name=b"\xff\xfe"), "not UTF-8"),
    "surrogate in the name": (tensor(constant(0), name=b"\xed\xa0\x80"), "not UTF-8"),
    "same name twice": (archive_of(varint(2) + b"\1w\4\1\1" * 2 + constant(0) * 2), "two tensors named 'w'"),
    "many tensors": (archive_of(varint(2**50) + bytes(90)), "number of tensors is"),
    "one tensor too many": (archive_of(varint(2) + b"\1w\4\1\1" + constant(0)), "number of tensors is 2"),
    "kind 8": (tensor(constant(0), kind=8), "no such form"),
    "dtype 12": (tensor(constant(0), dtype=12), "no such form"),
    "float16 of uint8": (tensor(constant(0), kind=1), "no such form"),
    "constant above 255": (tensor(constant(256)), "the value is 256, expected at most 255"),
    "constant of 63 bits": (tensor(constant(2**63 - 1)), "expected at most 255"),
    "varint of ten bytes": (tensor(b"\0" + b"\x80" * 9 + b"\1"), "longer than 9 bytes"),
    "varint too long": (tensor(b"\0\x81\0"), "zero byte"),
    "varint cut off": (tensor(b"\0\x81"), "needs 1 bytes, but 0 are left"),
    "form 3": (tensor(b"\3" + bytes(20)), "stream of form 3"),
    "width 0": (tensor(b"\1\0"), "0 bits wide"),
    "width 9": (tensor(fixed([0] * 8, 9)), "9 bits wide"),
    "fixed cut off": (tensor(fixed([1] * 8, 8)[:-1]), "needs 8 bytes, but 7 are left"),
    "trailing byte": (tensor(constant(0) + b"\0"), "1 bytes too many"),
    "nothing after the header": (tensor(b"", shape=(1, 1, 1)), "needs 1 bytes"),
    "truth value of 2": (tensor(constant(2), dtype=11), "truth value"),
    "truth value of 2 in a codebook": (tensor(b"\1\2" + constant(0), kind=4, dtype=11), "truth value"),
    "empty codebook": (tensor(b"\0" + constant(0), kind=4), "codebook is empty"),
    "empty codebook, sparse": (tensor(b"\0\0" + constant(0) * 2, kind=6), "codebook is empty"),
    "codebook of 65,537": (tensor(varint(2**16 + 1) + bytes(2**16 + 9), kind=4), "codebook's length is 65537"),
    "codebook of 65,536 and filler": (
        tensor(varint(1) + varint(2**16) + bytes(2**16 + 9), kind=6),
        "codebook's length is 65536",
    ),
    "codebook beyond the end": (tensor(varint(50) + bytes(20), kind=4), "codebook's length is 50, expected at most 21"),
    "code beyond the codebook": (tensor(BOOK + constant(2), kind=4), "the value is 2, expected at most 1"),
    "fixed code beyond": (tensor(varint(3) + b"abc" + fixed([3] * 8, 2), kind=4), "value 3, expected at most 2"),
    "more entries than values": (tensor(varint(9) + constant(0) * 2, kind=2), "entries is 9, expected at most 8"),
    "gap beyond the end": (tensor(varint(1) + constant(8) + constant(1), kind=2), "beyond an array of 8"),
    "gaps beyond the end": (tensor(varint(8) + constant(1) + constant(1), kind=2), "beyond an array of 8"),
    "giant gap": (tensor(varint(1) + constant(2**16) + constant(1), kind=2), "expected at most 65535"),
    "Huffman in Huffman": (tensor(b"\2\2" + coded(TWO, 2, 2)), "stream of form 2, expected 0 or 1"),
    "alphabet of 2**40": (tensor(coded(constant(1), 2**40, 8)), "alphabet's size is"),
    "alphabet of 257": (tensor(coded(constant(1), 257, 8)), "alphabet's size is 257"),
    "alphabet of 65,536": (
        tensor(varint(8) + coded(constant(16), 2**16, 128) + constant(1), kind=2),
        "complete prefix code for 8 values",
    ),
    "no symbols": (tensor(coded(constant(0), 2, 8)), "complete prefix code"),
    "empty alphabet": (tensor(coded(constant(1), 0, 8)), "complete prefix code"),
    "one symbol": (tensor(coded(constant(1), 1, 8)), "complete prefix code"),
    "over-subscribed": (tensor(coded(constant(1), 3, 8)), "complete prefix code"),
    "incomplete": (tensor(coded(constant(2), 3, 16)), "complete prefix code"),
    "length 17": (tensor(coded(constant(17), 3, 16)), "the value is 17, expected at most 16"),
    "length 31": (tensor(coded(fixed([31, 1, 1], 5), 3, 16)), "value 31, expected at most 16"),
    "more symbols than values": (tensor(coded(constant(4), 16, 32)), "complete prefix code for 8 values"),
    "code of 16 bits": (tensor(coded(DEEP, 17, 20), shape=(20,)), "a code of 16 bits for 17 symbols"),
    "codes for no values": (tensor(coded(TWO, 2, 0), shape=(0,)), "for 0 values"),
    "2**29 codes": (tensor(coded(TWO, 2, 2**29, payload=b"\0"), shape=(2**29,)), "codes do not fit"),
    "too few bits": (tensor(coded(TWO, 2, 7)), "8 symbols do not fit into 7 bits"),
    "too many bits": (tensor(coded(TWO, 2, 9)), "ends at bit 8 instead of 9"),
    "2**40 bits": (tensor(coded(TWO, 2, 2**40, payload=b"\0" * 9)), "shortest lane is"),
    "dirty padding": (tensor(coded(TWO, 2, 9, payload=b"\0\1"), shape=(9,)), "padding"),
    "a long lane": (tensor(coded(TWO, 2, 2**15), shape=(2**15,)), "32768 codes in a single lane"),
    "lanes of 1": (tensor(coded(TWO, 2, 0, b"\1\0" + constant(1), bytes(2)), shape=(9,)), "lane size is 1"),
    "one lane, but sized": (
        tensor(coded(TWO, 2, 0, varint(300) + b"\0" + constant(0), bytes(99)), shape=(300,)),
        "lane size is 300",
    ),
    "lane of 2**13": (
        tensor(coded(TWO, 2, 0, varint(2**13) + b"\0" + constant(0), bytes(9999)), shape=(2**14,)),
        "lane size is 8192",
    ),
    "lanes of no bits": (
        tensor(coded(TWO, 2, 0, varint(256) + b"\0" + constant(0), bytes(999)), shape=(512,)),
        "512 symbols do not fit into 0 bits",
    ),
    "one lane has it all": (
        tensor(coded(TWO, 2, 0, varint(256) + b"\0" + fixed([512, 0], 10), bytes(64)), shape=(512,)),
        "lane 0 ends at bit 256 instead of 512",
    ),
    "lanes of 2**50 bits": (
        tensor(coded(TWO, 2, 0, varint(256) + varint(2**50) + constant(0), bytes(64)), shape=(512,)),
        "shortest lane is",
    ),
    "empty": (b"", "starts with nothing"),
    "foreign": (b"PK\3\4 and so on", "not a .dcz file: starts with 50 4b 03 04"),
    "magic only": (b"DCZ\1", "truncated: 4 bytes"),
    "version 3": (repaired(b"DCZ\3\0" + bytes(4)), "format version 3, but no form"),
    "version 2 for nothing": (repaired(b"DCZ\2\0" + bytes(4)), "format version 2, but no tensor is quantized"),
    "quantized in version 1": (repaired(b"DCZ\1" + ruled()[4:]), "no such form"),
    "quantized float32": (ruled(dtype=0), "kind 9 with dtype 0"),
    "quantized int16": (ruled(dtype=5), "kind 9 with dtype 5"),
    "1 bit": (ruled(b"\1"), "'w', ruler .*bits must be from 2 to 8"),
    "9 bits": (ruled(b"\x09"), "'w', ruler .*bits must be from 2 to 8"),
    "integers beyond the bits": (ruled(b"\4", data=b"\0" + constant(16)), "integers must be from 0 to 15"),
    "axis 2 of 1": (ruled(axis=2), "the axis \\+ 1 is 2, expected at most 1"),
    "scale 0": (ruled(scales=bytes(4)), "scale must be above 0"),
    "scale NaN": (ruled(scales=b"\xff" * 4), "scale must be above 0"),
    "scale in 8 bytes for nothing": (ruled(scales=struct.pack("<d", 0.5), kind=8), "of which 4 would do"),
    "scales beyond the end": (ruled(axis=1, shape=(2**29,)), "needs 2147483648 bytes"),
    "zero point beyond": (ruled(zeros=constant(1)), "zero_point must be a whole number from 0 to 255"),
    "quantized twice": (ruled(data=b"\4" + constant(1)), "integers stored as kind 4"),
    "altered": (dumps({})[:-1] + b"\0", "checksum"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file(name: str, traced: None) -> None:
    check_hostile(*HOSTILE[name])


def check_hostile(content: bytes, message: str) -> None:
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    begin = time.perf_counter()
    with pytest.raises(ArchiveError, match=message):
        loads(content)
    assert time.perf_counter() - begin < 1
    assert tracemalloc.get_traced_memory()[1] - before < 200_000 + 8 * len(content)


# --- quantized tensors ---


def ruled_network() -> dict[str, archive.Tensor]:
    """Quantized tensors of all sorts, beside an ordinary one."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(6, 40)).astype(np.float32)
    sparse = np.where(rng.random(x.shape) < 0.1, x, np.float32(0))
    wide = quantized.minmax_qparams(x.min(axis=1), x.max(axis=1), np.int8, 4)
    return {
        "tensor": quantize_per_tensor(x, 0.1, 7),
        "four bits": quantize_per_channel(x, np.asarray(wide.scale), np.asarray(wide.zero_point), 0, np.int8, 4),
        "odd scales": quantize_per_channel(x, np.linspace(0.1, 0.2, 40), np.arange(-20, 20), 1),
        "sparse": quantize_per_tensor(sparse, 0.03, 0, np.int8),
        "wide": quantize_per_tensor(1000 * x, 1e-6, -(2**31), np.int32),
        "nothing": quantize_per_tensor(x[:0], 0.5, 0),
        "number": QuantizedTensor(np.array(3, np.uint8), 0.5, 1),
        "bias": x[0],
    }


@pytest.mark.parametrize("coder", CODERS)
def test_quantized_tensors_come_back_exactly(coder: archive.Coder, tmp_path: Path) -> None:
    network = ruled_network()
    content = dumps(network, coder)
    contents = read(content)
    assert content[3] == (3 if coder == "smallest" else 2)
    assert list(contents.tensors) == list(network)
    for name, expected in network.items():
        found = contents.tensors[name]
        assert type(found) is type(expected)
        if isinstance(expected, QuantizedTensor):
            assert found == expected
            assert contents.kinds[name].startswith("quantized, ")
            assert found.bits == expected.bits
            np.testing.assert_array_equal(found.dequantize(), expected.dequantize())
    assert sum(item.size for item in contents.items) == len(content)
    assert dumps(contents.tensors, coder) == content
    assert save(tmp_path / "net.dcz", network) == (tmp_path / "net.dcz").stat().st_size
    assert same(network, load(tmp_path / "net.dcz"))


def test_without_a_quantized_tensor_files_are_as_they_were() -> None:
    assert dumps({"bias": np.ones(3, np.float32)})[3] == 1


def test_integers_are_huffman_coded_where_that_is_smaller() -> None:
    weights = np.random.default_rng(0).normal(size=(100, 800)).astype(np.float32)
    for number, most in ((8, 7.3), (4, 3.1)):
        ruler = quantized.minmax_qparams(weights.min(), weights.max(), np.int8, number, symmetric=True)
        q = quantize_per_tensor(weights, *ruler, np.int8, number)
        content = dumps({"w": q})
        entropy = huffman.entropy(np.bincount(q.integers.ravel().astype(int) + 128)) * q.size / 8
        assert entropy < len(content) < 1.03 * entropy + 150
        assert len(content) < len(dumps({"w": q}, coder="fixed")) <= number * q.size / 8 + 150
        assert 8 * len(content) / q.size < most


def test_layout_of_a_quantized_tensor() -> None:
    q = QuantizedTensor(np.full((2, 4), 1, np.uint8), np.array([0.5, 0.25]), np.array([0, 0]), 0, 6)
    scales = struct.pack("<ff", 0.5, 0.25)
    assert dumps({"w": q}) == ruled(b"\6", 1, scales, constant(0), b"\0" + constant(1), 9, 4, (2, 4))
    q = QuantizedTensor(np.full((2, 4), 1, np.uint8), 0.1, 3)
    content = ruled(b"\x08", 0, struct.pack("<d", 0.1), fixed([3, 0, 0, 0], 2), b"\0" + constant(1), 8, 4, (2, 4))
    assert dumps({"w": q}) == content


def test_changed_files_of_quantized_tensors_are_refused_or_read(traced: None) -> None:
    network = {name: value for name, value in ruled_network().items() if name in ("four bits", "nothing", "number")}
    content = dumps(network)
    for prefix in fuzz_archive.prefixes(content):
        assert outcome(prefix, network) == "refused"
    for changed in itertools.islice(fuzz_archive.single_bytes(content[:-4]), 0, None, 53):
        assert outcome(changed + content[-4:], network) == "refused"
        outcome(repaired(changed + bytes(4)), network, max_bytes=2**18)


# --- format version 3 ---


@st.composite
def small_networks(draw: st.DrawFn) -> dict[str, np.ndarray]:
    """Few values each, of every dtype: sparse and shared, sparse, dense."""
    drawn = {}
    for name in draw(st.lists(st.text(max_size=3), max_size=3, unique=True)):
        dtype = draw(st.sampled_from(archive.DTYPES))
        shape = draw(st.one_of(st.sampled_from([(), (0, 3), (3, 0)]), arrays.array_shapes(max_dims=3, max_side=7)))
        rng = np.random.default_rng(draw(st.integers(0, 2**32)))
        high = 2 if dtype == np.bool_ else 2 ** (8 * dtype.itemsize)
        book = rng.integers(0, high, draw(st.integers(1, 20)), np.uint64).astype(f"u{dtype.itemsize}").view(dtype)
        array = rng.choice(book, shape) if shape else book[:1].reshape(())
        drawn[name] = np.where(rng.random(shape) < draw(st.sampled_from([0.05, 0.3, 1.0])), array, dtype.type(0))
    return drawn


@given(small_networks())
@settings(max_examples=60)
def test_the_smallest_files_come_back_also_by_the_specification_alone(drawn: dict[str, np.ndarray]) -> None:
    content = dumps(drawn, "smallest")
    contents = read(content)
    assert same(drawn, contents.tensors)
    assert len(content) <= len(dumps(drawn))
    assert sum(item.size for item in contents.items) == len(content)
    assert dumps(contents.tensors, "smallest") == content
    expected = {name: (list(array.shape), array.tobytes()) for name, array in contents.tensors.items()}
    assert Plain(content).tensors() == expected
    newer = {stream.form for stream in contents.streams} & {"rans", "adaptive"}
    assert content[3] == (3 if newer else 1)


@pytest.mark.parametrize("number", range(6))
def test_the_specification_reads_every_new_form(number: int) -> None:
    content, network = fuzz_archive.newer()[number]
    found = read(content)
    assert same(network, found.tensors)
    if not any(isinstance(value, QuantizedTensor) for value in network.values()):
        expected = {name: (list(array.shape), array.tobytes()) for name, array in found.tensors.items()}
        assert Plain(content).tensors() == expected
    sizes = {item[:2]: item.size for item in found.items}
    assert sum(sizes.values()) == len(content)
    for stream in found.streams:
        entries = sizes.get((stream.tensor, stream.part), 0) - (stream.payload_bits + 7) // 8
        assert entries == (1 if stream.part == "map" else entries if stream.part in ("index", "codebook") else 0)


def test_every_new_form_is_tried_by_these_files() -> None:
    found = [read(content) for content, _ in fuzz_archive.newer()]
    forms = {(stream.part, stream.form) for contents in found for stream in contents.streams}
    assert {("map", "adaptive"), ("plain", "adaptive"), ("values", "rans"), ("plain", "rans")} <= forms
    kinds = {kind for contents in found for kind in contents.kinds.values()}
    assert {"mapped", "quantized, mapped", "dense, float16"} <= kinds


@pytest.mark.parametrize("name", ["lenet-300-100", "lenet-5"])
def test_the_shipped_networks_are_as_they_were_and_can_be_smaller(name: str) -> None:
    content = (Path(__file__).parents[1] / "data" / "checkpoints" / f"{name}.dcz").read_bytes()
    network = loads(content)
    assert dumps(network) == content
    smallest = dumps(network, "smallest")
    assert len(smallest) < 0.94 * len(content)
    contents = read(smallest)
    assert same(network, contents.tensors)
    assert contents.kinds["ip1.weight"] == "mapped, float16"  # a small dense layer may do better without a map


def test_long_streams_are_within_a_percent_of_the_entropy(rng: np.random.Generator) -> None:
    codes = np.minimum(rng.geometric(0.3, 400_000) - 1, 20).astype(np.uint8)
    entropy = huffman.entropy(np.bincount(codes)) * len(codes) / 8
    content = dumps({"w": codes}, "rans")
    assert entropy < len(content) < 1.01 * entropy
    assert content[3] == 3
    mostly = rng.choice(np.array([7, 8, 9], np.uint8), 400_000, p=[0.8, 0.1, 0.1])
    entropy = huffman.entropy(np.bincount(mostly)) * len(mostly) / 8
    by_huffman, by_rans = (len(dumps({"w": mostly}, coder)) for coder in ("huffman", "rans"))
    assert by_huffman > 400_000 / 8  # one bit a symbol is Huffman's floor
    assert entropy < by_rans < 1.01 * entropy


def test_adaptive_coding_stops_where_a_file_has_had_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first tensors are coded adaptively, the rest by what is quick, and any executor gives the same file."""
    rng = np.random.default_rng(0)
    network = {name: (rng.random((40, 50)) < 0.1) * rng.choice([-1.5, 0.5, 2.0], (40, 50)) for name in "abc"}
    monkeypatch.setattr(archive.streams, "MAX_DECISIONS", 5500)
    content = dumps(network, "smallest")
    assert [read(content).kinds[name] for name in "abc"] == ["mapped", "mapped", "sparse shared"]
    assert same(network, loads(content))
    assert dumps({name: archive.encoded(name, network[name], "smallest") for name in "abc"}, "smallest") == content
    monkeypatch.setattr(archive.streams, "MAX_DECISIONS", 3000)
    with pytest.raises(ArchiveError, match=r"tensor 'b', map at byte .*more than"):
        loads(content)


@pytest.mark.parametrize("number", range(4))
def test_changed_files_of_version_3(number: int, traced: None) -> None:
    content, network = fuzz_archive.newer()[number]
    for prefix in fuzz_archive.prefixes(content):
        assert outcome(prefix, network) == "refused"
        if len(prefix) >= 9 and (number == 0 or len(prefix) % 11 == 0):
            assert outcome(repaired(prefix), network) == "refused"
    with fuzz_archive.few_decisions():
        for at, changed in enumerate(fuzz_archive.single_bytes(content[:-4])):
            if at % 499 == 0:
                assert outcome(changed + content[-4:], network) == "refused"
            if at % (5 if number == 0 else 2003) == 0:
                outcome(repaired(changed + bytes(4)), network, max_bytes=2**18)


@pytest.mark.parametrize("number", [4, 5])
def test_changed_files_of_rans_streams(number: int, traced: None) -> None:
    content, network = fuzz_archive.newer()[number]
    body = content[:-4]
    for length in [*range(9, 100, 7), *range(len(content) - 9, len(content))]:
        assert outcome(repaired(content[:length]), network) == "refused"
    for at in [*range(4, 40), *range(40, len(body), 997)]:
        changed = bytearray(body)
        changed[at] ^= 1 << at % 8
        outcome(repaired(bytes(changed) + bytes(4)), network)


def test_no_two_files_of_version_3_hold_the_same() -> None:
    """Whatever single byte of an adaptive payload is changed, it is another network, or none."""
    network = {"w": (np.random.default_rng(0).random((10, 30)) < 0.1) * np.float32(0.5)}
    content = dumps(network, "smallest")
    found = read(content)
    assert found.kinds["w"] == "mapped, float16"
    begin = len(content) - 4 - found.streams[0].payload_bits // 8
    for at in range(begin, len(content) - 4):
        for other in range(0, 256, 3):
            changed = bytearray(content)
            if changed[at] != other:
                changed[at] = other
                assert outcome(repaired(bytes(changed)), network) != "same"
    longer = bytearray(content[:-4]) + bytes(5)
    longer[begin - 1] += 1
    with pytest.raises(ArchiveError, match="no zeros"):
        loads(repaired(bytes(longer)))


def of_version_3(data: bytes, **how: Any) -> bytes:
    """`tensor`, as a file of version 3."""
    return repaired(b"DCZ\3" + tensor(data, **how)[4:])


def counted(payload: bytes) -> bytes:
    return varint(len(payload)) + payload


def laned(
    lengths: bytes = constant(2),
    alphabet: int = 2,
    low: bytes = b"\0",
    exponent: int = 0,
    words: int = 40,
    states: int = 1,
) -> bytes:
    """An rANS stream of zeros, but for its states of 2**16: two symbols of frequency 2."""
    lanes = (2**16).to_bytes(4, "little") * states
    return b"\3" + varint(alphabet) + lengths + low + bytes([exponent]) + varint(words) + lanes + bytes(2 * words)


HOSTILE_3 = {
    "form 5": (of_version_3(b"\5" + bytes(9)), "stream of form 5, expected 0 to 4"),
    "rANS in version 1": (tensor(laned()), "stream of form 3, expected 0 to 2"),
    "mapped in version 1": (tensor(varint(1) + b"\1\1\0", kind=10), "no such form"),
    "nothing new": (of_version_3(constant(1)), "format version 3, but no form"),
    "rANS in a table": (of_version_3(laned(lengths=b"\3")), "stream of form 3, expected 0 or 1"),
    "adaptive in a table": (of_version_3(laned(lengths=b"\4")), "stream of form 4, expected 0 or 1"),
    "one frequency": (of_version_3(laned(alphabet=1)), "frequencies of 1 symbols for 8 values"),
    "no frequencies": (of_version_3(laned(constant(0), low=b"")), "frequencies of 0 symbols"),
    "more frequencies than values": (
        of_version_3(laned(constant(1), 16, b"")),
        "frequencies of 16 symbols for 8 values",
    ),
    "sum not a power of 2": (of_version_3(laned(constant(1), 3, b"")), "frequencies sum to 3"),
    "sum of 2**17": (of_version_3(laned(constant(17), 2, bytes(4))), "frequencies sum to 131072"),
    "length 18": (of_version_3(laned(constant(18))), "the value is 18, expected at most 17"),
    "dirty padding of frequencies": (of_version_3(laned(low=b"\1")), "padding after the last frequency"),
    "alphabet of 257": (of_version_3(laned(alphabet=257)), "alphabet's size is 257"),
    "more lanes than values": (of_version_3(laned(exponent=4)), r"2\*\*4 lanes for 8 values"),
    "2**17 lanes": (of_version_3(laned(exponent=17), shape=(2**18,)), r"2\*\*17 lanes"),
    "words beyond the end": (of_version_3(laned(words=40)[:-9]), "number of words is 40"),
    "long steps": (of_version_3(laned(words=2)), "8 values in 1 lanes of 8 bytes: too many"),
    "too many symbols": (of_version_3(laned(exponent=3, states=8), shape=(2**19,)), "too many for their size"),
    "state 0": (of_version_3(laned(words=70)[:-144] + bytes(144)), "a state of 0, expected 65536"),
    "words left": (of_version_3(laned(words=70)), "use 0 of 70 words|do not end as they began|use .* of 70 words"),
    "adaptive, too wide": (of_version_3(b"\4\x08" + counted(b"\1")), "9 bits wide, expected 1 to 8"),
    "adaptive, not so wide": (of_version_3(b"\4\7" + counted(b"\xff" * 3)), "said to be 8 bits wide|no zeros"),
    "adaptive, a value of 15 bits": (of_version_3(b"\4\x07" + counted(b"")), "a value of 15 bits, expected at most 8"),
    "adaptive, beyond the end": (of_version_3(b"\4\7" + varint(50) + b"\1"), "payload's length is 50"),
    "adaptive, a zero at the end": (of_version_3(b"\4\0" + counted(b"\xff\0")), "no zeros"),
    "adaptive, 2**29 values": (of_version_3(b"\4\0" + counted(b"\1"), shape=(2**29,)), "more than 1048576 decisions"),
    "map of nothing": (
        of_version_3(varint(1) + b"\1\1\0", kind=10, shape=(0, 2**40)),
        "a map of a tensor without entries",
    ),
    "map with a column of nothing": (of_version_3(varint(1) + b"\1\1\0", kind=10, shape=(2**40, 0)), "without entries"),
    "map without a codebook": (of_version_3(varint(0) + b"\1\0", kind=10), "codebook is empty"),
    "map of stride 0": (of_version_3(varint(1) + b"\1\0\0", kind=10), "stride is 0, expected 1 to below the 8 columns"),
    "map of stride 8": (of_version_3(varint(1) + b"\1\x08\0", kind=10), "stride is 8"),
    "map of stride 65": (
        of_version_3(varint(1) + b"\1\x41\0", kind=10, shape=(99,)),
        "stride is 65, expected at most 64",
    ),
    "map of 2**29": (of_version_3(varint(1) + b"\1\1\0", kind=10, shape=(2**29,)), "more than 1048576 decisions"),
    "code beyond a map's codebook": (of_version_3(varint(3) + b"abc\1\0", kind=10), "code 4 of 3"),
    "codebook of 65,536 and a map": (
        of_version_3(varint(2**16) + bytes(2**16 + 9), kind=10),
        "codebook's length is 65536, expected at most 65535",
    ),
}


@pytest.mark.parametrize("name", HOSTILE_3)
def test_hostile_file_of_version_3(name: str, traced: None) -> None:
    check_hostile(*HOSTILE_3[name])


def test_the_most_work_that_a_small_file_may_ask_for_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A map of zeros takes a byte for thousands of decisions: what is counted is the decisions, not the bytes."""
    monkeypatch.setattr(archive.streams, "MAX_DECISIONS", 50_000)
    size = 20_000
    network = {name: np.eye(1, size, size - 1, dtype=np.float32) for name in "abcd"}
    one = archive.encoded("a", network["a"], "smallest")
    payload, _ = archive.adaptive.encode_map(np.zeros(size, int), 0, 1, size, 2)
    assert len(payload) < 20
    data = varint(1) + struct.pack("<f", 1) + varint(2) + counted(payload)
    header = b"".join(b"\1" + bytes([97 + i, 10 << 4, 1]) + varint(size) for i in range(4))
    with pytest.raises(ArchiveError, match=r"tensor 'c', map at byte .*: more than 10000 decisions"):
        loads(repaired(b"DCZ\3" + varint(4) + header + data * 4 + bytes(4)))
    assert one.decisions <= 50_000


def test_an_error_says_where() -> None:
    with pytest.raises(
        ArchiveError, match=r"^tensor 'w', codes at byte \d+: the value is 2, expected at most 1$"
    ) as info:
        loads(tensor(BOOK + constant(2), kind=4))
    assert (info.value.tensor, info.value.field, info.value.offset) == ("w", "codes", 15)


def test_max_bytes() -> None:
    content = dumps({"w": np.zeros(1000)})
    assert loads(content, max_bytes=8000)["w"].shape == (1000,)
    with pytest.raises(ArchiveError, match="8,000 bytes of tensors are declared, expected at most 7,999"):
        loads(content, max_bytes=7999)


@pytest.mark.parametrize("kind", range(4))
def test_declared_content_is_all_the_memory_there_is(kind: int, traced: None) -> None:
    """Streams of one repeated value are the cheapest way to declare a lot: at most a few times of that is taken."""
    size = 2**24
    content = {
        archive.DENSE: tensor(constant(1), 0, shape=(size,)),
        archive.SPARSE: tensor(varint(size) + constant(0) + constant(1), 2, shape=(size,)),
        archive.DENSE_SHARED: tensor(BOOK + constant(1), 4, shape=(size,)),
        archive.SPARSE_SHARED: tensor(varint(size) + BOOK + constant(0) + constant(1), 6, shape=(size,)),
    }[kind]
    begin = time.perf_counter()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    assert loads(content)["w"].all()
    assert tracemalloc.get_traced_memory()[1] - before < 2.1 * size + 2**26
    assert time.perf_counter() - begin < 5


def test_many_code_tables_take_little_time() -> None:
    """The work that a few bytes can ask for most: a code of 12 bits for a handful of values."""
    lengths = fixed([*range(1, 13), 12], 4)
    one = coded(lengths, 13, 13, payload=b"\0\0")
    number = 500
    header = b"".join(varint(len(str(i))) + str(i).encode() + bytes([4, 1, 13]) for i in range(number))
    content = archive_of(varint(number) + header + one * number)
    begin = time.perf_counter()
    assert len(loads(content)) == number
    assert time.perf_counter() - begin < 2


def test_slow_lanes_take_little_time() -> None:
    """Eight lanes of 4,096 codes: too few for vectors to be quick, the most steps that a lane can have."""
    one = coded(TWO, 2, 0, varint(4096) + varint(4096) + constant(0), bytes(4096))
    number = 10
    header = b"".join(b"\1" + bytes([97 + i, 4, 1]) + varint(2**15) for i in range(number))
    begin = time.perf_counter()
    assert len(loads(archive_of(varint(number) + header + one * number))) == number
    assert time.perf_counter() - begin < 3
