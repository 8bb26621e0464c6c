"""Names that a statement needs and gives: what the compiler takes them for."""

import symtable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dc_lab.course import names


def needs(source: str) -> set[str]:
    [statement] = names.statements(source)
    return set(statement.needs)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f(x):\n    return x", ""),
        ("def f(x=D, *, y: Ann = E) -> R:\n    return x", "D Ann E R"),
        ("@deco(A)\ndef f(): pass", "deco A"),
        ("def f():\n    def g(): return h(y)\n    y = 1\n    return g", "h"),
        ("def f(xs):\n    return [x + k for x in xs if x in seen]", "k seen"),
        ("f = lambda x: x + K", "K"),
        ("def f():\n    global COUNT\n    COUNT += 1", "COUNT"),
        ("class C(Base, metaclass=Meta):\n    n = 3\n    m = n + 1\n    def f(self): return other", "Base Meta other"),
        ("class C:\n    limit = limit + 1", "limit"),
        ("def f():\n    class C:\n        np = np\n    return C", "np"),
        ("def f():\n    import math\n    return math.pi", ""),
        ("def f(x):\n    try:\n        return g(x)\n    except Wrong as error:\n        return error", "g Wrong"),
        ("async def f(x):\n    async with lock:\n        return [y async for y in x]", "lock"),
        ("def f(x):\n    return f(x - 1) if x else (y := 2) + y", "f"),
        ("def größe(x):\n    return x * µ", "μ"),  # Python reads the micro sign as the Greek letter
    ],
)
def test_what_is_needed(source, found):
    assert needs(source) - names.BUILTINS == set(found.split())


def test_what_is_given():
    source = "import a.b, c as d\nfrom e import f as g, h\nx, (y, *z) = 1\n"
    source += "for i in x:\n    j = i\nif x:\n    def k(): w = 1\n"
    given_names = [set(statement.binds) for statement in names.statements(source)]
    assert given_names == [{"a", "d"}, {"g", "h"}, {"x", "y", "z"}, {"i", "j"}, {"k"}]


def test_comments_go_with_their_statement():
    source = (
        "# far\n\n# near\n@deco\ndef f():\n    return 1\n    # the end\n\n# of g\ndef g():\n    pass\na = 1; b = 2\n"
    )
    f, g, a, b = names.statements(source)
    assert f.text == "# near\n@deco\ndef f():\n    return 1\n    # the end"
    assert g.text == "# of g\ndef g():\n    pass"
    assert (a.text, b.text) == ("a = 1", "b = 2")


def test_names_at_once():
    [f, g] = names.statements("f = faster(f)\ndef g(x=D):\n    return later\n")
    assert f.at_once >= {"faster", "f"}
    assert g.at_once == {"D"}
    assert g.needs == {"D", "later"}


def test_what_ipython_adds_is_not_a_name_of_pythons():
    assert not {"display", "get_ipython"} & names.BUILTINS
    assert {"len", "ValueError", "__name__"} <= names.BUILTINS


EXPRESSIONS = st.recursive(
    st.sampled_from(["a", "b", "c", "1"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]} + {pair[1]})"),
        st.tuples(st.sampled_from("ab"), inner).map(lambda pair: f"(lambda {pair[0]}: {pair[1]})(1)"),
        st.tuples(inner, st.sampled_from("ab")).map(lambda pair: f"sum([{pair[0]} for {pair[1]} in [1, 2]])"),
        st.tuples(inner, inner).map(lambda pair: f"(1 if {pair[0]} else {pair[1]})"),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS, st.sampled_from(["", "a", "a, b", "a=b"]))
def test_names_found_are_those_without_which_it_does_not_run(expression, arguments):
    """An oracle: a function runs when all that was found is there; taking away one that it reaches is a NameError."""
    source = f"def f({arguments}):\n    return {expression}"
    found = needs(source) - names.BUILTINS
    everything = dict.fromkeys(found, 1)
    call = {"": "f()", "a": "f(1)", "a, b": "f(1, 2)", "a=b": "f()"}[arguments]
    exec(f"{source}\n{call}", dict(everything))
    top = symtable.symtable(source, "<test>", "exec")
    assert found <= {"a", "b", "c"}
    if "if" not in expression:  # all of it is reached
        for name in found:
            with pytest.raises(NameError):
                exec(f"{source}\n{call}", {key: 1 for key in everything if key != name})
    assert "f" in top.get_identifiers()
