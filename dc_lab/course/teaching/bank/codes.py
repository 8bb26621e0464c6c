"""Lessons 07 and 08: codewords, and the bytes of a file."""

import heapq

import numpy as np

from dc_lab import archive, huffman
from dc_lab.course.teaching.bank import shipped
from dc_lab.course.teaching.questions import Drawn, asks, block, several
from dc_lab.dcz import contents
from dc_lab.dcz.varint import varint
from dc_lab.networks import datasets, paper


def _bits(word: int, length: int) -> str:
    return f"{word:0{length}b}"


def _clear(counts: np.ndarray) -> bool:
    """Whether Huffman's algorithm never has to choose between equals, so that there is one right answer."""
    heap = sorted(counts.tolist())
    while len(heap) > 2:
        if heap[1] == heap[2] or heap[0] == heap[1]:
            return False
        heap = sorted([heap[0] + heap[1], *heap[2:]])
    return True


def _clear_counts(rng: np.random.Generator, symbols: int) -> np.ndarray:
    while True:
        counts = rng.integers(1, 40, symbols)
        if _clear(counts):
            return counts


def _complete_lengths(rng: np.random.Generator, symbols: int) -> np.ndarray:
    """Lengths of a complete code, in no order."""
    lengths = [1, 1]
    while len(lengths) < symbols:  # split a codeword in two
        length = lengths.pop(int(rng.integers(len(lengths))))
        lengths += [length + 1, length + 1]
    return rng.permutation(np.array(lengths, np.uint8))


# --- 07 ---


@asks("07", "Above the floor", 2)
def above(rng: np.random.Generator) -> Drawn:
    """Entropy and mean length of a shipped layer's codes."""
    net, name, weights = shipped.a_layer(rng, shipped.both("shared"))
    counts = np.unique(weights[weights != 0], return_counts=True)[1]
    lengths = huffman.code_lengths_by_merging(counts)
    floor, mean, total = huffman.entropy(counts), huffman.mean_length(counts, lengths), int(counts.sum())
    fixed = int(len(counts) - 1).bit_length()
    value = total * (mean - floor) / 8
    return Drawn(
        f"The {total:,} codes of `{name}` in the finished {shipped.NETS[net]} have {len(counts)} values and an "
        f"entropy of {floor:.4f} bits. Huffman's code takes {mean:.4f} bits on average. How many bytes more "
        f"than the entropy do all codes take, and how many less than with {fixed} bits for each?",
        f"{value:.1f} bytes above; {total * (fixed - mean) / 8:,.1f} bytes below",
        f"{total:,} · ({mean:.4f} − {floor:.4f}) / 8 and {total:,} · ({fixed} − {mean:.4f}) / 8.",
        (value, total * (fixed - mean) / 8),
        {"counts": counts.tolist()},
    )


@asks("07", "The entropy of four symbols", 2)
def entropy(rng: np.random.Generator) -> Drawn:
    """Of counts that are powers of two, where Huffman reaches it."""
    scale = 2 ** int(rng.integers(0, 5))
    counts = rng.permutation(np.array([[8, 4, 2, 2], [4, 4, 4, 4], [16, 8, 4, 4], [8, 8, 8, 8]][int(rng.integers(4))]))
    counts = counts * scale
    value = huffman.entropy(counts)
    total = int(counts.sum())
    return Drawn(
        f"Four symbols occur {several(counts.tolist())} times. What is their entropy in bits a symbol? How many bits "
        f"does Huffman's code take for all {total} symbols?",
        f"{value:g} bits; {total * value:g} bits",
        "All shares are powers of ½, so the ideal lengths −log₂ p are whole numbers and Huffman's code has them.",
        (value, total * value),
        {"counts": counts.tolist()},
    )


@asks("07", "Huffman by hand", 3)
def lengths(rng: np.random.Generator) -> Drawn:
    """Lengths for six counts without equals on the way."""
    counts = _clear_counts(rng, 6)
    found = huffman.code_lengths_by_merging(counts)
    total = int(counts @ found.astype(int))
    heap, joined = counts.tolist(), []
    heapq.heapify(heap)
    while len(heap) > 1:
        joined.append(heapq.heappop(heap) + heapq.heappop(heap))
        heapq.heappush(heap, joined[-1])
    return Drawn(
        f"The symbols a to f occur {several(counts.tolist())} times. How long are their codewords in Huffman's code? "
        "How many bits does the text take, and how many with 3 bits a symbol?",
        f"lengths {several(found.tolist())}; {total} bits; {3 * int(counts.sum())} bits",
        f"Join the two rarest again and again: {several(joined)}. The sum of these numbers is the number of bits.",
        (tuple(found.tolist()), total),
        {"counts": counts.tolist()},
    )


@asks("07", "Codewords from lengths", 2)
def canonical(rng: np.random.Generator) -> Drawn:
    """The canonical code."""
    found = _complete_lengths(rng, 6)
    words = huffman.canonical_codes(found)
    shown = [_bits(word, length) for word, length in zip(words.tolist(), found.tolist(), strict=True)]
    return Drawn(
        f"The codewords of a to f have the lengths {several(found.tolist())}. Write the canonical code: shorter "
        "codewords first, and of equal length in the order of the symbols.",
        several(shown),
        "Begin with zeros. The next codeword is one more, with zeros appended where it is longer.",
        tuple(shown),
        {"lengths": found.tolist()},
    )


