"""Lessons 00 to 03: bytes, comparisons, masks, and where the kept weights stand."""

import math

import numpy as np

from dc_lab import pruning, sparse
from dc_lab.course.teaching.bank import shipped
from dc_lab.course.teaching.questions import Drawn, asks, block, several
from dc_lab.measure import evidence

# --- 00 ---


@asks("00", "The ratio of a file", 2)
def ratio(rng: np.random.Generator) -> Drawn:
    """How many times smaller a shipped file is, and what is saved."""
    name = list(shipped.SHIPPED)[int(rng.integers(len(shipped.SHIPPED)))]
    net = shipped.SHIPPED[name]
    count, size = shipped.parameters(net), shipped.size(name)
    value = 4 * count / size
    return Drawn(
        f"{shipped.NETS[net]} has {count:,} float32 parameters. The file `{name}` has {size:,} bytes. How many times "
        "smaller is it than the parameters, and what percentage of their bytes is saved?",
        f"{value:.1f} times; {100 - 100 / value:.1f} % saved",
        f"4 · {count:,} = {4 * count:,} bytes; {4 * count:,} / {size:,} = {value:.1f}; 1 − 1/{value:.1f}.",
        (value, 100 - 100 / value),
        {"count": count, "size": size},
    )


@asks("00", "Factors multiply", 2)
def factors(rng: np.random.Generator) -> Drawn:
    """What pruning gives, and what all that comes after it."""
    net = list(shipped.NETS)[int(rng.integers(2))]
    whole = 4 * shipped.parameters(net)
    middle, last = shipped.size(f"{net}-pruned.dcz"), shipped.size(f"{net}.dcz")
    if rng.integers(2):  # the same files, asked from the other end
        return Drawn(
            f"The finished file of {shipped.NETS[net]} has {last:,} bytes and is {whole / last:.1f} times smaller "
            f"than the parameters. Sharing and coding together account for a factor of {middle / last:.2f}. How large "
            "is the file of the pruned network, about, and what factor is due to pruning?",
            f"about {round(middle, -2):,} bytes; a factor of {whole / middle:.1f}",
            f"{last:,} · {middle / last:.2f} is about {round(middle, -2):,}; {whole / last:.1f} / {middle / last:.2f} "
            f"= {whole / middle:.1f}.",
            (middle, whole / middle),
            {"whole": whole, "last": last, "factor": middle / last},
        )
    return Drawn(
        f"The parameters of {shipped.NETS[net]} take {whole:,} bytes, the file of the pruned network {middle:,}, the "
        f"finished one {last:,}. Which factor is due to pruning, and which to sharing and coding together? What is "
        "their product?",
        f"{whole / middle:.1f} and {middle / last:.2f}; {whole / last:.1f}",
        f"{whole:,} / {middle:,} and {middle:,} / {last:,}. The product is {whole:,} / {last:,}.",
        (whole / middle, middle / last, whole / last),
        {"whole": whole, "middle": middle, "last": last},
    )


# --- 01 ---


@asks("01", "Parameters of a layer", 1)
def layer_bytes(rng: np.random.Generator) -> Drawn:
    """Weights, biases and bytes of a layer."""
    net, name, weights = shipped.a_layer(rng, shipped.both("dense"))
    outputs = weights.shape[0]
    count = weights.size + outputs
    shape = " × ".join(map(str, weights.shape))
    return Drawn(
        f"The weights of layer `{name}` of {shipped.NETS[net]} have the shape {shape}, outputs first. Each output has "
        "a bias. How many parameters does the layer have, and how many bytes do they take as float32?",
        f"{count:,} parameters; {4 * count:,} bytes",
        f"{shape} = {weights.size:,} weights and {outputs} biases, 4 bytes each.",
        (count, 4 * count),
        {"shape": weights.shape},
    )


