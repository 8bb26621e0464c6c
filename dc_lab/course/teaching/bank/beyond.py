"""Lessons 09 to 12: time and energy, ImageNet's networks, adaptive coding, and prices for bits."""

import math

import numpy as np

from dc_lab import huffman, sparse
from dc_lab.coding import random_code
from dc_lab.course.lessons.lesson_11 import ex_1_push, ex_2_pop
from dc_lab.course.teaching.bank import shipped
from dc_lab.course.teaching.questions import Drawn, asks, block, several
from dc_lab.measure import cost, imagenet
from dc_lab.networks import models, paper
from dc_lab.records import price

ALSO = {"alexnet": "AlexNet", "vgg-16": "VGG-16"}


# --- 09 ---


@asks("09", "Memory or arithmetic", 2)
def roofline(rng: np.random.Generator) -> Drawn:
    """The least time of a dense layer's product."""
    layer = cost.paper_layers()[int(rng.integers(6))]
    bandwidth, peak = int(rng.integers(1, 6)) * 10, int(rng.integers(1, 9)) * 100
    batch = (1, 64)[int(rng.integers(2))]
    moved = 4 * (layer.weights + batch * (layer.inputs + layer.outputs))
    reading, reckoning = moved / bandwidth / 1e6, 2 * layer.weights * batch / peak / 1e6
    return Drawn(
        f"{layer.label} has {layer.outputs:,} × {layer.inputs:,} float32 weights. A machine reads {bandwidth} GB/s "
        f"and calculates {peak} GFLOP/s; to multiply two numbers and add the product counts as 2 operations. "
        f"Weights, inputs and outputs are moved once. For a batch of {batch}, how long do memory and arithmetic take "
        "at the least, and which is the bound?",
        f"{reading:.2f} ms and {reckoning:.2f} ms; {'memory' if reading > reckoning else 'arithmetic'}",
        f"4 · ({layer.weights:,} + {batch} · {layer.inputs + layer.outputs:,}) bytes / {bandwidth} GB/s; 2 · "
        f"{layer.weights:,} · {batch} / {peak} GFLOP/s.",
        (reading, reckoning),
        {"m": layer.outputs, "n": layer.inputs, "batch": batch, "bandwidth": bandwidth, "peak": peak},
    )


@asks("09", "Energy of reading weights", 2)
def energy(rng: np.random.Generator) -> Drawn:
    """Dense from DRAM beside compressed from SRAM."""
    layer = cost.paper_layers()[int(rng.integers(6))]
    far = cost.layer_energy_estimate(layer, "dense", on_chip=False).weights
    near = cost.layer_energy_estimate(layer, "compressed", on_chip=True).weights
    table = cost.energy_table()
    share = paper.layers(layer.net)[layer.name]["rate_pct_pqh"]
    return Drawn(
        f"{layer.label} has {layer.weights:,} float32 weights. Compressed it takes {share} % of their bytes. Reading "
        f"32 bits costs {table.dram:g} pJ from DRAM and {table.sram:g} pJ from SRAM. What does it cost to read the "
        "layer once, dense from DRAM and compressed from SRAM? By which factor do they differ, and which factor of it "
        "is due to compression alone?",
        f"{1e6 * far:,.1f} µJ and {1e6 * near:,.3f} µJ; {far / near:,.0f} times, {100 / share:.1f} by compression",
        f"{layer.weights:,} · {table.dram:g} pJ; {layer.weights:,} · {share / 100:g} · {table.sram:g} pJ. The memory "
        f"alone makes {table.dram / table.sram:g}.",
        (1e6 * far, 1e6 * near, far / near),
        {"weights": layer.weights, "share": share / 100},
    )


