"""Builds the course's site from the notebooks as they are stored: `python docs/build.py [FOLDER]`, `site` by default.

The pages stand in several folders and link to one another as files of the repository. Here they are laid out in one
folder, with the links that a site needs, and Sphinx makes pages of them. Nothing is executed and nothing is fetched.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DOCS = Path(__file__).parent
ROOT = DOCS.parent
REPOSITORY = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Repository"]
PAGES = {
    "path.md": ROOT / "notebooks/README.md",
    "GLOSSARY.md": ROOT / "notebooks/GLOSSARY.md",
    "FORMAT.md": ROOT / "dc_lab/dcz/FORMAT.md",
    "TEACHING.md": ROOT / "notebooks/TEACHING.md",
    "CLAIMS.md": ROOT / "notebooks/CLAIMS.md",
}
"""Pages beside the lessons, and the files that they are made of. One that is not there is left out."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the course's site.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "site", help="where the pages go (site)")
    folder = parser.parse_args().folder
    if folder.exists() and any(folder.iterdir()) and not (folder / "searchindex.js").is_file():
        parser.error(f"{folder} must be empty, new or an earlier site, and it holds other files")
    try:
        from sphinx.cmd.build import main as sphinx
    except ImportError:
        parser.error("Sphinx is missing: pip install -r docs/requirements.txt, or make site")
    with tempfile.TemporaryDirectory() as name:
        lay_out(Path(name) / "pages")
        # A complete site is built beside the old one and then takes its place.
        failed = sphinx(["-q", "-W", "--keep-going", "-b", "html", f"{name}/pages", f"{name}/site"])
        if not failed:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(
                f"{name}/site", folder, ignore=shutil.ignore_patterns(".doctrees", ".buildinfo*", "objects.inv")
            )
            (folder / ".nojekyll").touch()
            for path in folder.rglob("*.html"):
                path.write_text(named(path.read_text(encoding="utf-8")), encoding="utf-8")
            print(f"{len(list(folder.rglob('*.html')))} pages in {folder}; begin with {folder / 'index.html'}")
    return failed


def lay_out(target: Path) -> None:
    """All that Sphinx reads, in one folder."""
    shutil.copytree(DOCS / "_static", target / "_static")
    shutil.copy(DOCS / "conf.py", target)
    shutil.copy(ROOT / "pyproject.toml", target)
    words = glossary()
    lessons = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
    for path in lessons:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        (target / path.name).write_text(json.dumps(lesson(notebook, words)), encoding="utf-8")
    there = {name: path for name, path in PAGES.items() if path.is_file()}
    for name, path in there.items():
        text = path.read_text(encoding="utf-8")
        (target / name).write_text(linked(with_anchors(text) if name == "GLOSSARY.md" else text), encoding="utf-8")
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    text = text.replace("REPOSITORY", REPOSITORY).replace("RESULTS", results())
    text = text.replace("LESSONS", "\n".join(path.stem for path in lessons))
    for name in ("TEACHING.md", "CLAIMS.md"):
        if name not in there:
            text = text.replace(f"{name.removesuffix('.md')}\n", "")
    (target / "index.md").write_text(text, encoding="utf-8")


def named(page: str) -> str:
    """What a screen reader is to be told, and the theme leaves out: levels of headings, and which sidebar is which."""
    if "<h1" not in page:  # the page of the search makes its headings when it has found something
        page = page.replace('id="furo-main-content">', 'id="furo-main-content"><h1 class="unseen">Search</h1>')
    page = page.replace('<p class="caption" role="heading">', '<p class="caption" role="heading" aria-level="2">')
    page = page.replace('<aside class="sidebar-drawer"', '<aside aria-label="Pages" class="sidebar-drawer"')
    return page.replace('<aside class="toc-drawer', '<aside aria-label="On this page" class="toc-drawer')


# --- links ---


def linked(text: str) -> str:
    """Links between files of the repository as links between pages; to what has no page, as links to the repository."""

    def replace(match: re.Match[str]) -> str:
        place, _, anchor = match[1].partition("#")
        anchor = f"#{anchor}" if anchor else ""
        for name, path in PAGES.items():
            if place and path.name == Path(place).name and (name != "path.md" or place == "README.md"):
                return (
                    f"]({name}{anchor})"
                    if path.is_file()
                    else f"]({REPOSITORY}/blob/main/{path.relative_to(ROOT).as_posix()})"
                )
        if not place or ":" in place or re.fullmatch(r"\d\d_\w+\.ipynb", place):
            return match[0]
        inside = (ROOT / "notebooks" / place).resolve()
        if not inside.is_relative_to(ROOT):
            raise ValueError(f"a link to {place} leads out of the repository")
        return f"]({REPOSITORY}/blob/main/{inside.relative_to(ROOT).as_posix()}{anchor})"

    return re.sub(r"\]\(([^)\s]+)\)", replace, text)


# --- the glossary ---

ROW = re.compile(r"^\| ([^|]+) \| (.+) \| (\d\d(?:, \d\d)*) \|$", re.MULTILINE)
"""A row of GLOSSARY.md: the word, what it means, the lessons that explain it."""


def anchor(word: str) -> str:
    return "word-" + re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-")


def glossary() -> dict[str, str]:
    """Each word of the glossary, in small letters, and the anchor of its row."""
    found = {}
    for word, _, _ in ROW.findall(PAGES["GLOSSARY.md"].read_text(encoding="utf-8")):
        for one in word.replace("`", "").split(", "):
            found[one.lower()] = anchor(word)
    return found


def with_anchors(text: str) -> str:
    """The glossary with a place to jump to at each word, and its lessons as links."""
    files = {path.name[:2]: path.name for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")}

    def row(match: re.Match[str]) -> str:
        word, meaning, numbers = match.groups()
        links = ", ".join(f"[{number}]({files[number]})" for number in numbers.split(", "))
        return f"| [{word}]{{#{anchor(word)}}} | {meaning} | {links} |"

    return ROW.sub(row, text)


def with_words(text: str, words: dict[str, str]) -> str:
    """Where a lesson introduces a word of the glossary, in bold, a link to it."""

    def replace(match: re.Match[str]) -> str:
        word = match[1].lower()
        found = words.get(word) or words.get(word.removesuffix("s"))
        return f"[**{match[1]}**](GLOSSARY.md#{found})" if found else match[0]

    return re.sub(r"\*\*([^*\n]+)\*\*", replace, text)


# --- pages ---


def lesson(notebook: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = with_words(linked("".join(cell["source"])), words)
    return notebook


def results() -> str:
    """The README's table of both networks, without the paper's columns."""
    rows = re.findall(
        r"^\| (LeNet-[^|]+\|[^|]+\|[^|]+\|[^|]+\|[^|]+\|[^|]+)\|",
        (ROOT / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    if not rows:
        raise ValueError("README.md must have a table with rows that begin with LeNet-, and has none")
    head = "| network | float32, bytes | one file | smaller by | test error |\n|---|---|---|---|---|\n"
    found = []
    for row in rows[:2]:
        name, dense, file, ratio, before, after = (cell.strip().removesuffix(" bytes") for cell in row.split("|"))
        found.append(
            f"| {name} | {dense} | {file} | {ratio} | {before.removesuffix(' %')}\N{NO-BREAK SPACE}→ "
            f"{after.replace(' ', chr(0xA0))} |"
        )
    return head + "\n".join(found)


if __name__ == "__main__":
    sys.exit(main())
