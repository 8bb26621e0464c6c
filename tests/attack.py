"""Two readers of `.dcz` files, ours and the one written from FORMAT.md alone, on files changed in every way.

    python tests/attack.py --mutations 100000 --seed 0 [--seconds 600] [--folder disagreements] [--long]

Small files of every form of tensor with every form of stream (or `--long` ones, of thousands of values, which take more
than ten times as long) are changed with an eye on their structure, and get the checksum that belongs to them. Both
readers refuse such a file, or both give the same tensors. Those on which they do not agree are written to the folder.
`fuzz_archive.py` changes larger files, for our reader alone.
"""

import argparse
import bisect
import contextlib
import functools
import random
import resource
import sys
import time
import tracemalloc
from collections import Counter
from pathlib import Path

import dcz_freely
import dcz_second
import numpy as np
from dcz_freely import varint
from fuzz_archive import repaired

from dc_lab import archive
from dc_lab.dcz import limits
from dc_lab.quantized import QuantizedTensor, integer_range

MAX_BYTES, MAX_BYTES_LONG = 2**12, 2**17
MAX_DECISIONS = 512  # instead of 2**20, so that no changed file can take seconds
MAX_MEMORY = 2**25  # bytes that reading one changed file may take: tables of a few MB, for a file of any size
MAX_SECONDS = 2.0  # that it may take, also where the machine is busy with other things

FORMS = {
    "dense": dcz_second.DENSE,
    "sparse": dcz_second.SPARSE,
    "dense shared": dcz_second.DENSE_SHARED,
    "sparse shared": dcz_second.SPARSE_SHARED,
    "quantized": dcz_second.QUANTIZED,
    "mapped": dcz_second.MAPPED,
    "planes": dcz_second.PLANES,
}
STREAMS = {
    "constant": dcz_second.CONSTANT,
    "fixed": dcz_second.FIXED,
    "Huffman": dcz_second.HUFFMAN,
    "rANS": dcz_second.RANS,
    "adaptive": dcz_second.ADAPTIVE,
}


# What a file holds, in a form in which both readers can be compared


def ours(content, max_bytes=None):
    """Tensors by name in order, metadata, and which tensors are tied, from our reader."""
    found = archive.read(content, max_bytes)
    tensors = [(name, bits_of(tensor)) for name, tensor in found.tensors.items()]
    return tensors, list(found.metadata.items()), found.tied


def bits_of(tensor):
    if isinstance(tensor, QuantizedTensor):
        scale, zero_point = np.atleast_1d(tensor.q_scale), np.atleast_1d(tensor.q_zero_point)
        assert scale.dtype == np.float64
        return bits_of(tensor.integers), scale.tobytes(), zero_point.tolist(), tensor.axis, tensor.bits
    return tensor.dtype.str if tensor.dtype.name != "bfloat16" else "bfloat16", tensor.shape, tensor.tobytes()


def second(content, max_bytes=None, max_decisions=2**20):
    """The same from the second reader."""
    room = max(2**30, 1024 * len(content)) if max_bytes is None else max_bytes
    tensors, metadata = dcz_second.read_file(dcz_second.File(content, max_decisions), room)
    first, tied = {}, {}
    for name, tensor in tensors.items():
        if first.setdefault(id(tensor), name) != name:
            tied[name] = first[id(tensor)]
    return [(name, second_bits_of(tensor)) for name, tensor in tensors.items()], list(metadata.items()), tied


def second_bits_of(tensor):
    if isinstance(tensor, dcz_second.Quantized):
        codes, scale, zero_point, axis, bits = tensor
        return second_bits_of(codes), scale.tobytes(), zero_point.tolist(), axis, bits
    if isinstance(tensor, dcz_second.Bfloat16):
        return "bfloat16", tensor.bits.shape, tensor.bits.tobytes()
    return tensor.dtype.str, tensor.shape, tensor.tobytes()


@contextlib.contextmanager
def few_decisions():
    """Our reader within stops after MAX_DECISIONS."""
    usual, limits.MAX_DECISIONS = limits.MAX_DECISIONS, MAX_DECISIONS
    try:
        yield
    finally:
        limits.MAX_DECISIONS = usual


