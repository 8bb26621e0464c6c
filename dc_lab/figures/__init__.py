"""The figures of the course and of the report, all in one style.

Each function takes plain arrays or numbers and returns a `Picture`: a PNG with alt text, and the numbers in it.
"""

from dc_lab.figures.codes import code_length_chart
from dc_lab.figures.sizes import by_part, by_tensor, ledger, waterfall
from dc_lab.figures.style import Picture
from dc_lab.figures.weights import before_and_after, cdf_starts, codebook, weight_histogram

__all__ = [
    "Picture",
    "before_and_after",
    "by_part",
    "by_tensor",
    "cdf_starts",
    "code_length_chart",
    "codebook",
    "ledger",
    "waterfall",
    "weight_histogram",
]
