"""09.5 The energy of a layer, estimated."""

from dc_lab.course.exercises import Exercise


def layer_energy(weight_bytes, entries, on_chip):
    """Estimated picojoules of a layer for one input: `entries` weights, read from `weight_bytes` bytes, multiplied."""
    access = 5 if on_chip else 640
    return weight_bytes / 4 * access + entries * (5 + 3.7 + 0.9)


def _draw_energy(rng):
    return float(rng.integers(1, 4000)), int(rng.integers(1, 1000)), bool(rng.integers(0, 2))


CASES = [
    (4, 1, False), (4, 1, True), (8, 1, False), (8, 1, True), (76, 7, False), (76, 7, True), (6, 3, False),
    (6, 3, True), (10, 0, True), (0, 0, False),
]  # fmt: skip

exercise = Exercise(
    id="09.5",
    title="The energy of a layer, estimated",
    minutes=5,
    reference=layer_energy,
    shown=(80, 20, False),
    cases=CASES,
    draw=_draw_energy,
    dtype="any",
    hints=[
        "Two parts: fetching the weights, and what each entry costs once its weight is there.",
        "Fetching: weight_bytes / 4 accesses of 32 bits, at 5 pJ (on the chip) or 640 pJ (off it).",
        "Each entry: an input from SRAM (5 pJ), a multiplication (3.7 pJ), an addition (0.9 pJ).",
    ],
    why="""Off the chip, fetching a weight costs 67 times as much as all that is done with it. So what counts is the
        bytes, and above all whether they fit on the chip. The estimate is a floor: instructions, decoding and
        idle circuits are not in the table.""",
)


@exercise.alternative
def _energy_in_parts(weight_bytes, entries, on_chip):
    picojoules = {"sram": 5.0, "dram": 640.0, "multiply": 3.7, "add": 0.9}
    weights = picojoules["sram" if on_chip else "dram"] * weight_bytes * 8 / 32
    inputs = entries * picojoules["sram"]
    return weights + inputs + entries * picojoules["multiply"] + entries * picojoules["add"]


@exercise.mistake("an access for each byte")
def _(weight_bytes, entries, on_chip):
    """You pay an access for each byte. The table's access fetches 32 bits, 4 bytes: weight_bytes / 4 accesses."""
    return layer_energy(4 * weight_bytes, entries, on_chip)


@exercise.mistake("an access for each bit")
def _(weight_bytes, entries, on_chip):
    """You pay an access for each bit. The table's access fetches 32 bits, 4 bytes: weight_bytes / 4 accesses."""
    return layer_energy(32 * weight_bytes, entries, on_chip)


@exercise.mistake("32 bytes an access")
def _(weight_bytes, entries, on_chip):
    """You divide the bytes by 32. An access fetches 32 bits, which are 4 bytes."""
    return layer_energy(weight_bytes / 8, entries, on_chip)


@exercise.mistake("SRAM and DRAM mixed up")
def _(weight_bytes, entries, on_chip):
    """On the chip is SRAM, 5 pJ; off it is DRAM, 640 pJ. You have them crossed."""
    return layer_energy(weight_bytes, entries, not on_chip)


@exercise.mistake("always off the chip")
def _(weight_bytes, entries, on_chip):
    """Your weights come from DRAM in any case. Where on_chip is true, an access costs 5 pJ."""
    return layer_energy(weight_bytes, entries, False)


@exercise.mistake("always on the chip")
def _(weight_bytes, entries, on_chip):
    """Your weights come from SRAM in any case. Where on_chip is false, an access costs 640 pJ."""
    return layer_energy(weight_bytes, entries, True)


@exercise.mistake("inputs from far away")
def _(weight_bytes, entries, on_chip):
    """You fetch the inputs from where the weights are. There are few inputs, and they are on the chip: 5 pJ each
    time."""
    return layer_energy(weight_bytes, entries, on_chip) + (0 if on_chip else entries * 635)


@exercise.mistake("an access for each entry")
def _(weight_bytes, entries, on_chip):
    """You count one access an entry. How much is fetched says weight_bytes: with columns it is more, compressed
    less."""
    return layer_energy(4 * entries, entries, on_chip)


@exercise.mistake("inputs left out")
def _(weight_bytes, entries, on_chip):
    """Weights and arithmetic are right. Each entry also reads an input, 5 pJ from SRAM."""
    return layer_energy(weight_bytes, entries, on_chip) - 5 * entries


@exercise.mistake("multiplications left out")
def _(weight_bytes, entries, on_chip):
    """The multiplications are missing: 3.7 pJ for each entry."""
    return layer_energy(weight_bytes, entries, on_chip) - 3.7 * entries


@exercise.mistake("additions left out")
def _(weight_bytes, entries, on_chip):
    """The additions are missing: 0.9 pJ for each entry."""
    return layer_energy(weight_bytes, entries, on_chip) - 0.9 * entries


@exercise.mistake("arithmetic left out")
def _(weight_bytes, entries, on_chip):
    """The arithmetic is missing: each entry costs a multiplication, 3.7 pJ, and an addition, 0.9 pJ."""
    return layer_energy(weight_bytes, entries, on_chip) - 4.6 * entries


@exercise.mistake("the weights left out")
def _(weight_bytes, entries, on_chip):
    """Inputs and arithmetic are right, but the weights have to be fetched as well, weight_bytes / 4 accesses."""
    return layer_energy(0, entries, on_chip)


@exercise.mistake("only the weights")
def _(weight_bytes, entries, on_chip):
    """You count fetching the weights only. Each entry costs an input from SRAM and two operations."""
    return layer_energy(weight_bytes, 0, on_chip)


@exercise.mistake("whole accesses")
def _(weight_bytes, entries, on_chip):
    """You round the accesses down to a whole number. Compressed weights lie back to back: weight_bytes / 4, fractions
    included."""
    return layer_energy(4 * (weight_bytes // 4), entries, on_chip)


@exercise.mistake("accesses rounded up")
def _(weight_bytes, entries, on_chip):
    """You round the accesses up. Compressed weights lie back to back, so that the rest of an access holds the next
    ones: count weight_bytes / 4, fractions included."""
    return layer_energy(4 * -(-weight_bytes // 4), entries, on_chip)


@exercise.mistake("sums kept in SRAM")
def _(weight_bytes, entries, on_chip):
    """You pay two accesses of SRAM an entry. Only the input is read; the sum stays in a register, which costs next to
    nothing."""
    return layer_energy(weight_bytes, entries, on_chip) + 5 * entries


@exercise.mistake("two numbers")
def _(weight_bytes, entries, on_chip):
    """You return fetching and the rest apart. Add them: one number is asked for."""
    return layer_energy(weight_bytes, 0, on_chip), layer_energy(0, entries, on_chip)


@exercise.mistake("nanojoules")
def _(weight_bytes, entries, on_chip):
    """The number is right in nanojoules. The text asks for picojoules, the unit of the table."""
    return 1e-3 * layer_energy(weight_bytes, entries, on_chip)


@exercise.mistake("joules")
def _(weight_bytes, entries, on_chip):
    """The number is right in joules. The text asks for picojoules, the unit of the table."""
    return 1e-12 * layer_energy(weight_bytes, entries, on_chip)


@exercise.mistake("microjoules")
def _(weight_bytes, entries, on_chip):
    """The number is right in microjoules. The text asks for picojoules, the unit of the table."""
    return 1e-6 * layer_energy(weight_bytes, entries, on_chip)
