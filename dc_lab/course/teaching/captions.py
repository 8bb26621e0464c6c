"""What the figures of slides are called, and what to ask before them where the lesson itself asks nothing there.

The guide for teachers calls them by the same names.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Caption:
    """About the figure of a lesson whose alt text begins with, or has in it, `alt`.

    `name` is what the guide calls it; "" where it has no name. `question` comes before what the lesson asks. `sentence`
    is one of the lesson's that fits better than the first one below the figure.
    """

    lesson: str
    alt: str
    name: str = ""
    question: str = ""
    sentence: str = ""


CAPTIONS = (
    Caption("00", "10 images of handwritten", question="Which of these images would you have to look at twice?"),
    Caption(
        "00", "cell by cell: 25 weights",
        question="Eight of 25 weights stay, and these share four values: what has to be written down?",
    ),
    Caption("00", "Bar chart of file sizes", name="the ledger of the whole course"),
    Caption(
        "01", "cell by cell: dense",
        question="A dense layer with 5 inputs and 3 outputs: how many numbers does it hold?",
    ),
    Caption("01", "rows: seed 0 wrong", name="two networks image by image"),
    Caption("01", "fraction bits", name="fraction bits cut off"),
    Caption(
        "02", "from -0.64 to 0.64",
        question="Each picture shows with which weights a neuron looks at the image: where are they large?",
    ),
    Caption("02", "Histogram", name="the histogram with a threshold"),
    Caption("02", "density of ip1: magnitude", name="what to go by"),
    Caption(
        "02", "one more may stay", question="Four of ten may stay, and two are equal at the fourth place: which one?"
    ),
    Caption(
        "02", "one-shot", name="one-shot, iterative, gradual",
        question="Three ways to one density: how far apart are they at 8 %, and how far at 1 %?",
    ),
    Caption("02", "from -0.79 to 0.79", question="Do all of these ten neurons still look at the image?"),
    Caption(
        "03", "The last is 1.0 times smaller", question="Nearly all weights are 0 now: how much smaller is the file?"
    ),
    Caption(
        "03", "cell by cell: What is left of 25",
        question="Six of 25 weights are left: what has to be stored beside them?",
    ),
    Caption(
        "03", "A row of 16 cells", name="the row of 16 cells",
        question="Gaps of three bits count to seven: what do you do with ten zeros?",
    ),
    Caption("03", "A row of 48 cells", sentence="Narrow gaps need many fillers, and wide gaps waste bits."),
    Caption("03", "as it is", name="shuffles"),
    Caption(
        "03", "Histogram of the kept weights",
        question="Does each neuron keep about as many weights as the others, and each pixel?",
    ),
    Caption(
        "03", "bitmap: 74,987", question="A bitmap, CSR, a relative index: on what does each of them spend its bytes?"
    ),
    Caption(
        "03", "The last is 20.7 times smaller",
        question="The same weights, in CSR and with gaps: which file is smaller?",
    ),
    Caption(
        "04", "4 pictures of 28", question="How few different values will do before you see it in the picture?"
    ),
    Caption(
        "04", "nearest, indices", question="Sixteen weights, four values: what is stored in the place of a weight?"
    ),
    Caption(
        "04", "8 centroids stood", name="the centroids move",
        question="Where will the two centroids beside 0 be after one round?",
    ),
    Caption(
        "04", "Cumulative distribution",
        question="Most weights lie near 0: which start puts most of its centroids there?",
    ),
    Caption("04", "random, n = 5", name="starts and bits"),
    Caption(
        "04", "same colours, gradient",
        question="Weights of one colour share a value, and each has a gradient of its own: where does the value go?",
    ),
    Caption(
        "04", "shared weights 16,559", question="An index of 5 bits in place of a float: how much smaller is the file?",
        sentence="A layer needs few different values: a codebook, and an index for each weight.",
    ),
    Caption("05", "values, 3 by 4 numbers", question="Scale 0.25 and zero_point 2: which integer stands for 0.6?"),
    Caption("05", "x, 2 by 3 numbers", question="How many of the 256 integers of this ruler are used?"),
    Caption(
        "05", "rms error against scale", name="rounding and clipping",
        question="Should the ruler reach to the largest weight?",
    ),
    Caption("05", "bits a weight, scales included", name="what a bit buys"),
    Caption(
        "06", "÷ 0.25, + 4", name="the product in integers",
        question="Inputs have the scale 0.25 and weights 0.5: what is the scale of a product?",
    ),
    Caption(
        "06", "least, greatest",
        question="In the third batch one value is 12, and all others are small: how far should the ruler reach?",
    ),
    Caption(
        "06", "unfolded, windows",
        question="A filter of 2 × 2 goes over 3 × 3 pixels: how often is the pixel in the middle used?",
    ),
    Caption("06", "its stand-in", name="the staircase", question="What is the slope of a step?"),
    Caption(
        "07", "shared weights 16,559 bytes. The last",
        question="All indices have 5 bits, the frequent and the rare ones: is that fair?",
    ),
    Caption("07", "built in 4 merges", name="the tree", question="Which two symbols are joined first?"),
    Caption(
        "07", "a window of 3 bits", question="The window has 3 bits: by how many does it move on after each codeword?"
    ),
    Caption("07", "4 lanes", question="Twenty codewords in four lanes: how many steps does it take to read them?"),
    Caption(
        "07", "lenet-300-100, fixed",
        question="Huffman's code shortens the indices: what comes into the file for it?",
    ),
    Caption("07", "entropy of single weights", name="below the floor"),
    Caption(
        "08", "Huffman-coded 11,765",
        question="How many times smaller is the file, if nothing may be left out of it?",
    ),
    Caption(
        "08", "The 64 bytes of a file", name="the 64 bytes",
        question="Four bytes say what it is and which version: where does the first number of the header begin?",
    ),
    Caption(
        "08", "SVD, retrained", name="figure 6",
        question="Pruning alone, sharing alone, both: how far down does each get before it errs more?",
    ),
    Caption("09", "times, x, 5 by 1", question="Seven of 20 weights are left: how many multiplications does it take?"),
    Caption(
        "09", "sum inputs",
        question="Only three values occur in the layer: how many multiplications does a row take?",
    ),
    Caption(
        "09", "operations a byte", name="the roofline",
        question="Eleven times fewer weights: how many times faster is it?",
    ),
    Caption("09", "8 pictures of 28", question="Four of these neurons are to go: which ones would you take?"),
    Caption("10", "Which input (column)", question="Two groups: which inputs does an output still see?"),
    Caption("10", "Four of 16 weights", question="Four of 16 weights are left: how many bits say which?"),
    Caption(
        "10", "gaps of fixed width", name="the floor",
        question="4 % of the weights are kept: how many bits a weight does it take to say which?",
    ),
    Caption("11", "Whole numbers, and whose", question="Which of these numbers belong to the frequent symbol?"),
    Caption("11", "bytes against contexts", name="contexts"),
    Caption(
        "11", "Huffman or rANS 11,765",
        question="Nothing is trained: how much do contexts save, and how much fewer neurons and biases?",
    ),
    Caption(
        "12", "10 pictures of 14", name="the bits of each weight",
        question="Which pixels' weights may be anything, and cost next to nothing?",
    ),
)  # fmt: skip
"""All, by lesson and in the order of the slides."""


def caption_of(lesson: str, figures: str) -> Caption:
    """The caption of a slide by its figures' img tags; one without words where there is none."""
    found = [each for each in CAPTIONS if each.lesson == lesson and each.alt in figures]
    return found[0] if found else Caption(lesson, "")
