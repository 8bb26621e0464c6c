"""Whole numbers in as few bytes as they need. `Reader.varint` in `cursor` reads them."""


def varint(value: int) -> bytes:
    """A number of 0 or more in groups of 7 bits, lowest first; the top bit of a byte says that another one follows."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