@asks("09", "Whole neurons", 2)
def neurons(rng: np.random.Generator) -> Drawn:
    """Weights that are left of LeNet-300-100 when neurons are removed."""
    first, second = 10 * int(rng.integers(6, 25)), 10 * int(rng.integers(3, 9))
    shapes = [shape for shape in models.shapes("lenet-300-100").values() if len(shape) == 2]
    inputs, outputs = shapes[0][1], shapes[-1][0]
    before = sum(math.prod(shape) for shape in shapes)
    after = inputs * first + first * second + second * outputs
    return Drawn(
        f"LeNet-300-100 has layers of {inputs}, 300, 100 and {outputs} neurons and {before:,} weights. {300 - first} "
        f"neurons of the first hidden layer are removed and {100 - second} of the second. How many weights are left, "
        "and why does a product with them need no index?",
        f"{after:,}; the layers are smaller dense matrices",
        f"{inputs} · {first} + {first} · {second} + {second} · {outputs}. A neuron takes its row and the column that "
        "reads it.",
        after,
        {"first": first, "second": second},
    )


# --- 10 ---


@asks("10", "A convolution in groups", 1)
def grouped(rng: np.random.Generator) -> Drawn:
    """Parameters of a convolution of AlexNet or VGG-16."""
    choices = [
        (net, name.removesuffix(".weight"), shape)
        for net in ALSO
        for name, shape in models.shapes(net).items()
        if len(shape) == 4
    ]
    net, name, (outputs, seen, kernel, _) = choices[int(rng.integers(len(choices)))]
    groups = 2 if net == "alexnet" and name in ("conv2", "conv4", "conv5") else 1
    value = outputs * seen * kernel**2 + outputs
    return Drawn(
        f"`{name}` of {ALSO[net]} has {seen * groups} input channels, {outputs} output channels, a kernel of {kernel} "
        f"× {kernel} and {groups} group{'s' if groups > 1 else ''}. How many weights and biases does it have?",
        f"{value:,}",
        f"An output sees {seen} channels: {outputs} · {seen} · {kernel}² + {outputs}.",
        value,
        {"inputs": seen * groups, "outputs": outputs, "kernel": kernel, "groups": groups},
    )


@asks("10", "What a position costs at the least", 2)
def position(rng: np.random.Generator) -> Drawn:
    """The entropy of a mask at a density of the paper's tables."""
    rows = [(net, name, row) for net in ALSO for name, row in paper.layers(net).items()]
    net, name, row = rows[int(rng.integers(len(rows)))]
    density = row["kept_pct"] / 100
    whole = imagenet.position_bits(density)
    return Drawn(
        f"`{name}` of {ALSO[net]} keeps {row['kept_pct']} % of its weights in the paper. Suppose that each is "
        "kept independently of the others. How many bits does it take at the least to say which are kept: for each "
        "weight of the dense layer, and for each kept one?",
        f"{whole:.4f} bits and {whole / density:.3f} bits",
        f"−d log₂ d − (1 − d) log₂ (1 − d) with d = {density}; divided by d.",
        (whole, whole / density),
        {"density": density},
    )


@asks("10", "Fillers to expect", 2)
def fillers(rng: np.random.Generator) -> Drawn:
    """Per kept weight, at a density and a width."""
    density, bits = int(rng.integers(3, 13)) / 100, int(rng.integers(3, 6))
    value = sparse.relative_bits(density, bits, 32) / density / (32 + bits) - 1
    return Drawn(
        f"Each weight is kept with the chance {density}, independent of all others. Gaps have {bits} bits. How many "
        "fillers are to be expected for each kept weight?",
        f"{value:.4f}",
        f"A run of {2**bits} zeros has the chance q = {1 - density:.2f}^{2**bits} = {(1 - density) ** 2**bits:.4f}; q "
        "+ q² + … = q / (1 − q).",
        value,
        {"density": density, "bits": bits},
    )


@asks("10", "The floor of a layer", 2)
def floor(rng: np.random.Generator) -> Drawn:
    """Bytes from a row of the paper's tables, beside what the paper's file takes."""
    rows = [(net, name, row) for net in ALSO for name, row in paper.layers(net).items() if row["weights"] > 10**6]
    net, name, row = rows[int(rng.integers(len(rows)))]
    found = imagenet.paper_floor(row)
    bits = imagenet.position_bits(row["kept_pct"] / 100)
    return Drawn(
        f"`{name}` of {ALSO[net]} has {row['weights']:,} weights and keeps {row['kept_pct']} %. A position takes at "
        f"least {bits:.4f} bits for each weight of the dense layer, a code {row['weight_bits_pqh']} bits for each "
        f"kept one. How many bytes is that in all? The paper's table comes to {imagenet.paper_bytes(row):,.0f} bytes: "
        "by how many percent of your number is that more or less?",
        f"{found.bytes:,.0f} bytes; {100 * (imagenet.paper_bytes(row) / found.bytes - 1):+.1f} %",
        f"{row['weights']:,} · ({bits:.4f} + {row['kept_pct'] / 100} · {row['weight_bits_pqh']}) / 8. "
        "Below 0 % is possible, since the table has densities in whole percent.",
        (found.bytes, 100 * (imagenet.paper_bytes(row) / found.bytes - 1)),
        {"row": dict(row)},
    )


