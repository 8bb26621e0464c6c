"""Accepted answers on their way into `mine`: cells are registered in `linecache`, as IPython does it."""

import ast
import itertools
import linecache
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dc_lab.course import check, exercises, mine, work
from dc_lab.course.checks import forget_session, hint, progress, solution
from dc_lab.course.exercises import Exercise

_numbers = itertools.count()


def exercise(number: int, name: str, reference) -> Exercise:
    return Exercise(
        id=f"97.{number}",
        title=f"The task {name}",
        minutes=5,
        reference=reference,
        stub=f'def {name}(x):\n    raise NotImplementedError("your turn")',
        cases=[(1,), (2,), (5,)],
    )


@pytest.fixture(autouse=True)
def lessons():
    """Two lessons with three answers of the same kind each: twice a number, one more, the square; and one without."""
    made = [exercise(i + 1, n, f) for i, (n, f) in enumerate(zip(("twice", "more", "square"), FUNCTIONS, strict=True))]
    exercises.register("97", made, "Doubling", module="doubling")
    other = exercise(1, "half", lambda x: x / 2)
    object.__setattr__(other, "id", "98.1")
    exercises.register("98", [other], "Halving", module="halving")
    forget_session()
    yield
    exercises.unregister("97")
    exercises.unregister("98")
    forget_session()


def _twice(x):
    return 2 * x


def _more(x):
    return x + 1


def _square(x):
    return x * x


FUNCTIONS = (_twice, _more, _square)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> work.Folder:
    (tmp_path / "work" / work.MARK).mkdir(parents=True)
    monkeypatch.delenv(work.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path / "work")
    yield work.Folder((tmp_path / "work").resolve())
    for name in [name for name in sys.modules if name.partition(".")[0] == "mine"]:
        del sys.modules[name]
    sys.path[:] = [path for path in sys.path if path not in mine._on_path]


class Kernel:
    """Cells that are run one after the other in one namespace."""

    def __init__(self) -> None:
        self.namespace = {"__name__": "__main__", "check": check}

    def run(self, source: str) -> None:
        name, source = f"<cell {next(_numbers)}>", textwrap.dedent(source).strip() + "\n"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        exec(compile(source, name, "exec", dont_inherit=True), self.namespace)


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


TWICE = "def twice(x):\n    return 2 * x"


def said(capsys) -> str:
    return capsys.readouterr().out


def doubling(folder) -> str:
    return (folder.mine / "doubling.py").read_text(encoding="utf-8")


def test_an_answer_may_be_checked_in_its_own_cell(folder, kernel, capsys):
    kernel.run(f"{TWICE}\n\n\ntwice = check('97.1', twice)")
    assert "correct" in (text := said(capsys))
    assert "stand alone" not in text
    assert TWICE in doubling(folder)
    assert "check(" not in doubling(folder)


def test_a_helper_that_wraps_one_of_python_s_own_is_taken_along(folder, kernel, capsys):
    kernel.run("import builtins\nimport functools")
    helper = "@functools.wraps(builtins.sum)\ndef sum(values):\n    return builtins.sum(values)"
    kernel.run(f"{helper}\n\n\ndef twice(x):\n    return sum([x, x])")
    kernel.run("check('97.1', twice)")
    assert "correct" in said(capsys)
    assert helper in doubling(folder)


