"""Quantized: scale and zero point, one each or one for each channel, then the integers as an array of another kind."""

from collections.abc import Mapping

import numpy as np

from dc_lab.dcz import streams
from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.forms.form import Coder, Stream
from dc_lab.dcz.header import Header
from dc_lab.dcz.kinds.kind import ArrayKind, Data, Found, Kind
from dc_lab.dcz.varint import varint
from dc_lab.quantized import RANGES, QuantizedTensor


class Quantized(Kind):
    """What it costs is not asked: a QuantizedTensor is always stored so, its integers in the kind that is smallest."""

    number = 4
    name = "quantized"
    version = 2

    def __init__(self, arrays: Mapping[int, ArrayKind]) -> None:
        """`arrays` : number -> kind that the integers may be of."""
        self.arrays = arrays

    def holds(self, dtype: np.dtype, half: bool) -> bool:
        return dtype in RANGES

    def write(self, tensor: QuantizedTensor, integers: Data, coder: Coder) -> Data:
        """Scales, in half the bytes where float32 holds them exactly, and zero points; then these integers."""
        scales, zero_points = (np.atleast_1d(values) for values in tensor.qparams)
        half = bool((scales.astype(np.float32) == scales).all())
        zeros = streams.encode(zero_points.astype("<i4").view(np.uint8), coder, 4)
        parts = [
            bytes([tensor.bits]) + varint(0 if tensor.axis is None else tensor.axis + 1),
            scales.astype("<f4" if half else "<f8").tobytes(),
            zeros.content,
            bytes([integers.kind]) + integers.content,
        ]
        version = max(self.version, zeros.version, integers.version)
        return Data(self.number, half, b"".join(parts), version, zeros.decisions + integers.decisions)

    def read(self, reader: Reader, header: Header) -> Found:
        # The ruler: bits, axis, scales and zero points.
        reader.field = "ruler"
        bits = reader.byte("codebook")
        axis = reader.varint("codebook", len(header.shape), "the axis + 1") - 1
        channels = 1 if axis < 0 else header.shape[axis]
        scales = _read_scales(reader, channels, header.half)
        zero_points, zero_stream = _read_zero_points(reader, channels)
        # The integers, as an array of their own.
        kind = self._read_kind(reader)
        found = kind.read(reader, header._replace(kind=kind.number, half=False))
        # A quantized tensor checks by itself whether the two belong together.
        reader.field = "ruler"
        try:
            if axis < 0:
                tensor = QuantizedTensor(found.tensor, scales[0], zero_points[0], None, bits)
            else:
                tensor = QuantizedTensor(found.tensor, scales, zero_points, axis, bits)
        except ValueError as error:
            raise reader.error(str(error)) from None
        return Found(tensor, [zero_stream, *found.streams], f"{self.name}, {found.how}")

    def _read_kind(self, reader: Reader) -> ArrayKind:
        number = reader.byte("header")
        kind = self.arrays.get(number)
        if kind is None or kind.version > reader.version:
            raise reader.error(f"integers stored as kind {number}: there is no such form")
        return kind


def _read_scales(reader: Reader, channels: int, half: bool) -> np.ndarray:
    """The scales, as float64."""
    stored = np.dtype("<f4" if half else "<f8")
    raw = reader.take(channels * stored.itemsize, "codebook")
    with np.errstate(over="ignore", invalid="ignore"):  # a scale beyond float32, or NaN: the tensor itself refuses it
        scales = np.frombuffer(raw, stored).astype(np.float64)
        fits_half = not half and (scales.astype(np.float32) == scales).all()
    if fits_half:
        raise reader.error("scales of 8 bytes each, of which 4 would do")
    return scales


def _read_zero_points(reader: Reader, channels: int) -> tuple[np.ndarray, Stream]:
    """The zero points, as int64."""
    raw, stream = streams.decode(reader, "codebook", 4 * channels, 255)
    return np.frombuffer(np.ascontiguousarray(raw, np.uint8), "<i4").astype(np.int64), stream
