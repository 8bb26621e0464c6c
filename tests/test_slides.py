"""Slides: every figure of a lesson once, with its alt text; words are the lesson's; nothing comes from elsewhere."""

import json
import re
from html.parser import HTMLParser

import pytest

from dc_lab.cli.main import main
from dc_lab.course.teaching import captions, slides

LESSONS = slides.lessons()
NOTEBOOKS = {number: json.loads(path.read_text(encoding="utf-8")) for number, path in LESSONS.items()}


class Deck(HTMLParser):
    """Slides, images and what is loaded."""

    def __init__(self, text):
        super().__init__()
        self.sections, self.images, self.loaded, self.headings = 0, [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.sections += tag == "section"
        if tag == "img":
            self.images.append(found)
        if tag in ("h1", "h2"):
            self.headings.append(tag)
        self.loaded += [found[name] for name in ("src", "href") if found.get(name)]


def words_of(number):
    """The lesson's own words, marks and links aside."""
    written = ["".join(cell["source"]) for cell in NOTEBOOKS[number]["cells"] if cell["cell_type"] == "markdown"]
    return squeezed(" ".join(slides.prose(text) + " " + text for text in written))


def squeezed(text):
    return re.sub(r"[^\w]", "", text)


@pytest.mark.parametrize("number", LESSONS)
def test_each_figure_is_there_once_with_alt_text(number):
    deck = Deck(slides.deck(slides.slides_of(NOTEBOOKS[number])))
    shown = []
    for cell in NOTEBOOKS[number]["cells"]:
        for output in cell.get("outputs", []):
            text = "".join(output.get("data", {}).get("text/html", ""))
            found = re.findall(r'<img [^>]*src="([^"]+)"', text)
            shown += found[:1] if "data-explorer" in text else found
    assert [image["src"] for image in deck.images] == shown
    assert all(image.get("alt") for image in deck.images)
    assert shown


@pytest.mark.parametrize("number", LESSONS)
def test_nothing_is_loaded_from_elsewhere(number):
    text = slides.deck(slides.slides_of(NOTEBOOKS[number]))
    assert all(link.startswith("data:image/png;base64,") for link in Deck(text).loaded)
    assert not re.search(r"url\(|@import|https?:", re.sub(r'alt="[^"]*"', "", text))


@pytest.mark.parametrize("number", LESSONS)
def test_a_slide_has_a_question_and_a_sentence_of_the_lesson(number):
    words = words_of(number)
    found = slides.slides_of(NOTEBOOKS[number])
    assert found[0].question
    assert found[-1].title == "Summary"
    assert len(found[-1].points) >= 3
    with_figures = [slide for slide in found if slide.figures]
    for slide in with_figures:
        assert slide.question.rstrip("*)").endswith("?"), slide.question
        assert squeezed(slide.sentence.rstrip(".")) in words, slide.sentence
        assert len(slide.sentence) < 300
        assert not re.search(r"\$|^\||```", slide.sentence + slide.question)
    assert sum(bool(slide.sentence) for slide in with_figures) >= 0.75 * len(with_figures)
    assert all(squeezed(point) in words for point in found[-1].points)


@pytest.mark.parametrize("number", LESSONS)
def test_each_figure_has_a_question_of_its_own(number):
    found = [slide for slide in slides.slides_of(NOTEBOOKS[number]) if slide.figures]
    questions = [slide.question for slide in found]
    assert len(set(questions)) == len(questions)
    assert "What do you expect to see?" not in questions
    assert not [question for question in questions if question.startswith("Which bar is the shortest")]
    names = [slide.name for slide in found if slide.name]
    assert len(set(names)) == len(names)


def test_a_caption_belongs_to_one_slide():
    for each in captions.CAPTIONS:
        shown = [" ".join(slide.figures) for slide in slides.slides_of(NOTEBOOKS[each.lesson])]
        assert sum(each.alt in figures for figures in shown) == 1, each
        assert each.name or each.question or each.sentence
    order = [each.lesson for each in captions.CAPTIONS]
    assert order == sorted(order)


def test_the_name_stands_beside_the_heading():
    page = slides.deck(slides.slides_of(NOTEBOOKS["04"]))
    assert '<h2>Watch it move <span class="name">the centroids move</span></h2>' in page


def test_headings_are_one_title_and_then_one_a_slide():
    for notebook in NOTEBOOKS.values():
        deck = Deck(slides.deck(slides.slides_of(notebook)))
        assert deck.headings == ["h1"] + ["h2"] * (deck.sections - 1)


# --- the reader of a lesson ---


def markdown(source):
    return {"cell_type": "markdown", "source": source}


def figure(*alts, explorer=False):
    images = "".join(f'<img src="data:image/png;base64,AA" width="700" style="x" alt="{alt}">' for alt in alts)
    text = f"<div data-explorer>{images}</div>" if explorer else images
    return {"cell_type": "code", "source": "draw()", "outputs": [{"data": {"text/html": text}}]}


def test_the_question_before_and_the_sentence_after():
    found = slides.slides_of(
        {
            "cells": [
                markdown("# 09 A lesson\n\nWords. **What is it?** More words."),
                markdown("## A heading\n\nSome text. Is it small? Not always."),
                figure("one", "two"),
                markdown("Look at the left first. It is small. It is so."),
                markdown("### Build 09.1: a task (5 minutes)\n\nIs this asked of you?"),
                figure("Line chart of error against bits: a", explorer=True),
                markdown("## Summary\n\n1. One.\n2. Two\n   lines.\n3. Three.\n\n### More\n\nText."),
            ]
        }
    )
    assert [slide.title for slide in found] == ["09 A lesson", "A heading", "A heading", "Summary"]
    assert found[0].question == "What is it?"
    assert (found[1].question, found[1].sentence) == ("Is it small?", "Look at the left first. It is small.")
    assert [len(slide.figures) for slide in found] == [0, 2, 1, 0]
    assert "bits" in found[2].question
    assert found[3].points == ["One.", "Two lines.", "Three."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a `x < y` b", "a <code>x &lt; y</code> b"),
        ("**bold** and *this*", "<strong>bold</strong> and <em>this</em>"),
        ("see [07](07_x.ipynb)", "see 07"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("<script>", "&lt;script&gt;"),
    ],
)
def test_inline(text, expected):
    assert slides.inline(text) == expected


# --- the command ---


def test_the_command(tmp_path, capsys):
    assert main(["slides", "02", "04", "-o", str(tmp_path / "new" / "slides")]) == 0
    assert {path.name for path in (tmp_path / "new/slides").iterdir()} == {"02.html", "04.html", "index.html"}
    links = Deck((tmp_path / "new/slides/index.html").read_text(encoding="utf-8")).loaded
    assert links == ["02.html", "04.html"]
    assert "2 decks" in capsys.readouterr().out


def test_the_command_says_what_is_wrong(tmp_path, capsys):
    assert main(["slides", "77", "-o", str(tmp_path / "slides")]) == 2
    assert "'77'" in capsys.readouterr().err
    assert not (tmp_path / "slides").exists()
