"""Text tables, for the terminal and under figures."""

from collections.abc import Collection, Iterable, Sequence


def printable(text: object) -> str:
    """A text in one line, with what a terminal would act on (escapes, line ends, marks of direction) as in `repr`."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(text))


def plural(number: int, thing: str) -> str:
    """ "1 weight", "1,234 weights"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def text_table(
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    indent: str = "",
    rule: bool = True,
    left: Collection[int] = (0,),
) -> str:
    """Columns set under their heads: the columns `left` flush left, the others flush right; dashes below.

    Raises
    ------
    ValueError : a row of another length than the header.
    """
    lines = [[printable(cell) for cell in row] for row in rows]
    for line in lines:
        if len(line) != len(header):
            raise ValueError(f"row {line} has {len(line)} cells, the header {len(header)}")
    widths = [max(len(line[i]) for line in [list(header), *lines]) for i in range(len(header))]

    def line_of(cells: list[str]) -> str:
        set_in = (
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return indent + "  ".join(set_in).rstrip()

    dashes = [["-" * width for width in widths]] if rule else []
    return "\n".join(map(line_of, [list(header), *dashes, *lines]))


def shape_text(shape: Sequence[int]) -> str:
    """An array's shape in a cell: "300x784", or "scalar"."""
    return "x".join(map(str, shape)) or "scalar"


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as Markdown; a bar within a cell is no border."""
    lines = (header, ["---"] * len(header), *rows)
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
