"""`dc_lab.cli.report`: the tables hold what the file holds, and the page is one page."""

import html.parser

import numpy as np
import pytest

from dc_lab import archive, figures, pipeline
from dc_lab.cli import report
from dc_lab.networks import datasets, paper
from dc_lab.pipeline import Layer, LayerSize, Recipe, Result, Stage

CHECKPOINTS = datasets.data_dir() / "checkpoints"


def contents_of(net: str) -> archive.Contents:
    return archive.read_file(CHECKPOINTS / f"{net}.dcz")


def result_of(net: str) -> Result:
    """What `pipeline.run` would return for the shipped file; stages other than the last are made up."""
    contents = contents_of(net)
    names = [name.removesuffix(".weight") for name in contents.tensors if name.endswith(".weight")]
    size = (CHECKPOINTS / f"{net}.dcz").stat().st_size
    weights = {name: contents.tensors[f"{name}.weight"] for name in names}
    stages = ("trained", "pruned", "shared", "centroids trained", "Huffman-coded")
    return Result(
        error_before=1.25,
        error_after=1.5,
        bytes_before=sum(array.nbytes for array in contents.tensors.values()),
        bytes_after=size,
        seconds=12.3,
        stages=[Stage(stage, size + 1000 * (5 - i), 1 + i / 10) for i, stage in enumerate(stages)],
        items=archive.bytes_by_part(contents.items),
        layers=pipeline.layer_sizes(contents, names),
        weights=dict.fromkeys(stages, weights),
    )


@pytest.mark.parametrize("net", ["lenet-300-100", "lenet-5"])
def test_layer_table_has_our_figures_and_the_papers(net):
    table = report.layer_table(net, result_of(net))
    contents = contents_of(net)
    for name, printed in paper.layers(net).items():
        line = next(line for line in table.splitlines() if line.startswith(f"{name} "))
        weights = contents.tensors[f"{name}.weight"]
        size = sum(item.size for item in contents.items if item.tensor == f"{name}.weight")
        assert f"{weights.size:,}" in line
        assert f"{100 * np.count_nonzero(weights) / weights.size:.1f} ({printed['kept_pct']})" in line
        assert f" {size:,} " in line
        assert f"{100 * size / weights.nbytes:.2f} ({printed['rate_pct_pqh']})" in line
        assert f"({printed['weight_bits_pqh']})" in line


def test_the_papers_table_needs_no_result():
    result = result_of("lenet-5")
    assert report.paper_table("lenet-5", result.layers) == report.layer_table("lenet-5", result)


def test_a_layer_that_the_paper_does_not_have_stands_alone():
    result = result_of("lenet-5")._replace(layers=[LayerSize("extra", 100, 50.0, 4, 3.5, 2, 1.5, 60, 15.0)])
    line = report.layer_table("lenet-5", result).splitlines()[2]
    assert "(" not in line
    assert line.split() == ["extra", "100", "50.0", "4.0", "3.5", "2.0", "1.5", "60", "15.00"]


def test_text_sums_up():
    result = result_of("lenet-300-100")
    text = report.text("lenet-300-100", result)
    size = f"{result.bytes_after:,}"
    line = next(line for line in text.splitlines() if line.startswith("the file"))
    assert line.split()[-2:] == [size, "100.0"]
    assert f"{result.ratio:.1f}x" in text
    assert "27 KB" in text


def test_inspection_itemises_every_byte():
    contents = contents_of("lenet-5")
    size = (CHECKPOINTS / "lenet-5.dcz").stat().st_size
    known = report.inspection(contents, size)
    assert sum(known["items"].values()) == size
    for tensor in known["tensors"]:
        assert tensor["bytes"] == sum(tensor["parts"].values())
        assert tensor["nonzero"] == np.count_nonzero(contents.tensors[tensor["name"]])
        for stream in tensor["streams"]:
            assert 8 * tensor["parts"][stream["part"]] >= stream["payload_bits"]
    text = report.inspection_text(contents, size)
    assert text.splitlines()[-1] == f"{size:,} bytes hold tensors of 1,724,320 bytes: ratio {1_724_320 / size:.1f}"


class Page(html.parser.HTMLParser):
    """Notes tags that are left open, what is loaded from outside, and images without alt text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)
        if tag in ("script", "link", "iframe"):
            self.faults.append(tag)
        if tag == "img" and not (values.get("alt") and values["src"].startswith("data:image/png;base64,")):
            self.faults.append("img")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")


@pytest.mark.slow
def test_page_is_whole_and_self_contained(tmp_path):
    result = result_of("lenet-300-100")
    drawn = report.pictures(result, contents_of("lenet-300-100"))
    assert all(isinstance(picture, figures.Picture) for picture in drawn.values())
    page = Page()
    content = report.page("lenet-300-100", Recipe(layers={"ip1": Layer()}), result, drawn)
    page.feed(content)
    assert page.faults == []
    assert page.open == []
    assert f"{result.ratio:.1f}×" in content


@pytest.mark.slow
def test_code_length_figure_shows_the_codes_of_the_file():
    """The counts that the figure works out are those of the stream: its mean length is the file's."""
    contents = contents_of("lenet-300-100")
    picture = report.pictures(result_of("lenet-300-100"), contents)["code_lengths"]
    stream = next(s for s in contents.streams if (s.tensor, s.part) == ("ip1.weight", "values"))
    assert f"{stream.payload_bits / stream.symbols:.4f}" in picture.text
    assert f"{stream.symbols:,} symbols" in picture.text
