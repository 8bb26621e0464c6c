"""The paper's tables, from data/paper/deep_compression_paper.json: what our figures are held against."""

import functools
import json
from typing import Any

from dc_lab.networks.datasets import DataError, data_dir
from dc_lab.support import places


@functools.cache
def tables() -> dict[str, Any]:
    """The whole file: table1, layers (tables 2 to 5 by network), table6 ... table9, energy, notes.

    Raises
    ------
    DataError : the file is missing or not JSON.
    """
    path = data_dir() / "paper" / "deep_compression_paper.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        remedy = places.remedy("data/paper")
        raise DataError(f"{path} cannot be read ({error}): restore it with `{remedy}`") from None


def network(net: str) -> dict[str, Any]:
    """The paper's row of table 1 for a network: errors in percent, sizes in KB or MB, ratio."""
    return {row["net"]: row for row in tables()["table1"]}[net]


def layers(net: str) -> dict[str, dict[str, Any]]:
    """Layer name -> the paper's row of tables 2 to 5: weights, kept_pct, bits before and after Huffman, rate."""
    return {row["layer"]: row for row in tables()["layers"][net]["layers"]}
