"""The site: built from the notebooks, and every page opened in a real browser. `make site-test` runs this.

It needs what docs/requirements.txt lists and a Chromium, which `make test` does without: it skips these tests.
"""

import ast
import functools
import http.server
import importlib.util
import itertools
import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

ROOT = Path(__file__).parents[1]
NEEDED = ("sphinx", "myst_nb", "furo", "latex2mathml", "playwright", "axe_playwright_python")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None]
ASKED = os.environ.get("DC_LAB_SITE_TEST") == "1"
"""Set by `make site-test`: what is missing is then a failure."""

if MISSING and ASKED:
    raise ImportError(f"the site's tests need {', '.join(MISSING)}: pip install -r docs/requirements.txt")
if not ASKED:
    pytest.skip(
        "the site is tested by `make site-test`, which installs a generator and a browser", allow_module_level=True
    )

from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from playwright.sync_api import Error, sync_playwright  # noqa: E402
from site_browser import launch  # noqa: E402

LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
LARGEST = 15_000_000
PHONE, ZOOMED, DESK = 390, 640, 1280
"""Widths in CSS pixels. A window of 1280 at 200 % zoom is 640 wide."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("built") / "site"
    done = subprocess.run(
        [sys.executable, ROOT / "docs/build.py", folder], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site):
    return {path.relative_to(site).as_posix(): Page(path) for path in sorted(site.rglob("*.html"))}


class Page(HTMLParser):
    """Links, ids, and images without alt text of one page; and its words."""

    def __init__(self, path):
        super().__init__()
        self.links, self.loaded, self.ids, self.no_alt, self.tags, self.words = [], [], set(), 0, Counter(), ""
        self.relations = {}
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_data(self, data):
        self.words += data

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags[tag] += 1
        self.ids |= {found[name] for name in ("id", "name") if found.get(name)}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag == "link":
            self.relations[found["rel"]] = found["href"]
            if found["rel"] not in ("canonical", "index", "search", "next", "prev"):
                self.loaded.append(found["href"])
        if tag in ("script", "img", "iframe", "source") and found.get("src"):
            self.loaded.append(found["src"])
        if tag == "img" and not found.get("alt"):
            self.no_alt += 1


def page_of(path):
    return f"{path.stem}.html"


# --- what is there ---


def test_every_page_is_there(pages):
    expected = {"index.html", "path.html", "GLOSSARY.html", "FORMAT.html", "search.html", *map(page_of, LESSONS)}
    expected |= {f"{name}.html" for name in ("TEACHING", "CLAIMS") if (ROOT / f"notebooks/{name}.md").is_file()}
    assert expected <= set(pages)


def test_every_page_has_one_first_heading(pages):
    assert {name: page.tags["h1"] for name, page in pages.items() if page.tags["h1"] != 1} == {}


def test_the_site_is_small(site):
    assert sum(path.stat().st_size for path in site.rglob("*")) < LARGEST


def test_every_link_leads_somewhere(site, pages):
    broken = []
    for name, page in pages.items():
        for link in [*page.links, *page.loaded]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = unquote(urlsplit(urljoin(f"http://here/{name}", link)).path).lstrip("/") or "index.html"
            if not (site / target).is_file() or (
                parts.fragment and unquote(parts.fragment) not in pages[target].ids | {""}
            ):
                broken.append(f"{name}: {link}")
    assert not broken


def test_nothing_is_loaded_from_elsewhere(pages):
    remote = {link for page in pages.values() for link in page.loaded if re.match(r"(https?:)?//", link)}
    assert not remote


def test_style_sheets_load_nothing_from_elsewhere(site):
    for path in site.rglob("*.css"):
        assert not re.findall(r"(?:url\(|@import )['\"]?(?:https?:)?//", path.read_text(encoding="utf-8")), path.name


def test_lessons_follow_one_another(pages):
    names = list(map(page_of, LESSONS))
    for here, following in itertools.pairwise(names):
        assert pages[here].relations["next"] == following
        assert pages[following].relations["prev"] == here


def test_images_have_alt_text(pages):
    assert not {name: page.no_alt for name, page in pages.items() if page.no_alt}
    assert sum(page.tags["img"] for page in pages.values()) > 70


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_keeps_its_folds_and_figures(pages, path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    shown = [
        "".join(output.get("data", {}).get("text/html", "")) for cell in cells for output in cell.get("outputs", [])
    ]
    written = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    page = pages[page_of(path)]
    assert page.tags["details"] == sum(text.count("<details") for text in [*shown, *written])
    assert page.tags["img"] == sum(text.count("<img") for text in shown)


def test_words_lead_to_the_glossary_and_back(pages):
    linked = {link for page in pages.values() for link in page.links if link.startswith("GLOSSARY.html#word-")}
    assert len(linked) > 50
    back = set(pages["GLOSSARY.html"].links) & set(map(page_of, LESSONS))
    assert back == set(map(page_of, LESSONS))


def test_formulas_are_mathml(pages):
    assert pages["02_pruning.html"].tags["math"] >= 1
    assert not [link for page in pages.values() for link in page.loaded if "mathjax" in link.lower()]


def answers():
    """Of each exercise, what its reference does: the first function of its file, without its docstring."""
    for path in sorted((ROOT / "dc_lab/course/lessons").rglob("ex_*.py")):
        source = path.read_text(encoding="utf-8")
        functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
        if functions:
            lines = [ast.get_source_segment(source, statement) for statement in functions[0].body]
            yield f"{path.parent.name}/{path.stem}", squeezed(" ".join(lines[1:]))


def squeezed(text):
    return re.sub(r"\s+", "", text)


def test_solutions_are_not_on_the_pages(pages):
    everything = squeezed("".join(page.words for page in pages.values()))
    assert squeezed("raise NotImplementedError") in everything
    found = [name for name, answer in answers() if len(answer) > 80 and answer in everything]
    assert not found


# --- in a browser ---


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address(site):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        try:
            opened = launch(playwright)
        except Error as error:
            pytest.fail(
                f"no Chromium to test with: install one, name it in CHROMIUM, or run `python -m playwright install "
                f"chromium` ({error})"
            )
        yield opened
        opened.close()


class Tab:
    """A page in the browser; `wrong` collects errors, what is not found, and requests that leave the site."""

    def __init__(self, browser, address, width, scheme="light"):
        self.address, self.wrong = address, []
        self.page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page.on(
            "console", lambda said: self.wrong.append(said.text) if said.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda request: self.wrong.append(request.url) if not self.own(request.url) else None)
        self.page.on("response", lambda answer: self.wrong.append(answer.url) if answer.status >= 400 else None)

    def own(self, url):
        return url.startswith((self.address, "data:", "blob:"))

    def open(self, name):
        self.page.goto(self.address + name, wait_until="load")
        # Folds hide tables and code, which are to be looked at as well.
        self.page.evaluate("document.querySelectorAll('article details').forEach(fold => fold.open = true)")
        return self.page


@pytest.mark.parametrize("width", [PHONE, ZOOMED, DESK])
def test_pages_open_without_errors_and_fit_the_width(browser, address, pages, width):
    tab, wide = Tab(browser, address, width), []
    for name in pages:
        page = tab.open(name)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wide.append(name)
    assert not tab.wrong
    assert not wide


CUT_OFF = """() => [...document.querySelectorAll('article pre')].filter(box =>
    box.scrollWidth > box.clientWidth && !['auto', 'scroll'].includes(getComputedStyle(box).overflowX)
).map(box => box.textContent.slice(0, 80))"""

SCROLLS_BELOW_88 = """() => [...document.querySelectorAll('article pre')].filter(box =>
    box.scrollWidth > box.clientWidth && Math.max(...box.textContent.split('\\n').map(line => line.length)) <= 88
).map(box => box.textContent.slice(0, 80))"""


@pytest.mark.parametrize("width", [PHONE, ZOOMED, DESK])
def test_no_code_is_cut_off(browser, address, pages, width):
    tab, found = Tab(browser, address, width), {}
    for name in pages:
        page = tab.open(name)
        found[name] = page.evaluate(CUT_OFF) + (page.evaluate(SCROLLS_BELOW_88) if width != PHONE else [])
    assert not {name: texts for name, texts in found.items() if texts}


THINNED = """() => {
    const seen = {};
    for (const word of document.querySelectorAll('article .highlight span')) {
        seen[word.className] = (seen[word.className] || 0) + 1;
        if (seen[word.className] > 2) word.replaceWith(...word.childNodes);
    }
}"""
"""Words of code have a colour for each class: two of each are enough, and axe needs a tenth of the time."""


@pytest.mark.parametrize(("width", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_axe_finds_nothing_serious(browser, address, pages, width, scheme):
    tab, axe, found = Tab(browser, address, width, scheme), Axe(), []
    for name in pages:
        page = tab.open(name)
        page.evaluate(THINNED)
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        for violation in axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                node = violation["nodes"][0]
                found.append(f"{name}: {violation['id']} × {len(violation['nodes'])}: {node['html'][:200]}")
    assert not found, "\n".join(found)


def test_search_finds_a_word(browser, address):
    tab = Tab(browser, address, DESK)
    page = tab.open("search.html?q=centroid")
    page.wait_for_selector("#search-results li a")
    assert page.locator("#search-results li a[href*='04_weight_sharing']").count() == 1
    assert not tab.wrong


def test_a_slider_changes_its_figure(browser, address):
    page = Tab(browser, address, DESK).open("02_pruning.html")
    figure, slider = page.locator("[data-explorer] img").first, page.locator("[data-explorer] input").first
    before = figure.get_attribute("alt")
    slider.press("ArrowRight")
    assert figure.get_attribute("alt") != before


def test_code_that_scrolls_is_reached_with_the_keyboard(browser, address):
    page = Tab(browser, address, PHONE).open("02_pruning.html")
    missed = """[...document.querySelectorAll('article pre')].filter(
        box => box.scrollWidth > box.clientWidth && box.tabIndex < 0)"""
    assert page.evaluate(f"{missed}.length") == 0


def test_the_first_page_says_it_all_on_one_screen(browser, address):
    page = Tab(browser, address, DESK).open("index.html")
    for words in ("For whom", "How long", "make demo", "make lab"):
        box = page.locator("article").get_by_text(words).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 900, words


def test_a_phones_first_screen_shows_what_one_builds_and_the_two_commands(browser, address):
    page = Tab(browser, address, PHONE).open("index.html")
    for words in ("fit into one file", "90.6×", "make demo", "make lab"):
        box = page.locator("article").get_by_text(words).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 700, words
    commands = page.locator("article pre").first
    assert commands.evaluate("box => box.scrollWidth <= box.clientWidth")
