"""The byte ledger: one bar a stage of the course, each the size of a file written then and there and read back.

The stages show LeNet-300-100 from the files in data/checkpoints: as it was trained, pruned, and compressed.
"""

import functools
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dc_lab import archive, figures, pipeline, sparse
from dc_lab.checkpoints import weights
from dc_lab.measure.curves import networks
from dc_lab.networks import datasets

NET = networks.LENET300
Arrays = Mapping[str, np.ndarray]


class Entry(NamedTuple):
    """A stage: the lesson that adds it, its name, the checkpoint it shows, and what writes it and reads it back."""

    lesson: str
    name: str
    source: Callable[[], Arrays]
    write: Callable[[Path, Arrays], Path]
    read: Callable[[Path], Arrays]


def trained(net: str = NET) -> Arrays:
    """The trained network, dense float32."""
    return networks.arrays(net)


def pruned(net: str = NET) -> Arrays:
    """The network pruned and retrained: float32, most weights zero."""
    return networks.arrays(net, "pruned")


def shared(net: str = NET) -> Arrays:
    """The network with few distinct weights, its centroids trained; codebooks and biases fit float16."""
    return archive.load(datasets.checkpoint(f"{net}.dcz"))


def _write_safetensors(path: Path, arrays: Arrays) -> Path:
    path = path.with_suffix(".safetensors")
    weights.save_weights(path, arrays)
    return path


def _write_csr(path: Path, arrays: Arrays) -> Path:
    """Matrices as values, columns (the narrowest unsigned type that holds them) and row starts; the rest as it is."""
    parts = {}
    for name, array in arrays.items():
        if array.ndim != 2:
            parts[name] = array
            continue
        csr = sparse.to_csr(array)
        parts[f"{name}/values"] = csr.values
        parts[f"{name}/columns"] = csr.columns.astype(np.min_scalar_type(array.shape[1]))
        parts[f"{name}/row_start"] = csr.row_start
        parts[f"{name}/shape"] = np.array(array.shape)
    return _write_safetensors(path, parts)


def _read_csr(path: Path) -> Arrays:
    parts = weights.load_weights(path)
    arrays = {}
    for name in dict.fromkeys(part.partition("/")[0] for part in parts):
        if name in parts:
            arrays[name] = parts[name]
        else:
            rows, columns = parts[f"{name}/shape"].tolist()
            values, places, row_start = (parts[f"{name}/{field}"] for field in ("values", "columns", "row_start"))
            arrays[name] = sparse.from_csr(sparse.CSR(values, places, row_start, (rows, columns)))
    return arrays


def _write_dcz(path: Path, arrays: Arrays, coder: archive.Coder) -> Path:
    archive.save(path, arrays, coder)
    return path


ENTRIES = (
    Entry("01", "trained, float32", trained, _write_safetensors, weights.load_weights),
    Entry("02", "pruned, zeros stored", pruned, _write_safetensors, weights.load_weights),
    Entry("03", "pruned, CSR", pruned, _write_csr, _read_csr),
    Entry("03", "pruned, relative index", pruned, functools.partial(_write_dcz, coder="fixed"), archive.load),
    Entry("04", "shared weights", shared, functools.partial(_write_dcz, coder="fixed"), archive.load),
    Entry("07", "Huffman-coded", shared, functools.partial(_write_dcz, coder="huffman"), archive.load),
)


def sizes(lesson: str) -> list[tuple[str, int]]:
    """(stage, bytes) of every stage up to and including `lesson` ("04"): written now, read back, and measured.

    Raises
    ------
    RuntimeError : what is read back is not what was written.
    """
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        for entry in ENTRIES:
            if entry.lesson > lesson:
                break
            arrays = entry.source()
            path = entry.write(Path(folder) / "network.dcz", arrays)
            found = entry.read(path)
            pipeline.check_same({name: found[name] for name in arrays}, arrays)
            measured.append((entry.name, path.stat().st_size))
    return measured


def ledger(lesson: str, log: bool = False, guess: float | None = None) -> figures.Picture:
    """The picture of `sizes(lesson)`, with ratios against the float32 parameters.

    Parameters
    ----------
    log : on a logarithmic axis, as `figures.ledger` draws it.
    guess : how many times smaller the learner guessed the last file to be; None is no guess.
    """
    dense = sum(array.nbytes for array in trained().values())
    guessed = None if guess is None else dense / guess
    title = "The byte ledger: LeNet-300-100 as a file"
    return figures.ledger(sizes(lesson), title, dense, log=log, guess=guessed)