@asks("01", "Two networks, image by image", 3)
def mcnemar(rng: np.random.Generator) -> Drawn:
    """McNemar's exact p from two counts, by hand."""
    first = int(rng.integers(0, 3))
    second = int(rng.integers(first + 3, 10))
    both = int(rng.integers(20, 80))
    found = evidence.Paired(("dense", "pruned"), 5000, both, first, second)
    coins = first + second
    tail = sum(math.comb(coins, heads) for heads in range(first + 1))
    return Drawn(
        f"Of 5,000 images, {both} are read wrongly by both networks, {first} by the dense one alone and {second} by "
        "the pruned one alone. What is the error of each in percent? What is McNemar's exact two-sided p? Does it "
        "show a difference at the 5 % level?",
        f"{found.errors[0]:.2f} % and {found.errors[1]:.2f} %; p = {found.p:.4f}; "
        f"{'yes' if found.p < 0.05 else 'no, and it does not show that there is none'}",
        f"({both} + {first}) / 5,000 and ({both} + {second}) / 5,000. The {coins} images are coins: {tail} of "
        f"{2**coins:,} rows of throws have {first} or fewer heads, and p is twice that share.",
        (*found.errors, found.p),
        {"both": both, "first": first, "second": second, "n": 5000},
    )


@asks("01", "Bits of a float", 2)
def fraction_bits(rng: np.random.Generator) -> Drawn:
    """A real weight written as bits, and what is left of it with few fraction bits."""
    net, name, weights = shipped.a_layer(rng, shipped.both("dense"))
    flat = weights[np.abs(weights) > 0.02]
    weight = flat[int(rng.integers(flat.size))]
    keep = int(rng.integers(2, 4))
    pattern = int(weight.view(np.uint32))
    left = np.uint32(pattern & (2**32 - 2 ** (23 - keep))).view(np.float32)
    text = f"{pattern:032b}"
    exponent = int(text[1:9], 2) - 127
    part = int(text[9 : 9 + keep], 2)
    return Drawn(
        f"A weight of `{name}` of {shipped.NETS[net]} has these 32 bits: sign, exponent and fraction."
        + block(f"{text[0]} {text[1:9]} {text[9:]}")
        + f"\n\nAll fraction bits but the highest {keep} are set to 0. Which number is it then? (The exponent is "
        "stored with 127 added.)",
        f"{float(left)}",
        f"The exponent is {exponent + 127} − 127 = {exponent}, the fraction {text[9 : 9 + keep]} is {part}/{2**keep}: "
        f"{'−' if text[0] == '1' else ''}(1 + {part}/{2**keep}) · 2^{exponent}. Before, it was {float(weight):.6f}.",
        float(left),
        {"pattern": pattern, "keep": keep},
    )


@asks("01", "What more images show", 2)
def interval_width(rng: np.random.Generator) -> Drawn:
    """The difference and its interval, for the same shares of four times as many images."""
    first, second = int(rng.integers(10, 30)), int(rng.integers(30, 60))
    n = 5000
    found = evidence.Paired(("dense", "small"), n, 40, first, second)
    low, high = found.interval
    return Drawn(
        f"On {n:,} images {first} are wrong with the dense network alone and {second} with the small one alone. The "
        f"95 % interval of the difference is {low:+.2f} to {high:+.2f} points. What is the difference? How wide is "
        f"the interval, about, with the same shares of {4 * n:,} images?",
        f"{found.difference:+.2f} points; about {(high - low) / 2:.2f} points, half as wide",
        f"({second} − {first}) / {n:,}. The width falls with the square root of the number of images: "
        f"{high - low:.2f} / 2.",
        (found.difference, (high - low) / 2),
        {"first": first, "second": second, "n": n, "low": low, "high": high},
    )


# --- 02 ---


