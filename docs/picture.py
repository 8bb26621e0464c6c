"""Makes docs/_static/exercise.png: an exercise as the site shows it, with a wrong answer and the verdict on it.

It needs both sets of requirements, the course's and docs/requirements.txt, and a browser: `python docs/picture.py`.
"""

import io
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from build import DOCS, ROOT, lay_out
from PIL import Image
from playwright.sync_api import sync_playwright

from dc_lab.course.display import Message
from dc_lab.course.exercises import find
from dc_lab.course.judge import judge
from dc_lab.support import files

sys.path.insert(0, str(ROOT / "tests"))
from site_browser import launch

EXERCISE, LESSON = "02.2", "02_pruning.ipynb"
ANSWER = '''def magnitude_mask(weights, density):
    """True for the round(density * size) entries that are largest in magnitude."""
    count = round(density * weights.size)
    smallest = np.sort(np.abs(weights), axis=None)[-count]
    return np.abs(weights) >= smallest'''
"""What many try first: it keeps every weight that is as large as the last one."""


STYLE = """
.headerlink, .content-icon-container { display: none !important }
h1 { font-size: 1.5rem !important; margin-top: 0 !important }
article { padding: 16px }
"""
"""What a reader of the page clicks on is not in the picture, and the heading is that of a section."""


def verdict() -> str:
    names = {"np": np}
    exec(ANSWER, names)
    found = judge(find(EXERCISE), names["magnitude_mask"])
    return Message(found.status, found.text).html()


def page(folder: Path) -> None:
    """A notebook of the exercise alone in the place of its lesson."""
    notebook = json.loads((ROOT / "notebooks" / LESSON).read_text(encoding="utf-8"))
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    at = next(index for index, source in enumerate(sources) if source.startswith(f"### Build {EXERCISE}"))
    text, stub, check = notebook["cells"][at : at + 3]
    text["source"] = "#" + sources[at].split("\n\n")[0].lstrip("#") + "\n\n" + sources[at].split("\n\n")[1]
    stub["source"] = ANSWER
    check["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": {"text/html": verdict()}}]
    notebook["cells"] = [text, stub, check]
    (folder / LESSON).write_text(json.dumps(notebook), encoding="utf-8")


def main() -> None:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name) / "pages"
        lay_out(folder)
        page(folder)
        subprocess.run([sys.executable, "-m", "sphinx", "-q", "-b", "html", str(folder), f"{name}/site"], check=True)
        browser = launch(playwright)
        tab = browser.new_page(viewport={"width": 760, "height": 900}, device_scale_factor=1.5)
        tab.goto((Path(name) / "site" / LESSON).with_suffix(".html").as_uri())
        tab.add_style_tag(content=STYLE)
        shot = tab.locator("article").screenshot()
        browser.close()
    # 64 colours are enough for letters, and make a third of the file.
    small = io.BytesIO()
    Image.open(io.BytesIO(shot)).convert("RGB").quantize(64).save(small, "PNG", optimize=True)
    files.write(DOCS / "_static" / "exercise.png", small.getvalue())


if __name__ == "__main__":
    main()
