"""09.3 Predict a product's time."""

import numpy as np

from dc_lab.course.exercises import Exercise


def predicted_times(m, n, nnz, batch, bandwidth, peak):
    """(dense, csr): seconds of a product with an (m, n) layer, for a batch."""
    ends = 4 * batch * (m + n)
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


def _draw_times(rng):
    m, n = (int(size) for size in rng.integers(2, 40, 2))
    nnz = int(rng.integers(1, m * n))
    return m, n, nnz, int(rng.integers(1, 33)), float(rng.choice([10, 50, 200])), float(rng.choice([10, 100, 1000]))


CASES = [
    (1, 1, 1, 1, 4.0, 100.0), (1, 1, 1, 1, 1000.0, 2.0), (3, 2, 1, 2, 4.0, 1000.0), (3, 2, 2, 4, 4.0, 2.0),
    (4, 5, 7, 64, 10.0, 100.0), (10, 20, 20, 1, 100.0, 100.0), (10, 20, 20, 8, 100.0, 100.0),
    (10, 20, 20, 8, 100.0, 50.0), (6, 6, 36, 1, 20.0, 500.0), (6, 6, 0, 3, 20.0, 500.0), (2, 50, 10, 16, 100.0, 20.0),
    (4096, 9216, 3_397_387, 1, 20e9, 80e9), (4096, 9216, 3_397_387, 64, 20e9, 80e9),
]  # fmt: skip


def _accepted(case, expected, got):
    """Two numbers in any form: a tuple, a list or an array."""
    found = np.asarray(got, np.float64)
    if found.shape != (2,):
        raise TypeError("not two numbers")
    for name, right, value in zip(("dense", "csr"), expected, found.tolist(), strict=True):
        if not abs(value - right) <= 1e-6 * right:
            return f"the {name} time is {right:.7g} s; yours is {value:.7g}"
    return None


exercise = Exercise(
    id="09.3",
    title="Predict a product's time",
    minutes=5,
    task="warm-up",
    reference=predicted_times,
    shown=(4, 5, 7, 1, 10.0, 100.0),
    cases=CASES,
    draw=_draw_times,
    dtype="any",
    accept=_accepted,
    hints=[
        "By hand for the 4 x 5 layer: 4 * 20 + 4 * 9 = 116 bytes at 10 bytes a second are 11.6 s; 40 operations at 100 "
        "a second 0.4 s. The slower one decides.",
        "Bytes: the weights once (dense 4 m n; rows 8 nnz + 4 (m + 1)), and 4 batch (m + n) for inputs and outputs.",
        "Operations: 2 m n batch dense, 2 nnz batch as rows. The time is max(bytes / bandwidth, operations / peak).",
    ],
    why="""This is the roofline model (Williams, Waterman and Patterson, 2009). It gives the least possible time, not
        the time it takes: what it leaves out, such as finding an input by its column, comes on top. How far a
        measurement lies above the prediction says how much was left out.""",
)


@exercise.alternative
def _in_steps(m, n, nnz, batch, bandwidth, peak):
    found = []
    for weights, multiplied in ((m * n, m * n), (2 * nnz + m + 1, nnz)):
        moving = 4 * (weights + batch * n + batch * m) / bandwidth
        computing = batch * multiplied * 2 / peak
        found.append(moving if moving > computing else computing)
    return found


@exercise.alternative
def _as_an_array(m, n, nnz, batch, bandwidth, peak):
    weights, multiplied = np.array([4 * m * n, 8 * nnz + 4 * m + 4]), np.array([m * n, nnz])
    moving = (weights + 4 * batch * (m + n)) / bandwidth
    return np.maximum(moving, 2 * batch * multiplied / peak)


@exercise.mistake("both times added")
def _(m, n, nnz, batch, bandwidth, peak):
    """You add the time of moving and that of computing. A processor fetches the next weights while it uses these, so
    that the slower of the two decides: max, not +."""
    ends = 4 * batch * (m + n)
    dense = (4 * m * n + ends) / bandwidth + 2 * m * n * batch / peak
    return dense, (8 * nnz + 4 * (m + 1) + ends) / bandwidth + 2 * nnz * batch / peak


