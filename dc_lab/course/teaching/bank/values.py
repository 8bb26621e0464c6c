"""Lessons 04 to 06: shared values, integers with a scale, and products of them."""

import numpy as np

from dc_lab import quantized, sharing
from dc_lab.course.teaching.bank import shipped
from dc_lab.course.teaching.questions import Drawn, asks, several
from dc_lab.integers import arithmetic

# --- 04 ---


@asks("04", "A round of k-means", 3)
def lloyd(rng: np.random.Generator) -> Drawn:
    """Assign and move, once, in tenths; no value stands half-way and no cluster is empty."""
    while True:
        values = np.sort(rng.choice(np.arange(-20, 21), 8, replace=False)) / 10
        start = np.sort(rng.choice(np.arange(-20, 21), 3, replace=False)) / 10
        borders = (start[1:] + start[:-1]) / 2
        codes = np.searchsorted(borders, values)
        if len(set(codes.tolist())) == 3 and np.abs(values[:, None] - borders).min() > 0.01:
            break
    moved = sharing.lloyd_step_by_loops(values, start)
    inertia = float(((values - moved[codes]) ** 2).sum())
    return Drawn(
        f"Eight weights are {several(values, 1)}. The three centroids are {several(start, 1)}. Do one round of "
        "k-means: which cluster (0, 1, 2) has each weight, where do the centroids move, and what is the inertia "
        "after that, with these clusters?",
        f"clusters {several(codes.tolist())}; centroids {several(moved, 3)}; inertia {inertia:.3f}",
        f"The borders are {several(borders, 2)}. A centroid moves to the mean of its weights. The inertia is the sum "
        "of the squared distances.",
        (tuple(codes.tolist()), tuple(moved.tolist()), inertia),
        {"values": values.tolist(), "start": start.tolist()},
    )


@asks("04", "The compression rate", 2)
def rate(rng: np.random.Generator) -> Drawn:
    """Equation 1 of the paper for the kept weights of a shipped layer."""
    net, name, weights = shipped.a_layer(rng, shipped.both("pruned"))
    bits = int(rng.integers(2, 7))
    count = int(np.count_nonzero(weights))
    value = sharing.compression_rate(count, 2**bits)
    return Drawn(
        f"`{name}` of {shipped.NETS[net]} keeps {count:,} float32 weights. They share {2**bits} values. What is the "
        "compression rate of these weights by equation 1 of the paper, codebook included? What does the equation "
        "leave out?",
        f"{value:.2f}; the positions of the kept weights",
        f"{count:,} · 32 / ({count:,} · {bits} + {2**bits} · 32).",
        value,
        {"count": count, "bits": bits},
    )


@asks("04", "The gradient of a centroid", 2)
def gradient(rng: np.random.Generator) -> Drawn:
    """Sums by cluster, and a step of plain gradient descent."""
    codes = rng.permutation([0, 0, 1, 1, 1, 2, 2, int(rng.integers(3))])
    gradients = rng.integers(-9, 10, 8) / 100
    centroids = np.array([-1.0, 0.0, 1.5])
    sums = sharing.centroid_gradient(gradients, codes, 3)
    moved = centroids - sums
    return Drawn(
        f"Eight weights have the clusters {several(codes.tolist())} and the gradients {several(gradients, 2)}. The "
        f"centroids are {several(centroids, 1)}. What is the gradient of each centroid, and where is it after one "
        "step with learning rate 1?",
        f"gradients {several(sums, 2)}; centroids {several(moved, 2)}",
        "The gradient of a centroid is the sum over its weights, not the mean. The step is subtracted.",
        (tuple(sums.tolist()), tuple(moved.tolist())),
        {"codes": codes.tolist(), "gradients": gradients.tolist(), "centroids": centroids.tolist()},
    )


