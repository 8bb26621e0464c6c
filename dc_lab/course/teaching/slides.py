"""A deck of slides for each lesson, from its own headings, figures and sentences: one page that needs no network.

A slide shows a question first, then the figure that answers it, and a sentence on what to look at. The question is the
last one that the lesson asks before the figure, the sentence the first one after it, where `captions` has no other for
it. Printed, each slide is a page.
"""

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dc_lab.course.teaching.captions import caption_of
from dc_lab.support import files, places

OWN_TASK = re.compile(r"(Warm-up|Exercise|Build|Question|Lab) \d\d")
"""Headings of what learners do by themselves: no figure is shown under these."""


@dataclass
class Slide:
    """A slide; `figures` are img tags, `points` the lines of a list, `name` is what the guide calls its figure."""

    title: str
    question: str = ""
    figures: list[str] = field(default_factory=list)
    sentence: str = ""
    points: list[str] = field(default_factory=list)
    name: str = ""


def lessons() -> dict[str, Path]:
    """Number -> notebook, of every lesson."""
    return {path.name[:2]: path for path in sorted(places.folder("notebooks").glob("[0-9]*.ipynb"))}


def write(folder: Path, numbers: Sequence[str] = ()) -> list[Path]:
    """A deck each, NN.html, and index.html that lists them. Returns the decks.

    Raises
    ------
    ValueError : a number of no lesson.
    """
    there = lessons()
    for number in numbers:
        if number not in there:
            raise ValueError(f"no lesson {number!r}; there are {', '.join(there)}")
    folder.mkdir(parents=True, exist_ok=True)
    made, links = [], []
    for number in sorted(set(numbers)) or there:
        slides = slides_of(json.loads(there[number].read_text(encoding="utf-8")))
        path = folder / f"{number}.html"
        files.write(path, deck(slides).encode())
        made.append(path)
        links.append(f'<li><a href="{path.name}">{html.escape(slides[0].title)}</a>: {len(slides)} slides</li>')
    page = INDEX.replace("LINKS", "\n".join(links))
    files.write(folder / "index.html", page.encode())
    return made


# --- from a notebook to slides ---


