"""Reading a file: its frame, its headers, its tensors, and what must hold at the end."""

from collections.abc import Iterable

from dc_lab.dcz import frame, header, known, streams, tensors
from dc_lab.dcz.contents import Contents, itemized
from dc_lab.dcz.cursor import Reader
from dc_lab.dcz.header import Header
from dc_lab.dcz.kinds.tied import TIED
from dc_lab.dcz.values import version_of


def read(content: bytes, most: int) -> Contents:
    """All that is in a file whose tensors take at most `most` bytes together.

    Raises
    ------
    ArchiveError : not a valid archive, or larger tensors.
    """
    frame.check(content)
    reader = Reader(content)
    reader.field = "header"
    reader.take(4, "header")  # the frame's own
    if reader.version == known.VERSION:
        return known.read(reader, most)
    metadata = header.read_metadata(reader) if reader.version >= 4 else {}
    headers = header.read(reader, lambda announced: tensors.exists(announced, reader.version), most)
    contents = Contents({}, [], [], {}, metadata)
    titles: dict[str, str] = {}  # one text for all names of a tensor: a name takes more memory than its bytes here
    for name, announced in headers.items():
        reader.tensor = name
        if announced.same is not None:
            contents.tensors[name] = contents.tensors[announced.same]
            contents.kinds[name] = titles.setdefault(announced.same, TIED.title(announced.same))
            contents.tied[name] = announced.same
            continue
        found = tensors.decode(reader, announced)
        contents.tensors[name], contents.kinds[name] = found.tensor, found.how
        contents.streams.extend(found.streams)
    _check_end(reader, headers.values(), contents)
    contents.items.extend(itemized(reader.sizes))
    return contents


_VERSIONS = {form.name: form.version for form in streams.TABLE}
"""The format's first version that has each form of a stream."""


def _check_end(reader: Reader, headers: Iterable[Header], contents: Contents) -> None:
    """Whether the file ends here, and its version is the least that has what was found."""
    reader.tensor, reader.field = None, "end"
    if reader.version == 2 and not any(each.kind == tensors.QUANTIZED.number for each in headers):
        raise reader.error("format version 2, but no tensor is quantized")
    newest = max((_VERSIONS[stream.form] for stream in contents.streams), default=1)
    if reader.version == 3 and newest < 3:
        raise reader.error("format version 3, but no form that version 2 does not have")
    if reader.version == 4 and newest < 4 and not contents.metadata and not any(map(_is_of_version_4, headers)):
        raise reader.error("format version 4, but nothing that version 3 does not have")
    if reader.at != reader.end:
        raise reader.error(f"{reader.end - reader.at} bytes too many after the last tensor")


def _is_of_version_4(announced: Header) -> bool:
    """Whether a tensor is of a kind or a dtype that only version 4 has."""
    if announced.same is not None:
        return True
    return max(tensors.TABLE[announced.kind].version, version_of(announced.dtype)) == 4
