"""What the coders "rans" and "smallest" save, and where adaptive coding stops."""

from pathlib import Path

import numpy as np
import pytest
from fuzz_archive import same

from dc_lab import archive, huffman
from dc_lab.archive import ArchiveError, dumps, loads, read
from dc_lab.dcz import limits


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lenet-300-100", "lenet-5"])
def test_the_shipped_networks_are_as_they_were_and_can_be_smaller(name: str) -> None:
    content = (Path(__file__).parents[1] / "data" / "checkpoints" / f"{name}.dcz").read_bytes()
    network = loads(content)
    assert dumps(network) == content
    smallest = dumps(network, "smallest")
    assert len(smallest) < 0.94 * len(content)
    contents = read(smallest)
    assert same(network, contents.tensors)
    assert contents.kinds["ip1.weight"] == "mapped, float16"  # a small dense layer may do better without a map


def test_long_streams_are_within_a_percent_of_the_entropy(rng: np.random.Generator) -> None:
    codes = np.minimum(rng.geometric(0.3, 400_000) - 1, 20).astype(np.uint8)
    entropy = huffman.entropy(np.bincount(codes)) * len(codes) / 8
    content = dumps({"w": codes}, "rans")
    assert entropy < len(content) < 1.01 * entropy
    assert content[3] == 3
    mostly = rng.choice(np.array([7, 8, 9], np.uint8), 400_000, p=[0.8, 0.1, 0.1])
    entropy = huffman.entropy(np.bincount(mostly)) * len(mostly) / 8
    by_huffman, by_rans = (len(dumps({"w": mostly}, coder)) for coder in ("huffman", "rans"))
    assert by_huffman > 400_000 / 8  # one bit a symbol is Huffman's floor
    assert entropy < by_rans < 1.01 * entropy


def test_adaptive_coding_stops_where_a_file_has_had_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first tensors are coded adaptively, the rest by what is quick, and any executor gives the same file."""
    rng = np.random.default_rng(0)
    network = {name: (rng.random((40, 50)) < 0.1) * rng.choice([-1.5, 0.5, 2.0], (40, 50)) for name in "abc"}
    monkeypatch.setattr(limits, "MAX_DECISIONS", 5500)
    content = dumps(network, "smallest")
    assert [read(content).kinds[name] for name in "abc"] == ["mapped", "mapped", "sparse shared"]
    assert same(network, loads(content))
    assert dumps({name: archive.encoded(name, network[name], "smallest") for name in "abc"}, "smallest") == content
    monkeypatch.setattr(limits, "MAX_DECISIONS", 3000)
    with pytest.raises(ArchiveError, match=r"tensor 'b', map at byte .*more than"):
        loads(content)