@exercise.mistake("the faster of the two")
def _(m, n, nnz, batch, bandwidth, peak):
    """You take the faster one. Both have to be finished, so that the slower one decides: max."""
    ends = 4 * batch * (m + n)
    dense = min((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, min((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("computing left out")
def _(m, n, nnz, batch, bandwidth, peak):
    """You count bytes only. At a large batch the operations take longer: the time is the larger of the two."""
    return predicted_times(m, n, nnz, batch, bandwidth, float("inf"))


@exercise.mistake("moving left out")
def _(m, n, nnz, batch, bandwidth, peak):
    """You count operations only. At batch 1 the weights take longer to arrive: take the larger of the two."""
    return predicted_times(m, n, nnz, batch, float("inf"), peak)


@exercise.mistake("weights fetched for each input")
def _(m, n, nnz, batch, bandwidth, peak):
    """You fetch the weights once for each input. They are fetched once and serve the whole batch; only inputs and
    outputs come batch times."""
    ends = m + n
    dense = max(4 * batch * (m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max(4 * batch * (2 * nnz + m + 1 + ends) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("one operation a weight")
def _(m, n, nnz, batch, bandwidth, peak):
    """Each weight costs two operations an input: a multiplication and an addition."""
    return predicted_times(m, n, nnz, batch, bandwidth, 2 * peak)


@exercise.mistake("inputs and outputs left out")
def _(m, n, nnz, batch, bandwidth, peak):
    """The weights are right. n inputs are read and m outputs written as well, four bytes each, for every input of the
    batch."""
    dense = max(4 * m * n / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1)) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("outputs left out")
def _(m, n, nnz, batch, bandwidth, peak):
    """The inputs are in, but the m outputs are written too, four bytes each."""
    ends = 4 * batch * n
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("inputs and outputs of a single input")
def _(m, n, nnz, batch, bandwidth, peak):
    """Inputs and outputs are moved once for each input of the batch: 4 * batch * (m + n)."""
    ends = 4 * (m + n)
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("columns left out")
def _(m, n, nnz, batch, bandwidth, peak):
    """Your compressed rows have values only. Each entry has a column as well: 4 + 4 bytes."""
    ends = 4 * batch * (m + n)
    dense, _ = predicted_times(m, n, nnz, batch, bandwidth, peak)
    return dense, max((4 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("row starts left out")
def _(m, n, nnz, batch, bandwidth, peak):
    """Values and columns are in; the m + 1 row starts of 4 bytes are not."""
    ends = 4 * batch * (m + n)
    dense, _ = predicted_times(m, n, nnz, batch, bandwidth, peak)
    return dense, max((8 * nnz + ends) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("one row start too few")
def _(m, n, nnz, batch, bandwidth, peak):
    """There are m + 1 row starts: the last one says where the last row ends."""
    ends = 4 * batch * (m + n)
    dense, _ = predicted_times(m, n, nnz, batch, bandwidth, peak)
    return dense, max((8 * nnz + 4 * m + ends) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("zeros multiplied")
def _(m, n, nnz, batch, bandwidth, peak):
    """Your compressed rows still do 2 m n operations. Only the nnz weights that are left are multiplied."""
    ends = 4 * batch * (m + n)
    dense, _ = predicted_times(m, n, nnz, batch, bandwidth, peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * m * n * batch / peak)


@exercise.mistake("operations of a single input")
def _(m, n, nnz, batch, bandwidth, peak):
    """Each input of the batch needs its own operations: 2 * m * n * batch."""
    return predicted_times(m, n, nnz, batch, bandwidth, batch * peak)


@exercise.mistake("the batch added")
def _(m, n, nnz, batch, bandwidth, peak):
    """You add the batch to the operations. Each input of the batch meets every weight: two operations a weight, times
    the batch."""
    ends = 4 * batch * (m + n)
    dense = max((4 * m * n + ends) / bandwidth, (2 * m * n + batch) / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, (2 * nnz + batch) / peak)


@exercise.mistake("whole seconds")
def _(m, n, nnz, batch, bandwidth, peak):
    """Your seconds are rounded down: // drops the fraction. Divide by /."""
    dense, csr = predicted_times(m, n, nnz, batch, bandwidth, peak)
    return dense // 1, csr // 1


@exercise.mistake("bits")
def _(m, n, nnz, batch, bandwidth, peak):
    """You count bits. The bandwidth is in bytes a second, and a float32 has four bytes."""
    return predicted_times(m, n, nnz, batch, bandwidth / 8, peak)


@exercise.mistake("numbers instead of bytes")
def _(m, n, nnz, batch, bandwidth, peak):
    """You count numbers. Each has four bytes, and the bandwidth is in bytes a second."""
    return predicted_times(m, n, nnz, batch, 4 * bandwidth, peak)


@exercise.mistake("the two forms in the wrong order")
def _(m, n, nnz, batch, bandwidth, peak):
    """The times are right, in the wrong order: return (dense, csr)."""
    dense, csr = predicted_times(m, n, nnz, batch, bandwidth, peak)
    return csr, dense


@exercise.mistake("the limits mixed up")
def _(m, n, nnz, batch, bandwidth, peak):
    """Bytes are divided by the bandwidth, operations by the peak; you have them crossed."""
    return predicted_times(m, n, nnz, batch, peak, bandwidth)


@exercise.mistake("milliseconds")
def _(m, n, nnz, batch, bandwidth, peak):
    """The numbers are right in milliseconds. Bandwidth and peak are a second, and seconds are asked for."""
    dense, csr = predicted_times(m, n, nnz, batch, bandwidth, peak)
    return 1e3 * dense, 1e3 * csr


@exercise.mistake("inputs times outputs")
def _(m, n, nnz, batch, bandwidth, peak):
    """An input has n numbers and its output m: m + n are moved for each input of the batch, not m * n."""
    ends = 4 * batch * m * n
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("the time of one input")
def _(m, n, nnz, batch, bandwidth, peak):
    """You divide by the batch. The time of the whole product is asked for, all inputs of the batch together."""
    dense, csr = predicted_times(m, n, nnz, batch, bandwidth, peak)
    return dense / batch, csr / batch


@exercise.mistake("inputs of one byte")
def _(m, n, nnz, batch, bandwidth, peak):
    """Inputs and outputs are float32 too: four bytes each."""
    ends = batch * (m + n)
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("starts of columns")
def _(m, n, nnz, batch, bandwidth, peak):
    """You count n + 1 starts. Compressed rows have one for each of the m rows, and one more."""
    ends = 4 * batch * (m + n)
    dense, _ = predicted_times(m, n, nnz, batch, bandwidth, peak)
    return dense, max((8 * nnz + 4 * (n + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("bytes divided before they are added")
def _(m, n, nnz, batch, bandwidth, peak):
    """Only the last bytes are divided by the bandwidth: / binds closer than +. Put the sum in parentheses, (weights +
    inputs and outputs) / bandwidth."""
    ends = 4 * batch * (m + n)
    dense = max(4 * m * n + ends / bandwidth, 2 * m * n * batch / peak)
    return dense, max(8 * nnz + 4 * (m + 1) + ends / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("4 m + 1 bytes of row starts")
def _(m, n, nnz, batch, bandwidth, peak):
    """The row starts take 4 * m + 1 bytes in yours. There are m + 1 of them with four bytes each: 4 * (m + 1)."""
    ends = 4 * batch * (m + n)
    dense, _ = predicted_times(m, n, nnz, batch, bandwidth, peak)
    return dense, max((8 * nnz + 4 * m + 1 + ends) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("m without parentheses")
def _(m, n, nnz, batch, bandwidth, peak):
    """4 * batch * m + n is (4 * batch * m) + n. Inputs and outputs take 4 * batch * (m + n) bytes."""
    ends = 4 * batch * m + n
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


exercise.mistake(
    "only the dense time",
    lambda m, n, nnz, batch, bandwidth, peak: predicted_times(m, n, nnz, batch, bandwidth, peak)[0],
).says("""
    One time comes back. Return two, dense and as rows: (dense, csr).""")


@exercise.mistake("the dense product without its zeros")
def _(m, n, nnz, batch, bandwidth, peak):
    """Your dense product does 2 nnz operations. It knows nothing of zeros, and multiplies all m n weights."""
    ends = 4 * batch * (m + n)
    dense = max((4 * m * n + ends) / bandwidth, 2 * nnz * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("one limit for both forms")
def _(m, n, nnz, batch, bandwidth, peak):
    """You decide once, from the dense product, whether bytes or operations count. Each form has its own larger one: two
    times max."""
    ends = 4 * batch * (m + n)
    moving = (4 * m * n + ends) / bandwidth, (8 * nnz + 4 * (m + 1) + ends) / bandwidth
    computing = 2 * m * n * batch / peak, 2 * nnz * batch / peak
    return moving if moving[0] > computing[0] else computing


@exercise.mistake("n without the batch")
def _(m, n, nnz, batch, bandwidth, peak):
    """4 * (batch * m + n) counts the inputs once. There are n for each input of the batch: 4 * batch * (m + n)."""
    ends = 4 * (batch * m + n)
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("m without the batch")
def _(m, n, nnz, batch, bandwidth, peak):
    """4 * (m + batch * n) counts the outputs once. There are m for each input of the batch: 4 * batch * (m + n)."""
    ends = 4 * (m + batch * n)
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("eight bytes a dense weight")
def _(m, n, nnz, batch, bandwidth, peak):
    """Your dense weights take eight bytes. That is a value and a column; dense has no columns: 4 m n."""
    ends = 4 * batch * (m + n)
    dense = max((8 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("a column for each input")
def _(m, n, nnz, batch, bandwidth, peak):
    """You count one column for each of the n inputs. Each of the nnz entries has one: 8 nnz with the values."""
    ends = 4 * batch * (m + n)
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max((4 * nnz + 4 * n + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("a ratio")
def _(m, n, nnz, batch, bandwidth, peak):
    """You return how many times faster one is. Return the two times: (dense, csr)."""
    dense, csr = predicted_times(m, n, nnz, batch, bandwidth, peak)
    return dense / csr


@exercise.mistake("one addition less a row")
def _(m, n, nnz, batch, bandwidth, peak):
    """You save an addition for each row. The page counts two operations for each weight: 2 nnz batch."""
    ends = 4 * batch * (m + n)
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, (2 * nnz - m) * batch / peak)


@exercise.mistake("the inputs of the rows left out")
def _(m, n, nnz, batch, bandwidth, peak):
    """As rows you move the outputs alone. The n inputs are read there, too: 4 batch (m + n) in both forms."""
    ends = 4 * batch * (m + n)
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1) - 4 * batch * n + ends) / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("rounded")
def _(m, n, nnz, batch, bandwidth, peak):
    """Your times are rounded. Return them as they are."""
    dense, csr = predicted_times(m, n, nnz, batch, bandwidth, peak)
    return round(dense, 2), round(csr, 2)


@exercise.mistake("nnz taken for a share")
def _(m, n, nnz, batch, bandwidth, peak):
    """You multiply nnz by m n, as if it were a share. It is the number of weights that are left."""
    ends = 4 * batch * (m + n)
    dense = max((4 * m * n + ends) / bandwidth, 2 * m * n * batch / peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) / bandwidth, 2 * nnz * m * n * batch / peak)


@exercise.mistake("multiplied by the limits")
def _(m, n, nnz, batch, bandwidth, peak):
    """You multiply by bandwidth and peak. Bytes divided by bytes a second are seconds."""
    ends = 4 * batch * (m + n)
    dense = max((4 * m * n + ends) * bandwidth, 2 * m * n * batch * peak)
    return dense, max((8 * nnz + 4 * (m + 1) + ends) * bandwidth, 2 * nnz * batch * peak)


@exercise.mistake("an input for each weight that is left")
def _(m, n, nnz, batch, bandwidth, peak):
    """As rows you count an input for each weight that is left. Inputs and outputs are counted once in either form: 4
    batch (m + n) bytes."""
    dense, _ = predicted_times(m, n, nnz, batch, bandwidth, peak)
    moved = 8 * nnz + 4 * (m + 1) + 4 * batch * (nnz + m)
    return dense, max(moved / bandwidth, 2 * nnz * batch / peak)


@exercise.mistake("no inputs and outputs for the rows")
def _(m, n, nnz, batch, bandwidth, peak):
    """As rows you leave out inputs and outputs. They are moved in either form: 4 batch (m + n) bytes."""
    dense, _ = predicted_times(m, n, nnz, batch, bandwidth, peak)
    return dense, max((8 * nnz + 4 * (m + 1)) / bandwidth, 2 * nnz * batch / peak)