@asks("02", "A mask of an exact size", 2)
def mask(rng: np.random.Generator) -> Drawn:
    """Which of ten real weights stay, with two of equal magnitude: every other time only one of these may stay."""
    net, name, weights = shipped.a_layer(rng, shipped.both("dense"))
    flat = weights.ravel()
    while True:
        start = int(rng.integers(flat.size - 10))
        row = np.round(flat[start : start + 10].astype(np.float64) * 10, 2)
        if len(set(np.abs(row).tolist())) == 10 and row.all():
            break
    count = int(rng.integers(3, 7))
    order = np.argsort(-np.abs(row))
    # The last that stays and the first that goes become equal, or two neighbours elsewhere in this order.
    elsewhere = [rank for rank in range(9) if rank != count - 1]
    rank = count - 1 if rng.integers(2) else elsewhere[int(rng.integers(8))]
    row[order[rank + 1]] = -row[order[rank]]
    kept = np.flatnonzero(pruning.magnitude_mask(row, count / 10))
    equal = sorted(order[rank : rank + 2].tolist())
    both = "both stay" if rank < count - 1 else "both go"
    outcome = f"one of them fits, and {equal[0]} is the first" if rank == count - 1 else both
    return Drawn(
        f"Ten weights of `{name}` of {shipped.NETS[net]}, times 10 and rounded (one was replaced, so that two are "
        "equal in magnitude):"
        + block(several(row, 2))
        + f"\n\nThe density is to be {count / 10}. Of equal magnitudes the first in reading order stays. Which places, "
        "counted from 0, are kept?",
        several(kept.tolist()),
        f"{count} of 10 stay: the {count} largest magnitudes, the signs aside. "
        f"Places {equal[0]} and {equal[1]} are equal: {outcome}.",
        tuple(kept.tolist()),
        {"row": tuple(row.tolist()), "count": count},
    )


@asks("02", "The cheaper of two weights", 2)
def worth(rng: np.random.Generator) -> Drawn:
    """Half the curvature times the square."""
    small, large = int(rng.integers(1, 4)) / 10, int(rng.integers(5, 9)) / 10
    steep, flat = int(rng.integers(20, 60)), int(rng.integers(1, 4))
    costs = (steep * small**2 / 2, flat * large**2 / 2)
    first = "the first" if costs[0] < costs[1] else "the second"
    return Drawn(
        f"Near a minimum, one weight is {small} with curvature {steep}, another is {large} with curvature {flat}. By "
        "how much does the loss rise if the one or the other is removed? Which one does magnitude pruning remove, "
        "and which is cheaper?",
        f"{costs[0]:.3f} and {costs[1]:.3f}; magnitude removes the first, cheaper is {first}",
        f"½ · {steep} · {small}² and ½ · {flat} · {large}².",
        costs,
        {"weights": (small, large), "curvatures": (steep, flat)},
    )


@asks("02", "A cubic schedule", 2)
def schedule(rng: np.random.Generator) -> Drawn:
    """The density on the way."""
    final, quarters = int(rng.integers(2, 20)) / 100, int(rng.integers(1, 4))
    value = pruning.cubic_density(quarters / 4, final)
    return Drawn(
        f"Gradual pruning leads from density 1 to {final} on a cubic schedule: what is still to be removed falls with "
        f"the third power of the time that is left. What is the density after {quarters}/4 of the time?",
        f"{value:.4f}",
        f"{final} + (1 − {final}) · (1 − {quarters}/4)³.",
        value,
        {"final": final, "progress": quarters / 4},
    )


@asks("02", "Density and sparsity", 1)
def density(rng: np.random.Generator) -> Drawn:
    """Of a layer of a shipped pruned network."""
    net, name, weights = shipped.a_layer(rng, shipped.both("pruned"))
    kept = int(np.count_nonzero(weights))
    value = kept / weights.size
    return Drawn(
        f"Layer `{name}` of the pruned {shipped.NETS[net]} has {weights.size:,} weights, of which {kept:,} are not 0. "
        "What are its density and its sparsity in percent? One weight in how many is kept?",
        f"{100 * value:.2f} % and {100 - 100 * value:.2f} %; 1 in {1 / value:.1f}",
        f"{kept:,} / {weights.size:,}, and the rest of 100 %.",
        (100 * value, 100 - 100 * value, 1 / value),
        {"size": weights.size, "kept": kept},
    )


# --- 03 ---