def test_an_answer_as_it_was_written(folder, kernel, capsys):
    kernel.run("""
        import numpy as np
        from math import log2, ceil
        import os
    """)
    kernel.run('''
        UNUSED = 3
        BITS = 1  # as in the paper

        # A helper,
        # with a comment.
        def shifted(value, by = BITS):
            return value  <<  by

        def twice(x):
            """Twice `x`."""
            # odd   spacing stays
            return int( np.ldexp(x, int(log2(2))) ) if x else shifted(x)
            # and so does this

        print(twice(3))
    ''')
    kernel.run('twice = check("97.1", twice)')
    assert said(capsys).splitlines()[1:] == ["97.1 The task twice: correct (3 cases).", "In mine/doubling.py now."]
    assert doubling(folder) == textwrap.dedent('''\
        """Doubling, as I wrote it in lesson 97."""

        from math import log2

        import numpy as np


        # 97.1 The task twice
        BITS = 1  # as in the paper


        # A helper,
        # with a comment.
        def shifted(value, by = BITS):
            return value  <<  by


        def twice(x):
            """Twice `x`."""
            # odd   spacing stays
            return int( np.ldexp(x, int(log2(2))) ) if x else shifted(x)
            # and so does this
    ''')
    kernel.run('twice = check("97.1", twice)')
    assert said(capsys).splitlines()[1:] == ["In mine/doubling.py, as before."]


def test_blocks_stand_in_order_and_lean_on_each_other(folder, kernel, capsys):
    kernel.run("def square(x):\n    return x * x")
    kernel.run('square = check("97.3", square)')
    kernel.run(TWICE)
    kernel.run('twice = check("97.1", twice)')
    kernel.run("def more(x):\n    return twice(x) - x + square(1)")
    kernel.run('more = check("97.2", more)')
    kernel.run("def half(x):\n    return x * x / twice(x)")
    kernel.run('half = check("98.1", half)')
    assert said(capsys).count(" now.") == 4
    headings = [line for line in doubling(folder).splitlines() if line.startswith("# 97")]
    assert headings == [f"# 97.{i} The task {name}" for i, name in ((1, "twice"), (2, "more"), (3, "square"))]
    halving = (folder.mine / "halving.py").read_text(encoding="utf-8")
    assert "\n\nfrom mine.doubling import twice\n\n\n# 98.1 The task half\n" in halving
    assert mine.load(folder, "halving").half(6) == 3
    assert not list(folder.mine.glob("**/*.pyc"))


def test_another_name(folder, kernel, capsys):
    kernel.run("def doubled(x):\n    return 2 * x")
    kernel.run('twice = check("97.1", doubled)')
    assert doubling(folder).endswith("def doubled(x):\n    return 2 * x\n\n\ntwice = doubled\n")
    kernel.run("def more(x):\n    return doubled(x) - x + 1")
    kernel.run('more = check("97.2", more)')
    kernel.run("def half(x):\n    return x * x / doubled(x)")
    kernel.run('half = check("98.1", half)')
    assert said(capsys).count(" now.") == 3
    assert "from mine.doubling import doubled\n" in (folder.mine / "halving.py").read_text(encoding="utf-8")
    assert mine.load(folder, "doubling").more(3) == 4


@pytest.mark.parametrize(
    "source",
    [
        "twice = lambda x: 2 * x",
        "import functools\n\n\n@functools.lru_cache\ndef twice(x):\n    return 2 * x",
        "def loud(f):\n    def inner(x):\n        return f(x)\n    return inner\n\n\n"
        "@loud\ndef twice(x):\n    return 2 * x",
        "def times(n):\n    def inner(x):\n        return n * x\n    return inner\n\n\ntwice = times(2)",
        "class Meta(type):\n    by = 2\n\n\nclass Doubler(metaclass=Meta):\n    def go(self, x):\n"
        "        return type(self).by * x\n\n\ndef twice(x):\n    return Doubler().go(x)",
        "def faktor_größe():\n    return 2\n\n\ndef twice(x):\n    return faktor_größe() * x",
        "def twice(x):\n    return 2 * x\n\n\ntwice = (lambda f: f)(twice)",
        "def twice(x: 'unknown') -> int:\n    return 2 * x",
        "from dataclasses import dataclass\n\n\n@dataclass\nclass Pair:\n    a: int\n\n\n"
        "def twice(x):\n    return 2 * Pair(x).a",
        "from __future__ import annotations\n\n\ndef twice(x: Later) -> Never:\n    return 2 * x",
        "async def wait():\n    return 2\n\n\ndef twice(x):\n    try:\n        wait().send(None)\n"
        "    except StopIteration as end:\n        return end.value * x",
        "def twice(x):\n    return even(x) if x % 2 == 0 else odd(x)\n\n\ndef even(x):\n    return 2 * x\n\n\n"
        "def odd(x):\n    return even(x - 1) + 2",
        "TABLE = {n: 2 * n for n in range(9)}\nLIMIT = max(TABLE)\n\n\ndef twice(x):\n    return TABLE[min(x, LIMIT)]",
    ],
)  # fmt: skip
def test_what_works(folder, kernel, capsys, source):
    kernel.run(source)
    kernel.run('check("97.1", twice)')
    assert said(capsys).endswith("\nIn mine/doubling.py now.\n")
    assert mine.load(folder, "doubling").twice(7) == 14
    text = doubling(folder)
    wanted = [node for node in ast.parse(source).body if not isinstance(node, (ast.Import, ast.ImportFrom))]
    for node in wanted:
        assert ast.get_source_segment(source, node) in text


