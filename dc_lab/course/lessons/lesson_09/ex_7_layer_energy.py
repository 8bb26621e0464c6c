"""09.7 The energy of a layer, estimated."""

from dc_lab.course.exercises import Exercise


def layer_energy(weight_bytes, entries, fetch_pj):
    """Estimated picojoules for one input; 32 bits of weights take `fetch_pj`."""
    return weight_bytes / 4 * fetch_pj + entries * (5 + 3.7 + 0.9)


def _draw_energy(rng):
    return float(rng.integers(1, 4000)), int(rng.integers(1, 1000)), float(rng.uniform(1, 700))


CASES = [
    (4, 1, 640.0), (4, 1, 5.0), (8, 1, 640.0), (8, 1, 50.0), (76, 7, 640.0), (76, 7, 5.0), (6, 3, 640.0),
    (6, 3, 20.0), (10, 0, 5.0), (0, 5, 640.0), (0, 0, 640.0), (7, 2, 0.5), (31, 4, 12.5),
]  # fmt: skip

exercise = Exercise(
    id="09.7",
    title="The energy of a layer, estimated",
    minutes=5,
    task="warm-up",
    reference=layer_energy,
    shown=(80, 20, 640.0),
    cases=CASES,
    draw=_draw_energy,
    dtype="any",
    hints=[
        "Two parts: fetching the weights, and what each entry costs once its weight is there.",
        "Fetching: weight_bytes / 4 times 32 bits, at fetch_pj each.",
        "Each entry: an input (5 pJ), a multiplication (3.7 pJ), an addition (0.9 pJ). Add the three before you "
        "multiply by entries.",
    ],
    why="""Off the chip, fetching a weight costs 67 times as much as all that is done with it. So what counts is the
        bytes, and above all where they lie. The estimate is a floor: instructions, decoding and idle circuits are not
        in the table.""",
)


@exercise.alternative
def _energy_in_parts(weight_bytes, entries, fetch_pj):
    picojoules = {"input": 5.0, "multiply": 3.7, "add": 0.9}
    weights = fetch_pj * weight_bytes * 8 / 32
    return weights + sum(entries * each for each in picojoules.values())


@exercise.alternative
def _energy_by_entry(weight_bytes, entries, fetch_pj):
    return 0.25 * fetch_pj * weight_bytes + 9.6 * entries


@exercise.mistake("a fetch for each byte")
def _(weight_bytes, entries, fetch_pj):
    """You pay a fetch for each byte. A fetch takes 32 bits, 4 bytes: there are weight_bytes / 4 of them."""
    return layer_energy(4 * weight_bytes, entries, fetch_pj)


@exercise.mistake("a fetch for each bit")
def _(weight_bytes, entries, fetch_pj):
    """You pay a fetch for each bit. A fetch takes 32 bits, 4 bytes: there are weight_bytes / 4 fetches."""
    return layer_energy(32 * weight_bytes, entries, fetch_pj)


@exercise.mistake("32 bytes a fetch")
def _(weight_bytes, entries, fetch_pj):
    """You divide the bytes by 32. A fetch takes 32 bits, which are 4 bytes."""
    return layer_energy(weight_bytes / 8, entries, fetch_pj)


@exercise.mistake("inputs from far away")
def _(weight_bytes, entries, fetch_pj):
    """You pay fetch_pj for the inputs as well. There are few inputs, and they lie in a small memory: 5 pJ each
    time."""
    return layer_energy(weight_bytes, entries, fetch_pj) + entries * (fetch_pj - 5)


@exercise.mistake("a fetch for each entry")
def _(weight_bytes, entries, fetch_pj):
    """You count one fetch an entry. How much is fetched says weight_bytes: with columns it is more, compressed
    less."""
    return layer_energy(4 * entries, entries, fetch_pj)


@exercise.mistake("inputs left out")
def _(weight_bytes, entries, fetch_pj):
    """Weights and arithmetic are right. Each entry also reads an input, 5 pJ from a small memory."""
    return layer_energy(weight_bytes, entries, fetch_pj) - 5 * entries


@exercise.mistake("multiplications left out")
def _(weight_bytes, entries, fetch_pj):
    """The multiplications are missing: 3.7 pJ for each entry."""
    return layer_energy(weight_bytes, entries, fetch_pj) - 3.7 * entries


