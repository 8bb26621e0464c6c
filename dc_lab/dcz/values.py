"""Values as the file has them: their dtypes, their bytes, and float32 in half as many bytes where nothing is lost."""

import numpy as np

from dc_lab.dcz.cursor import Reader
from dc_lab.support.dtypes import BFLOAT16, is_float

DTYPES = [
    np.dtype(code) for code in ("<f4", "<f2", "<f8", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "|b1")
] + [BFLOAT16]
"""What a tensor may be of, each at its place in FORMAT.md."""

FLOAT32, FLOAT16 = DTYPES[:2]


def version_of(dtype: np.dtype) -> int:
    """The format's first version that has this dtype."""
    return 4 if dtype == BFLOAT16 else 1


def has_negative_zeros(patterns: np.ndarray, dtype: np.dtype) -> bool:
    """Whether any of these bit patterns is -0.0, which equals 0.0 and most kinds store as such."""
    return is_float(dtype) and bool((patterns == 1 << (8 * dtype.itemsize - 1)).any())


def fits_half(values: np.ndarray) -> bool:
    """True if float32 `values` survive the way through float16 to the last bit. No NaN: machines differ there."""
    with np.errstate(over="ignore", invalid="ignore"):
        there_and_back = values.astype(np.float16).astype(np.float32)
    same = np.array_equal(there_and_back.view(np.uint32), values.view(np.uint32))
    return same and not bool(np.isnan(values).any())


def to_bytes(patterns: np.ndarray, half: bool) -> np.ndarray:
    """The bytes that stand for these bit patterns in the file; with `half` those of the same float32 as float16."""
    if half:
        patterns = patterns.view(np.float32).astype(np.float16).view(np.uint16)
    return patterns.astype(patterns.dtype.newbyteorder("<"), copy=False).view(np.uint8)


def from_bytes(reader: Reader, raw: memoryview | np.ndarray, stored: np.dtype, dtype: np.dtype) -> np.ndarray:
    """The values of `dtype` that these bytes stand for, which are `stored` as that dtype or as float16.

    Raises
    ------
    ArchiveError : a bool that is neither 0 nor 1.
    """
    values = np.frombuffer(raw, stored)
    if dtype == np.bool_ and len(values) and int(values.view(np.uint8).max()) > 1:
        raise reader.error("a truth value other than 0 and 1")
    with np.errstate(invalid="ignore"):  # some machines mind that a float16 is a NaN of the signalling kind
        converted = values.astype(dtype.newbyteorder("="), copy=False)
    if stored != dtype:
        _keep_nans(values, converted)
    return converted


def _keep_nans(halves: np.ndarray, widened: np.ndarray) -> None:
    """Gives each NaN among float32 values the sign and the bits of its float16: machines differ in what they make."""
    at = np.isnan(halves)
    patterns = halves[at].view("<u2").astype(np.uint32)
    widened.view(np.uint32)[at] = (patterns & 0x8000) << 16 | 0x7F800000 | (patterns & 0x3FF) << 13
