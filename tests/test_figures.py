"""Figures: the text holds computed numbers, the PNG is small, valid and the same each time, bad input is refused."""

import base64
import io
import re
import subprocess
import sys
from collections.abc import Callable

import matplotlib
import numpy as np
import pytest
from PIL import Image

from dc_lab import archive, figures, huffman, sharing
from dc_lab.figures import Picture

WEIGHTS = np.random.default_rng(0).normal(0, 0.1, (300, 100)).astype(np.float32)
PRUNED = np.where(np.abs(WEIGHTS) > 0.15, WEIGHTS, 0)
BOOK = sharing.kmeans(PRUNED[PRUNED != 0], 16).codebook
START = sharing.initial_centroids(PRUNED[PRUNED != 0], 16)
COUNTS = np.array([50, 25, 13, 12])

EXAMPLES: dict[str, Callable[[], Picture]] = {
    "weight_histogram": lambda: figures.weight_histogram(WEIGHTS, 0.1),
    "weight_histogram log": lambda: figures.weight_histogram(PRUNED, 0.2, "title", log=True),
    "before_and_after": lambda: figures.before_and_after(WEIGHTS, PRUNED),
    "before_and_after linear": lambda: figures.before_and_after(WEIGHTS, PRUNED, log=False),
    "codebook": lambda: figures.codebook(PRUNED, BOOK, START),
    "codebook of 256": lambda: figures.codebook(WEIGHTS, np.linspace(-0.3, 0.3, 256)),
    "cdf_starts": lambda: figures.cdf_starts(
        WEIGHTS, {start: sharing.initial_centroids(WEIGHTS, 16, start) for start in sharing.STARTS}
    ),
    "ledger": lambda: figures.ledger([("float32", 1_066_440), ("pruned", 108_658), ("last", 23_318)]),
    "waterfall": lambda: figures.waterfall({"a": {"values": 900, "index": 90}, "b": {"odd part": 9}}),
    "code_length_chart": lambda: figures.code_length_chart(COUNTS, huffman.code_lengths(COUNTS)),
    "code_length_chart of 256": lambda: figures.code_length_chart(
        np.arange(256), huffman.code_lengths(np.arange(256), 12)
    ),
}


@pytest.fixture(scope="module")
def drawn() -> dict[str, Picture]:
    return {name: draw() for name, draw in EXAMPLES.items()}


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_is_a_small_valid_png_with_alt_text_and_numbers(name: str, drawn: dict[str, Picture]) -> None:
    picture = drawn[name]
    image = Image.open(io.BytesIO(picture.png))
    image.load()
    assert (image.format, image.info.keys() & {"Software", "Creation Time"}) == ("PNG", set())
    assert image.width == pytest.approx(1.6 * picture.size[0], abs=2)
    assert picture.size[0] <= 700
    assert len(picture.png) <= 40_000
    assert len(set(image.convert("L").tobytes())) > 3, "an empty picture"
    assert picture.alt.endswith(".")
    assert 20 < len(picture.alt) < 600
    assert re.search(r"\d", picture.text)
    assert len(picture.text) < 3_000
    assert not re.search(r"0x[0-9a-f]{6}| $", picture.text, re.MULTILINE)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_same_input_gives_the_same_bytes_and_text(name: str, drawn: dict[str, Picture]) -> None:
    assert EXAMPLES[name]() == drawn[name]


def _settings() -> dict[str, object]:
    return {key: matplotlib.rcParams[key] for key in matplotlib.rcParams if key != "backend"}  # reading it sets it


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_readers_style_neither_changes_nor_matters(name: str, drawn: dict[str, Picture]) -> None:
    with matplotlib.rc_context({"figure.facecolor": "black", "font.size": 30, "axes.grid": True}):
        before = _settings()
        assert EXAMPLES[name]().png == drawn[name].png
        assert _settings() == before


def test_no_pyplot_no_window() -> None:
    code = "import sys, dc_lab.figures; print('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_notebook_gets_png_alt_text_and_numbers(drawn: dict[str, Picture]) -> None:
    picture = drawn["ledger"]
    data, metadata = picture._repr_mimebundle_()
    assert data.keys() == {"image/png", "text/plain"}
    assert base64.b64decode(data["image/png"]) == picture.png
    assert data["text/plain"] == picture.text == str(picture)
    assert metadata["image/png"]["alt"] == picture.alt
    assert "\n" not in repr(picture)


def test_save_and_html(drawn: dict[str, Picture], tmp_path) -> None:
    drawn["ledger"].save(tmp_path / "ledger.png")
    assert (tmp_path / "ledger.png").read_bytes() == drawn["ledger"].png
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.png"]
    page = figures.ledger([('<script>"a" & b', 10), ("c", 5)]).html()
    assert "<script>" not in page
    assert "&lt;script&gt;&quot;a&quot; &amp; b" in page
    assert '"data:image/png;base64,' in page
    assert "<details>" in page


# --- the numbers ---


def test_histogram_counts_what_is_inside_the_threshold() -> None:
    picture = figures.weight_histogram(np.array([-0.5, -0.1, 0.1, 0.2, 0.5]), 0.2)
    assert "|weight| < 0.2: 2 removed (40.0 %), 3 kept (60.0 %)" in picture.text  # 0.2 itself is kept
    assert "40.0 % of the weights are inside" in picture.alt


