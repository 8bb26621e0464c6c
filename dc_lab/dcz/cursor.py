"""Reading a file from its first byte to its last: where we are, what each byte was for, and what is wrong there."""

from dc_lab.dcz import limits


class ArchiveError(Exception):
    """The file is not a valid archive: says in which tensor and field, and at which byte."""

    def __init__(self, problem: str, tensor: str | None = None, field: str = "file", offset: int | None = None):
        where = f"tensor {tensor!r}, {field}" if tensor is not None else field
        at = f" at byte {offset}" if offset is not None else ""
        super().__init__(f"{where}{at}: {problem}")
        self.tensor, self.field, self.offset = tensor, field, offset


class Reader:
    """A cursor over the file that notes what each byte was for, and refuses to read past the end."""

    def __init__(self, content: bytes) -> None:
        self.content = memoryview(content)
        self.end = len(content) - 4  # the checksum stands behind
        self.at = 0
        self.tensor: str | None = None
        self.field = "file"
        self.sizes: dict[tuple[str | None, str], int] = {}
        self.version = content[3]
        self.decisions = limits.MAX_DECISIONS  # that the adaptive forms may still take
        self.table_entries = limits.TABLE_ENTRIES + limits.TABLE_ENTRIES_A_BYTE * len(content)  # that rANS may

    def error(self, problem: str) -> ArchiveError:
        """What is wrong at the place where we are; to be raised."""
        return ArchiveError(problem, self.tensor, self.field, self.at)

    def take(self, size: int, part: str) -> memoryview:
        """The next `size` bytes, which are for this `part` of the tensor."""
        if size > self.end - self.at:
            raise self.error(f"needs {size} bytes, but {self.end - self.at} are left")
        self.at += size
        key = (None if part == "header" else self.tensor, part)
        self.sizes[key] = self.sizes.get(key, 0) + size
        return self.content[self.at - size : self.at]

    def byte(self, part: str) -> int:
        """The next byte, as a number."""
        return self.take(1, part)[0]

    def varint(self, part: str, most: int, what: str) -> int:
        """A number that `varint` wrote, at most `most`; `what` it is, for the error."""
        value = 0
        for shift in range(0, 63, 7):
            byte = self.byte(part)
            value |= (byte & 127) << shift
            if byte < 128:
                if byte == 0 and shift:
                    raise self.error(f"{what} ends with a zero byte that says nothing")
                if value > most:
                    raise self.error(f"{what} is {value}, expected at most {most}")
                return value
        raise self.error(f"{what} is longer than 9 bytes")

    def text(self, most: int, what: str) -> str:
        """A text of at most `most` bytes of UTF-8 behind its length, as headers have; `what` it is, for the error."""
        raw = bytes(self.take(self.varint("header", most, f"{what}'s length"), "header"))
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise self.error(f"{what} is not UTF-8: {raw[:50]!r}") from None

    def counted(self, part: str) -> memoryview:
        """A payload that stands behind its length."""
        return self.take(self.varint("tables", self.end - self.at, "the payload's length"), part)
