"""Settings of Sphinx for the course's site. `build.py` lays the sources out beside a copy of this file."""

import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from latex2mathml import converter

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

metadata = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "dc_lab"
author = "The dc_lab authors"
project_copyright = author
version = release = metadata["version"]

extensions = ["myst_nb"]
exclude_patterns = ["_static"]
html_math_renderer = "mathml"
suppress_warnings = ["mystnb.unknown_mime_type"]

# What the notebooks show was made by `make notebooks`. Nothing runs here.
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "attrs_inline"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "dc_lab"
html_baseurl = metadata["urls"]["Documentation"]
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "footer_icons": [
        {
            "name": "Repository",
            "url": metadata["urls"]["Repository"],
            "html": "The repository",
            "class": "to-repository",
        }
    ],
    "light_css_variables": {"font-stack": "system-ui, sans-serif"},
}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"


# Formulas become MathML, which browsers draw themselves: no script and no font has to be loaded.
def formula(visitor: Any, node: nodes.Node) -> None:
    visitor.body.append(converter.convert(node.astext()))
    raise nodes.SkipNode


def displayed(visitor: Any, node: nodes.Node) -> None:
    visitor.body.append(f'<div class="formula">{converter.convert(node.astext(), display="block")}</div>')
    raise nodes.SkipNode


def setup(app: Any) -> None:
    app.add_html_math_renderer("mathml", (formula, None), (displayed, None))
