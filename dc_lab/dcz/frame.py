"""What stands around the tensors of a file: magic and version before them, the checksum behind."""

import zlib

from dc_lab.dcz.cursor import ArchiveError

MAGIC = b"DCZ"
VERSIONS = (1, 2, 3, 4, 5)


def write(version: int, parts: list[bytes]) -> list[bytes]:
    """These parts of a file, framed; to be joined."""
    framed, checksum = [MAGIC + bytes([version]), *parts], 0
    for part in framed:
        checksum = zlib.crc32(part, checksum)
    return [*framed, checksum.to_bytes(4, "little")]


def check(content: bytes) -> None:
    """Whether this is a file of a version that we know, and whole.

    Raises
    ------
    ArchiveError : it is not.
    """
    if content[:3] != MAGIC:
        raise ArchiveError(f"not a .dcz file: starts with {content[:4].hex(' ') or 'nothing'}", offset=0)
    if len(content) < 9:
        raise ArchiveError(f"truncated: {len(content)} bytes, the shortest archive has 9", offset=len(content))
    if content[3] not in VERSIONS:
        known = ", ".join(map(str, VERSIONS))
        raise ArchiveError(f"format version {content[3]}, this reads versions {known}", offset=3)
    if zlib.crc32(memoryview(content)[:-4]) != int.from_bytes(content[-4:], "little"):
        raise ArchiveError("the checksum does not fit the content: truncated or altered", offset=len(content) - 4)
