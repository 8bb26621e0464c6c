"""Figures of prefix codes: Huffman's tree with its merges in order, and the room that each code takes."""

import heapq
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from dc_lab import huffman
from dc_lab.figures import style
from dc_lab.figures.style import Picture

MOST_LEAVES = 12
"""More would not be readable in one figure."""

MOST_BITS = 4
"""Longest code that `code_intervals` draws: its line then has 16 windows."""


class _Node(NamedTuple):
    """A leaf has a symbol; a node has the number of its merge, 1 first, and two children, bits 0 and 1."""

    total: int
    symbol: int = -1
    merge: int = 0
    children: "tuple[_Node, ...]" = ()


def huffman_tree(counts: Any, title: str | None = None, merges: int | None = None) -> Picture:
    """Huffman's tree: leaves with symbol, count and code, nodes with their sum and the merge that made them.

    The two smallest are merged each time; of equal ones the symbol before the node, and the earlier of two. The
    smaller of the two gets bit 0.

    Parameters
    ----------
    counts : whole numbers (k,), how often each symbol occurs; 2 to 12 of them above 0.
    merges : how many of the merges are drawn, with the bits that each codeword has by then; None for all. The figure
        has the same size with any.

    Raises
    ------
    ValueError : not whole numbers, fewer or more symbols that occur, or more merges than there are.
    """
    number = style.counted(counts, "counts")
    present = np.flatnonzero(number)
    if not 2 <= len(present) <= MOST_LEAVES:
        raise ValueError(f"counts must have 2 to {MOST_LEAVES} symbols that occur, got {len(present)}")
    heap = [(int(number[i]), int(i), _Node(int(number[i]), symbol=int(i))) for i in present]
    heapq.heapify(heap)
    done = len(present) - 1 if merges is None else merges
    if not 0 <= done < len(present):
        raise ValueError(f"merges must be from 0 to {len(present) - 1}, got {done}")
    sums = []
    for merge in range(1, len(present)):
        (first, _, zero), (second, _, one) = heapq.heappop(heap), heapq.heappop(heap)
        sums.append((first, second))
        heapq.heappush(heap, (first + second, len(number) + merge, _Node(first + second, -1, merge, (zero, one))))
    root = heap[0][2]
    codes = _codes(root, done)
    depth = max(map(len, _codes(root, len(sums)).values()))

    with style.canvas(1.3 + 0.8 * depth) as figure:
        axes = figure.subplots()
        _draw(axes, root, 0, 0, done)
        axes.set_xlim(-0.6, len(present) - 0.4)
        axes.set_ylim(-depth - 0.75, 0.35)
        axes.set_axis_off()
        bits = sum(len(code) * int(number[symbol]) for symbol, code in codes.items())
        shown = f"{style.plural(len(present), 'symbol')}, {style.plural(done, 'merge')}, {bits:,} bits "
        axes.set_title(title or shown + ("in all" if done == len(sums) else "so far"))
        rows = [
            (f"merge {i}", f"{first:,} + {second:,} = {first + second:,}")
            for i, (first, second) in enumerate(sums[:done], 1)
        ]
        leaves = [(str(i), f"{number[i]:,}", codes[i] or "-", f"{number[i] * len(codes[i]):,}") for i in sorted(codes)]
        text = "".join(" ".join(row) + "\n" for row in rows)
        text += style.table(("symbol", "count", "code", "bits"), leaves)
        alt = (
            f"Huffman's tree of {len(present)} symbols, built in {len(sums)} merges. Codes from"
            f" {min(map(len, codes.values()))} to {depth} bits; {bits:,} bits for all {root.total:,} symbols."
        )
        if done < len(sums):
            alt = (
                f"Huffman's tree of {len(present)} symbols at work, after {done} of {len(sums)} merges:"
                f" {style.plural(len(present) - done, 'group')} left, {bits:,} bits so far."
            )
        return style.finish(figure, alt, text)


def _codes(node: _Node, done: int, code: str = "") -> dict[int, str]:
    """Symbol -> code of the leaves under `node`, with the bits of the first `done` merges."""
    if not node.children:
        return {node.symbol: code}
    found: dict[int, str] = {}
    for bit, child in enumerate(node.children):
        found |= _codes(child, done, f"{code}{bit}" if node.merge <= done else "")
    return found


