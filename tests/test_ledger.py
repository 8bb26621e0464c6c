"""The byte ledger: every bar is a file that gives the network back, and the bars tell the course's story."""

import numpy as np
import pytest

from dc_lab.course import ledger
from dc_lab.networks import datasets


def test_each_stage_is_read_back_and_smaller_or_as_large():
    sizes = ledger.sizes("11")
    assert [name for name, _ in sizes] == [entry.name for entry in ledger.ENTRIES]
    bytes_ = dict(sizes)
    # Lesson 02's point: zeros take room. The two files are alike but for their values.
    assert bytes_["trained, float32"] == bytes_["pruned, zeros stored"] > 1_066_440
    assert sorted(bytes_.values(), reverse=True) == list(bytes_.values())
    final = datasets.data_dir() / "checkpoints" / "lenet-300-100.dcz"
    assert bytes_["Huffman-coded"] == final.stat().st_size


@pytest.mark.parametrize(
    ("lesson", "bars"), [("00", 0), ("01", 1), ("02", 2), ("03", 4), ("04", 5), ("06", 5), ("07", 6)]
)
def test_a_lesson_sees_the_stages_up_to_its_own(lesson, bars):
    assert len(ledger.sizes(lesson)) == bars


def test_ratios_are_those_of_the_readme():
    picture = ledger.ledger("07")
    size = (datasets.data_dir() / "checkpoints" / "lenet-300-100.dcz").stat().st_size
    assert f"{1_066_440 / size:.1f}×" in picture.text.splitlines()[-1]


def test_a_guess_is_how_many_times_smaller():
    picture = ledger.ledger("04", log=True, guess=50)
    assert picture.text.splitlines()[-1] == "your guess: 21,329 bytes, 50.0×"
    assert picture.text.startswith(ledger.ledger("04").text)


def test_csr_file_gives_the_matrices_back(tmp_path):
    arrays = {"fc.weight": np.array([[0, 2.5], [0, 0], [-1, 0]], np.float32), "fc.bias": np.ones(3, np.float32)}
    path = ledger._write_csr(tmp_path / "net.dcz", arrays)
    found = ledger._read_csr(path)
    assert set(found) == set(arrays)
    for name, array in arrays.items():
        assert np.array_equal(found[name], array)
        assert found[name].dtype == array.dtype


def test_a_stage_that_is_not_read_back_is_an_error(monkeypatch):
    spoiled = ledger.ENTRIES[0]._replace(read=lambda path: {k: v + 1 for k, v in ledger.trained().items()})
    monkeypatch.setattr(ledger, "ENTRIES", (spoiled,))
    with pytest.raises(RuntimeError, match="is not what was written"):
        ledger.sizes("01")


def test_pruned_and_finished_networks_belong_together():
    """The finished network keeps the positions of the pruned one, less the few centroids that trained to zero."""
    pruned, shared = ledger.pruned(), ledger.shared()
    for name, array in pruned.items():
        if array.ndim == 2:
            assert not (shared[name] != 0)[array == 0].any()