# --- 11 ---


def _table(rng: np.random.Generator) -> list[int]:
    return [int(count) for count in rng.integers(1, 5, 3)]


@asks("11", "Push a symbol", 2)
def push(rng: np.random.Generator) -> Drawn:
    """One step of rANS."""
    table, state, symbol = _table(rng), int(rng.integers(5, 60)), int(rng.integers(3))
    value = int(ex_1_push.push(state, symbol, table))
    total, start = sum(table), sum(table[:symbol])
    return Drawn(
        f"Symbols a, b and c have the frequencies {several(table)}. The state of an rANS coder is {state}. What is it "
        f"after pushing {'abc'[symbol]}? By how many bits should a state grow for this symbol, ideally?",
        f"{value}; {math.log2(total / table[symbol]):.3f} bits",
        f"{state} // {table[symbol]} · {total} + {start} + {state} % {table[symbol]}; log₂({total}/{table[symbol]}).",
        (value, math.log2(total / table[symbol])),
        {"table": table, "state": state, "symbol": symbol},
    )


@asks("11", "Pop a symbol", 2)
def pop(rng: np.random.Generator) -> Drawn:
    """The step back."""
    table, state = _table(rng), int(rng.integers(30, 200))
    symbol, before = ex_2_pop.pop(state, table)
    total = sum(table)
    return Drawn(
        f"Symbols a, b and c have the frequencies {several(table)}. The state of an rANS coder is {state}. Which "
        "symbol was pushed last, and what was the state before?",
        f"{'abc'[int(symbol)]}; {int(before)}",
        f"{state} % {total} = {state % total} is a slot of {'abc'[int(symbol)]}; rows {state} // {total} = "
        f"{state // total} times its frequency {table[int(symbol)]}, plus the place among its slots.",
        (int(symbol), int(before)),
        {"table": table, "state": state},
    )


@asks("11", "The one-bit floor", 2)
def one_bit(rng: np.random.Generator) -> Drawn:
    """Huffman's code on the mask of a shipped layer."""
    net, name, weights = shipped.a_layer(rng, shipped.both("pruned"))
    kept = int(np.count_nonzero(weights))
    counts = np.array([weights.size - kept, kept])
    huff = huffman.mean_length(counts, huffman.code_lengths_by_merging(counts)) * weights.size / 8
    least = huffman.entropy(counts) * weights.size / 8
    return Drawn(
        f"The mask of `{name}` in the pruned {shipped.NETS[net]} has {kept:,} ones among {weights.size:,} bits. How "
        "many bytes does Huffman's code take if each bit of the mask is a symbol? How many does the "
        "entropy allow?",
        f"{huff:,.0f} bytes; {least:,.0f} bytes",
        f"No codeword is shorter than 1 bit. The entropy at a density of {kept / weights.size:.4f} is "
        f"{huffman.entropy(counts):.4f} bits.",
        (huff, least),
        {"size": weights.size, "kept": kept},
    )


@asks("11", "A coder that learns", 2)
def learning(rng: np.random.Generator) -> Drawn:
    """Bits of a short text with counts that begin at 1 and grow."""
    text = "".join("ab"[int(bit)] for bit in rng.random(6) < rng.choice([0.2, 0.5]))
    counts, chances = {"a": 1, "b": 1}, []
    for letter in text:
        chances.append((counts[letter], sum(counts.values())))
        counts[letter] += 1
    value = sum(math.log2(whole / part) for part, whole in chances)
    return Drawn(
        "A coder for the symbols a and b counts while it codes. Both counts begin with 1; a symbol costs log₂(sum of "
        f"the counts / its count), and then its count grows by 1. How many bits does `{text}` take?",
        f"{value:.3f} bits",
        "The chances are " + ", ".join(f"{part}/{whole}" for part, whole in chances) + "; add their −log₂.",
        value,
        {"text": text},
    )


