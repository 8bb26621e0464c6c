"""The figures of the course and of the report, all in one style.

Each function takes plain arrays or numbers and returns a `Picture`, which is shown as a PNG with alt text, and the
numbers in it.
"""

from dc_lab.figures.codes import code_length_chart
from dc_lab.figures.curves import curve
from dc_lab.figures.decoding import decoding_lanes, decoding_steps
from dc_lab.figures.grids import Cells, disagreements, images, matrices, matrix, relative_index_strip
from dc_lab.figures.neurons import kept_by_neuron, pixel_map, receptive_fields
from dc_lab.figures.sizes import by_part, by_tensor, byte_map, index_width_chart, ledger, waterfall
from dc_lab.figures.style import Picture, stack
from dc_lab.figures.trees import code_intervals, huffman_tree
from dc_lab.figures.weights import before_and_after, cdf_starts, centroid_paths, codebook, weight_histogram

__all__ = [
    "Cells",
    "Picture",
    "before_and_after",
    "by_part",
    "by_tensor",
    "byte_map",
    "cdf_starts",
    "centroid_paths",
    "code_intervals",
    "code_length_chart",
    "codebook",
    "curve",
    "decoding_lanes",
    "decoding_steps",
    "disagreements",
    "huffman_tree",
    "images",
    "index_width_chart",
    "kept_by_neuron",
    "ledger",
    "matrices",
    "matrix",
    "pixel_map",
    "receptive_fields",
    "relative_index_strip",
    "stack",
    "waterfall",
    "weight_histogram",
]
