"""Figures: the text holds computed numbers, the PNG is small, valid and the same each time, bad input is refused."""

import base64
import configparser
import io
import json
import math
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from dc_lab import archive, figures, huffman, sharing, sparse
from dc_lab.course import interactive
from dc_lab.figures import Picture, style
from dc_lab.support.dtypes import BFLOAT16

WEIGHTS = np.random.default_rng(0).normal(0, 0.1, (300, 100)).astype(np.float32)
PRUNED = np.where(np.abs(WEIGHTS) > 0.15, WEIGHTS, 0)
BOOK = sharing.kmeans(PRUNED[PRUNED != 0], 16).codebook
START = sharing.initial_centroids(PRUNED[PRUNED != 0], 16)
PATHS = np.array([sharing.kmeans(PRUNED[PRUNED != 0], 4, max_iterations=rounds).codebook for rounds in range(1, 6)])
PAPER_WEIGHTS = np.array([[2.09, -0.98, 1.48, 0.09], [0.05, -0.14, -1.08, 2.12]])
PAPER_CODES = np.array([[3, 0, 2, 1], [1, 1, 0, 3]])
PAPER_ROW = np.zeros(16)
PAPER_ROW[[1, 4, 15]] = 3.4, 0.9, 1.7
DIGITS = np.random.default_rng(0).integers(0, 256, (12, 28, 28), np.uint8) // 128 * 255
COUNTS = np.array([50, 25, 13, 12])
RUNS = np.array([[9.0, 8, 10], [4, 5, 4.5], [2, 2, 2]])

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
    "centroid_paths": lambda: figures.centroid_paths(PRUNED, PATHS),
    "centroid_paths, the start": lambda: figures.centroid_paths(PRUNED, PATHS, 0, "title"),
    "ledger": lambda: figures.ledger([("float32", 1_066_440), ("pruned", 108_658), ("last", 23_318)]),
    "waterfall": lambda: figures.waterfall({"a": {"values": 900, "index": 90}, "b": {"odd part": 9}}),
    "index_width_chart": lambda: figures.index_width_chart(PRUNED != 0, 5, 3),
    "byte_map": lambda: figures.byte_map(
        bytes(range(40)), [("header", "names", 12), ("values", "codes", 24), ("checksum", "CRC-32", 4)]
    ),
    "ledger, logarithmic": lambda: figures.ledger([("float32", 1_066_440), ("last", 23_318)], log=True, guess=50_000),
    "stack": lambda: figures.stack(figures.ledger([("a", 2), ("b", 1)]), figures.matrix([[1.0, 2.0]])),
    "matrix": lambda: figures.matrix(WEIGHTS[:10, :10], WEIGHTS[:10, :10] > 0, "10 × 10"),
    "matrices": lambda: figures.matrices(
        [figures.Cells(WEIGHTS[:5, :5], PRUNED[:5, :5] != 0, "before"), figures.Cells(PRUNED[:5, :5])], ["prune"]
    ),
    "matrices with clusters": lambda: figures.matrices([figures.Cells(PAPER_WEIGHTS, clusters=PAPER_CODES)] * 3),
    "relative_index_strip": lambda: figures.relative_index_strip(PAPER_ROW, 3),
    "relative_index_strip of a mask": lambda: figures.relative_index_strip(PRUNED.ravel()[:96] != 0, 2, value_bits=5),
    "images": lambda: figures.images(DIGITS, np.arange(12), np.arange(12) // 2 * 2, "Digits"),
    "curve": lambda: figures.curve(
        {"a": ([1, 2, 3], [9, 4, 2]), "b": ([1, 2, 3], [8, 6, 5])}, "bits", "error (%)", reference=("dense", 1.64)
    ),
    "curve, logarithmic": lambda: figures.curve(
        {str(i): ([0.05, 0.1, 1], [60 + i, 20 + i, 2]) for i in range(7)},
        "density",
        "error (%)",
        "Title",
        mark=("chosen", 0.1, 20),
        log_x=True,
        log_y=True,
    ),
    "curve of runs": lambda: figures.curve(
        {"a": ([1, 2, 4], RUNS), "b": ([1, 2, 4], RUNS + 3)}, "bits", "error (%)", chance=(1.5, 2.5), guess=(2, 6)
    ),
    "curve, guess of a line": lambda: figures.curve({"a": ([3], RUNS[:1])}, "bits", "error", guess=6, log_y=True),
    "receptive_fields": lambda: figures.receptive_fields(WEIGHTS[:40].reshape(5, 800)[:, :784]),
    "receptive_fields of filters": lambda: figures.receptive_fields(
        WEIGHTS[:20, :25], (5, 5), range(20), WEIGHTS[:20, :25] > 0, "title"
    ),
    "kept_by_neuron": lambda: figures.kept_by_neuron(PRUNED != 0),
    "pixel_map": lambda: figures.pixel_map(PRUNED != 0, (10, 10)),
    "disagreements": lambda: figures.disagreements(DIGITS, np.arange(12), np.arange(12), np.arange(12) // 2 * 2),
    "code_length_chart": lambda: figures.code_length_chart(COUNTS, huffman.code_lengths(COUNTS)),
    "code_length_chart of 256": lambda: figures.code_length_chart(
        np.arange(256), huffman.code_lengths(np.arange(256), 12)
    ),
    "huffman_tree": lambda: figures.huffman_tree([7, 3, 8, 1, 6]),
    "huffman_tree, at work": lambda: figures.huffman_tree([7, 3, 8, 1, 6], merges=2),
    "code_intervals": lambda: figures.code_intervals([2, 3, 2, 3, 2]),
    "code_intervals, too much": lambda: figures.code_intervals([1, 2, 0, 2, 4], "title"),
    "decoding_steps": lambda: figures.decoding_steps(b"\x4b\x00", [2, 3, 2, 3, 2], 4),
    "decoding_lanes": lambda: figures.decoding_lanes([2, 0, 4, 1, 3], [2, 3, 2, 3, 2], 2, "title"),
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


def _settings() -> dict[str, object]:
    return {key: matplotlib.rcParams[key] for key in matplotlib.rcParams if key != "backend"}  # reading it sets it


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_same_input_gives_the_same_bytes_and_text_whatever_the_readers_style(
    name: str, drawn: dict[str, Picture]
) -> None:
    """The style is neither taken nor changed."""
    with matplotlib.rc_context({"figure.facecolor": "black", "font.size": 30, "axes.grid": True}):
        before = _settings()
        again = EXAMPLES[name]()
        assert again == drawn[name]
        assert again.png == drawn[name].png
        assert hash(again) == hash(drawn[name])
        assert _settings() == before


def test_no_pyplot_no_window() -> None:
    code = "import sys, dc_lab.figures; print('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_notebook_gets_image_alt_text_and_numbers_as_html(drawn: dict[str, Picture]) -> None:
    picture = drawn["ledger"]
    data = picture._repr_mimebundle_()
    assert data == {"text/html": picture.html(), "text/plain": picture.text}
    assert picture.text == str(picture)
    outline = Outline(data["text/html"])
    assert not outline.open
    [attributes] = [attributes for tag, attributes in outline.found if tag == "img"]
    assert base64.b64decode(attributes["src"].partition(",")[2]) == picture.png
    assert attributes["alt"] == picture.alt
    assert "max-width: 100%" in attributes["style"]
    assert outline.text["pre"] == picture.text
    assert "\n" not in repr(picture)


def test_words_beside_a_figure_take_the_pages_colours(drawn: dict[str, Picture]) -> None:
    """So that they are read on a dark page."""
    for page in (drawn["ledger"].html(), interactive.Explorer(lambda n: drawn["curve"], "n", [1, 2], 1).html()):
        assert not re.search(r"(?<![\w-])(color|background)\b", page.lower())


def test_in_notebooks_only_the_pixels_of_figures_may_differ(drawn: dict[str, Picture]) -> None:
    """What nbval compares is what the patterns of tests/nbval_sanitize.cfg leave."""
    patterns = configparser.RawConfigParser()
    patterns.read(Path(__file__).parent / "nbval_sanitize.cfg", encoding="utf-8")

    def compared(picture: Picture) -> str:
        page = picture._repr_mimebundle_()["text/html"]
        for name in patterns.sections():
            page = re.sub(patterns[name]["regex"], patterns[name]["replace"], page)
        return page

    picture = drawn["ledger"]
    assert compared(replace(picture, packed=drawn["curve"].packed)) == compared(picture)
    assert compared(replace(picture, text=picture.text.replace("1", "2"))) != compared(picture)
    assert compared(replace(picture, alt=picture.alt + " More.")) != compared(picture)


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


def test_bfloat16_is_drawn_as_the_numbers_it_stands_for() -> None:
    values = WEIGHTS.astype(BFLOAT16)
    assert figures.weight_histogram(values, 0.1) == figures.weight_histogram(values.astype(np.float32), 0.1)


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


@pytest.mark.slow
@pytest.mark.parametrize("weights", [np.zeros(4), np.full((2, 2), 0.25), np.full(3, -1e-12), np.array([1e30, 1.0])])
def test_constant_and_extreme_weights_are_drawn(weights: np.ndarray) -> None:
    assert figures.weight_histogram(weights, 0.1).png
    assert figures.before_and_after(weights, np.zeros(4)).png
    assert figures.codebook(weights, [0.25]).png
    assert figures.cdf_starts(weights, {"linear": [0.25]}).png


def test_centroid_paths_say_where_each_round_stands() -> None:
    books = np.array([[0.0, 1.0], [0.25, 0.875], [0.375, 0.8125]])
    lines = figures.centroid_paths([0.5, 0.0, 0.75], books).text.splitlines()
    assert lines[0] == "2 non-zero weights, 2 centroids"
    assert lines[1:] == [
        "after 0 rounds", "0.0000  1.0000", "after 1 round", "0.2500  0.8750", "after 2 rounds", "0.3750  0.8125",
        "the last of these rounds moved a centroid by 0.1250 at most",
    ]  # fmt: skip
    first = figures.centroid_paths([0.5, 0.0, 0.75], books, 0)
    assert first.text.splitlines()[1:] == lines[1:3]
    assert first.size == figures.centroid_paths([0.5, 0.0, 0.75], books).size


def test_centroid_paths_draw_a_line_for_each_centroid(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = drawn_on(monkeypatch, lambda: figures.centroid_paths(PRUNED, PATHS, 3))
    below = figure.axes[1]
    drawn = [line for line in below.lines if line.get_linestyle() == "-"]
    np.testing.assert_array_equal(np.array([line.get_xdata() for line in drawn]).T, PATHS[:4])
    assert all(list(line.get_ydata()) == [0, 1, 2, 3] for line in drawn)


def test_receptive_fields_can_have_names_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = np.arange(1.0, 9).reshape(2, 4)
    figure = drawn_on(monkeypatch, lambda: figures.receptive_fields(weights, (2, 2), names=["before", "after"]))
    assert [axes.get_title() for axes in figure.axes[:2]] == ["before", "after"]
    assert [
        line.split()[0] for line in figures.receptive_fields(weights, (2, 2), names=["a", "b"]).text.splitlines()[2:]
    ] == ["a", "b"]


@pytest.mark.parametrize(("least", "shown"), [(1.0, (0, 8)), (-3.0, (-8, 8))])
def test_receptive_fields_show_no_colours_that_no_weight_has(
    least: float, shown: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = np.array([[least, 2.0, 4.0, 8.0]])
    figure = drawn_on(monkeypatch, lambda: figures.receptive_fields(weights, (2, 2)))
    assert figure.axes[-1].get_ylim() == shown
    assert ("blue" in figures.receptive_fields(weights, (2, 2)).alt) is (least < 0)


@pytest.mark.parametrize("greatest", [200, 400, 700, 1_500, 20_000, 1e7])
def test_a_logarithmic_axis_has_some_ticks(greatest: float, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = drawn_on(monkeypatch, lambda: figures.curve({"a": ([90, greatest], [3, 4])}, "bytes", "error", log_x=True))
    axes = figure.axes[0]
    least, most = axes.get_xlim()
    ticks = [tick for tick in axes.get_xticks() if least <= tick <= most]
    assert len(ticks) >= 3
    assert all(float(f"{tick:.1e}") == pytest.approx(tick) for tick in ticks)  # 150, never 137


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


def test_ledger_on_a_logarithmic_axis(monkeypatch) -> None:
    """The numbers are the same, bars are as long as their powers of ten, and a guess is said in all three ways."""
    stages = [("float32", 1_000_000), ("pruned", 100_000), ("coded", 10_000)]
    seen = []
    finish = style.finish

    def look(figure: Figure, alt: str, text: str) -> Picture:
        seen.append(figure.axes[0])
        return finish(figure, alt, text)

    monkeypatch.setattr(style, "finish", look)
    plain, picture = figures.ledger(stages), figures.ledger(stages, log=True)
    assert picture.text == plain.text
    assert picture.alt == f"{plain.alt} The axis is logarithmic."
    ends = np.array([bar.get_x() + bar.get_width() for bar in seen[1].patches])
    assert np.log10(ends / seen[1].get_xlim()[0]) == pytest.approx([3, 2, 1])
    assert any("10.0× in this step" in words.get_text() for words in seen[1].texts)
    guessed = figures.ledger(stages, log=True, guess=20_000)
    assert guessed.text.splitlines()[-1] == "your guess: 20,000 bytes, 50.0×"
    assert guessed.alt.endswith("A star: your guess, 20,000 bytes.")
    assert [float(line.get_xdata()[0]) for line in seen[2].lines] == [20_000]


def test_ledger_prints_bytes_and_ratio() -> None:
    against = figures.ledger([("file", 1_066_896), ("coded", 26_661)], dense=1_066_440)
    assert f"{1_066_440 / 26_661:.1f}×" in against.text
    assert "smaller than 1,066,440 bytes" in against.alt
    picture = figures.ledger([("float32", 1_066_440), ("coded", 26_661)])
    assert re.search(r"^coded +26,661 +40\.0×$", picture.text, re.MULTILINE)
    assert "40.0 times smaller" in picture.alt


def test_byte_map_says_what_each_byte_is() -> None:
    content = archive.dumps({"v": np.arange(3, dtype=np.uint8)})
    picture = figures.byte_map(
        content, [("header", "names", 10), ("plain", "v", len(content) - 14), ("checksum", "", 4)]
    )
    lines = picture.text.splitlines()
    assert "".join(re.sub(r"^ *\d+  | (header|plain|checksum).*| ", "", line) for line in lines) == content.hex()
    assert lines[1].split()[0] == "10"
    assert f"plain {len(content) - 14}, header 10, checksum 4" in picture.alt


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


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_the_tree_is_as_good_as_the_optimal_code_and_its_codes_are_prefix_free(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 12, int(rng.integers(2, 12)))
    counts[[0, -1]] += 1
    lines = figures.huffman_tree(counts).text.splitlines()
    merges = [line for line in lines if line.startswith("merge")]
    leaves = [line.split() for line in lines[len(merges) + 1 :]]
    assert [int(leaf[0]) for leaf in leaves] == np.flatnonzero(counts).tolist()
    codes = [leaf[2] for leaf in leaves]
    assert not [(a, b) for a in codes for b in codes if a is not b and b.startswith(a)]
    best = int(np.dot(counts, huffman.code_lengths(counts).astype(int)))
    assert sum(int(leaf[3]) for leaf in leaves) == best
    assert sum(int(line.split()[-1]) for line in merges) == best  # each merge costs a bit for all below it
    sums = [int(line.split()[-1]) for line in merges]
    assert sums == sorted(sums)


def test_the_tree_grows_merge_by_merge() -> None:
    """Each merge puts a bit in front of what is below it; the figure has the same size throughout."""
    stills = [figures.huffman_tree([7, 3, 8, 1, 6], merges=done) for done in range(5)]
    assert stills[2].text.splitlines() == [
        "merge 1 1 + 3 = 4", "merge 2 4 + 6 = 10", "symbol  count  code  bits", "0           7     -     0",
        "1           3    01     6", "2           8     -     0", "3           1    00     2",
        "4           6     1     6",
    ]  # fmt: skip
    assert "3 groups left, 14 bits so far" in stills[2].alt
    assert stills[4].text == figures.huffman_tree([7, 3, 8, 1, 6]).text
    assert len({still.size for still in stills}) == 1
    assert interactive.explore_merges([7, 3, 0, 1]).options == [0, 1, 2]


def test_a_window_slides_as_a_decoder_reads() -> None:
    lengths = np.array([2, 3, 2, 3, 2])
    lines = figures.decoding_steps(bytes([0b01001011, 0]), lengths, 4).text.splitlines()
    assert lines[0] == "0100101100000000"
    assert [line.split()[1:] for line in lines[2:]] == [
        ["0", "010", "2", "2"], ["2", "001", "0", "2"], ["4", "101", "4", "2"], ["6", "110", "1", "3"],
    ]  # fmt: skip
    # The last window reaches beyond the payload, where zeros follow.
    beyond = figures.decoding_steps(b"\x00", [1, 2, 2], 8).text.splitlines()
    assert beyond[-1].split()[1:] == ["7", "00", "0", "1"]


def test_lanes_begin_where_the_one_before_ends() -> None:
    lines = figures.decoding_lanes([2, 0, 4, 1, 3], [2, 3, 2, 3, 2], 2).text.splitlines()
    assert lines[0] == "5 symbols, 3 lanes, 2 steps"
    assert [line.split() for line in lines[2:]] == [
        ["0", "0", "4", "2", "0"], ["1", "4", "5", "4", "1"], ["2", "9", "3", "3"],
    ]  # fmt: skip


def test_the_tree_of_the_lesson_by_hand() -> None:
    picture = figures.huffman_tree([7, 3, 8, 1, 6])
    assert picture.text.splitlines()[:4] == [
        "merge 1 1 + 3 = 4",
        "merge 2 4 + 6 = 10",
        "merge 3 7 + 8 = 15",
        "merge 4 10 + 15 = 25",
    ]
    assert "54 bits for all 25 symbols" in picture.alt


def test_code_intervals_tell_full_room_left_and_too_much() -> None:
    full = figures.code_intervals([2, 3, 2, 3, 2]).text
    assert full.splitlines()[1:6] == [
        "0            2    00    1/4",
        "2            2    01    1/4",
        "4            2    10    1/4",
        "1            3   110    1/8",
        "3            3   111    1/8",
    ]
    assert full.endswith("Kraft's sum 1 (full)")
    assert figures.code_intervals([1, 3, 0]).text.endswith("Kraft's sum 5/8 (room left)")
    too_much = figures.code_intervals([1, 2, 2, 2]).text
    assert too_much.endswith("Kraft's sum 5/4 (too much)")
    assert "none" in too_much


def test_index_widths_are_those_of_the_relative_index() -> None:
    mask = PRUNED != 0
    picture = figures.index_width_chart(mask, 5)
    entries = sparse.stored_entries(mask, 3)
    assert re.search(rf"^3 +{entries - mask.sum():,} +{8 * entries:,}$", picture.text, re.MULTILINE)
    assert f"with {sparse.best_index_bits(mask, 5)};" in picture.alt


def test_matrix_brackets_what_is_pruned() -> None:
    mask = np.array([[True, False], [False, True]])
    picture = figures.matrix([[1.0, 0.01], [0.0, -2.5]], mask, "W")
    assert picture.text == "W\n  1.00  (0.01)\n   (0)   -2.50"
    assert "2 of 4 greyed as pruned" in picture.alt


def test_matrices_name_the_arrow_and_the_clusters() -> None:
    cells = [figures.Cells(PAPER_WEIGHTS, clusters=PAPER_CODES), figures.Cells(PAPER_CODES, fmt=".0f")]
    picture = figures.matrices(cells, ["k-means"])
    assert "2.09:3  -0.98:0" in picture.text
    assert "\n-> k-means\n3  0  2  1\n" in picture.text
    assert "coloured by 4 clusters; k-means, a matrix" in picture.alt


def test_strip_is_the_papers_figure_2() -> None:
    picture = figures.relative_index_strip(PAPER_ROW, 3)
    rows = [line.split(maxsplit=2) for line in picture.text.splitlines()[2:]]
    assert rows == [["1", "1", "3.4"], ["4", "2", "0.9"], ["12", "7", "0 (filler)"], ["15", "2", "1.7"]]
    assert "4 entries × (32 + 3) bits = 140 bits; dense 16 × 32 = 512 bits" in picture.text
    assert "Gaps: 1, 2, 7 (filler), 2." in picture.alt
    assert "Gaps: none." in figures.relative_index_strip(np.zeros(5), 3).alt


def test_images_name_what_was_misread() -> None:
    picture = figures.images(DIGITS[:2], [4, 9], [4, 7])
    assert re.search(r"^read +4 +7$", picture.text, re.MULTILINE)
    assert picture.alt.endswith("Misread: 9 as 7.")
    assert figures.images(DIGITS[:2] / 255).alt == "2 images of handwritten digits."


def test_curve_tabulates_its_points_in_the_order_of_x() -> None:
    series = {"a": ([3, 1], [2.25, 9]), "b": ([1, 3], [8, 5])}
    picture = figures.curve(series, "bits", "error (%)", reference=("dense", 1.64), mark=("chosen", 3, 5))
    assert picture.text == "bits     a  b\n1        9  8\n3     2.25  5\ndense: 1.64\nchosen: 5 at 3"
    assert "a from 9 at 1 to 2.25 at 3" in picture.alt
    assert "2.2\n" in figures.curve({"a": ([3, 1], [2.25, 9])}, "bits", "error", digits=2).text + "\n"
    apart = figures.curve({"a": ([1, 2], [3, 4]), "b": ([5], [6])}, "x", "y").text
    assert apart == "x  a\n1  3\n2  4\nx  b\n5  6"


def test_curve_of_runs_lists_each_of_them_and_says_how_many() -> None:
    picture = figures.curve({"a": ([2, 1, 4], RUNS[[1, 0, 2]]), "b": ([1, 2, 4], [7, 6, 5])}, "bits", "error")
    assert picture.text.splitlines() == [
        "bits  a, mean  run 1  run 2  run 3",
        "1           9      9      8     10",
        "2         4.5      4      5    4.5",
        "4           2      2      2      2",
        "bits  b",
        "1     7",
        "2     6",
        "4     5",
    ]
    assert "a, n = 3 from 9 at 1 to 2 at 4; b from 7 at 1 to 5 at 4." in picture.alt
    assert "runs of one point lie at most 2 apart" in picture.alt


def drawn_on(monkeypatch: pytest.MonkeyPatch, draw: Callable[[], Picture]) -> Figure:
    """The figure behind a picture."""
    seen: list[Figure] = []
    finish = style.finish

    def noted(figure: Figure, alt: str, text: str) -> Picture:
        seen.append(figure)
        return finish(figure, alt, text)

    monkeypatch.setattr(style, "finish", noted)
    draw()
    return seen[0]


def test_runs_of_one_point_leave_the_limits_of_logarithmic_axes_near_what_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw = lambda: figures.curve({"a": ([2.9], [[1.1, 1.2, 1.3]])}, "size", "error", log_x=True, log_y=True)  # noqa: E731
    [axes] = drawn_on(monkeypatch, draw).axes
    assert axes.dataLim.x0 == axes.dataLim.x1 == pytest.approx(2.9)
    assert (axes.dataLim.y0, axes.dataLim.y1) == pytest.approx((1.1, 1.3))


def test_a_curve_of_runs_goes_through_the_means_over_points_and_a_band(monkeypatch: pytest.MonkeyPatch) -> None:
    figure = drawn_on(monkeypatch, lambda: figures.curve({"a": ([1, 2, 4], RUNS)}, "bits", "error"))
    [axes] = figure.axes
    line, points = axes.lines[:2]
    assert line.get_ydata().tolist() == RUNS.mean(axis=1).tolist()
    assert sorted(zip(points.get_xdata(), points.get_ydata(), strict=True)) == sorted(
        (x, y) for x, row in zip([1, 2, 4], RUNS, strict=True) for y in row
    )
    band = axes.collections[0].get_paths()[0].vertices
    for x, row in zip([1, 2, 4], RUNS, strict=True):
        assert {y for at, y in band if at == x} == {row.min(), row.max()}
    words = [text.get_text() for text in axes.texts] + [figure.get_supxlabel()]
    assert "a, n = 3" in words
    assert "line: mean of n runs, small points: each run, band: least to greatest" in words


def test_one_run_is_no_spread() -> None:
    one, plain = (figures.curve({"a": ([1, 2], y)}, "bits", "error") for y in ([[3], [4]], [3, 4]))
    assert one == plain


@pytest.mark.parametrize(
    ("guess", "words", "drawn"),
    [
        ((2, 6.5), "your guess: 6.5 at 2", True),
        (6.5, "your guess: 6.5", True),
        ((2, 0), "your guess: 0 at 2", False),
        (-1, "your guess: -1", False),
    ],
)
def test_the_guess_is_a_star_where_the_axes_have_its_place(
    guess: object, words: str, drawn: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw() -> Picture:
        return figures.curve({"a": ([1, 2], [3, 6])}, "bits", "error", guess=guess, log_y=True)

    picture = draw()
    assert words in picture.text
    assert words in picture.alt
    assert ("a logarithmic axis has no such place" in picture.text) is not drawn
    [axes] = drawn_on(monkeypatch, draw).axes
    stars = [line for line in axes.lines if line.get_marker() == "*"]
    assert len(stars) == drawn
    if drawn:
        low, high = axes.get_ylim()
        assert low < stars[0].get_ydata()[0] == 6.5 < high


@pytest.mark.parametrize("log_y", [False, True])
@pytest.mark.parametrize(("far", "arrow"), [(500.0, "↑"), (0.001, "↓"), ((2, 500.0), "↑"), ((1, 0.001), "↓")])
def test_a_far_guess_leaves_the_curve_its_room(
    far: object, arrow: str, log_y: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is marked at the edge, with its number; what was measured takes up most of the picture, as without it."""
    if not log_y and arrow == "↓":
        far = (2, -90.0)

    def draw() -> Picture:
        return figures.curve({"a": ([1, 2], [3, 4])}, "bits", "error", guess=far, log_y=log_y)

    [axes] = drawn_on(monkeypatch, draw).axes
    [star] = [line for line in axes.lines if line.get_marker() == "*"]
    low, high = axes.get_ylim()
    assert low < star.get_ydata()[0] < high
    assert high - low < 1.6
    words = " ".join(text.get_text() for text in axes.texts)
    assert arrow in words
    assert f"{np.ravel(far)[-1]:.4g}" in words
    assert f"your guess: {np.ravel(far)[-1]:.4g}" in draw().text


def test_without_a_guess_and_without_chance_a_curve_is_as_before() -> None:
    def plain(**more: object) -> Picture:
        return figures.curve({"a": ([1, 2], [3, 4])}, "bits", "error", ("dense", 1), **more)

    assert plain(guess=None, chance=None) == plain()
    strip = plain(chance=(2, 3.5))
    assert strip.text == plain().text + "\nchance: 2 to 3.5"
    assert "Grey strip: chance, 2 to 3.5." in strip.alt


def test_receptive_fields_count_what_is_kept() -> None:
    weights = np.array([[0.5, -0.25, 0, 0], [0, 0, 0, 0], [1, 2, 3, 4]])
    lines = figures.receptive_fields(weights, (2, 2)).text.splitlines()
    assert lines[0] == "3 neurons of 2 × 2 weights, 6 kept"
    assert [line.split() for line in lines[2:]] == [
        ["0", "2", "-0.250", "0.500", "50.0", "%"],
        ["1", "0", "-", "-", "-"],
        ["2", "4", "1.000", "4.000", "100", "%"],
    ]
    masks = np.array([[True, False, True, True]] * 3)
    chosen = figures.receptive_fields(weights, (2, 2), [2, 0], masks)
    assert [line.split()[:2] for line in chosen.text.splitlines()[2:]] == [["2", "3"], ["0", "3"]]
    assert "75.0 % of the weights are kept" in chosen.alt


def test_receptive_fields_show_each_weight_at_its_pixel(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = np.arange(12.0).reshape(2, 6) - 3
    figure = drawn_on(monkeypatch, lambda: figures.receptive_fields(weights, (2, 3), [1]))
    [image] = figure.axes[0].images
    assert np.array_equal(image.get_array(), weights[1].reshape(2, 3))
    figure = drawn_on(monkeypatch, lambda: figures.receptive_fields(weights, (2, 3), [0]))
    assert np.array_equal(np.ma.getmaskarray(figure.axes[0].images[0].get_array()), weights[0].reshape(2, 3) == 0)


@pytest.mark.parametrize("keep", [0, 3, 12])
def test_kept_by_neuron_counts_each_neuron_once(keep: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bars and points sum to the neurons; the points are those of the binomial distribution, counted out by hand."""
    mask = np.zeros((5, 12), bool)
    mask[1:, :keep] = True
    figure = drawn_on(monkeypatch, lambda: figures.kept_by_neuron(mask))
    axes = figure.axes[0]
    assert sum(bar.get_height() for bar in axes.patches) == 5
    assert axes.patches[0].get_height() == (1 if keep else 5)
    density = mask.mean()
    choose = [math.comb(12, number) * density**number * (1 - density) ** (12 - number) for number in range(keep + 1)]
    np.testing.assert_allclose(axes.lines[0].get_ydata()[: keep + 1], 5 * np.array(choose), atol=1e-9)
    assert f"5 neurons keep 0 to {keep} weights each" in figures.kept_by_neuron(mask).text


def test_pixel_map_sums_to_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    mask = PRUNED[:, :96] != 0
    picture = figures.pixel_map(mask, (8, 12))
    assert picture.text.startswith(f"{mask.sum():,} of {mask.size:,} weights kept")
    blocks = picture.text.partition("by block of pixels\n")[2].replace(",", "").split()
    assert (len(blocks), sum(map(int, blocks))) == (49, mask.sum())
    figure = drawn_on(monkeypatch, lambda: figures.pixel_map(mask, (8, 12)))
    assert np.array_equal(figure.axes[0].images[0].get_array(), mask.sum(axis=0).reshape(8, 12))
    assert "0 of 8 weights kept" in figures.pixel_map(np.zeros((2, 4), bool), (2, 2)).text


def test_disagreements_show_label_and_both_readings() -> None:
    picture = figures.disagreements(DIGITS[:4], [4, 9, 1, 2], [4, 9, 1, 3], [4, 7, 7, 5], ("dense", "pruned"))
    lines = picture.text.splitlines()
    assert lines[:2] == [
        "dense and pruned disagree on 3 of 4 images",
        "only dense right: 2, only pruned right: 0, both wrong: 1",
    ]
    assert [line.split() for line in lines[3:]] == [["1", "9", "9", "7"], ["2", "1", "1", "7"], ["3", "2", "3", "5"]]
    assert "9, dense read 9, pruned read 7; 1, dense read 1, pruned read 7" in picture.alt
    few = figures.disagreements(DIGITS[:4], [4, 9, 1, 2], [4, 9, 1, 3], [4, 7, 7, 5], most=1)
    assert len(few.text.splitlines()) == 4


def test_networks_that_agree_have_no_picture() -> None:
    picture = figures.disagreements(DIGITS[:2], [4, 9], [4, 1], [4, 1], ("dense", "pruned"))
    assert picture.alt == "No picture: dense and pruned read all 2 images alike."
    assert "disagree on 0 of 2 images" in picture.text


@pytest.mark.parametrize("x", [[1, 2], [0, 1], [3], [1, 2, 3, 4], [-1, 1], [23, 4, 0], [0, 55_000]])
def test_between_whole_numbers_a_curve_has_no_ticks(x: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    ticks: list[list[float]] = []
    finish = style.finish

    def noted(figure: Figure, alt: str, text: str) -> Picture:
        ticks.append(figure.axes[0].get_xticks().tolist())
        return finish(figure, alt, text)

    monkeypatch.setattr(style, "finish", noted)
    figures.curve({"a": (x, x), "b": ([x[0]], [9])}, "bits", "error")
    figures.curve({"a": (x, x), "b": ([x[0], x[0] + 0.5], [9, 9])}, "density", "error")
    whole, others = ticks
    assert all(tick == round(tick) for tick in whole)
    assert any(min(x) <= tick <= max(x) for tick in whole)
    assert max(x) > 9 or any(tick != round(tick) for tick in others)


# --- sliders ---


@pytest.fixture(scope="module", params=["threshold", "rounds", "merges", "index bits"])
def explorer(request: pytest.FixtureRequest) -> interactive.Explorer:
    return {
        "threshold": lambda: interactive.explore_threshold(WEIGHTS),
        "rounds": lambda: interactive.explore_rounds(PRUNED, PATHS),
        "merges": lambda: interactive.explore_merges([7, 3, 8, 1, 6]),
        "index bits": lambda: interactive.explore_index_bits(PRUNED != 0, 5),
    }[request.param]()


class Outline(HTMLParser):
    """Tags with their attributes, the text in each kind of tag, and whether all that is opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, str] = {}
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.text[self.open[-1]] = self.text.get(self.open[-1], "") + data


def stills_in(page: str) -> list[dict[str, str]]:
    [line] = re.findall(r"^  const stills = (.*);$", page, re.MULTILINE)
    return json.loads(line)


def pixels(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGBA")


@pytest.mark.slow
def test_without_scripts_the_figure_at_the_start_is_there_whole(explorer: interactive.Explorer) -> None:
    data = explorer._repr_mimebundle_()
    assert data.keys() == {"text/html", "text/plain"}
    assert data["text/plain"] == f"{explorer.name}: {explorer.start}\n{explorer.picture.text}"
    outline = Outline(data["text/html"])
    assert not outline.open
    assert [tag for tag, _ in outline.found] == ["div", "img", "details", "summary", "pre", "script"]
    before_the_script = data["text/html"].partition("<script>")[0]
    assert explorer.picture.html() in before_the_script
    assert outline.text["pre"] == explorer.picture.text
    assert len(data["text/html"]) < 250_000
    assert "http" not in data["text/html"]


@pytest.mark.slow
def test_the_script_has_every_still_with_its_words(explorer: interactive.Explorer) -> None:
    page = explorer.html()
    stills = stills_in(page)
    assert [still["value"] for still in stills] == [str(value) for value in explorer.options]
    assert f"value: {explorer.options.index(explorer.start)}}}" in page
    for value, still in zip(explorer.options, stills, strict=True):
        picture = explorer.at(value)
        assert (still["alt"], still["numbers"]) == (picture.alt, picture.text)
        assert ("image" in still) is (value != explorer.start)
    assert len({still["numbers"] for still in stills}) == len(stills)


@pytest.mark.slow
def test_a_still_over_the_start_is_the_figure_at_its_setting(explorer: interactive.Explorer) -> None:
    base = pixels(explorer.picture.png)
    for value, still in zip(explorer.options, stills_in(explorer.html()), strict=True):
        if value != explorer.start:
            over = pixels(base64.b64decode(still["image"].partition(",")[2]))
            seen = np.asarray(Image.alpha_composite(base, over).convert("RGB"), int)
            off = np.abs(seen - np.asarray(pixels(explorer.at(value).png).convert("RGB"), int)).max(axis=2)
            assert np.mean(off > 64) < 0.005, "few colours instead of many differ by little"
            assert np.mean(off > 100) < 0.0005, "what was below shines through nowhere"


def test_a_sliders_output_is_the_same_each_time_and_its_key_goes_by_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def slider(label: str) -> interactive.Explorer:
        return interactive.Explorer(lambda n: figures.matrix(np.full((2, 2), n), title=label), "n", [1, 2], 1)

    def key(page: str) -> str:
        return re.findall(r'data-explorer="(\w+)"', page)[0]

    page = slider("a").html()
    assert slider("a").html() == page
    assert key(slider("b").html()) != key(page)
    monkeypatch.setattr(style, "INK", "#444444")  # other pixels
    assert slider("a").html() != page
    assert key(slider("a").html()) == key(page)


def test_words_cannot_end_the_script() -> None:
    bad = '</script><!-- "quoted" & KEY STILLS START'
    page = interactive.Explorer(lambda n: figures.matrix([[n]], title=bad), "NAME " + bad, [1.0, 2.0], 1.0).html()
    assert page.count("</script>") == 1
    assert [tag for tag, _ in Outline(page).found].count("script") == 1
    assert bad in stills_in(page)[1]["numbers"]


def test_all_stills_have_one_size() -> None:
    with pytest.raises(ValueError, match="must have one size"):
        interactive.Explorer(lambda n: figures.matrix(np.ones((n, 1))), "rows", [1, 2], 1).html()


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
        (lambda: figures.ledger([("a", 1)], guess=0), "guess must be above 0, got 0"),
        (lambda: figures.ledger([("a", 1)], guess=float("nan")), "guess must be above 0"),
        (lambda: figures.waterfall({}), "at least one"),
        (lambda: figures.waterfall({"a": {"values": 0}}), "at least one byte"),
        (lambda: figures.waterfall({"a": {"values": -1}}), "a, values"),
        (lambda: figures.index_width_chart([1, 0], 5), "mask must be boolean"),
        (lambda: figures.index_width_chart(np.zeros(3, bool), 5), "keep at least one"),
        (lambda: figures.index_width_chart(np.ones(3, bool), 5, 17), "bits must be from 1 to 16, got 17"),
        (lambda: figures.matrix([1.0]), "values must have 2 dimensions"),
        (lambda: figures.matrix(np.ones((11, 2))), "at most 10 x 10"),
        (lambda: figures.matrix([[1.0]], [[1]]), r"mask must be boolean of shape \(1, 1\)"),
        (lambda: figures.matrix([[1.0]], clusters=[[8]]), "clusters must be from 0 to 7"),
        (lambda: figures.matrix([[1.0]], clusters=[0]), "clusters must be whole numbers of shape"),
        (lambda: figures.matrices([]), "one to four"),
        (lambda: figures.matrices([figures.Cells(np.ones((2, 8)))] * 2), "at most 14 columns"),
        (lambda: figures.matrices([figures.Cells([[1.0]])] * 2, ["a", "b"]), "arrows must be 1"),
        (lambda: figures.relative_index_strip(np.ones(65), 3), "at most 64"),
        (lambda: figures.relative_index_strip(np.ones((2, 2)), 3), "1 dimension"),
        (lambda: figures.relative_index_strip(np.ones(2), 0), "bits must be from 1"),
        (lambda: figures.images(DIGITS[0]), "3 dimensions"),
        (lambda: figures.images(DIGITS, [1]), "labels must be 12"),
        (lambda: figures.images(np.zeros((31, 2, 2))), "at most 30"),
        (lambda: figures.curve({}, "x", "y"), "1 to 7 lines"),
        (lambda: figures.curve({"a": ([1, 2], [1])}, "x", "y"), "'a': x and y must be equally long"),
        (lambda: figures.curve({"a": ([0], [1])}, "x", "y", log_x=True), "x of 'a' must be above 0"),
        (lambda: figures.curve({"a": ([1], NAN[1:])}, "x", "y"), "y of 'a' must be finite"),
        (lambda: figures.curve({"a": ([1], [1])}, "x", "y", reference=("r", 0), log_y=True), "'r' must be above 0"),
        (lambda: figures.curve({"a": ([1, 2], [[1, 2], [3]])}, "x", "y"), "y of 'a' must have as many runs at each"),
        (lambda: figures.curve({"a": ([1], [[[1, 2]]])}, "x", "y"), "y of 'a' must have 1 dimension"),
        (lambda: figures.curve({"a": ([1], [[1, 0]])}, "x", "y", log_y=True), "y of 'a' must be above 0"),
        (lambda: figures.curve({"a": ([1], [1])}, "x", "y", guess=(1, 2, 3)), "guess must be y or"),
        (lambda: figures.curve({"a": ([1], [1])}, "x", "y", guess=np.nan), "guess must be finite"),
        (lambda: figures.curve({"a": ([1], [1])}, "x", "y", chance=(2, 1)), "chance must be .low, high., got 2 and 1"),
        (lambda: figures.curve({"a": ([1], [1])}, "x", "y", chance=(0, 1), log_y=True), "chance must be above 0"),
        (lambda: figures.centroid_paths(PRUNED, np.zeros((2, 65))), "at most 64 centroids"),
        (lambda: figures.centroid_paths(PRUNED, PATHS, 5), "shown must be a round from 0 to 4, got 5"),
        (lambda: interactive.explore_rounds(PRUNED, PATHS[0]), "books must have 2 dimensions"),
        (lambda: figures.receptive_fields(np.ones((1, 4)), (2, 2), names=[]), "names must be one for each of 1 rows"),
        (lambda: figures.receptive_fields(WEIGHTS), "as many pixels as inputs, got 100"),
        (lambda: figures.receptive_fields(WEIGHTS, (10, 10), [300]), "rows must be up to 30 of 0 to 299"),
        (lambda: figures.receptive_fields(WEIGHTS, (10, 10), range(31)), "rows must be up to 30"),
        (lambda: figures.receptive_fields(WEIGHTS, (10, 10), masks=WEIGHTS), "masks must be boolean"),
        (lambda: figures.kept_by_neuron(PRUNED), "mask must be boolean .neurons, inputs., got float"),
        (lambda: figures.kept_by_neuron(np.zeros((0, 3), bool)), "mask must be boolean"),
        (lambda: figures.pixel_map(WEIGHTS), "mask must be boolean"),
        (lambda: figures.pixel_map(WEIGHTS > 0), "as many pixels as inputs, got 100"),
        (lambda: figures.disagreements(DIGITS, [1], [1], [1]), "labels must be 12, one an image, got 1"),
        (lambda: figures.disagreements(DIGITS[:1], [1], [1], [1], most=0), "most must be 1 to 30"),
        (lambda: interactive.explore_threshold([1.0, 1.0]), "weights must differ"),
        (lambda: interactive.explore_merges([7, 3, 8]).at(3), "merges must be one of 0, 1, 2"),
        (lambda: interactive.Explorer(figures.matrix, "x", [1, 2], 3), "x must start at one of 1, 2"),
        (lambda: figures.code_length_chart([1, 2], [1]), "equally long"),
        (lambda: figures.code_length_chart([1, 2], [1, 0]), "symbol 1 occurs"),
        (lambda: figures.code_length_chart([0], [0]), "at least one symbol"),
        (lambda: figures.code_length_chart([0.5], [1]), "whole numbers"),
        (lambda: figures.code_length_chart([-1], [1]), "must not be negative"),
        (lambda: figures.byte_map(b"", []), "1 to 1,024 bytes, got 0"),
        (lambda: figures.byte_map(b"abc", [("header", "", 2)]), "spans must sum to 3 bytes, got 2"),
        (lambda: figures.byte_map(b"abc", [("head", "x", 3)]), "x: part must be one of values"),
        (lambda: figures.huffman_tree([0, 3]), "2 to 12 symbols that occur, got 1"),
        (lambda: figures.huffman_tree([1] * 13), "got 13"),
        (lambda: figures.huffman_tree([1, -1]), "must not be negative"),
        (lambda: figures.huffman_tree([1, 1], merges=2), "merges must be from 0 to 1, got 2"),
        (lambda: figures.decoding_steps(b"", [1, 1], 1), "1 to 8 symbols of 1 to 3 bytes"),
        (lambda: figures.decoding_steps(b"a", [1, 1], 9), "1 to 8 symbols of 1 to 3 bytes"),
        (lambda: figures.decoding_steps(b"a", [1, 2], 1), "complete prefix code"),
        (lambda: figures.decoding_steps(b"a", [3] * 8, 4), "the payload of 8 bits does not have 4 symbols"),
        (lambda: figures.decoding_lanes([0, 1], [1, 0], 1), "symbols must each have a codeword"),
        (lambda: figures.decoding_lanes([0] * 9, [1], 1), "up to 8 lanes"),
        (lambda: figures.decoding_lanes([0] * 8, [4], 8), "up to 24 bits to be read, got 32"),
        (lambda: figures.code_intervals([0, 0]), "got 0"),
        (lambda: figures.code_intervals([1, 5]), "at most 4 bits, got 2, the longest of 5"),
        (lambda: figures.code_intervals([1, 1, 1, 1, 4]), "at most 2, got 2.0625"),
    ],
)
def test_bad_input_is_refused(draw: Callable[[], Picture], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw()