def test_a_star_import_becomes_a_name(folder, kernel, capsys):
    kernel.run("from math import *")
    kernel.run("def twice(x):\n    return x * round(2 * pi / pi) + int(floor(0.0))")
    kernel.run('check("97.1", twice)')
    assert "from math import floor, pi\n" in doubling(folder)


@pytest.mark.parametrize(
    ("before", "source", "uses", "remedy"),
    [
        ("def helper(x):\n    return x", "def twice(x):\n    return 2 * helper(x)", "helper", "the same cell"),
        ("n = 2", "def twice(x):\n    return n * x", "n", "the same cell"),
        ("exec('def hidden(x): return x')", "def twice(x):\n    return 2 * hidden(x)", "hidden", "the same cell"),
        ("", "exec('hidden = 2')\n\n\ndef twice(x):\n    return hidden * x", "hidden", "the same cell"),
        ("from dc_lab import pruning", "def twice(x):\n    return 2 * x if pruning else 0", "pruning", "only dc_lab.n"),
        ("", "def twice(x):\n    from dc_lab import pruning\n    return 2 * x", "dc_lab.pruning", "dc_lab.networks"),
        ("import dc_lab", "def twice(x):\n    return 2 * x if dc_lab else 0", "dc_lab", "dc_lab.networks"),
        ("", "n = __import__('random').randrange(2, 3)\n\n\ndef twice(x):\n    return n * x", "n", "work it out"),
        ("", "for n in range(3):\n    pass\n\n\ndef twice(x):\n    return n * x", "n", "in a function"),
        ("more = check('97.2', None)", "def twice(x):\n    return 2 * (more(x) - 1)", "more", "solve 97.2 first"),
        ("", "def twice(x):\n    if x > 90:\n        return nowhere(x)\n    return 2 * x", "nowhere", "not defined"),
    ],
)  # fmt: skip
def test_what_cannot_stand_alone(folder, kernel, capsys, before, source, uses, remedy):
    kernel.run(before or "pass")
    kernel.run(source)
    kernel.run('check("97.1", twice)')
    out = " ".join(said(capsys).split())
    assert f"It cannot stand alone: it uses `{uses}`. Nothing was written into mine/doubling.py." in out
    assert remedy in out
    assert not folder.mine.exists()
    assert folder.progress().states()["97.1"] == "solved"


def test_the_networks_may_be_used(folder, kernel, capsys):
    kernel.run("from dc_lab.networks import paper as tables")
    kernel.run("def twice(x):\n    return 2 * x if tables else 0")
    kernel.run('check("97.1", twice)')
    assert "\nfrom dc_lab.networks import paper as tables\n" in doubling(folder)


