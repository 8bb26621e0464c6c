"""The bar of a notebook leaves the same line behind, whatever happened on the way."""

import nbformat
import pytest
from nbclient import NotebookClient

from dc_lab.course.bars import bar


def test_it_goes_through_all_items(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(bar([3, 1, 2], "three")) == [3, 1, 2]
    assert list(bar((i for i in range(4)), "four", total=4)) == [0, 1, 2, 3]
    assert capsys.readouterr().out == ""


def test_in_a_kernel_it_moves_and_leaves_one_line() -> None:
    source = (
        "import time\nfrom dc_lab.course.bars import bar\nfor i in bar(range(8), 'eight steps'):\n    time.sleep(0.1)\n"
        "for i in bar(iter(range(3)), 'stopped'):\n    break"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    seen: list[str] = []

    class Client(NotebookClient):
        def process_message(self, msg, cell, cell_index):  # type: ignore[no-untyped-def]
            if msg["msg_type"] == "update_display_data":
                seen.append(msg["content"]["data"]["text/plain"])
            return super().process_message(msg, cell, cell_index)

    Client(notebook, timeout=60).execute()
    outputs = notebook.cells[0].outputs
    assert [out["data"]["text/plain"] for out in outputs] == ["eight steps", "stopped"]
    assert any(text.startswith("eight steps: ") and " of 8, about " in text for text in seen)
