"""Streams and their forms: each costs what it says, reads what it wrote, and the smallest is chosen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dc_lab.dcz import streams
from dc_lab.dcz.cursor import ArchiveError, Reader
from dc_lab.dcz.forms import nested
from dc_lab.dcz.forms.form import Form
from dc_lab.dcz.streams import CODERS, FORMS, TABLE

INF = float("inf")


def reader_of(content: bytes, version: int = 3) -> Reader:
    reader = Reader(b"DCZ" + bytes([version]) + content + bytes(4))
    reader.take(4, "header")
    return reader


@st.composite
def rows(draw: st.DrawFn) -> np.ndarray:
    """Up to some thousand numbers, uint8 or uint16, of few or many values, even or not."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = draw(st.sampled_from([np.uint8, np.uint16]))
    high = draw(st.sampled_from([1, 2, 5, 200, 256 if dtype == np.uint8 else 2**16]))
    values = rng.integers(0, high, draw(st.sampled_from([0, 1, 2, 40, 700, 5000])))
    if draw(st.booleans()):
        values = np.minimum(rng.geometric(0.4, len(values)) - 1, high - 1)
    return values.astype(dtype)


def test_the_table_is_in_the_order_of_the_format() -> None:
    assert [form.number for form in TABLE] == list(range(len(TABLE)))
    assert FORMS == ("constant", "fixed", "huffman", "rans", "adaptive")
    versions = [form.version for form in TABLE]
    assert versions == sorted(versions)
    assert {form.coder for form in TABLE} == set(CODERS)
    assert [form.name for form in nested.TABLE] == list(FORMS[: len(nested.TABLE)])


@pytest.mark.slow
@given(rows(), st.sampled_from(TABLE))
@settings(max_examples=300)
def test_a_form_costs_what_it_says_and_reads_what_it_wrote(values: np.ndarray, form: Form) -> None:
    counts = streams.counts_of(values)
    symbols = np.count_nonzero(counts)
    plan = form.cost(counts, symbols, INF)
    plans = [*([] if plan is None else [plan]), *(form.trials(counts, symbols, 4) if len(values) < 900 else [])]
    for each in plans:
        coded = form.write(values, each)
        assert coded.content[0] == form.number == each.form
        assert coded.version == form.version
        reader = reader_of(coded.content)
        found, stream = streams.decode(reader, "values", len(values), 2**16 - 1)
        np.testing.assert_array_equal(found, values)
        assert (stream.part, stream.form, stream.symbols) == ("values", form.name, len(values))
        assert reader.at == reader.end
        assert reader.decisions == streams.Reader(b"DCZ\3" + bytes(5)).decisions - coded.decisions
        if each is plan and form.exact:
            assert len(coded.content) == plan.size
    if plan is not None:
        assert form.cost(counts, symbols, plan.size) is None
        assert form.cost(counts, symbols, plan.size + 1).size == plan.size


@given(rows(), st.sampled_from(CODERS))
def test_no_other_form_would_be_smaller(values: np.ndarray, coder: streams.Coder) -> None:
    counts = streams.counts_of(values)
    plan = streams.plan(np.append(counts, [0, 0]), coder)  # symbols that do not occur change nothing
    used = [form for form in TABLE if CODERS.index(form.coder) <= CODERS.index(coder)]
    others = [form.cost(counts, np.count_nonzero(counts), INF) for form in used]
    assert plan.size == min(other.size for other in others if other is not None)
    if len(values) < 900:
        content = streams.encode(values, coder, 2).content
        exact = [other.size for other in others if other is not None and TABLE[other.form].exact]
        assert len(content) <= min(exact)


@given(rows())
def test_a_stream_within_a_stream(values: np.ndarray) -> None:
    content = nested.write(values)
    reader = reader_of(content)
    np.testing.assert_array_equal(nested.read(reader, "lanes", len(values), 2**16 - 1), values)
    assert reader.at == reader.end
    assert reader.sizes == {(None, "header"): 4, (None, "lanes"): len(content)}


def test_a_version_has_its_forms_only() -> None:
    for version, most in ((1, 2), (2, 2), (3, 4)):
        with pytest.raises(ArchiveError, match=f"stream of form {most + 1}, expected 0 to {most}$"):
            streams.decode(reader_of(bytes([most + 1]), version), "values", 1, 255)
    with pytest.raises(ArchiveError, match=r"stream of form 2, expected 0 or 1$"):
        nested.read(reader_of(b"\2"), "tables", 1, 255)