def test_the_courses_own_function(folder, kernel, capsys):
    kernel.namespace["threshold_mask"] = exercises.find("02.1").reference
    kernel.run("def twice(x):\n    return 2 * x if threshold_mask else 0")
    kernel.run('check("97.1", twice)')
    assert "`threshold_mask` is the course's own 02.1: solve 02.1 first." in said(capsys)


def test_an_answer_that_is_not_in_mine_itself(folder, kernel, capsys):
    kernel.run("n = 1")
    kernel.run("def more(x):\n    return x + n")
    kernel.run('more = check("97.2", more)')
    kernel.run("def twice(x):\n    return 2 * (more(x) - 1)")
    kernel.run('twice = check("97.1", twice)')
    assert "`more` is your 97.2, which is not in mine: see its check." in said(capsys)


@pytest.mark.parametrize(
    "source",
    [
        "exec('def twice(x): return 2 * x')",
        "import functools\nimport operator\n\ntwice = functools.partial(operator.mul, 2)",
        "class Twice:\n    def __call__(self, x):\n        return 2 * x\n\n\ntwice = Twice()",
        "twice = (2).__mul__",
    ],
)
def test_what_has_no_source(folder, kernel, capsys, source):
    kernel.run(source)
    kernel.run('check("97.1", twice)')
    out = said(capsys)
    assert "\nNot in mine/doubling.py: It" in out
    assert "`def twice(...)`" in " ".join(out.split())
    assert not folder.mine.exists()


def test_a_script_is_told_once(folder):
    answers = "from dc_lab.course import check\n\n\n" + "\n".join(
        f"def f{i}(parameters, file_bytes):\n    return 4 * parameters / file_bytes\n\n\ncheck('00.1', f{i})\n"
        for i in range(2)
    )
    Path("script.py").write_text(answers, encoding="utf-8")
    ran = subprocess.run([sys.executable, "script.py"], check=True, capture_output=True, encoding="utf-8")
    assert ran.stdout.count("correct") == 2
    assert ran.stdout.count("judged, but not kept") == 1


def test_a_lambda_in_the_call(folder, kernel, capsys):
    kernel.run('check("97.1", lambda x: 2 * x)')
    assert "It is a lambda without a name." in said(capsys)


def test_what_only_works_in_the_kernel(folder, kernel, capsys):
    kernel.run("FACTORS = []\n\n\ndef twice(x):\n    return FACTORS[0] * x")
    kernel.run("FACTORS.append(2)")
    kernel.run('check("97.1", twice)')
    assert "In a module of its own it is no longer right" in said(capsys)
    kernel.run("def more(x):\n    return x + eval('on' + 'e')")
    kernel.run("one = 1")
    kernel.run('check("97.2", more)')
    assert "In a module of its own it is no longer right" in said(capsys)
    assert not folder.mine.exists()


def test_a_helper_that_was_defined_anew(folder, kernel, capsys):
    kernel.run("def two():\n    return 3\n\n\ndef twice(x):\n    return two() * x")
    kernel.run("def two():\n    return 2")
    kernel.run('check("97.1", twice)')
    assert "`two` was defined anew in another cell" in said(capsys)


