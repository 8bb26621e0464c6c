"""The layout of a file: what FORMAT.md says is all that it takes to read one."""

import struct

import fuzz_archive
import numpy as np
import pytest
from dcz_files import constant, fixed, ruled, small_networks, tensors
from dcz_oracle import Plain
from fuzz_archive import networks, same
from hypothesis import given, settings
from hypothesis import strategies as st

from dc_lab import archive
from dc_lab.archive import CODERS, dumps, loads, read
from dc_lab.quantized import QuantizedTensor
from dc_lab.support.dtypes import BFLOAT16

QUICK = CODERS[:3]


@pytest.mark.parametrize("name", networks())
def test_the_documented_layout_is_the_layout(name: str) -> None:
    network = networks()[name]
    for coder in QUICK:
        content = dumps(network, coder)
        expected = {name: (list(array.shape), array.tobytes()) for name, array in loads(content).items()}
        assert Plain(content).tensors() == expected


@pytest.mark.slow
@given(st.dictionaries(st.text(max_size=3), tensors(), min_size=1, max_size=2), st.sampled_from(QUICK))
@settings(max_examples=100)
def test_the_documented_layout_on_drawn_tensors(drawn: dict[str, np.ndarray], coder: archive.Coder) -> None:
    content = dumps(drawn, coder)
    expected = {name: (list(array.shape), array.tobytes()) for name, array in loads(content).items()}
    assert Plain(content).tensors() == expected


def test_layout_of_a_quantized_tensor() -> None:
    q = QuantizedTensor(np.full((2, 4), 1, np.uint8), np.array([0.5, 0.25]), np.array([0, 0]), 0, 6)
    scales = struct.pack("<ff", 0.5, 0.25)
    assert dumps({"w": q}) == ruled(b"\6", 1, scales, constant(0), b"\0" + constant(1), 9, 4, (2, 4))
    q = QuantizedTensor(np.full((2, 4), 1, np.uint8), 0.1, 3)
    content = ruled(b"\x08", 0, struct.pack("<d", 0.1), fixed([3, 0, 0, 0], 2), b"\0" + constant(1), 8, 4, (2, 4))
    assert dumps({"w": q}) == content


# --- format version 3 ---


@pytest.mark.slow
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
    halves = any(array.dtype == BFLOAT16 for array in drawn.values())
    assert content[3] == (4 if halves else 3 if newer else 1)


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