# --- 12 ---


@asks("12", "A price for bits", 3)
def priced(rng: np.random.Generator) -> Drawn:
    """Levels chosen one after the other, by error plus price times bits."""
    while True:
        weights = rng.integers(-14, 15, 4) / 10
        cost_of = float(rng.choice([0.3, 0.5, 0.8]))
        found = price.choose(weights, 1.0, 1, cost_of).tolist()
        nearest = np.clip(np.rint(weights), -1, 1).astype(int).tolist()
        margins = [price.choose(weights + shift, 1.0, 1, cost_of).tolist() == found for shift in (-0.03, 0.03)]
        if found != nearest and all(margins):
            break
    counts, scores = np.ones(3), []
    for weight, level in zip(weights, found, strict=True):
        scores.append(several((weight - np.arange(-1, 2)) ** 2 - cost_of * np.log2(counts), 2))
        counts[level + 1] += 1
    return Drawn(
        f"Weights in steps of the grid are {several(weights, 1)}. Levels are −1, 0 and 1. Each begins with a count of "
        "1 and costs log₂(sum of all counts / its count) bits; its count grows by 1 whenever it is chosen. The price "
        f"of a bit is {cost_of}. Go from weight to weight and choose the level for which (weight − level)² + "
        "price · bits is least. Which levels are chosen, and where do they differ from rounding?",
        f"{several(found)}; rounding gives {several(nearest)}",
        f"log₂ of the sum is the same for all levels and may be left out. Then −1, 0 and 1 score {'; '.join(scores)}.",
        tuple(found),
        {"weights": weights.tolist(), "price": cost_of},
    )


@asks("12", "A network as a random code", 1)
def random_bytes(rng: np.random.Generator) -> Drawn:
    """Bytes and bits a weight of a random code."""
    count, blocks, bits = 7850, int(rng.integers(100, 900)), int(rng.choice([8, 16]))
    size = random_code.block_size(count, blocks)
    total = 1 + blocks * bits // 8
    return Drawn(
        f"A network has {count:,} weights in {blocks} blocks. For each block the file says which of {2**bits:,} "
        "candidates is meant, and one more byte holds the spread. How many weights are in the largest block, how "
        "many bytes has the file, and how many bits a weight is that?",
        f"{size} weights; {total:,} bytes; {8 * total / count:.3f} bits",
        f"{count:,} / {blocks}, rounded up; 1 + {blocks} · {bits // 8}.",
        (size, total, 8 * total / count),
        {"count": count, "blocks": blocks, "bits": bits},
    )


@asks("12", "Which candidate to send", 3)
def candidate(rng: np.random.Generator) -> Drawn:
    """Scores of three candidates for two weights."""
    while True:
        offered = rng.integers(-20, 21, (3, 2)) / 10
        mean, spread = rng.integers(-10, 11, 2) / 10, rng.permutation([0.5, 1.0])
        scores = (offered**2 / 2 - (offered - mean) ** 2 / (2 * spread**2)).sum(axis=1)
        if np.diff(np.sort(scores)).min() > 0.05:
            break
    found = random_code.pick(offered, mean, spread)
    rows = [f"{i}  {x:5.1f}  {y:5.1f}" for i, (x, y) in enumerate(offered)]
    return Drawn(
        "Three candidates for a block of two weights were drawn from a normal distribution of mean 0 and spread 1:"
        + block(*rows)
        + f"\n\nThe weights are wanted with means {several(mean, 1)} and spreads {several(spread, 1)}. What are the "
        "scores: the logarithm of the density wanted, divided by the density that was offered, without what all "
        "candidates have in common? Which candidate is sent?",
        f"{several(scores, 3)}; candidate {found}",
        "x² / 2 − (x − mean)² / (2 · spread²), summed over both weights; the greatest.",
        (tuple(scores.tolist()), found),
        {"candidates": offered.tolist(), "means": mean.tolist(), "spreads": spread.tolist()},
    )