def test_what_the_learner_writes_stays(folder, kernel, capsys):
    kernel.run(TWICE)
    kernel.run("import numpy as np\n\n\ndef square(x):\n    return int(np.square(x))")
    kernel.run('check("97.1", twice); check("97.3", square)')
    path = folder.mine / "doubling.py"
    own = "import os as system  # mine\n\n\ndef own(x):\n    return system.sep * x"
    text = doubling(folder).replace("\n\n\n# 97.3", f"\n\n\n{own}\n\n\n# 97.3")
    path.write_text(text, encoding="utf-8")

    kernel.run("def twice(x):\n    return x + x")
    kernel.run("def more(x):\n    return x + 1")
    kernel.run('check("97.1", twice); check("97.2", more)')
    assert said(capsys).count(" now.") == 4
    assert doubling(folder) == text.replace("return 2 * x", "return x + x").replace(
        "# 97.3", "# 97.2 The task more\ndef more(x):\n    return x + 1\n\n\n# 97.3"
    )
    # An import that nothing uses any more goes, if `check` wrote it.
    kernel.run("def square(x):\n    return x**2")
    kernel.run('check("97.3", square)')
    assert "numpy" not in doubling(folder)
    assert own in doubling(folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [("2 * x", "x + x"), ("2 * x", "2 * x\n    # a word"), ("    return 2 * x", "    y = 2 * x\n    return y")],
)
def test_an_edited_block_stays(folder, kernel, capsys, old, new):
    kernel.run(TWICE)
    kernel.run('check("97.1", twice)')
    path = folder.mine / "doubling.py"
    edited = doubling(folder).replace(old, new)
    path.write_text(edited, encoding="utf-8")
    kernel.run("def twice(x):\n    return x * 2")
    kernel.run('check("97.1", twice)')
    out = " ".join(said(capsys).split())
    assert "You have changed 97.1 in mine/doubling.py: it stays as it is." in out
    assert "mine/doubling.py.new" in out
    assert doubling(folder) == edited
    beside = folder.mine / "doubling.py.new"
    assert beside.read_text(encoding="utf-8").endswith("# 97.1 The task twice\ndef twice(x):\n    return x * 2\n")
    # Taken over by hand, it is `check`'s block again.
    path.write_text(beside.read_text(encoding="utf-8"), encoding="utf-8")
    kernel.run('check("97.1", twice)')
    assert "as before" in said(capsys)
    kernel.run(TWICE)
    kernel.run('check("97.1", twice)')
    assert "now" in said(capsys)


def test_names_that_clash(folder, kernel, capsys):
    kernel.run("def helper():\n    return 2\n\n\ndef twice(x):\n    return helper() * x")
    kernel.run('check("97.1", twice)')
    kernel.run("def helper():\n    return 1\n\n\ndef more(x):\n    return helper() + x")
    kernel.run('check("97.2", more)')
    out = " ".join(said(capsys).split())
    assert "`helper` stands in mine/doubling.py already, differently, in the block of 97.1." in out
    kernel.run("from math import floor as helper\n\n\ndef square(x):\n    return helper(x * x)")
    kernel.run('check("97.3", square)')
    assert " now." not in said(capsys)
    kernel.run("def helper():\n    return 2\n\n\ndef square(x):\n    return x ** helper()")
    kernel.run('check("97.3", square)')
    assert "In mine/doubling.py now." in said(capsys)


def test_a_module_that_is_no_python(folder, kernel, capsys):
    folder.mine.mkdir()
    (folder.mine / "doubling.py").write_text("def (", encoding="utf-8")
    kernel.run(TWICE)
    kernel.run('check("97.1", twice)')
    assert "mine/doubling.py has a syntax error in line 1; nothing was written." in said(capsys)
    assert doubling(folder) == "def ("


def test_a_module_of_the_learners_that_fails(folder, kernel, capsys):
    folder.mine.mkdir()
    (folder.mine / "doubling.py").write_text("1 / 0\n", encoding="utf-8")
    kernel.run(TWICE)
    kernel.run('check("97.1", twice)')
    assert "could not be imported with it: ZeroDivisionError: division by zero." in " ".join(said(capsys).split())
    assert doubling(folder) == "1 / 0\n"


def test_without_a_work_folder_nothing_is_written(tmp_path, monkeypatch, kernel, capsys):
    monkeypatch.chdir(tmp_path)
    kernel.run(TWICE)
    kernel.run('check("97.1", twice)')
    hint_text = solution("97.1")
    assert said(capsys).startswith("97.1 The task twice: correct (3 cases).\n97.1 The task twice: one way to do it\n")
    progress()
    assert "The task twice     5 min  solved" in said(capsys)
    assert hint_text is None
    assert not list(tmp_path.iterdir())