def _draw(axes: Any, node: _Node, left: int, depth: int, done: int, code: str = "") -> tuple[float, int]:
    """Draw the tree under `node`, its leaves from place `left` on; returns where the node is and the next place.

    Of the nodes only those of the first `done` merges are drawn; the others have their place all the same.
    """
    if not node.children:
        box = {"boxstyle": "round,pad=0.35", "facecolor": style.PALE, "edgecolor": style.BLUE}
        axes.text(left, -depth, str(node.symbol), ha="center", va="center", weight="bold", bbox=box, zorder=3)
        axes.text(left, -depth - 0.28, code, ha="center", va="top", family="DejaVu Sans Mono")
        axes.text(left, -depth - 0.53, style.plural(node.total, "time"), ha="center", va="top", size=8)
        return left, left + 1
    places, after = [], left
    for bit, child in enumerate(node.children):
        place, after = _draw(axes, child, after, depth + 1, done, f"{code}{bit}" if node.merge <= done else "")
        places.append(place)
    middle = sum(places) / 2
    if node.merge > done:
        return middle, after
    for bit, place in enumerate(places):
        axes.plot([middle, place], [-depth, -depth - 1], color=style.FAINT, linewidth=1.4, zorder=1)
        look = {"boxstyle": "square,pad=0.15", "facecolor": style.PAPER, "edgecolor": "none"}
        axes.text((middle + place) / 2, -depth - 0.5, str(bit), ha="center", va="center", bbox=look, zorder=2)
    box = {"boxstyle": "round,pad=0.35", "facecolor": style.PAPER, "edgecolor": style.INK}
    axes.text(middle, -depth, f"{node.total:,}", ha="center", va="center", bbox=box, zorder=3)
    axes.annotate(
        f"merge {node.merge}",
        (middle, -depth),
        (22, 0),
        textcoords="offset points",
        va="center",
        size=9,
        color=style.RED,
    )
    return middle, after


def code_intervals(lengths: Any, title: str | None = None) -> Picture:
    """The room that codes take: of all windows of bits, a code of n bits takes the share 2**-n (Kraft).

    Codes are canonical and lie side by side from the left, which is the decoding table too. Room that is left over
    is hatched; codes that do not fit stand beyond the end at 1, without digits.

    Parameters
    ----------
    lengths : bits of each symbol's code (k,), 0 for none; 1 to 12 above 0, none above 4, and their sum of shares
        at most 2.

    Raises
    ------
    ValueError : anything else.
    """
    bits = style.counted(lengths, "lengths")
    used = np.flatnonzero(bits)
    if not 1 <= len(used) <= MOST_LEAVES or bits.max() > MOST_BITS:
        raise ValueError(
            f"lengths must have 1 to {MOST_LEAVES} codes of at most {MOST_BITS} bits, got {len(used)},"
            f" the longest of {bits.max()}"
        )
    longest = int(bits.max())
    room = sum(Fraction(1, 1 << int(length)) for length in bits[used])
    if room > 2:
        raise ValueError(f"the shares 2**-length must sum to at most 2, got {float(room):g}")
    canonical = huffman.canonical_codes(bits.astype(np.uint8))
    order = used[np.argsort(bits[used], kind="stable")]

    with style.canvas(2.0) as figure:
        axes = figure.subplots()
        at, rows = Fraction(0), []
        for symbol in order:
            length = int(bits[symbol])
            share = Fraction(1, 1 << length)
            fits = at + share <= 1
            code = f"{canonical[symbol]:0{length}b}" if fits else "none"
            look: dict[str, Any] = {"facecolor": style.PALE} if fits else {"facecolor": style.ORANGE, "hatch": "xx"}
            axes.bar(float(at), 1, float(share), align="edge", edgecolor=style.INK, linewidth=0.8, **look)
            middle = float(at + share / 2)
            plain = {"boxstyle": "square,pad=0.15", "facecolor": look["facecolor"], "edgecolor": "none"}
            axes.text(middle, 0.5, str(symbol), ha="center", va="center", weight="bold", size=11, bbox=plain)
            axes.text(middle, 1.12, code if fits else "–", ha="center", va="bottom", size=9)
            rows.append((str(symbol), str(length), code, str(share)))
            at += share
        if at < 1:
            rest: dict[str, Any] = {"facecolor": style.PAPER, "hatch": "////", "edgecolor": style.INK, "linewidth": 0.8}
            axes.bar(float(at), 1, float(1 - at), align="edge", **rest)
            axes.text(float(at + 1) / 2, 1.12, "left over", ha="center", va="bottom", size=9)
        axes.axvline(1, color=style.INK, linewidth=1.6)
        axes.set_xlim(-0.01, max(1.0, float(at)) + 0.01)
        axes.set_ylim(0, 1.55)
        windows = 1 << longest  # a window is a stretch of the line, so its bits stand in the middle of it
        axes.set_xticks([i / windows for i in range(windows + 1)], labels=[""] * (windows + 1))
        axes.set_xticks([(i + 0.5) / windows for i in range(windows)], minor=True)
        axes.set_xticklabels([f"{i:0{longest}b}" for i in range(windows)], minor=True, size=9 if longest < 4 else 8)
        axes.tick_params(axis="x", which="minor", length=0)
        axes.set_xlabel("the next bit" if longest == 1 else f"the next {longest} bits")
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        kraft = f"{room}" + (" (full)" if room == 1 else " (too much)" if room > 1 else " (room left)")
        axes.set_title(title or f"A code of n bits takes 1/2ⁿ of the line: in all {kraft}")
        text = style.table(("symbol", "length", "code", "share"), rows) + f"\nKraft's sum {kraft}"
        alt = (
            f"A line from 0 to 1, divided among {style.plural(len(used), 'code')} by their lengths,"
            f" {bits[used].min()} to {longest} bits. The shares sum to {kraft}."
        )
        return style.finish(figure, alt, text)