def slides_of(notebook: dict[str, Any]) -> list[Slide]:
    """The title, a slide for each cell that shows figures, and the summary."""
    cells = notebook["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    title = sources[0].splitlines()[0].removeprefix("# ").strip()
    central = asked_in(sources[0]) or asked_in(sources[1] if cells[1]["cell_type"] == "markdown" else "")
    slides, heading, question, before = [Slide(title, central)], title, "", ""
    for at, (cell, source) in enumerate(zip(cells, sources, strict=True)):
        if cell["cell_type"] == "markdown":
            for found, text in sections(source):
                if OWN_TASK.match(found):
                    question = before = ""
                    continue
                if found:
                    heading, question = found, found if found.endswith("?") else ""
                    if found == "Summary":
                        slides.append(Slide(found, points=points_of(text)))
                question, before = asked_in(text) or question, text
            continue
        shown = figures_of(cell)
        if shown:
            after = sources[at + 1] if at + 1 < len(cells) and cells[at + 1]["cell_type"] == "markdown" else ""
            caption = caption_of(title[:2], " ".join(shown))
            asked = caption.question or question or expected(shown[0])
            sentence = caption.sentence or first_sentence(after) or last_sentence(before)
            slides.append(Slide(heading, asked, shown, sentence, name=caption.name))
            question = ""
    return [slide for slide in slides if slide.title != "Summary"] + [
        slide for slide in slides if slide.title == "Summary"
    ]


def figures_of(cell: dict[str, Any]) -> list[str]:
    """The figures that a cell shows, as img tags; of a slider, the still that it begins with."""
    found = []
    for output in cell.get("outputs", []):
        text = "".join(output.get("data", {}).get("text/html", ""))
        images = re.findall(r"<img [^>]*>", text)
        found += images[:1] if "data-explorer" in text else images
    return [re.sub(r' (width|style)="[^"]*"', "", image) for image in found]


def sections(source: str) -> list[tuple[str, str]]:
    """(heading, text below it) in the order of a cell; what stands before the first heading has none."""
    parts = re.split(r"^#{2,3} (.+)$", source, flags=re.MULTILINE)
    return [("", parts[0]), *zip(parts[1::2], parts[2::2], strict=True)]


def prose(text: str) -> str:
    """The sentences of a text: without lists' marks, tables, formulas of their own, code, quotes and what is folded."""
    text = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
    text = re.sub(r"\$\$.*?\$\$|```.*?```", "", text, flags=re.DOTALL)
    text = re.sub(r"^(#|\||>|    ).*$", "", text, flags=re.MULTILINE)
    return " ".join(re.sub(r"^\s*(- |\d\. )", "", text, flags=re.MULTILINE).split())


def sentences(text: str) -> list[str]:
    """A text cut after full stops, question marks and colons that a new sentence follows."""
    return re.split(r"(?<=[.?:!])(?:\*\*|\*)? (?=[A-Z0-9`*])", prose(text))


def asked_in(text: str) -> str:
    """The last question in a text; "" where it asks nothing, or only in a formula."""
    found = [
        one for one in sentences(text) if one.rstrip("*)").endswith("?") and "$" not in one and "(`hint" not in one
    ]
    return found[-1].strip("*") if found else ""


def first_sentence(text: str) -> str:
    """The first sentence below a figure, with the next one where it only says where to look.

    "" where a heading comes first, so that the text is about something else.
    """
    found = said_in(sections(text)[0][1])
    if len(found) > 1 and re.match(r"(Look|Begin|Start) (at|with) |Follow ", found[0]) and ":" not in found[0]:
        return f"{found[0]} {found[1]}"
    return found[0] if found else ""


def last_sentence(text: str) -> str:
    """The last one that is no question; where nothing is said below a figure, it leads up to it."""
    return said_in(text)[-1] if said_in(text) else ""


def said_in(text: str) -> list[str]:
    """The sentences that are no questions and have no formula."""
    found = [one for one in sentences(text) if one and "$" not in one and not one.rstrip("*)").endswith("?")]
    return [one[:-1] + "." if one.endswith(":") else one for one in found]


def expected(figure: str) -> str:
    """What to ask before a figure where the lesson does not: from its alt text."""
    chart = re.search(r'alt="(?:Line chart|Scatter plot) of (.+?) against (.+?):', figure)
    if chart:
        return f"Along the bottom: {chart[2]}. Upwards: {chart[1]}. How will the line run?"
    if 'alt="Bar chart' in figure:
        return "Which bar is the shortest, and how far is it from the longest?"
    return "What do you expect to see?"


def points_of(text: str) -> list[str]:
    """The entries of a numbered list."""
    items = re.split(r"^\d+\. ", prose_lines(text), flags=re.MULTILINE)
    return [" ".join(item.split()) for item in items if item.strip()]


def prose_lines(text: str) -> str:
    """A list up to the first empty line behind it."""
    return text.strip().split("\n\n")[0]


def inline(text: str) -> str:
    """Bold, emphasis, code and links of a sentence as HTML; a link keeps its words alone."""
    text = html.escape(text, quote=False)
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    text = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text).replace("**", "")
    return re.sub(r"(?<!\w)\*([^*\s][^*]*)\*(?!\w)", r"<em>\1</em>", text)


# --- from slides to a page ---


def deck(slides: Sequence[Slide]) -> str:
    """The page of a lesson."""
    shown = "\n".join(_section(slide, number, len(slides)) for number, slide in enumerate(slides, 1))
    return PAGE.replace("TITLE", html.escape(slides[0].title)).replace("STYLE", STYLE).replace("SLIDES", shown)