@asks("04", "The linear start", 1)
def linear(rng: np.random.Generator) -> Drawn:
    """Evenly spaced centroids between the ends of a real layer."""
    net, name, weights = shipped.a_layer(rng, shipped.both("pruned"))
    kept = np.round(weights[weights != 0].astype(np.float64), 2)
    clusters = int(rng.integers(3, 6))
    found = sharing.initial_centroids(kept, clusters)
    low, high = float(kept.min()), float(kept.max())
    return Drawn(
        f"The kept weights of `{name}` of {shipped.NETS[net]} lie between {low:.2f} and {high:.2f}. Where does the "
        f"linear start put {clusters} centroids?",
        several(found, 3),
        f"From end to end in {clusters - 1} equal steps of {(high - low) / (clusters - 1):.4f}.",
        tuple(found.tolist()),
        {"low": low, "high": high, "clusters": clusters},
    )


# --- 05 ---


@asks("05", "Scale and zero_point", 2)
def qparams(rng: np.random.Generator) -> Drawn:
    """The ruler of a real layer's range."""
    net, name, weights = shipped.a_layer(rng, shipped.both("dense"))
    bits = int(rng.integers(4, 9))
    low, high = round(float(weights.min()), 2), round(float(weights.max()), 2)
    # In float64 throughout: `choose_qparams` would take the ends as float32, as PyTorch does.
    scale = (high - low) / (2**bits - 1)
    zero = quantized.choose_qparams(low, high, np.uint8, bits).zero_point
    return Drawn(
        f"The weights of `{name}` of {shipped.NETS[net]} lie between {low} and {high}. They are to become unsigned "
        f"integers of {bits} bits. What are the scale and the zero_point?",
        f"scale {scale:.6f}; zero_point {zero}",
        f"({high} − ({low})) / {2**bits - 1}; 0 − ({low}) / scale = {-low / scale:.2f}, rounded.",
        (scale, int(zero)),
        {"low": low, "high": high, "bits": bits},
    )


@asks("05", "There and back", 2)
def round_trip(rng: np.random.Generator) -> Drawn:
    """Three values through a ruler, one of them beyond its end."""
    scale, zero = 2.0 ** -int(rng.integers(2, 5)), int(rng.integers(90, 160))
    x = np.array([(rng.integers(-40, 40) + 0.3) * scale, (rng.integers(-40, 40) - 0.2) * scale, 200 * scale])
    x = np.round(x, 4).astype(np.float32)
    there = quantized.quantize_per_tensor(x, scale, zero, np.uint8)
    back = there.dequantize()
    return Drawn(
        f"With scale {scale} and zero_point {zero}, which uint8 integers stand for {several(x.tolist(), 4)}? Which "
        "values come back?",
        f"{several(there.integers.tolist())}; {several(back.tolist(), 4)}",
        f"x / {scale}, rounded, plus {zero}, kept between 0 and 255. Back: (integer − {zero}) · {scale}.",
        (tuple(there.integers.tolist()), tuple(back.tolist())),
        {"x": x.tolist(), "scale": scale, "zero": zero},
    )