def test_progress_survives_the_kernel(folder, kernel, capsys):
    kernel.run("def twice(x):\n    return 3 * x")
    kernel.run('check("97.1", twice)')
    kernel.run(TWICE)
    kernel.run('check("97.1", twice); check("97.2", None)')
    forget_session()
    said(capsys)
    progress()
    out = said(capsys)
    assert out.splitlines()[1].endswith("5 min  solved")
    assert "  1 of 3 solved, 10 minutes left" in out
    assert folder.progress().standing("97.1").attempts == 2
    folder.progress_file.write_text("broken", encoding="utf-8")
    progress()
    assert "is kept as progress.json.broken" in " ".join(said(capsys).split())


def test_hints_count_in_the_folder(folder, capsys):
    hint("02.1")
    hint("02.1")
    solution("02.1")
    forget_session()
    said(capsys)
    hint("02.1")
    assert said(capsys).startswith("02.1 hint 1 of")
    standing = folder.progress().standing("02.1")
    assert (standing.hints, standing.solution_shown) == (2, True)


def test_two_folders_in_one_process(folder, kernel, capsys, tmp_path, monkeypatch):
    kernel.run(TWICE)
    kernel.run('check("97.1", twice)')
    other = work.Folder((tmp_path / "other").resolve())
    other.state.mkdir(parents=True)
    monkeypatch.chdir(other.path)
    assert other.progress().states() == {}
    kernel.run("def half(x):\n    return x * x / twice(x)")
    kernel.run('check("98.1", half)')
    assert "put it into the same cell" in " ".join(said(capsys).split())
    kernel.run("def twice(x):\n    return x + x")
    kernel.run('check("97.1", twice)')
    assert "x + x" in (other.mine / "doubling.py").read_text(encoding="utf-8")
    assert "2 * x" in doubling(folder)
    first, second = mine.load(folder, "doubling"), mine.load(other, "doubling")
    assert first.__file__ != second.__file__


class Liar:
    """Says yes to everything, and is what one asks for."""

    def __getattr__(self, name):
        return self

    def __call__(self, x):
        return 2 * x

    def __eq__(self, other):
        raise RuntimeError

    __hash__ = None


def test_hostile_objects(folder, capsys):
    check("97.1", Liar())
    assert "mine" in said(capsys)
    assert not folder.mine.exists()


PIECES = ["def h{i}(x):\n    return {body}", "C{i} = {number}", "class K{i}:\n    value = {number}"]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 9)), max_size=5), st.data())
def test_names_found_are_all_that_the_module_needs(pieces, data):
    """Random helpers that use each other: what is extracted runs in a namespace of its own and does the same."""
    from dc_lab.course.extract import extract

    lines, calls = [], ["x"]
    for i, (kind, number) in enumerate(pieces):
        body = f"{data.draw(st.sampled_from(calls))} + {number}"
        lines.append(PIECES[kind].format(i=i, body=body, number=number))
        calls.append([f"h{i}(x)", f"C{i} + x", f"K{i}.value * x"][kind])
    used = data.draw(st.lists(st.sampled_from(calls), min_size=1, max_size=3))
    kernel = Kernel()
    kernel.run("\n\n\n".join([*lines, f"def twice(x):\n    return {' + '.join(used)}"]))
    found = extract(exercises.find("97.1"), kernel.namespace["twice"], "doubling", lambda value: None)
    fresh: dict = {}
    exec(found.text, fresh)
    assert [fresh["twice"](x) for x in range(3)] == [kernel.namespace["twice"](x) for x in range(3)]
    needed = {name for name in fresh if name[0] in "hCK"}
    reached = set()
    todo = ["twice"]
    while todo:
        function = kernel.namespace[todo.pop()]
        code = getattr(function, "__code__", None)
        inner = {name for name in (code.co_names if code else ()) if name in kernel.namespace}
        todo += inner - reached
        reached |= inner
    assert needed == reached
    assert np.isfinite(fresh["twice"](1))
