"""The data of a tensor: the table of all kinds, the choice of the smallest one, and reading whichever stands there."""

from collections.abc import Mapping

import numpy as np

from dc_lab.dcz import limits
from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.forms.form import Coder
from dc_lab.dcz.header import Header
from dc_lab.dcz.kinds.dense import Dense
from dc_lab.dcz.kinds.dense_shared import DenseShared
from dc_lab.dcz.kinds.kind import ArrayKind, Choice, Data, Found, Kind
from dc_lab.dcz.kinds.mapped import Mapped
from dc_lab.dcz.kinds.planes import Planes
from dc_lab.dcz.kinds.quantized import Quantized
from dc_lab.dcz.kinds.sparse import Sparse
from dc_lab.dcz.kinds.sparse_shared import SparseShared
from dc_lab.dcz.kinds.tied import TIED
from dc_lab.dcz.survey import Survey
from dc_lab.dcz.values import FLOAT32, version_of
from dc_lab.quantized import QuantizedTensor

PLANES = Planes()

ARRAYS: dict[int, ArrayKind] = {
    kind.number: kind for kind in (Dense(), Sparse(), DenseShared(), SparseShared(), Mapped(), PLANES)
}
"""Number -> kind, of all ways to store an array; in this order the writer looks at them."""

QUANTIZED = Quantized({number: kind for number, kind in ARRAYS.items() if kind is not PLANES})

TABLE: dict[int, Kind] = {**ARRAYS, QUANTIZED.number: QUANTIZED}
"""Number -> kind, of all that may stand in a header."""

KINDS = {
    2 * kind.number + half: kind.title(half == 1)
    for kind in ARRAYS.values()
    for half in (0, 1)
    if kind.holds(FLOAT32, half == 1)
}
"""How a tensor is stored. "float16" are float32 values that float16 holds exactly. Quantized tensors are "quantized, "
and how their integers are stored."""


def encode(array: np.ndarray, coder: Coder, exact: bool = False) -> Data:
    """An array, contiguous and in the machine's byte order, in the smallest of the ways to store it.

    `exact` : keep the sign of zeros as well.
    """
    survey = Survey(array, coder, exact)
    data = _smallest(survey, {PLANES.number: PLANES} if survey.only_planes else ARRAYS)
    return data._replace(version=max(data.version, version_of(array.dtype)))


def encode_quantized(tensor: QuantizedTensor, coder: Coder) -> Data:
    """A quantized tensor, its integers in the smallest of the ways to store an array."""
    integers = np.ascontiguousarray(tensor.integers).reshape(tensor.shape)
    return QUANTIZED.write(tensor, encode(integers, coder), coder)


def _smallest(survey: Survey, kinds: Mapping[int, ArrayKind]) -> Data:
    # What most kinds take is known from the histograms alone.
    choices: list[Choice] = []
    for kind in kinds.values():
        choice = kind.cost(survey, min(choices).size if choices else float("inf"))
        if choice is not None:
            choices.append(choice)
    least = min(choices)
    if survey.coder != "smallest" or survey.size > limits.MAX_DECISIONS:
        return kinds[least.kind].write(survey, least)
    # What adaptive coding gives shows only in writing: all ways that come near are tried.
    tried = [choice for choice in choices if choice.size <= 1.25 * least.size + 50]
    for kind in kinds.values():
        tried += kind.trials(survey, least.size)
    written = [kinds[choice.kind].write(survey, choice) for choice in tried]
    written = [data for data in written if data.decisions <= limits.MAX_DECISIONS]
    if not written:  # two streams may each have as many as a file may
        survey.coder = "rans"
        return kinds[least.kind].write(survey, least)
    return min(written, key=lambda data: len(data.content))


def exists(header: Header, version: int) -> bool:
    """Whether this version of the format has tensors of such a kind and dtype."""
    if header.kind == TIED.number:
        return version >= TIED.version and TIED.announces(header)
    kind = TABLE.get(header.kind)
    if kind is None or max(kind.version, version_of(header.dtype)) > version:
        return False
    return kind.holds(header.dtype, header.half)


def decode(reader: Reader, header: Header) -> Found:
    """The tensor that stands here.

    Raises
    ------
    ArchiveError : none that its header announces.
    """
    return TABLE[header.kind].read(reader, header)