class Meter:
    """Time and memory of what happens within; and the most of both so far.

    Memory is traced for one in `every`, as that takes ten times as long. Of the others it is seen if the whole process
    becomes larger than ever before.
    """

    def __init__(self, every=50):
        self.every = every
        self.number = 0
        self.seconds = self.most_seconds = 0.0
        self.memory = self.most_memory = 0

    def __enter__(self):
        self.tracing = self.number % self.every == 0
        if self.tracing:
            tracemalloc.start()
        self.largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self.begin = time.perf_counter()

    def __exit__(self, *error):
        self.seconds = time.perf_counter() - self.begin
        self.memory = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - self.largest)
        if self.tracing:
            self.memory = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            self.seconds /= 10
        self.number += 1
        self.most_seconds = max(self.most_seconds, self.seconds)
        self.most_memory = max(self.most_memory, self.memory)


AGREED = ("equal", "other", "refused")


def compared(content, original, meter, max_bytes=MAX_BYTES):
    """What both readers make of a changed file: "equal" to the original, "other" tensors, "refused"; or what is wrong.

    Returns
    -------
    (result, what our reader said, what the second one said); the latter two for whoever looks into a disagreement.
    """
    try:
        with few_decisions(), meter:
            mine = ours(content, max_bytes)
    except archive.ArchiveError as error:
        mine = str(error)
    except Exception as error:
        return "CRASH", repr(error), ""
    try:
        theirs = second(content, max_bytes, MAX_DECISIONS)
    except dcz_second.Refused as error:
        theirs = str(error)
    except Exception as error:
        return "CRASH of the second", "", repr(error)
    if mine != theirs and not (isinstance(mine, str) and isinstance(theirs, str)):
        return "DISAGREE", mine, theirs
    if meter.seconds > MAX_SECONDS or meter.memory > MAX_MEMORY:
        return "TOO MUCH", f"{meter.seconds:.1f} s, {meter.memory:,} bytes", ""
    if isinstance(mine, str):
        return "refused", mine, theirs
    return "equal" if mine == original else "other", mine, theirs


# Files to start from, and where what stands in them


class Traced(dcz_second.File):
    """Notes the place of all that is read."""

    def __init__(self, content):
        super().__init__(content)
        self.fields = []

    def noted(self, sort, read, *how):
        """Reads something that may be read in parts; it counts as one field."""
        before, start = len(self.fields), self.place
        found = read(*how)
        self.fields[before:] = [(sort, start, self.place)] if self.place > start else []
        return found

    def take(self, count):
        return self.noted("bytes", super().take, count)

    def byte(self):
        return self.noted("byte", super().byte)

    def varint(self):
        return self.noted("varint", super().varint)

    def bits(self, count):
        return self.noted("bits", super().bits, count)


class Base:
    """A file to start from.

    label : what the table calls it. content : its bytes. original : what it holds, see `ours`.
    fields : (sort, start, end) of all that stands in it. header : how many of these come before the tensors' data.
    drawn : forms of its tensors and of its streams, if `dcz_freely` wrote it. max_bytes : of changed ones.
    """

    max_bytes = MAX_BYTES

    def __init__(self, label, content, drawn=((dcz_second.DENSE,),)):
        self.label, self.content, self.drawn = label, content, drawn
        self.original = ours(content)
        traced = Traced(content)
        dcz_second.read_file(traced, 2**30)
        self.fields = traced.fields
        self.decisions = traced.decisions
        headers = Traced(content)
        headers.take(4)
        if content[3] == 4:
            dcz_second.read_metadata(headers)
        dcz_second.read_headers(headers, 2**30)
        self.header = bisect.bisect_left([start for _, start, _ in self.fields], headers.place)


@functools.cache
def bases(seed=0, each=6):
    """Small files: `each` of any form of tensor by any form of stream, and some that our own writer makes."""
    rng = random.Random(seed)
    found = []

    def add(label, make, drawn=((dcz_second.DENSE,),)):
        """The first so many files that are small, and quickly read."""
        kept = 0
        while kept < each:
            base = Base(label, make(rng.randrange(2**32)), drawn)
            if len(base.content) <= 300 and base.decisions <= 200:
                found.append(base)
                kept += 1

    for title, form in FORMS.items():
        for name, stream in STREAMS.items():
            drawn = (form,), (stream,)
            add(f"{title}, {name}", functools.partial(freely_drawn, drawn), drawn)
    for title, form in FORMS.items():
        drawn = ((form, dcz_second.TIED),)
        add(f"tied, {title}", functools.partial(freely_drawn, drawn), drawn)
    for coder in archive.CODERS:
        add(f"our writer, {coder}", functools.partial(ours_drawn, coder=coder))
    return found


class LongBase(Base):
    """A file with thousands of values."""

    max_bytes = MAX_BYTES_LONG


