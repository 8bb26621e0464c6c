"""Text tables."""

import pytest

from dc_lab.support.tables import shape_text, text_table


def test_columns_stand_under_their_heads():
    table = text_table(["layer", "bytes"], [["ip1", 12345678], ["a longer name", 1]], indent="  ")
    assert table.splitlines() == [
        "  layer             bytes",
        "  -------------  --------",
        "  ip1            12345678",
        "  a longer name         1",
    ]


def test_nothing_stands_behind_the_last_cell():
    assert text_table(["a", "b"], [["x", ""]]) == "a  b\n-  -\nx"


def test_a_table_without_rows_is_its_head():
    assert text_table(["a", "bcd"], []) == "a  bcd\n-  ---"


@pytest.mark.parametrize("row", [["only one"], ["one", "two", "three"]])
def test_a_row_of_another_length_is_refused(row):
    with pytest.raises(ValueError, match=f"has {len(row)} cells, the header 2"):
        text_table(["a", "b"], [["x", "y"], row])


def test_shapes_in_a_cell():
    assert shape_text((300, 784)) == "300x784"
    assert shape_text(()) == "scalar"


def test_text_in_the_last_column_may_stand_flush_left():
    table = text_table(["file", "n", "about"], [["a", 1, "short"], ["bc", 22, "longer text"]], left=(0, 2))
    assert table.splitlines() == [
        "file   n  about",
        "----  --  -----------",
        "a      1  short",
        "bc    22  longer text",
    ]
