"""The kinds of tensors: each costs what it says and reads what it wrote, whether or not it is the smallest."""

import numpy as np
import pytest
from dcz_files import tensors as drawn_tensors
from hypothesis import given, settings

from dc_lab import archive
from dc_lab.dcz import tensors
from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.header import Header
from dc_lab.dcz.kinds.kind import Choice
from dc_lab.dcz.survey import Survey
from dc_lab.dcz.tensors import ARRAYS, KINDS, PLANES, QUANTIZED, TABLE
from dc_lab.dcz.values import version_of

INF = float("inf")


def test_the_table_is_that_of_the_format() -> None:
    names = {number: kind.name for number, kind in sorted(TABLE.items())}
    assert names == {
        0: "dense", 1: "sparse", 2: "dense shared", 3: "sparse shared", 4: "quantized", 5: "mapped", 6: "planes"
    }  # fmt: skip
    assert [kind.version for _, kind in sorted(TABLE.items())] == [1, 1, 1, 1, 2, 3, 4]
    assert list(KINDS) == [0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12]
    assert KINDS[6] == "sparse shared"
    assert KINDS[11] == "mapped, float16"
    assert (archive.DENSE, archive.SPARSE, archive.DENSE_SHARED, archive.SPARSE_SHARED) == (0, 1, 2, 3)
    assert (archive.QUANTIZED, archive.MAPPED) == (4, 5)
    assert QUANTIZED.number not in ARRAYS


@pytest.mark.slow
@pytest.mark.parametrize("number", ARRAYS)
@given(drawn=drawn_tensors())
@settings(max_examples=150)
def test_a_kind_costs_what_it_says_and_reads_what_it_wrote(number: int, drawn: np.ndarray) -> None:
    array = np.ascontiguousarray(drawn, drawn.dtype.newbyteorder("=")).reshape(drawn.shape)
    survey, kind = Survey(array, "huffman"), ARRAYS[number]
    choice = kind.cost(survey, INF)
    choices = [*([] if choice is None else [choice]), *kind.trials(survey, INF)]
    assert choices or survey.shared is None or (number == PLANES.number and not survey.planes)
    for each in choices:
        data = kind.write(survey, each)
        assert data.kind == each.kind == number
        if each is choice:
            # What is not counted: how many entries there are, and how many values in the codebook.
            assert 0 <= len(data.content) - choice.size <= (0 if number in (0, PLANES.number) else 4)
        reader = Reader(b"DCZ\4" + data.content + bytes(4))
        reader.take(4, "header")
        header = Header(number, data.half, array.dtype.newbyteorder("<"), array.shape)
        found = tensors.decode(reader, header)
        assert reader.at == reader.end
        assert found.tensor.dtype == array.dtype
        assert found.tensor.shape == array.shape
        expected = array if number == PLANES.number else np.where(array == 0, array.dtype.type(0), array)
        assert found.tensor.tobytes() == expected.tobytes()
        assert found.how == KINDS[2 * number + data.half]


@given(drawn_tensors())
def test_the_smallest_kind_is_chosen(drawn: np.ndarray) -> None:
    array = np.ascontiguousarray(drawn, drawn.dtype.newbyteorder("=")).reshape(drawn.shape)
    survey = Survey(array, "huffman")
    choices = [kind.cost(survey, INF) for kind in ARRAYS.values()]
    least: Choice = min(choice for choice in choices if choice is not None)
    written = ARRAYS[least.kind].write(survey, least)
    # A dtype may ask for a later version than its kind does.
    version = max(written.version, version_of(array.dtype))
    assert tensors.encode(array, "huffman") == written._replace(version=version)


def test_what_a_version_has() -> None:
    def versions(kind: int, half: bool, dtype: str) -> list[int]:
        return [version for version in (1, 2, 3) if tensors.exists(Header(kind, half, np.dtype(dtype), ()), version)]

    assert versions(0, False, "|b1") == versions(3, True, "<f4") == [1, 2, 3]
    assert versions(3, True, "<f8") == versions(6, False, "<f4") == []
    assert versions(4, True, "|i1") == versions(4, False, "<i4") == [2, 3]
    assert versions(4, False, "<f4") == []
    assert versions(5, False, "<f4") == [3]