@functools.cache
def long_bases(seed=0, each=4):
    """Files with long streams, for which our reader has other ways to decode."""
    rng = random.Random(seed)
    found = []
    for title in ("dense", "sparse", "dense shared", "sparse shared", "quantized", "planes"):
        for name in ("fixed", "Huffman", "rANS"):
            drawn = (FORMS[title],), (STREAMS[name],), True
            files = (freely_drawn(drawn, rng.randrange(2**32)) for _ in range(each))
            found += [LongBase(f"long, {title}, {name}", content, drawn) for content in files]
    return found


def freely_drawn(how, seed):
    return dcz_freely.drawn(seed, *how)


def ours_drawn(seed, coder=None):
    """A file by our own writer: arrays of every dtype, quantized tensors, tied ones, metadata, in any coder."""
    rng = np.random.default_rng(seed)
    tensors = {}
    for place in range(rng.integers(0, 4)):
        name = f"{rng.choice(['', 'w', 'größe'])}{place}"
        choice = rng.random()
        if choice < 0.2:
            tensors[name] = quantized_drawn(rng)
        elif choice < 0.3 and tensors:
            tensors[name] = archive.Tied(next(iter(tensors)))
        else:
            tensors[name] = array_drawn(rng)
    metadata = {"a": "größer", "": ""} if rng.random() < 0.1 else None
    return archive.dumps(tensors, coder or rng.choice(archive.CODERS), metadata, bool(rng.random() < 0.3))


def array_drawn(rng):
    """An array of any bits; often with few different values, and sparse. Now and then one that rANS pays for."""
    if rng.random() < 0.06:
        return rng.choice(np.array([7, 8, 9], np.uint8), 4000, p=[0.93, 0.04, 0.03])
    dtype = archive.DTYPES[rng.integers(len(archive.DTYPES))]
    shape = tuple(rng.choice([0, 1, 2, 3, 5, 9], rng.integers(0, 4), p=[0.04, 0.16, 0.2, 0.2, 0.2, 0.2]))
    shape = (int(rng.integers(200)),) if rng.random() < 0.2 else shape
    book = rng.bytes(dtype.itemsize * int(rng.choice([1, 2, 5, 300])))
    book = bytes(byte & 1 for byte in book) if dtype == np.bool_ else book
    array = rng.choice(np.frombuffer(book, f"u{dtype.itemsize}"), shape)
    array = array * (rng.random(shape) < rng.choice([0.05, 0.4, 1.0]))
    if dtype == np.float32 and rng.random() < 0.3:
        return np.asarray(rng.normal(size=shape).astype(np.float16).astype(np.float32))
    return np.asarray(array, f"u{dtype.itemsize}").view(dtype)


def quantized_drawn(rng):
    """Sparse or dense integers of any bits, with one ruler or one a channel."""
    dtype = rng.choice([np.int8, np.uint8, np.int32])
    bits = 32 if dtype == np.int32 else int(rng.integers(2, 9))
    qmin, qmax = integer_range(dtype, bits)
    shape = tuple(rng.integers(1, 9, rng.integers(0, 3)))
    integers = rng.integers(qmin, qmax, shape, endpoint=True) * (rng.random(shape) < rng.choice([0.1, 1.0]))
    axis = None if not shape or rng.random() < 0.5 else int(rng.integers(len(shape)))
    scales = rng.choice([0.5, 0.1, 1e-9], None if axis is None else shape[axis])
    zero_points = rng.integers(qmin, qmax, scales.shape, endpoint=True)
    clipped = np.asarray(integers.clip(qmin, qmax), dtype)
    if axis is None:
        return QuantizedTensor(clipped, float(scales), int(zero_points), None, bits)
    return QuantizedTensor(clipped, scales, zero_points, axis, bits)


# Changes


def change_byte(base, rng, out):
    out[rng.randrange(4, len(out))] = rng.randrange(256)


def change_bit(base, rng, out):
    out[rng.randrange(3, len(out))] ^= 1 << rng.randrange(8)


def delete(base, rng, out):
    at = rng.randrange(4, len(out))
    del out[at : at + rng.choice([1, 1, 2, 4, 16])]


def double(base, rng, out):
    at = rng.randrange(4, len(out))
    out[at:at] = out[at : at + rng.choice([1, 1, 2, 4, 16])]


def insert(base, rng, out):
    at = rng.randrange(4, len(out) + 1)
    out[at:at] = rng.choice([rng.randbytes(rng.choice([1, 2, 4])), bytes(rng.choice([1, 2, 4]))])


def truncate(base, rng, out):
    del out[rng.randrange(4, len(out)) :]


