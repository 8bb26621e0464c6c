"""dc_lab: Deep Compression from scratch, the package behind the lessons.

Each module here is one idea, in the order of the course:

    lesson 02  pruning     masks by magnitude, held through training
    lesson 03  sparse      what is left, stored: CSR and the paper's relative index
    lesson 04  sharing     k-means in one dimension, codebooks, their training
    lesson 05  quantized   tensors as integers with scale and zero point
    lesson 06  dynamic     whole networks in integers, static and dynamic
    lesson 07  huffman     codes from counts, packed and decoded
    lesson 08  archive     one real file, the .dcz
    lesson 08  pipeline    the whole way, from a trained network to the file

Behind them stand the rooms that need no reading to follow a lesson: `coding` and `dcz` (bits and the file's inside),
`integers`, `networks`, `checkpoints`, `measure`, `figures`, `records`, `cli`, `course`, and `support` below them all.
CONTRIBUTING.md says what each is for and which may import which.
"""

__version__ = "0.2.0"


def __getattr__(name: str) -> object:
    """`dc_lab.compress`, `load_into` and `swap_in`, which need torch: imported when they are asked for."""
    if name in ("compress", "load_into", "swap_in"):
        from dc_lab.checkpoints import compress, running

        return compress.compress if name == "compress" else getattr(running, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