@asks("07", "Read the bits", 2)
def decoded(rng: np.random.Generator) -> Drawn:
    """Decode with a canonical code."""
    found = _complete_lengths(rng, 5)
    words = huffman.canonical_codes(found)
    symbols = rng.integers(0, 5, 7)
    text = "".join(_bits(int(words[symbol]), int(found[symbol])) for symbol in symbols)
    table = [
        f"{letter}  {_bits(int(word), int(length))}" for letter, word, length in zip("abcde", words, found, strict=True)
    ]
    answer = "".join("abcde"[symbol] for symbol in symbols)
    return Drawn(
        f"Decode `{text}` with this code:" + block(*table),
        answer,
        "From the left, take the one codeword that fits: no codeword begins another.",
        answer,
        {"bits": text, "lengths": found.tolist()},
    )


@asks("07", "One codeword is missing", 2)
def missing(rng: np.random.Generator) -> Drawn:
    """Kraft's sum of a complete code less one codeword."""
    found = _complete_lengths(rng, 7)
    lost = int(found[-1])
    shown = sorted(found[:-1].tolist())
    total = sum(2.0**-length for length in shown)
    assert huffman.is_complete(found)
    return Drawn(
        f"A complete prefix code has seven codewords. Six of them have the lengths {several(shown)}. What is the sum "
        "of 2 to the power −length over these six, and how long is the seventh?",
        f"{total:g}; {lost} bits",
        f"In a complete code the sum is 1, so {1 - total:g} = 2^−{lost} is left.",
        (total, lost),
        {"lengths": shown},
    )


# --- 08 ---

MEANING = {
    "index": "the gaps between kept weights",
    "values": "for each kept weight, which of the shared values it has",
    "plain": "numbers as they are, float32 or float16",
}
"""What the large parts of a file hold."""


@asks("08", "A varint", 1)
def varint_written(rng: np.random.Generator) -> Drawn:
    """Groups of seven bits."""
    number = int(rng.integers(128, 40_000))
    found = varint(number)
    return Drawn(
        f"Write {number:,} as a varint: groups of 7 bits, the lowest first, and a top bit that says that another byte "
        "follows. Give the bytes in hexadecimal.",
        found.hex(" "),
        " ; ".join(f"{number >> 7 * i & 127} = {number >> 7 * i & 127:#04x}" for i in range(len(found)))
        + f". All but the last get 0x80 added: {found.hex(' ')}.",
        found.hex(" "),
        {"number": number},
    )


@asks("08", "A varint read", 1)
def varint_read(rng: np.random.Generator) -> Drawn:
    """The other way."""
    number = int(rng.integers(200, 2_000_000))
    found = varint(number)
    return Drawn(
        f"Which number is the varint `{found.hex(' ')}` (hexadecimal)?",
        f"{number:,}",
        " + ".join(f"{byte & 127} · 2^{7 * i}" for i, byte in enumerate(found)) + ".",
        number,
        {"bytes": list(found)},
    )


@asks("08", "What the bytes are for", 2)
def parts(rng: np.random.Generator) -> Drawn:
    """Real bytes of a shipped file, by what they are for."""
    name = list(shipped.SHIPPED)[int(rng.integers(len(shipped.SHIPPED)))]
    items = archive.read(datasets.checkpoint(name).read_bytes()).items
    sizes = {part: size for part, size in contents.bytes_by_part(items).items() if size}
    part = sorted(sizes, key=lambda part: -sizes[part])[int(rng.integers(2))]
    whole = sum(sizes.values())
    share = 100 * sizes[part] / whole
    return Drawn(
        f"`dc-lab inspect {name}` finds these bytes:"
        + block(*(f"{key:10}{size:>8,}" for key, size in sizes.items()))
        + f"\n\nHow large is the file, and which share of it is `{part}`? What stands there?",
        f"{whole:,} bytes; {share:.1f} %; {MEANING[part]}",
        f"Add all rows; {sizes[part]:,} / {whole:,}.",
        (whole, share),
        {"sizes": sizes, "part": part},
    )


@asks("08", "A row of the paper's tables", 2)
def row_of_table(rng: np.random.Generator) -> Drawn:
    """The rate from density and bits, beside the printed one."""
    net = list(shipped.NETS)[int(rng.integers(2))]
    layers = paper.layers(net)
    name = [layer for layer, row in layers.items() if row["weights"] >= 1000][int(rng.integers(2))]
    row = layers[name]
    weight, index = row["weight_bits_pqh"], row["index_bits_pqh"]
    value = row["kept_pct"] * (weight + index) / 32
    return Drawn(
        f"In the paper, layer `{name}` of {shipped.NETS[net]} keeps {row['kept_pct']} % of {row['weights']:,} "
        f"weights. After Huffman coding a kept weight takes {weight} bits and its position {index}. What percentage "
        f"of its float32 size does the layer take by these numbers? The paper prints {row['rate_pct_pqh']} %: name "
        "one reason why that may be different.",
        f"{value:.2f} %; the density is printed in whole percent, and codebook, biases and fillers may be counted",
        f"{row['kept_pct']} · ({weight} + {index}) / 32.",
        value,
        {"kept_pct": row["kept_pct"], "weight": weight, "index": index},
    )
