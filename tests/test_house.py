"""The house keeps its order: who imports whom, nothing unpickled, no network, text always as UTF-8."""

import ast
import functools
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import dc_lab

PACKAGE = Path(dc_lab.__file__).parent
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


@functools.cache
def tree_of(module):
    return ast.parse(MODULES[module].read_text(encoding="utf-8"), module)


def absolute(module, node):
    """The module that a `from ... import` names, also if it is given relative to its own."""
    if not node.level:
        return node.module
    package = module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]
    base = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def imports(module, tree=None):
    """Full names of all modules that a module imports, wherever in it: at the top or within a function."""
    found = set()
    for node in ast.walk(tree or tree_of(module)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = absolute(module, node)
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                found.add(inner if inner in MODULES else source)
    return found


def ours(module):
    return {name for name in imports(module) if name == "dc_lab" or name.startswith("dc_lab.")}


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            yield name, node


def keyword(node, name):
    return next((word.value for word in node.keywords if word.arg == name), None)


def test_imports_are_found_wherever_they_stand():
    """The reader of imports itself: at the top, in a function, relative, a name out of a module."""
    source = """
import os.path
def f():
    from dc_lab.coding import bits
    from dc_lab.support.files import write
    from . import sparse
"""
    found = imports("dc_lab.huffman", ast.parse(source))
    assert found == {"os.path", "dc_lab.coding.bits", "dc_lab.support.files", "dc_lab.sparse"}
    assert {"dc_lab.coding.bits", "numpy"} <= imports("dc_lab.huffman")


IDEAS = {"pruning", "sparse", "sharing", "quantized", "huffman", "dynamic", "archive", "pipeline"}
"""The modules at the top of the package: what the course teaches, in the order of its lessons."""

ROOMS = {
    "support": set(),
    "coding": set(),
    "networks": {"support"},
    "pruning": {"support"},
    "sparse": set(),
    "sharing": {"support"},
    "quantized": {"support"},
    "huffman": {"coding"},
    "integers": {"quantized"},
    "dynamic": {"integers", "quantized"},
    "dcz": {"coding", "huffman", "quantized", "sparse", "support"},
    "archive": {"dcz", "quantized", "support"},
    "checkpoints": {"archive", "dcz", "pruning", "quantized", "sharing", "sparse", "support"},
    "recipes": {"sharing", "support"},
    "pipeline": {
        "archive",
        "checkpoints",
        "dynamic",
        "networks",
        "pruning",
        "quantized",
        "recipes",
        "sharing",
        "support",
    },
    "figures": {"archive", "huffman", "sparse", "support"},
    "records": {"archive", "coding", "networks", "pipeline", "pruning", "sharing", "support"},
    "measure": {"archive", "checkpoints", "coding", "dcz", "integers", "networks", "records", "support"} | IDEAS,
    "course": {"archive", "checkpoints", "coding", "dcz", "figures", "integers", "measure", "networks", "records"}
    | {"support"}
    | IDEAS,
    "cli": {"archive", "checkpoints", "course", "dcz", "figures", "integers", "measure", "networks", "records"}
    | {"support"}
    | IDEAS,
}
"""Each room (a module at the top, or a package as a whole), and all that it may import: only rooms above it here."""

WITHIN = {
    "coding.bits": set(),
    "coding.lanes": {"bits"},
    "coding.rans": {"bits"},
    "coding.adaptive": set(),
    "coding.fast": set(),
    "coding.random_code": set(),
    "coding.kernels": set(),
    "integers.observers": set(),
    "integers.arithmetic": set(),
    "integers.aware": {"observers"},
    "integers.layers": {"arithmetic"},
    "networks.datasets": set(),
    "networks.models": set(),
    "networks.paper": {"datasets"},
    "networks.state": set(),
    "networks.training": {"datasets"},
    "checkpoints.kinds": set(),
    "checkpoints.nested": {"kinds"},
    "checkpoints.folded": {"kinds"},
    "checkpoints.saving": {"kinds"},
    "checkpoints.weights": {"folded", "kinds", "nested", "saving"},
    "checkpoints.rules": set(),
    "checkpoints.change": set(),
    "checkpoints.compress": {"change", "rules", "running", "weights"},
    "checkpoints.running": {"saving"},
    "checkpoints.sizes": set(),
    "support.dtypes": set(),
    "support.files": set(),
    "support.lookup": set(),
    "support.optimal": set(),
    "support.parametrized": set(),
    "support.places": set(),
    "support.points": {"progress"},
    "support.progress": set(),
    "support.pytorch": set(),
    "support.tables": set(),
    "support.tensors": {"dtypes"},
    "dcz.limits": set(),
    "dcz.varint": set(),
    "dcz.cursor": {"limits"},
    "dcz.values": {"cursor"},
    "dcz.header": {"cursor", "limits", "values", "varint"},
    "dcz.frame": {"cursor"},
    "dcz.patterns": {"limits"},
    "dcz.forms.form": {"cursor"},
    "dcz.forms.constant": {"cursor", "forms.form", "varint"},
    "dcz.forms.fixed": {"cursor", "forms.form"},
    "dcz.forms.nested": {"cursor", "forms.constant", "forms.fixed", "forms.form"},
    "dcz.forms.huffman": {"cursor", "forms.form", "forms.nested", "varint"},
    "dcz.forms.rans": {"cursor", "forms.form", "forms.nested", "limits", "varint"},
    "dcz.forms.adaptive": {"cursor", "forms.form", "limits", "varint"},
    "dcz.contents": {"forms.form"},
    "measure.forms": set(),
    "measure.cost": {"forms"},
    "measure.speed": {"cost", "forms"},
    "measure.imagenet": set(),
    "measure.evidence": set(),
    "measure.published": set(),
    "measure.public": {"bench", "cost", "published"},
}
"""Modules of the lower rooms, and what each may import from its own room."""


def room(module):
    return module.split(".")[1] if "." in module else module


def test_the_map_has_every_room_and_lists_the_lower_ones_first():
    there = {room(module) for module in MODULES} - {"dc_lab", "__main__"}
    assert there == set(ROOMS)
    seen = set()
    for name, below in ROOMS.items():
        assert below <= seen, f"{name} stands above {', '.join(sorted(below - seen))}, which it may import"
        seen.add(name)


@pytest.mark.parametrize("module", [module for module in MODULES if room(module) in ROOMS])
def test_a_room_imports_only_those_below(module):
    assert {room(name) for name in ours(module)} - {room(module), "dc_lab"} <= ROOMS[room(module)]


@pytest.mark.parametrize("module", WITHIN)
def test_the_lower_rooms_are_in_order(module):
    own = f"dc_lab.{room(f'dc_lab.{module}')}."
    inside = {name.removeprefix(own) for name in ours(f"dc_lab.{module}") if name.startswith(own)}
    assert inside <= WITHIN[module]


def test_no_circles():
    TopologicalSorter({module: ours(module) - {module} for module in MODULES}).prepare()


def test_at_the_top_there_are_only_the_ideas():
    top = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    assert top == IDEAS


@pytest.mark.parametrize("name", sorted(IDEAS))
def test_an_idea_can_be_read_in_one_sitting(name):
    assert len((PACKAGE / f"{name}.py").read_text(encoding="utf-8").splitlines()) <= 400


LEARNERS, TEACHERS = ("graduate", "progress", "reset", "start"), ("exam", "grade", "handout", "mistakes", "slides")
ABOUT_THE_COURSE = {f"dc_lab.cli.{name}" for name in (*LEARNERS, *TEACHERS)}
"""Commands about the learners' own folders, and about the lessons."""


def test_nothing_imports_the_course():
    outside = [module for module in MODULES if not module.startswith("dc_lab.course")]
    outside = [module for module in outside if module not in ABOUT_THE_COURSE]
    assert not [module for module in outside if any(name.startswith("dc_lab.course") for name in ours(module))]


@pytest.mark.parametrize("module", [module for module in MODULES if room(module) == "cli"])
def test_a_command_leans_on_no_other(module):
    """`main` has them all in its table; `report` offers the tables of `inspect` beside those of `demo`."""
    allowed = {"common": set(), "demo": {"common", "report"}, "report": {"inspect"}}
    name = module.removeprefix("dc_lab.cli").lstrip(".")
    if name != "main":
        inside = {found.removeprefix("dc_lab.cli.") for found in ours(module) if found.startswith("dc_lab.cli.")}
        assert inside <= allowed.get(name, {"common"})


def test_nobody_imports_the_command_line():
    outside = [module for module in MODULES if room(module) not in ("cli", "__main__")]
    assert not [module for module in outside if any(name.startswith("dc_lab.cli") for name in ours(module))]


FORBIDDEN = {"pickle", "marshal", "shelve", "dill", "joblib", "socket", "urllib", "requests", "http", "ftplib", "httpx"}


@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_unpickled_and_nothing_fetched(module):
    assert not {name.split(".")[0] for name in imports(module)} & FORBIDDEN
    for name, node in calls(tree_of(module)):
        called = ast.unparse(node.func)
        if called == "torch.load":
            assert ast.unparse(keyword(node, "weights_only")) == "True", node.lineno
        if called in ("np.load", "numpy.load"):
            assert ast.unparse(keyword(node, "allow_pickle")) == "False", node.lineno
        assert name not in ("load_state_dict_from_url", "download_url_to_file"), node.lineno


@pytest.mark.parametrize("module", MODULES)
def test_no_star_imports(module):
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.ImportFrom):
            assert "*" not in {alias.name for alias in node.names}, node.lineno


