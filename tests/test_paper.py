"""The paper's tables: that they are those of our networks, and what follows from what it prints."""

import pytest

from dc_lab.networks import models, paper
from dc_lab.networks.datasets import DataError


def payload(net, stage):
    """Bytes of a network's stored entries by its printed table: weights x kept x (weight bits + index bits)."""
    rows = paper.layers(net).values()
    bits = (
        row["weights"] * row["kept_pct"] / 100 * (row[f"weight_bits_{stage}"] + row[f"index_bits_{stage}"])
        for row in rows
    )
    return sum(bits) / 8


@pytest.mark.parametrize("net", models.NETS)
def test_layers_and_their_weights_are_those_of_our_networks(net):
    rows = paper.layers(net)
    ours = {name: layer.weight.numel() for name, layer in models.build(net).named_children()}
    assert {name: row["weights"] for name, row in rows.items()} == ours
    assert list(rows) == list(ours)


@pytest.mark.parametrize(("net", "weights"), [("alexnet", 60_954_656), ("vgg-16", 138_344_128)])
def test_the_large_networks_have_their_known_number_of_weights(net, weights):
    """60,965,224 and 138,357,544 parameters, less the biases (10,568 and 13,416)."""
    assert sum(row["weights"] for row in paper.layers(net).values()) == weights


def test_table_2_payload_is_22_kb_and_not_27():
    """By layer: 235,200 x 8 % x 8.1 bits, 30,000 x 9 % x 8.7, 1,000 x 26 % x 7.5."""
    by_hand = (18_816 * 8.1 + 2_700 * 8.7 + 260 * 7.5) / 8
    assert payload("lenet-300-100", "pqh") == pytest.approx(by_hand)
    assert by_hand == pytest.approx(22_230, abs=10)
    assert 1_066_440 / by_hand == pytest.approx(48, abs=0.5)
    printed = paper.network("lenet-300-100")
    assert printed["kb"] - by_hand / 1000 > 4.5
    assert printed["ratio"] == 40


def test_table_2_payload_before_huffman():
    by_hand = (18_816 + 2_700 + 260) * (6 + 5) / 8
    assert payload("lenet-300-100", "pq") == pytest.approx(by_hand)
    assert by_hand > payload("lenet-300-100", "pqh")


def test_sizes_and_ratios_of_table_1_agree():
    for row in paper.tables()["table1"]:
        before, after = (row["kb_ref"], row["kb"]) if "kb" in row else (row["mb_ref"], row["mb"])
        assert before / after == pytest.approx(row["ratio"], rel=0.02)


@pytest.mark.parametrize("net", models.NETS)
def test_sizes_of_table_1_are_those_of_our_networks(net):
    size = 4 * sum(parameter.numel() for parameter in models.build(net).parameters())
    assert paper.network(net)["kb_ref"] == pytest.approx(size / 1000, rel=0.005)


@pytest.mark.parametrize(("net", "table"), [("lenet-300-100", 2), ("lenet-5", 3), ("alexnet", 4), ("vgg-16", 5)])
def test_every_layer_has_every_column(net, table):
    assert paper.tables()["layers"][net]["table"] == table
    stages = ("weight_bits_pq", "weight_bits_pqh", "index_bits_pq", "index_bits_pqh", "rate_pct_pq", "rate_pct_pqh")
    for row in paper.layers(net).values():
        assert set(row) == {"layer", "weights", "kept_pct", *stages}
        assert 0 < row["kept_pct"] <= 100
        assert row["rate_pct_pqh"] < row["rate_pct_pq"]


@pytest.mark.parametrize("lookup", [paper.network, paper.layers])
def test_an_unknown_network(lookup):
    with pytest.raises(KeyError, match="resnet"):
        lookup("resnet")


@pytest.mark.parametrize("content", [None, b"{", b"\xff\xfe"])
def test_a_missing_or_broken_file(content, tmp_path, monkeypatch):
    (tmp_path / "paper").mkdir()
    path = tmp_path / "paper" / "deep_compression_paper.json"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("DC_LAB_DATA", str(tmp_path))
    paper.tables.cache_clear()
    try:
        with pytest.raises(
            DataError, match=r"deep_compression_paper\.json cannot be read .*git checkout -- data/paper"
        ):
            paper.tables()
    finally:
        paper.tables.cache_clear()