def overwrite(base, rng, out):
    at = rng.randrange(4, len(out))
    length = min(rng.choice([1, 2, 4, 8]), len(out) - at)
    out[at : at + length] = bytes([rng.choice([0, 1, 127, 128, 255])]) * length


def value_of(content):
    return sum((byte & 127) << (7 * index) for index, byte in enumerate(content))


def change_varint(base, rng, out, fields=None):
    """Another number in place of one: near by, at a limit, huge, or the same in a longer form."""
    chosen = [field for field in fields or base.fields if field[0] == "varint"]
    if not chosen:
        return change_byte(base, rng, out)
    _, start, end = rng.choice(chosen)
    number = value_of(out[start:end])
    if rng.random() < 0.1:
        out[start:end] = bytes([*out[start : end - 1], out[end - 1] | 128, *rng.choice([[0], [128, 0]])])
        return
    near = [number + 1, number - 1, number * 2, number // 2, number ^ 1 << rng.randrange(8)]
    out[start:end] = varint(max(0, rng.choice([*near, 0, 1, 2, 127, 128, 256, 2**16, 2**32, 2**62, 2**63 - 1, 2**64])))


def change_field(base, rng, out, fields=None):
    """Another value in place of one of a single byte: near by, or any."""
    chosen = [field for field in fields or base.fields if field[0] == "byte"]
    if not chosen:
        return change_byte(base, rng, out)
    _, start, _ = rng.choice(chosen)
    out[start] = rng.choice([out[start] ^ 1, out[start] ^ 16, out[start] + 1, out[start] - 1, rng.randrange(256)]) % 256


def change_header(base, rng, out):
    """A change to the headers or the metadata alone."""
    fields = base.fields[1 : base.header]
    sort, start, end = rng.choice(fields)
    if sort == "varint":
        change_varint(base, rng, out, [(sort, start, end)])
    elif sort == "byte":
        change_field(base, rng, out, [(sort, start, end)])
    else:
        out[rng.randrange(start, end)] = rng.choice([0, 65, 128, 195, 255, rng.randrange(256)])


def change_version(base, rng, out):
    """Another version, with what it has in front, or does not have."""
    before, after = out[3], rng.choice([0, 1, 2, 3, 4, 4, 5, 255])
    out[3] = after
    if after == 4 and before != 4 and rng.random() < 0.8:
        out[4:4] = rng.choice([b"\0", b"\1\0\0", b"\1\1a\1b", b"\2\0\0\0\0"])
    elif before == 4 and after != 4 and out[4] == 0:
        del out[4]


def swap(base, rng, out):
    """Two fields change places."""
    first, other = sorted(rng.choices(base.fields[1:], k=2), key=lambda field: field[1])
    if first != other:
        (_, a, b), (_, c, d) = first, other
        out[a:d] = out[c:d] + out[b:c] + out[a:b]


def splice(base, rng, out):
    """A field of another file in the place of one of the same sort; or all that follows."""
    other = rng.choice(bases(each=1))
    sort, start, end = rng.choice(base.fields[1:])
    same = [field for field in other.fields[1:] if field[0] == sort]
    if same:
        _, from_, to = rng.choice(same)
        if rng.random() < 0.3:
            end, to = len(out), -4
        out[start:end] = other.content[from_:to]


def resize(base, rng, out):
    """A piece with its length in front becomes shorter or longer, and the length with it."""
    pieces = [
        (length, piece)
        for length, piece in zip(base.fields, base.fields[1:], strict=False)
        if length[0] == "varint" and piece[2] - piece[1] in multiples(value_of(base.content[length[1] : length[2]]))
    ]
    if not pieces:
        return truncate(base, rng, out)
    (_, start, _), (_, first, last) = rng.choice(pieces)
    number = value_of(out[start:first])
    size = (last - first) // number
    to = max(0, number + rng.choice([-1, -1, -2, -number, 1, 2]))
    piece = out[first:last][: to * size]
    piece += rng.choice([bytes(8), rng.randbytes(8)])[: to * size - len(piece)]
    out[start:last] = varint(to) + piece


def multiples(number):
    """Bytes of so many values of some dtype, or dimensions."""
    return [size * number for size in (1, 2, 4, 8)] if number else []


def several(base, rng, out):
    """Some changes one after the other, of those for which places need not be as they were."""
    for _ in range(rng.choice([2, 3, 4])):
        if len(out) > 8:
            rng.choice([change_byte, change_bit, delete, double, insert, overwrite])(base, rng, out)


def break_a_rule(base, rng, out):
    """A new file of this kind, by a careless writer."""
    out[:] = dcz_freely.drawn(rng.randrange(2**32), *base.drawn, careless=rng.choice([0.01, 0.02, 0.05]))[:-4]


MUTATIONS = {
    "a rule broken": break_a_rule,
    "byte": change_byte,
    "bit": change_bit,
    "piece removed": delete,
    "piece doubled": double,
    "piece inserted": insert,
    "piece overwritten": overwrite,
    "truncated": truncate,
    "varint": change_varint,
    "field of a byte": change_field,
    "header": change_header,
    "version": change_version,
    "fields swapped": swap,
    "spliced": splice,
    "resized": resize,
    "several": several,
}


def mutated(base, mutation, rng):
    """The content of a file with one mutation, and the checksum that belongs to it."""
    out = bytearray(base.content[:-4])
    MUTATIONS[mutation](base, rng, out)
    return repaired(bytes(out) + bytes(4))


# The comparison


class Record:
    """How many had which result, by base file and by mutation; and why the second reader refused how many."""

    def __init__(self):
        self.by_base, self.by_mutation, self.reasons = {}, {}, Counter()

    def add(self, base, mutation, result, second):
        self.by_base.setdefault(base.label, Counter())[result] += 1
        self.by_mutation.setdefault(mutation, Counter())[result] += 1
        if result == "refused":
            self.reasons[second] += 1

    @property
    def counts(self):
        return sum(self.by_mutation.values(), Counter())

    def lines(self):
        """A table, with what is wrong behind what is right."""
        results = [*AGREED, *sorted(set(self.counts) - set(AGREED))]
        rows = [*sorted(self.by_base.items()), *sorted(self.by_mutation.items()), ("all", self.counts)]
        for place, (label, counts) in enumerate(rows):
            if place in (0, len(self.by_base), len(rows) - 1):
                yield f"\n{'':28}" + "".join(f"{result:>12}" for result in results)
            yield f"{label:28}" + "".join(f"{counts[result]:12,}" for result in results)
        yield "\nWhy the second reader refused"
        for reason, number in self.reasons.most_common():
            yield f"{number:12,}  {reason}"


def attack(files, mutations, seed, meter, seconds=None, progress=None, failed=None):
    """Compares both readers on random mutations of the files; stops after so many `seconds`.

    `progress` is called now and then, with the number done and the record; `failed` for each file on which something is
    wrong, with a label, its content, and `compared` of it.
    """
    rng = random.Random(seed)
    record = Record()
    begin = time.perf_counter()
    for done in range(mutations):
        base, mutation = rng.choice(files), rng.choice([*MUTATIONS, "a rule broken", "a rule broken"])
        content = mutated(base, mutation, rng)
        result = compared(content, base.original, meter, base.max_bytes)
        record.add(base, mutation, result[0], result[2])
        if result[0] not in AGREED and failed:
            failed(f"{seed}-{done}", f"{base.label}, {mutation}", content, result)
        if done % 500 == 499:
            if progress:
                progress(done + 1, record)
            if seconds is not None and time.perf_counter() - begin > seconds:
                break
    return record


def main():
    parser = argparse.ArgumentParser(description="Two readers of .dcz files, on changed files: do they agree?")
    parser.add_argument("--mutations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, help="stop after this time")
    parser.add_argument(
        "--folder", type=Path, default=Path("disagreements"), help="for files on which something is wrong"
    )
    parser.add_argument("--long", action="store_true", help="change files of thousands of values instead")
    options = parser.parse_args()

    def progress(done, record):
        print(f"\r{done:,} of {options.mutations:,}: {dict(record.counts)}", end="", flush=True)

    def failed(number, label, content, result):
        options.folder.mkdir(parents=True, exist_ok=True)
        (options.folder / f"{number}.dcz").write_bytes(content)
        print(f"\n{number}, {label}: {result[0]}\n  ours: {result[1]!s:.300}\n  second: {result[2]!s:.300}", flush=True)

    meter = Meter()
    begin = time.perf_counter()
    files = long_bases() if options.long else bases()
    print(f"{len(files)} files to start from, made in {time.perf_counter() - begin:.1f} s")
    begin = time.process_time()
    record = attack(files, options.mutations, options.seed, meter, options.seconds, progress, failed)
    took = time.process_time() - begin
    print("\n".join(["", *record.lines(), ""]))
    done = sum(record.counts.values())
    print(f"{done:,} mutations with seed {options.seed}, {1000 * took / done:.2f} ms of processor time each.")
    print(f"Our reader took at most {meter.most_seconds:.3f} s and {meter.most_memory:,} bytes for one.")
    if set(record.counts) - set(AGREED):
        sys.exit(1)


if __name__ == "__main__":
    main()