@exercise.mistake("additions left out")
def _(weight_bytes, entries, fetch_pj):
    """The additions are missing: 0.9 pJ for each entry."""
    return layer_energy(weight_bytes, entries, fetch_pj) - 0.9 * entries


@exercise.mistake("arithmetic left out")
def _(weight_bytes, entries, fetch_pj):
    """The arithmetic is missing: each entry costs a multiplication, 3.7 pJ, and an addition, 0.9 pJ."""
    return layer_energy(weight_bytes, entries, fetch_pj) - 4.6 * entries


@exercise.mistake("the weights left out")
def _(weight_bytes, entries, fetch_pj):
    """Inputs and arithmetic are right, but the weights have to be fetched as well, weight_bytes / 4 times."""
    return layer_energy(0, entries, fetch_pj)


@exercise.mistake("only the weights")
def _(weight_bytes, entries, fetch_pj):
    """You count fetching the weights only. Each entry costs an input, 5 pJ, and two operations."""
    return layer_energy(weight_bytes, 0, fetch_pj)


@exercise.mistake("whole fetches")
def _(weight_bytes, entries, fetch_pj):
    """You round the fetches down to a whole number. Compressed weights lie back to back: weight_bytes / 4, fractions
    included."""
    return layer_energy(4 * (weight_bytes // 4), entries, fetch_pj)


@exercise.mistake("fetches rounded up")
def _(weight_bytes, entries, fetch_pj):
    """You round the fetches up. Compressed weights lie back to back, so that the rest of a fetch holds the next
    ones: count weight_bytes / 4, fractions included."""
    return layer_energy(4 * -(-weight_bytes // 4), entries, fetch_pj)


@exercise.mistake("sums kept in memory")
def _(weight_bytes, entries, fetch_pj):
    """You pay 5 pJ twice for each entry. Only the input is read; the sum stays in a register, which costs next to
    nothing."""
    return layer_energy(weight_bytes, entries, fetch_pj) + 5 * entries


@exercise.mistake("two numbers")
def _(weight_bytes, entries, fetch_pj):
    """You return fetching and the rest apart. Add them: one number is asked for."""
    return layer_energy(weight_bytes, 0, fetch_pj), layer_energy(0, entries, fetch_pj)


@exercise.mistake("nanojoules")
def _(weight_bytes, entries, fetch_pj):
    """The number is right in nanojoules. The text asks for picojoules, the unit of the table."""
    return 1e-3 * layer_energy(weight_bytes, entries, fetch_pj)


@exercise.mistake("joules")
def _(weight_bytes, entries, fetch_pj):
    """The number is right in joules. The text asks for picojoules, the unit of the table."""
    return 1e-12 * layer_energy(weight_bytes, entries, fetch_pj)


@exercise.mistake("microjoules")
def _(weight_bytes, entries, fetch_pj):
    """The number is right in microjoules. The text asks for picojoules, the unit of the table."""
    return 1e-6 * layer_energy(weight_bytes, entries, fetch_pj)


@exercise.mistake("the entries times the input alone")
def _(weight_bytes, entries, fetch_pj):
    """Multiplication and addition are counted once for the whole layer: entries * 5 + 3.7 + 0.9 multiplies only the
    first. Put the three in parentheses, entries * (5 + 3.7 + 0.9)."""
    return weight_bytes / 4 * fetch_pj + entries * 5 + 3.7 + 0.9


@exercise.mistake("divided by the figure")
def _(weight_bytes, entries, fetch_pj):
    """weight_bytes / (4 * fetch_pj) divides by the figure. There are weight_bytes / 4 fetches, each of which costs
    fetch_pj: weight_bytes / 4 * fetch_pj."""
    return weight_bytes / (4 * fetch_pj) + entries * 9.6


@exercise.mistake("the figure left out")
def _(weight_bytes, entries, fetch_pj):
    """You count the fetches, and not what they cost: weight_bytes / 4 * fetch_pj."""
    return weight_bytes / 4 + entries * 9.6


@exercise.mistake("always the paper's figure")
def _(weight_bytes, entries, fetch_pj):
    """A fetch costs 640 pJ in yours, wherever the weights lie. What it costs is the argument fetch_pj."""
    return layer_energy(weight_bytes, entries, 640.0)


@exercise.mistake("always a small memory")
def _(weight_bytes, entries, fetch_pj):
    """A fetch costs 5 pJ in yours, wherever the weights lie. What it costs is the argument fetch_pj."""
    return layer_energy(weight_bytes, entries, 5.0)


@exercise.mistake("everything at the figure of the weights")
def _(weight_bytes, entries, fetch_pj):
    """You count a fetch for each entry besides the bytes. The weights of all entries are in weight_bytes already; an
    entry adds its input, 5 pJ, and two operations."""
    return (weight_bytes / 4 + entries) * fetch_pj + 9.6 * entries


@exercise.mistake("rounded to a whole number")
def _(weight_bytes, entries, fetch_pj):
    """The result is rounded to a whole number of picojoules. Leave the fraction."""
    return int(layer_energy(weight_bytes, entries, fetch_pj))


@exercise.mistake("the entries left out")
def _(weight_bytes, entries, fetch_pj):
    """You pay input and arithmetic once for each fetch. They are paid for each of the entries, of which one fetch can
    bring several: entries * (5 + 3.7 + 0.9)."""
    return weight_bytes / 4 * (fetch_pj + 5 + 3.7 + 0.9)


@exercise.mistake("one input for all")
def _(weight_bytes, entries, fetch_pj):
    """You pay 5 pJ once. Each of the entries reads an input: entries * 5."""
    return weight_bytes / 4 * fetch_pj + 5 + entries * 4.6


@exercise.mistake("rounded by round")
def _(weight_bytes, entries, fetch_pj):
    """round() makes a whole number of it. A fraction of a picojoule counts, too: leave it out."""
    return round(layer_energy(weight_bytes, entries, fetch_pj))


@exercise.mistake("one fetch more")
def _(weight_bytes, entries, fetch_pj):
    """You count one fetch more than there are. weight_bytes / 4 is all of them."""
    return layer_energy(weight_bytes + 4, entries, fetch_pj)


@exercise.mistake("64 bits a fetch")
def _(weight_bytes, entries, fetch_pj):
    """You divide by 8 bytes a fetch. 32 bits are 4 bytes."""
    return layer_energy(weight_bytes / 2, entries, fetch_pj)


@exercise.mistake("both memories exchanged")
def _(weight_bytes, entries, fetch_pj):
    """You pay 5 pJ for the weights and fetch_pj for the inputs. It is the other way round."""
    return weight_bytes * 5 / 4 + entries * (fetch_pj + 4.6)


@exercise.mistake("two additions")
def _(weight_bytes, entries, fetch_pj):
    """You pay 0.9 pJ twice. A multiplication takes 3.7 pJ, an addition 0.9."""
    return layer_energy(weight_bytes, entries, fetch_pj) - 2.8 * entries


@exercise.mistake("two multiplications")
def _(weight_bytes, entries, fetch_pj):
    """You pay 3.7 pJ twice. The addition takes 0.9 pJ."""
    return layer_energy(weight_bytes, entries, fetch_pj) + 2.8 * entries


@exercise.mistake("bytes and entries exchanged")
def _(weight_bytes, entries, fetch_pj):
    """You fetch the entries and pay arithmetic for the bytes. weight_bytes are fetched, and entries are multiplied."""
    return layer_energy(entries, weight_bytes, fetch_pj)


@exercise.mistake("rounded to tenths")
def _(weight_bytes, entries, fetch_pj):
    """Your answer is rounded. Return the number as it is."""
    return round(layer_energy(weight_bytes, entries, fetch_pj), 1)


exercise.mistake(
    "one addition fewer", lambda weight_bytes, entries, fetch_pj: layer_energy(weight_bytes, entries, fetch_pj) - 0.9
).says("""
    You count one addition fewer than entries. Each entry takes one: its product is added to the sum of its output.""")
exercise.mistake(
    "an input for each fetch",
    lambda weight_bytes, entries, fetch_pj: weight_bytes / 4 * (fetch_pj + 5) + entries * (3.7 + 0.9),
).says("""
    You count the 5 pJ of an input once for each fetch of 32 bits. Each entry takes an input, so that 5 pJ go with the
    entries.""")