@asks("03", "Compressed sparse rows", 2)
def csr(rng: np.random.Generator) -> Drawn:
    """Columns and row starts of a small matrix with an empty row."""
    matrix = rng.integers(1, 10, (4, 6)) * (rng.random((4, 6)) < 0.4)
    matrix[int(rng.integers(4))] = 0
    matrix[int(rng.integers(4)), int(rng.integers(6))] = 7
    found = sparse.to_csr(matrix)
    lines = ["  ".join(map(str, row)) for row in matrix.tolist()]
    return Drawn(
        "Write this matrix as compressed sparse rows: values, columns (from 0) and row starts." + block(*lines),
        f"values {several(found.values.tolist())}; columns {several(found.columns.tolist())}; row starts "
        f"{several(found.row_start.tolist())}",
        f"Row by row. There is one row start more than rows; the last is the number of entries, {len(found.values)}.",
        (tuple(found.values.tolist()), tuple(found.columns.tolist()), tuple(found.row_start.tolist())),
        {"matrix": matrix.tolist()},
    )


@asks("03", "The relative index, with fillers", 3)
def relative(rng: np.random.Generator) -> Drawn:
    """Gaps of a mask in which some runs are too long for the field."""
    bits = int(rng.integers(2, 4))
    runs = [int(rng.integers(0, 3)), int(rng.integers(2**bits, 2 ** (bits + 1) + 2)), int(rng.integers(0, 2**bits))]
    runs = [runs[i] for i in rng.permutation(3)]
    flat = np.zeros(sum(runs) + 3 + int(rng.integers(1, 4)), bool)
    flat[np.cumsum(np.array(runs) + 1) - 1] = True
    gaps, filler = sparse.relative_index(flat, bits)
    shown = [f"{gap}{'f' if is_filler else ''}" for gap, is_filler in zip(gaps.tolist(), filler.tolist(), strict=True)]
    return Drawn(
        "1 is a kept weight, 0 a removed one:"
        + block(" ".join("1" if kept else "0" for kept in flat))
        + f"\n\nWrite the gaps of the relative index with {bits} bits. Mark fillers with an f.",
        several(shown),
        f"A gap is 0 to {2**bits - 1}. After {2**bits - 1} zeros the next one is stored as a filler, which takes up a "
        "place itself. Zeros after the last weight are not stored.",
        (tuple(gaps.tolist()), tuple(filler.tolist())),
        {"mask": flat.astype(int).tolist(), "bits": bits},
    )


@asks("03", "From gaps to places", 2)
def places(rng: np.random.Generator) -> Drawn:
    """Where the entries stand."""
    gaps = rng.integers(0, 8, int(rng.integers(5, 8))).astype(np.uint16)
    found = sparse.positions(gaps).tolist()
    return Drawn(
        f"The gaps of a row are {several(gaps.tolist())}. At which places, counted from 0, do the entries stand?",
        several(found),
        "Each entry stands gap + 1 places after the one before; the first at its gap.",
        tuple(found),
        {"gaps": gaps.tolist()},
    )


@asks("03", "What fillers cost", 2)
def filler_bytes(rng: np.random.Generator) -> Drawn:
    """Bytes of a shipped pruned layer, with the fillers that it has at a width."""
    net, name, weights = shipped.a_layer(rng, shipped.both("pruned"))
    bits = int(rng.integers(2, 6))
    kept = int(np.count_nonzero(weights))
    entries = sparse.stored_entries(weights != 0, bits)
    value = entries * (32 + bits) / 8
    return Drawn(
        f"Layer `{name}` of the pruned {shipped.NETS[net]} keeps {kept:,} weights. With gaps of {bits} bits there are "
        f"{entries - kept:,} fillers. Values are float32. How many bytes do values and gaps take, and what share of "
        "them is due to fillers?",
        f"{value:,.0f} bytes; {100 * (entries - kept) / entries:.1f} %",
        f"{kept:,} + {entries - kept:,} entries of 32 + {bits} bits, divided by 8.",
        (value, 100 * (entries - kept) / entries),
        {"kept": kept, "fillers": entries - kept, "bits": bits},
    )