@asks("05", "Scales take bytes, too", 2)
def groups(rng: np.random.Generator) -> Drawn:
    """Bits a weight with a scale for each group."""
    net, name, weights = shipped.a_layer(
        rng, {net: {"ip1.weight": shipped.dense(net)["ip1.weight"]} for net in shipped.NETS}
    )
    bits, size = int(rng.integers(3, 6)), int(2 ** rng.integers(3, 7))
    rows, columns = weights.shape
    number = rows * -(-columns // size)
    total = (weights.size * bits + 16 * number) / 8
    return Drawn(
        f"`{name}` of {shipped.NETS[net]} has {rows} × {columns} weights. They are stored with {bits} bits each, in "
        f"groups of {size} within a row, and each group has a scale of 16 bits. The last group of a row may be "
        "shorter. How many scales are there, how many bytes is that in all, and how many bits a weight?",
        f"{number:,} scales; {total:,.0f} bytes; {8 * total / weights.size:.3f} bits",
        f"{-(-columns // size)} groups in each of {rows} rows; ({weights.size:,} · {bits} + {number:,} · 16) / 8.",
        (number, total, 8 * total / weights.size),
        {"rows": rows, "columns": columns, "bits": bits, "size": size},
    )


@asks("05", "One scale or one a channel", 2)
def channels(rng: np.random.Generator) -> Drawn:
    """Half a step, for a layer with a large and a small row."""
    large, small = int(rng.integers(20, 60)) / 10, int(rng.integers(2, 9)) / 100
    steps = [quantized.minmax_qparams(-top, top, np.int8, symmetric=True).scale for top in (large, small)]
    tensor, channel = (float(step) / 2 for step in steps)
    return Drawn(
        f"A layer has two outputs. The weights of the first reach from −{large} to {large}, those of the second from "
        f"−{small} to {small}. They are stored as symmetric int8, with scale = largest "
        "magnitude / 127.5. How far can rounding move a "
        "weight of the second output at most, with one scale for the layer and with one for each output?",
        f"{tensor:.5f} and {channel:.6f}",
        f"Half a step: {large} / 127.5 / 2 and {small} / 127.5 / 2. With one scale it is {100 * tensor / small:.0f} % "
        "of the second output's largest weight.",
        (tensor, channel),
        {"large": large, "small": small},
    )


# --- 06 ---


@asks("06", "A product in integers", 2)
def product(rng: np.random.Generator) -> Drawn:
    """A sum of products with the zero_point taken off, and the value it stands for."""
    x, w = rng.integers(100, 160, 3).astype(np.uint8), rng.integers(-9, 10, (1, 3)).astype(np.int8)
    zero, sx, sw = int(rng.integers(118, 138)), 2.0 ** -int(rng.integers(3, 6)), 2.0 ** -int(rng.integers(3, 6))
    found = arithmetic.linear(quantized.QuantizedTensor(x[None], sx, zero), quantized.QuantizedTensor(w, sw, 0))
    total = int(found[0, 0])
    return Drawn(
        f"Inputs are the integers {several(x.tolist())} with scale {sx} and zero_point {zero}, weights "
        f"{several(w[0].tolist())} with scale {sw} and zero_point 0. What is the sum in integers, and which value "
        "does it stand for?",
        f"{total}; {total * sx * sw}",
        f"Take {zero} off each input, multiply, add: {total}. Its scale is {sx} · {sw}.",
        (total, total * sx * sw),
        {"x": x.tolist(), "w": w[0].tolist(), "zero": zero, "sx": sx, "sw": sw},
    )


@asks("06", "On to the next ruler", 2)
def requantized(rng: np.random.Generator) -> Drawn:
    """An accumulator as an integer of the next layer."""
    total = int(rng.integers(-4000, 4000))
    sx, sw, scale = 2.0**-5, 2.0**-4, 2.0 ** -int(rng.integers(2, 4))
    zero = int(rng.integers(0, 129))
    one = quantized.QuantizedTensor(np.zeros((1, 1), np.uint8), sx, 0)
    weight = quantized.QuantizedTensor(np.zeros((1, 1), np.int8), sw, 0)
    found = int(arithmetic.requantize(np.array([[total]], np.int32), one, weight, scale, zero).integers[0, 0])
    mark = total * sx * sw / scale
    return Drawn(
        f"A sum of integers is {total}. Inputs have the scale {sx}, weights {sw}. The next layer's ruler is uint8 "
        f"with scale {scale} and zero_point {zero}. Which integer does the sum become?",
        f"{found}",
        f"{total} · {sx} · {sw} / {scale} = {mark:.3f}, rounded (ties to even), plus {zero}, kept between 0 and 255.",
        found,
        {"total": total, "sx": sx, "sw": sw, "scale": scale, "zero": zero},
    )


@asks("06", "How large a sum can be", 2)
def accumulator(rng: np.random.Generator) -> Drawn:
    """Bits of an accumulator for a real layer."""
    net, name, weights = shipped.a_layer(rng, shipped.both("dense"))
    terms, bits = int(weights[0].size), int(rng.integers(4, 9))
    most = 2**bits - 1
    largest = terms * most * 127
    needed = largest.bit_length() + 1
    return Drawn(
        f"An output of `{name}` of {shipped.NETS[net]} adds up {terms} products. Inputs are integers from 0 to "
        f"{most}, weights from −127 to 127. How large can the sum be? How many bits does a signed integer need for "
        "it? Is int16 enough?",
        f"{largest:,}; {needed} bits; {'yes' if needed <= 16 else 'no'}",
        f"{terms} · {most} · 127 < 2^{needed - 1}, and one bit for the sign.",
        (largest, needed),
        {"terms": terms, "most": most},
    )