def is_text(name, node):
    """Whether a call opens, reads or writes text, whose encoding differs between systems if it is not given."""
    called = ast.unparse(node.func)
    if name in ("read_text", "write_text"):
        return True
    if name != "open" or called in ("zipfile.open", "Image.open", "webbrowser.open", "os.open"):
        return False
    place = 0 if isinstance(node.func, ast.Attribute) and called not in ("gzip.open", "io.open") else 1
    mode = keyword(node, "mode") or (node.args[place] if len(node.args) > place else None)
    mode = "" if mode is None else str(getattr(mode, "value", ""))
    if called == "gzip.open":
        return "t" in mode
    # A zip archive's member is opened by an object, not by a name: its mode stands second, and it is never text.
    return "b" not in mode and not called.startswith("archive.")


@pytest.mark.parametrize("module", MODULES)
def test_text_files_have_an_encoding(module):
    for name, node in calls(tree_of(module)):
        if is_text(name, node):
            assert keyword(node, "encoding") is not None, f"{MODULES[module].name}:{node.lineno}"
        if ast.unparse(node.func).startswith("subprocess.") and keyword(node, "text") is not None:
            assert keyword(node, "encoding") is not None, f"{MODULES[module].name}:{node.lineno}"


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("open(path)", True),
        ("open(path, 'w')", True),
        ("open(path, 'rb')", False),
        ("open(path, mode='wb')", False),
        ("path.open()", True),
        ("path.open('w')", True),
        ("path.open('rb')", False),
        ("path.read_text()", True),
        ("path.read_bytes()", False),
        ("gzip.open(path)", False),
        ("gzip.open(path, 'rt')", True),
    ],
)
def test_text_is_recognised(call, text):
    [(name, node)] = calls(ast.parse(call))
    assert is_text(name, node) is text


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_is_for(module):
    assert ast.get_docstring(tree_of(module))