def test_histogram_counts_zeros_apart() -> None:
    picture = figures.weight_histogram(np.array([0.0] * 9 + [1.0]))
    assert "9 of them are zero (90.0 %), not drawn" in picture.text
    counted = [int(line.split()[-1]) for line in picture.text.splitlines()[3:]]
    assert sum(counted) == 1


@pytest.mark.parametrize("threshold", [None, 0.0, 1e-9, 0.1, 5.0])
def test_every_weight_is_in_some_range(threshold: float | None) -> None:
    picture = figures.weight_histogram(WEIGHTS, threshold)
    rows = picture.text[picture.text.index("range") :].splitlines()[1:]
    assert sum(int(row.split()[-1].replace(",", "")) for row in rows) == WEIGHTS.size


@pytest.mark.parametrize("weights", [np.zeros(4), np.full((2, 2), 0.25), np.full(3, -1e-12), np.array([1e30, 1.0])])
def test_constant_and_extreme_weights_are_drawn(weights: np.ndarray) -> None:
    assert figures.weight_histogram(weights, 0.1).png
    assert figures.before_and_after(weights, np.zeros(4)).png
    assert figures.codebook(weights, [0.25]).png
    assert figures.cdf_starts(weights, {"linear": [0.25]}).png


def test_before_and_after_holds_both() -> None:
    picture = figures.before_and_after(WEIGHTS, PRUNED)
    assert f"after: 30,000 weights, {100 * (PRUNED == 0).mean():.1f} % zero" in picture.alt
    assert f"{(PRUNED == 0).sum():,} zeros" in picture.text


def test_codebook_lists_centroids_and_their_weights() -> None:
    picture = figures.codebook([0.0, 1.0, 1.1, 5.0], [5.0, 1.0], start=[2.0, 4.0])
    assert "3 non-zero weights, 2 centroids" in picture.text
    assert "1.0000  5.0000" in picture.text
    assert "moved by 1.0000 on average, 1.0000 at most" in picture.text
    assert "weights each\n2  1" in picture.text


def test_ledger_prints_bytes_and_ratio() -> None:
    picture = figures.ledger([("float32", 1_066_440), ("coded", 26_661)])
    assert re.search(r"^coded +26,661 +40\.0×$", picture.text, re.MULTILINE)
    assert "40.0 times smaller" in picture.alt


def test_waterfall_sums_a_file_to_its_size() -> None:
    content = archive.dumps({"w": sharing.share(PRUNED, 4), "b": WEIGHTS[0]})
    items = archive.read(content).items
    parts, tensors = figures.by_part(items), figures.by_tensor(items)
    assert sum(parts.values()) == len(content)
    assert sum(sum(tensor.values()) for tensor in tensors.values()) == len(content)
    assert list(tensors) == ["w", "b", "file"]
    assert f"{len(content):,}" in figures.waterfall({"all": parts}).text
    assert re.search(rf"^w .* {sum(tensors['w'].values()):,}$", figures.waterfall(tensors).text, re.MULTILINE)


def test_code_lengths_and_entropy() -> None:
    picture = figures.code_length_chart(np.array([2, 1, 1, 0]), np.array([1, 2, 2, 0]))
    assert "entropy 1.5000, Huffman 1.5000, fixed width 2" in picture.text
    assert re.search(r"^1 +1 +2 +2\.00$", picture.text, re.MULTILINE)
    assert figures.code_length_chart([7], [1]).text  # a lone symbol


# --- bad input ---

NAN = np.array([1.0, np.nan])


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: figures.weight_histogram([]), "weights must not be empty"),
        (lambda: figures.weight_histogram(NAN), "weights must be finite; 1 of 2"),
        (lambda: figures.weight_histogram(["a"]), "weights must be an array of real numbers"),
        (lambda: figures.weight_histogram([1.0], -1), "threshold must be 0 or more"),
        (lambda: figures.weight_histogram([1.0], np.nan), "threshold must be 0 or more"),
        (lambda: figures.before_and_after([1.0], NAN), "after must be finite"),
        (lambda: figures.codebook([1.0], [[1.0]]), r"centroids must have 1 dimension, got shape \(1, 1\)"),
        (lambda: figures.codebook([1.0], [1.0], [1.0, 2.0]), "start must have as many centroids"),
        (lambda: figures.codebook([1.0], np.arange(257)), "at most 256"),
        (lambda: figures.cdf_starts([1.0], {}), "starts must be 1 to 4"),
        (lambda: figures.ledger([]), "at least one"),
        (lambda: figures.ledger([("a", 0)]), "a: a file has at least one byte"),
        (lambda: figures.ledger([("a", 1.5)]), "whole number"),
        (lambda: figures.waterfall({}), "at least one"),
        (lambda: figures.waterfall({"a": {"values": 0}}), "at least one byte"),
        (lambda: figures.waterfall({"a": {"values": -1}}), "a, values"),
        (lambda: figures.code_length_chart([1, 2], [1]), "equally long"),
        (lambda: figures.code_length_chart([1, 2], [1, 0]), "symbol 1 occurs"),
        (lambda: figures.code_length_chart([0], [0]), "at least one symbol"),
        (lambda: figures.code_length_chart([0.5], [1]), "whole numbers"),
        (lambda: figures.code_length_chart([-1], [1]), "must not be negative"),
    ],
)
def test_bad_input_is_refused(draw: Callable[[], Picture], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw()
