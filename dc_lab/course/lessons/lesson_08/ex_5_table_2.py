"""08.5 What Table 2 sums up to."""

from dc_lab.course.exercises import Question
from dc_lab.networks import paper


def _kilobytes(weight="weight_bits_pqh", index="index_bits_pqh"):
    """Weights and positions of Table 2 in KB, from the bits in these columns."""
    bits = sum(
        row["weights"] * row["kept_pct"] / 100 * sum(row[key] for key in (weight, index) if key)
        for row in paper.layers("lenet-300-100").values()
    )
    return bits / 8000


exercise = Question(
    id="08.5",
    title="What Table 2 sums up to",
    minutes=5,
    kind="number",
    prompt="From Table 2's weights, kept shares and bits after Huffman coding: how many KB do weights and positions of "
    "LeNet-300-100 take?",
    stub="kilobytes = ...",
    answer=lambda: round(_kilobytes(), 2),
    tolerance=0.004,
    hints=[
        "One layer first: ip1 keeps 8 % of 235,200 weights, 18,816. Each takes 4.4 bits and 3.7 bits for its position.",
        "Add the three layers, divide by 8 for bytes, and by 1,000 for KB.",
        "sum(row['weights'] * row['kept_pct'] / 100 * (row['weight_bits_pqh'] + row['index_bits_pqh']) for row in "
        "paper.layers('lenet-300-100').values()) / 8000",
    ],
    why="""22.2 KB, where Table 1 has 27. Codebooks and biases do not make up for it: three codebooks of 64 floats and
        410 biases are 2.4 KB. So Table 1 counts more than Table 2 lists, and from the printed figures nobody can say
        what. That is why a size should be that of a file.""",
)


def _near(value):
    return lambda got: abs(got - value) <= 0.004 * value


exercise.mistake("the positions left out", _near(_kilobytes(index=None)), example=_kilobytes(index=None)).says("""
    These are the weights alone. Each kept weight needs its position too: the bits of both columns, added.""")
exercise.mistake("the weights left out", _near(_kilobytes(weight=None)), example=_kilobytes(weight=None)).says("""
    These are the positions alone. Add the bits of the weights.""")
exercise.mistake("bits taken for bytes", _near(8 * _kilobytes()), example=8 * _kilobytes()).says("""
    That is the number of kilobits. A byte has 8 bits.""")
exercise.mistake("bytes", _near(1000 * _kilobytes()), example=1000 * _kilobytes()).says("""
    That is the number of bytes. Asked for are KB, 1,000 bytes each.""")
exercise.mistake("KB of 1,024 bytes", _near(_kilobytes() * 1000 / 1024), example=_kilobytes() * 1000 / 1024).says("""
    You divide by 1,024. A KB is 1,000 bytes, in the paper too: its 1,070 KB are 1,066,440 bytes.""")
exercise.mistake(
    "the bits before Huffman coding",
    _near(_kilobytes("weight_bits_pq", "index_bits_pq")),
    example=_kilobytes("weight_bits_pq", "index_bits_pq"),
).says("These are 6 and 5 bits, the columns before Huffman coding. Take those after it.")


def _all_weights():
    rows = paper.layers("lenet-300-100").values()
    return float(sum(row["weights"] * (row["weight_bits_pqh"] + row["index_bits_pqh"]) for row in rows)) / 8000


exercise.mistake("all weights instead of the kept ones", _near(_all_weights()), example=_all_weights()).says("""
    You count all weights. Only the kept ones are stored: 8 %, 9 % and 26 %.""")
exercise.mistake("the shares 100 times too large", _near(100 * _kilobytes()), example=100 * _kilobytes()).says("""
    The kept shares are in percent: divide by 100.""")


def _by_rate():
    rows = paper.layers("lenet-300-100").values()
    return float(sum(4 * row["weights"] * row["rate_pct_pqh"] / 100 for row in rows)) / 1000


exercise.mistake("the column of rates", _near(_by_rate()), example=_by_rate()).says("""
    That comes from the last column, the rates. They say more than the bits do, codebooks too, it seems. Use the
    bits.""")


def _total_row():
    total = paper.tables()["layers"]["lenet-300-100"]["total"]
    weights = sum(row["weights"] for row in paper.layers("lenet-300-100").values())
    return float(weights * total["kept_pct"] / 100 * (total["weight_bits_pqh"] + total["index_bits_pqh"])) / 8000


exercise.mistake("the row of totals", _near(_total_row()), example=_total_row()).says("""
    That comes from the row of totals, whose 5.1 bits a weight are more than those of every layer. Add up the three
    layers.""")
exercise.mistake("the figure of Table 1", 27).says("27 KB is what Table 1 prints. Add up what Table 2 says.")


def _first_bits():
    kept = sum(row["weights"] * row["kept_pct"] / 100 for row in paper.layers("lenet-300-100").values())
    first = paper.layers("lenet-300-100")["ip1"]
    return float(kept * (first["weight_bits_pqh"] + first["index_bits_pqh"])) / 8000


exercise.mistake("one layer's bits for all", lambda got: abs(got - _first_bits()) <= 0.05, example=_first_bits()).says(
    "You take the bits of ip1 for all three layers. ip2 has 4.4 and 4.3, ip3 4.3 and 3.2."
)
exercise.mistake("the first layer alone", _near(235_200 * 0.08 * 8.1 / 8000), example=235_200 * 0.08 * 8.1 / 8000).says(
    "That is ip1 alone. Add ip2 and ip3."
)
