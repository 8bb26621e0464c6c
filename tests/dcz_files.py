"""`.dcz` files for tests: tensors of all sorts, and files put together byte by byte, as no writer would."""

import struct
from typing import Any

import numpy as np
from fuzz_archive import repaired
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dc_lab import archive, quantized
from dc_lab.quantized import QuantizedTensor, quantize_per_channel, quantize_per_tensor


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


# --- files, byte by byte ---


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


BOOK = varint(2) + b"\3\5"
TWO = constant(1)  # the lengths of a code of two symbols
DEEP = fixed([*range(1, 17), 16], 5)  # seventeen symbols, up to 16 bits
