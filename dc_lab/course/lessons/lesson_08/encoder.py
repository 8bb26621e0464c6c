"""The writer that four exercises come to: what writes a file of version 1."""

import zlib

import numpy as np

from dc_lab.course.lessons.lesson_08.earlier import canonical_codes, code_lengths, encode, relative_index


def write_varint(number):
    """A whole number of 0 or more as a varint: bytes."""
    if number < 128:
        return bytes([number])
    return bytes([128 + number % 128]) + write_varint(number // 128)


def write_stream(numbers, huffman=True):
    """The numbers as a stream: bytes. Without `huffman` in form 0 or 1."""
    largest = int(numbers.max(initial=0))
    if (numbers == largest).all():
        return b"\0" + write_varint(largest)
    alphabet, width = largest + 1, largest.bit_length()
    fixed = bytes([1, width]) + encode(numbers, np.arange(alphabet), np.full(alphabet, width))
    if not huffman:
        return fixed
    counts, lengths = np.bincount(numbers), None
    while lengths is None or lengths.max() > 12:
        lengths = np.asarray(code_lengths(counts))
        counts = (counts + 1) // 2
    coded = b"\2" + write_varint(alphabet) + write_stream(lengths, huffman=False)
    lane = 4096 if len(numbers) >= 32_768 else 0
    sizes = np.add.reduceat(lengths[numbers], np.arange(0, len(numbers), lane or len(numbers)))
    coded += write_varint(lane) + write_varint(sizes.min())
    if lane:
        coded += write_stream(sizes - sizes.min(), huffman=False)
    coded += encode(numbers, canonical_codes(lengths), lengths)
    return min(fixed, coded, key=len)


def write_tensor(array):
    """The kind of a float32 array and its data: an int, and bytes."""
    half = array.astype(np.float16)
    is_half = 1 if (half == array).all() else 0
    stored = half if is_half else array
    kept = array[array != 0]
    book = np.unique(kept)  # as float32: on some processors NumPy 2.2 sorts float16 wrongly
    if len(kept) < 4 * len(book) or not 0 < len(book) <= 256:
        return is_half, write_stream(np.frombuffer(stored.tobytes(), np.uint8))
    found = []
    for bits in range(4, 11):
        gaps, is_filler = relative_index(stored != 0, bits)
        indices = np.full(len(gaps), len(book))
        indices[~is_filler] = np.searchsorted(book, kept)
        data = write_varint(len(gaps)) + write_varint(len(book))
        data += book.astype(stored.dtype).tobytes()
        found.append(data + write_stream(gaps) + write_stream(indices))
    return 6 + is_half, min(found, key=len)


def write_dcz(tensors):
    """The file of version 1 with these float32 arrays, name -> array: bytes."""
    content = b"DCZ\1" + write_varint(len(tensors))
    all_data = b""
    for name, array in tensors.items():
        kind, data = write_tensor(array)
        raw = name.encode()
        content += write_varint(len(raw)) + raw + bytes([16 * kind])
        content += write_varint(array.ndim) + b"".join(map(write_varint, array.shape))
        all_data += data
    content += all_data
    return content + zlib.crc32(content).to_bytes(4, "little")