def _section(slide: Slide, number: int, whole: int) -> str:
    level = 1 if number == 1 else 2
    parts = [f'<section class="slide" id="s{number}" aria-label="Slide {number} of {whole}">']
    name = f' <span class="name">{inline(slide.name)}</span>' if slide.name else ""
    parts.append(f"<h{level}>{inline(slide.title)}{name}</h{level}>")
    if slide.question and slide.question != slide.title:
        parts.append(f'<p class="question">{inline(slide.question)}</p>')
    if slide.points:
        parts.append("<ol>" + "".join(f"<li>{inline(point)}</li>" for point in slide.points) + "</ol>")
    if slide.figures:
        kind = "figures two" if len(slide.figures) > 1 else "figures"
        parts.append(f'<div class="later"><div class="{kind}">{"".join(slide.figures)}</div>')
        parts.append(f'<p class="sentence">{inline(slide.sentence)}</p></div>')
    parts.append(f'<p class="place">{number} / {whole}</p></section>')
    return "\n".join(parts)


STYLE = """
* { box-sizing: border-box; margin: 0 }
body { font-family: system-ui, sans-serif; color: #1a1a1a; background: #fff; font-size: min(2.6vw, 4.2vh) }
.slide { position: relative; height: 100vh; padding: 1em 2em 1.2em; display: flex; flex-direction: column; gap: .4em }
.later { flex: 1; min-height: 0; display: flex; flex-direction: column; gap: .4em }
.figures { flex: 1; min-height: 0; display: flex; justify-content: center; gap: 1em }
.figures img { height: 100%; width: 100%; min-width: 0; object-fit: contain }
.figures.two { flex-direction: row }
h1 { font-size: 1.9em; margin-top: 20vh } h2 { font-size: 1.15em }
h1 + .question { font-size: 1.3em; max-width: 30em }
.name { font-weight: normal; font-size: .8em; color: #595959; margin-left: .6em }
.question { color: #7a3b00 } .sentence { font-size: .9em }
ol { padding-left: 1.4em; display: grid; gap: .5em; max-width: 40em }
code { font-size: .92em }
.place { position: absolute; right: 1em; bottom: .5em; font-size: .6em; color: #595959 }
@media screen {
  .js .slide { display: none } .js .slide.now { display: flex } .js .slide.now.asks .later { visibility: hidden }
  .js { overflow: hidden }
}
@media print {
  @page { size: 297mm 167mm; margin: 0 }
  body { font-size: 16pt } .slide { height: 166mm; break-after: page; break-inside: avoid }
}
"""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>TITLE</title>
<style>STYLE</style>
</head>
<body>
<main>
SLIDES
</main>
<script>
// Right, space and Page Down go on: first the question, then the figure. Left and Page Up go back.
const slides = [...document.querySelectorAll(".slide")];
const steps = slides.flatMap((slide, i) => slide.querySelector(".later") ? [[i, true], [i, false]] : [[i, false]]);
let at = Math.max(0, steps.findIndex(([i]) => location.hash === "#" + slides[i].id));
function show(next) {
  at = Math.min(Math.max(next, 0), steps.length - 1);
  const [now, asks] = steps[at];
  slides.forEach((slide, i) => {
    slide.classList.toggle("now", i === now);
    slide.classList.toggle("asks", i === now && asks);
  });
  history.replaceState(null, "", "#" + slides[now].id);
}
document.body.classList.add("js");
const keys = {ArrowRight: 1, PageDown: 1, " ": 1, ArrowDown: 1, ArrowLeft: -1, PageUp: -1, ArrowUp: -1};
addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in keys) show(at + keys[event.key]);
  else if (event.key === "Home") show(0);
  else if (event.key === "End") show(steps.length - 1);
  else return;
  event.preventDefault();
});
addEventListener("click", event => show(at + (event.clientX < innerWidth / 3 ? -1 : 1)));
show(at);
</script>
</body>
</html>
"""

INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Slides</title>
<style>body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }</style>
</head>
<body>
<main>
<h1>Slides</h1>
<p>A deck for each lesson, with its figures. Right arrow, space or a click goes on: first the question, then the figure.
Left goes back. Printed, each slide is a page.</p>
<ul>
LINKS
</ul>
</main>
</body>
</html>
"""
