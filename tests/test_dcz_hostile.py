"""Files that were changed or made up: refused with the place named, quickly, and without taking memory for them."""

import itertools
import struct
import time
import tracemalloc
from collections.abc import Iterator

import fuzz_archive
import numpy as np
import pytest
from dcz_files import (
    BOOK,
    DEEP,
    TWO,
    archive_of,
    coded,
    constant,
    counted,
    fixed,
    laned,
    of_version_3,
    ruled,
    ruled_network,
    tensor,
    varint,
)
from fuzz_archive import networks, outcome, repaired

from dc_lab import archive
from dc_lab.archive import ArchiveError, dumps, loads, read
from dc_lab.coding import adaptive
from dc_lab.dcz import limits


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize("name", networks())
def test_every_prefix_is_refused(name: str) -> None:
    content = dumps(networks()[name])
    pick = fuzz_archive.prefixes(content)
    if len(content) > 2000:  # the long ones: the beginning and the end
        pick = iter([content[:length] for length in [*range(500), *range(len(content) - 200, len(content))]])
    for prefix in pick:
        assert outcome(prefix, networks()[name]) == "refused"
        if len(prefix) >= 9:
            assert outcome(repaired(prefix), networks()[name]) == "refused"


@pytest.mark.parametrize("name", ["one", "shared", "plain", "odd"])
def test_every_single_byte_change_is_refused(name: str) -> None:
    network = networks()[name]
    for changed in fuzz_archive.single_bytes(dumps(network)):
        assert outcome(changed, network) == "refused"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "step"), [("one", 1), ("odd", 7), ("shared", 71), ("plain", 71)])
def test_every_single_byte_change_with_the_checksum_repaired(name: str, step: int, traced: None) -> None:
    network = networks()[name]
    for changed in itertools.islice(fuzz_archive.single_bytes(dumps(network)[:-4]), 0, None, step):
        outcome(repaired(changed + bytes(4)), network, max_bytes=2**18)


@pytest.mark.slow
@pytest.mark.parametrize(("number", "seed"), [(600, 7), pytest.param(3000, 8, marks=pytest.mark.weekly)])
def test_random_mutations(number: int, seed: int, traced: None) -> None:
    counts = fuzz_archive.fuzz(number, seed)
    assert counts["refused"] > number / 10
    assert counts["refused, repaired"] > number / 3
    assert counts["other, repaired"] > number / 60


HOSTILE = {
    "2**40 values": (tensor(constant(0), shape=(2**40,)), "w', shape .*bytes of tensors are declared"),
    "product overflows": (tensor(constant(0), shape=(2**32, 2**32)), "dimensions .* are too large"),
    "32 huge dimensions": (tensor(constant(0), shape=(2**62,) * 32), "dimensions .* are too large"),
    "huge but for a zero": (tensor(constant(0), shape=(0, 2**48, 2**48)), "dimensions .* are too large"),
    "33 dimensions": (tensor(constant(0), shape=(1,) * 33), "dimensions is 33, expected at most 32"),
    "dimension of 64 bits": (tensor(constant(0), shape=(2**64,)), "longer than 9 bytes"),
    "sum of sizes": (
        archive_of(varint(2) + b"\1a\4\1" + varint(2**29) + b"\1b\4\1" + varint(2**30) + constant(0) * 2),
        "'b', shape .*bytes of tensors are declared",
    ),
    "giant name": (archive_of(varint(1) + varint(2**40) + b"w" * 20), "name's length is 1099511627776"),
    "name beyond the end": (archive_of(varint(1) + varint(1000) + b"w" * 20), "needs 1000 bytes"),
    "name not UTF-8": (tensor(constant(0), name=b"\xff\xfe"), "not UTF-8"),
    "surrogate in the name": (tensor(constant(0), name=b"\xed\xa0\x80"), "not UTF-8"),
    "same name twice": (archive_of(varint(2) + b"\1w\4\1\1" * 2 + constant(0) * 2), "two tensors named 'w'"),
    "many tensors": (archive_of(varint(2**50) + bytes(90)), "number of tensors is"),
    "one tensor too many": (archive_of(varint(2) + b"\1w\4\1\1" + constant(0)), "number of tensors is 2"),
    "kind 8": (tensor(constant(0), kind=8), "no such form"),
    "dtype 12": (tensor(constant(0), dtype=12), "no such form"),
    "float16 of uint8": (tensor(constant(0), kind=1), "no such form"),
    "constant above 255": (tensor(constant(256)), "the value is 256, expected at most 255"),
    "constant of 63 bits": (tensor(constant(2**63 - 1)), "expected at most 255"),
    "varint of ten bytes": (tensor(b"\0" + b"\x80" * 9 + b"\1"), "longer than 9 bytes"),
    "varint too long": (tensor(b"\0\x81\0"), "zero byte"),
    "varint cut off": (tensor(b"\0\x81"), "needs 1 bytes, but 0 are left"),
    "form 3": (tensor(b"\3" + bytes(20)), "stream of form 3"),
    "width 0": (tensor(b"\1\0"), "0 bits wide"),
    "width 9": (tensor(fixed([0] * 8, 9)), "9 bits wide"),
    "fixed cut off": (tensor(fixed([1] * 8, 8)[:-1]), "needs 8 bytes, but 7 are left"),
    "trailing byte": (tensor(constant(0) + b"\0"), "1 bytes too many"),
    "nothing after the header": (tensor(b"", shape=(1, 1, 1)), "needs 1 bytes"),
    "truth value of 2": (tensor(constant(2), dtype=11), "truth value"),
    "truth value of 2 in a codebook": (tensor(b"\1\2" + constant(0), kind=4, dtype=11), "truth value"),
    "empty codebook": (tensor(b"\0" + constant(0), kind=4), "codebook is empty"),
    "empty codebook, sparse": (tensor(b"\0\0" + constant(0) * 2, kind=6), "codebook is empty"),
    "codebook of 65,537": (tensor(varint(2**16 + 1) + bytes(2**16 + 9), kind=4), "codebook's length is 65537"),
    "codebook of 65,536 and filler": (
        tensor(varint(1) + varint(2**16) + bytes(2**16 + 9), kind=6),
        "codebook's length is 65536",
    ),
    "codebook beyond the end": (tensor(varint(50) + bytes(20), kind=4), "codebook's length is 50, expected at most 21"),
    "code beyond the codebook": (tensor(BOOK + constant(2), kind=4), "the value is 2, expected at most 1"),
    "fixed code beyond": (tensor(varint(3) + b"abc" + fixed([3] * 8, 2), kind=4), "value 3, expected at most 2"),
    "more entries than values": (tensor(varint(9) + constant(0) * 2, kind=2), "entries is 9, expected at most 8"),
    "gap beyond the end": (tensor(varint(1) + constant(8) + constant(1), kind=2), "beyond an array of 8"),
    "gaps beyond the end": (tensor(varint(8) + constant(1) + constant(1), kind=2), "beyond an array of 8"),
    "giant gap": (tensor(varint(1) + constant(2**16) + constant(1), kind=2), "expected at most 65535"),
    "Huffman in Huffman": (tensor(b"\2\2" + coded(TWO, 2, 2)), "stream of form 2, expected 0 or 1"),
    "alphabet of 2**40": (tensor(coded(constant(1), 2**40, 8)), "alphabet's size is"),
    "alphabet of 257": (tensor(coded(constant(1), 257, 8)), "alphabet's size is 257"),
    "alphabet of 65,536": (
        tensor(varint(8) + coded(constant(16), 2**16, 128) + constant(1), kind=2),
        "complete prefix code for 8 values",
    ),
    "no symbols": (tensor(coded(constant(0), 2, 8)), "complete prefix code"),
    "empty alphabet": (tensor(coded(constant(1), 0, 8)), "complete prefix code"),
    "one symbol": (tensor(coded(constant(1), 1, 8)), "complete prefix code"),
    "over-subscribed": (tensor(coded(constant(1), 3, 8)), "complete prefix code"),
    "incomplete": (tensor(coded(constant(2), 3, 16)), "complete prefix code"),
    "length 17": (tensor(coded(constant(17), 3, 16)), "the value is 17, expected at most 16"),
    "length 31": (tensor(coded(fixed([31, 1, 1], 5), 3, 16)), "value 31, expected at most 16"),
    "more symbols than values": (tensor(coded(constant(4), 16, 32)), "complete prefix code for 8 values"),
    "code of 16 bits": (tensor(coded(DEEP, 17, 20), shape=(20,)), "a code of 16 bits for 17 symbols"),
    "codes for no values": (tensor(coded(TWO, 2, 0), shape=(0,)), "for 0 values"),
    "2**29 codes": (tensor(coded(TWO, 2, 2**29, payload=b"\0"), shape=(2**29,)), "codes do not fit"),
    "too few bits": (tensor(coded(TWO, 2, 7)), "8 symbols do not fit into 7 bits"),
    "too many bits": (tensor(coded(TWO, 2, 9)), "ends at bit 8 instead of 9"),
    "2**40 bits": (tensor(coded(TWO, 2, 2**40, payload=b"\0" * 9)), "shortest lane is"),
    "dirty padding": (tensor(coded(TWO, 2, 9, payload=b"\0\1"), shape=(9,)), "padding"),
    "a long lane": (tensor(coded(TWO, 2, 2**15), shape=(2**15,)), "32768 codes in a single lane"),
    "lanes of 1": (tensor(coded(TWO, 2, 0, b"\1\0" + constant(1), bytes(2)), shape=(9,)), "lane size is 1"),
    "one lane, but sized": (
        tensor(coded(TWO, 2, 0, varint(300) + b"\0" + constant(0), bytes(99)), shape=(300,)),
        "lane size is 300",
    ),
    "lane of 2**13": (
        tensor(coded(TWO, 2, 0, varint(2**13) + b"\0" + constant(0), bytes(9999)), shape=(2**14,)),
        "lane size is 8192",
    ),
    "lanes of no bits": (
        tensor(coded(TWO, 2, 0, varint(256) + b"\0" + constant(0), bytes(999)), shape=(512,)),
        "512 symbols do not fit into 0 bits",
    ),
    "one lane has it all": (
        tensor(coded(TWO, 2, 0, varint(256) + b"\0" + fixed([512, 0], 10), bytes(64)), shape=(512,)),
        "lane 0 ends at bit 256 instead of 512",
    ),
    "lanes of 2**50 bits": (
        tensor(coded(TWO, 2, 0, varint(256) + varint(2**50) + constant(0), bytes(64)), shape=(512,)),
        "shortest lane is",
    ),
    "empty": (b"", "starts with nothing"),
    "foreign": (b"PK\3\4 and so on", "not a .dcz file: starts with 50 4b 03 04"),
    "magic only": (b"DCZ\1", "truncated: 4 bytes"),
    "version 3": (repaired(b"DCZ\3\0" + bytes(4)), "format version 3, but no form"),
    "version 2 for nothing": (repaired(b"DCZ\2\0" + bytes(4)), "format version 2, but no tensor is quantized"),
    "quantized in version 1": (repaired(b"DCZ\1" + ruled()[4:]), "no such form"),
    "quantized float32": (ruled(dtype=0), "kind 9 with dtype 0"),
    "quantized int16": (ruled(dtype=5), "kind 9 with dtype 5"),
    "1 bit": (ruled(b"\1"), "'w', ruler .*bits must be from 2 to 8"),
    "9 bits": (ruled(b"\x09"), "'w', ruler .*bits must be from 2 to 8"),
    "integers beyond the bits": (ruled(b"\4", data=b"\0" + constant(16)), "integers must be from 0 to 15"),
    "axis 2 of 1": (ruled(axis=2), "the axis \\+ 1 is 2, expected at most 1"),
    "scale 0": (ruled(scales=bytes(4)), "scale must be above 0"),
    "scale NaN": (ruled(scales=b"\xff" * 4), "scale must be above 0"),
    "scale in 8 bytes for nothing": (ruled(scales=struct.pack("<d", 0.5), kind=8), "of which 4 would do"),
    "scales beyond the end": (ruled(axis=1, shape=(2**29,)), "needs 2147483648 bytes"),
    "zero point beyond": (ruled(zeros=constant(1)), "zero_point must be a whole number from 0 to 255"),
    "quantized twice": (ruled(data=b"\4" + constant(1)), "integers stored as kind 4"),
    "altered": (dumps({})[:-1] + b"\0", "checksum"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file(name: str, traced: None) -> None:
    check_hostile(*HOSTILE[name])


def check_hostile(content: bytes, message: str) -> None:
    adaptive.logits()  # a table that is made once, and not for this file
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    begin = time.perf_counter()
    with pytest.raises(ArchiveError, match=message):
        loads(content)
    assert time.perf_counter() - begin < 1
    assert tracemalloc.get_traced_memory()[1] - before < 200_000 + 8 * len(content)


def test_an_error_says_where() -> None:
    with pytest.raises(
        ArchiveError, match=r"^tensor 'w', codes at byte \d+: the value is 2, expected at most 1$"
    ) as info:
        loads(tensor(BOOK + constant(2), kind=4))
    assert (info.value.tensor, info.value.field, info.value.offset) == ("w", "codes", 15)


@pytest.mark.slow
def test_changed_files_of_quantized_tensors_are_refused_or_read(traced: None) -> None:
    network = {name: value for name, value in ruled_network().items() if name in ("four bits", "nothing", "number")}
    content = dumps(network)
    for prefix in fuzz_archive.prefixes(content):
        assert outcome(prefix, network) == "refused"
    for changed in itertools.islice(fuzz_archive.single_bytes(content[:-4]), 0, None, 53):
        assert outcome(changed + content[-4:], network) == "refused"
        outcome(repaired(changed + bytes(4)), network, max_bytes=2**18)


# --- format version 3 ---


@pytest.mark.slow
@pytest.mark.parametrize("number", range(4))
def test_changed_files_of_version_3(number: int, traced: None) -> None:
    content, network = fuzz_archive.newer()[number]
    for prefix in fuzz_archive.prefixes(content):
        assert outcome(prefix, network) == "refused"
        if len(prefix) >= 9 and (number == 0 or len(prefix) % 11 == 0):
            assert outcome(repaired(prefix), network) == "refused"
    with fuzz_archive.few_decisions():
        for at, changed in enumerate(fuzz_archive.single_bytes(content[:-4])):
            if at % 499 == 0:
                assert outcome(changed + content[-4:], network) == "refused"
            if at % (5 if number == 0 else 2003) == 0:
                outcome(repaired(changed + bytes(4)), network, max_bytes=2**18)


@pytest.mark.slow
@pytest.mark.parametrize("number", [4, 5])
def test_changed_files_of_rans_streams(number: int, traced: None) -> None:
    content, network = fuzz_archive.newer()[number]
    body = content[:-4]
    for length in [*range(9, 100, 7), *range(len(content) - 9, len(content))]:
        assert outcome(repaired(content[:length]), network) == "refused"
    for at in [*range(4, 40), *range(40, len(body), 997)]:
        changed = bytearray(body)
        changed[at] ^= 1 << at % 8
        outcome(repaired(bytes(changed) + bytes(4)), network)


@pytest.mark.slow
def test_no_two_files_of_version_3_hold_the_same() -> None:
    """Whatever single byte of an adaptive payload is changed, it is another network, or none."""
    network = {"w": (np.random.default_rng(0).random((10, 30)) < 0.1) * np.float32(0.5)}
    content = dumps(network, "smallest")
    found = read(content)
    assert found.kinds["w"] == "mapped, float16"
    begin = len(content) - 4 - found.streams[0].payload_bits // 8
    for at in range(begin, len(content) - 4):
        for other in range(0, 256, 3):
            changed = bytearray(content)
            if changed[at] != other:
                changed[at] = other
                assert outcome(repaired(bytes(changed)), network) != "same"
    longer = bytearray(content[:-4]) + bytes(5)
    longer[begin - 1] += 1
    with pytest.raises(ArchiveError, match="no zeros"):
        loads(repaired(bytes(longer)))


HOSTILE_3 = {
    "form 5": (of_version_3(b"\5" + bytes(9)), "stream of form 5, expected 0 to 4"),
    "rANS in version 1": (tensor(laned()), "stream of form 3, expected 0 to 2"),
    "mapped in version 1": (tensor(varint(1) + b"\1\1\0", kind=10), "no such form"),
    "nothing new": (of_version_3(constant(1)), "format version 3, but no form"),
    "rANS in a table": (of_version_3(laned(lengths=b"\3")), "stream of form 3, expected 0 or 1"),
    "adaptive in a table": (of_version_3(laned(lengths=b"\4")), "stream of form 4, expected 0 or 1"),
    "one frequency": (of_version_3(laned(alphabet=1)), "frequencies of 1 symbols for 8 values"),
    "no frequencies": (of_version_3(laned(constant(0), low=b"")), "frequencies of 0 symbols"),
    "more frequencies than values": (
        of_version_3(laned(constant(1), 16, b"")),
        "frequencies of 16 symbols for 8 values",
    ),
    "sum not a power of 2": (of_version_3(laned(constant(1), 3, b"")), "frequencies sum to 3"),
    "sum of 2**17": (of_version_3(laned(constant(17), 2, bytes(4))), "frequencies sum to 131072"),
    "length 18": (of_version_3(laned(constant(18))), "the value is 18, expected at most 17"),
    "dirty padding of frequencies": (of_version_3(laned(low=b"\1")), "padding after the last frequency"),
    "alphabet of 257": (of_version_3(laned(alphabet=257)), "alphabet's size is 257"),
    "more lanes than values": (of_version_3(laned(exponent=4)), r"2\*\*4 lanes for 8 values"),
    "2**17 lanes": (of_version_3(laned(exponent=17), shape=(2**18,)), r"2\*\*17 lanes"),
    "words beyond the end": (of_version_3(laned(words=40)[:-9]), "number of words is 40"),
    "long steps": (of_version_3(laned(words=2)), "8 values in 1 lanes of 8 bytes: too many"),
    "too many symbols": (of_version_3(laned(exponent=3, states=8), shape=(2**19,)), "too many for their size"),
    "state 0": (of_version_3(laned(words=70)[:-144] + bytes(144)), "a state of 0, expected 65536"),
    "words left": (of_version_3(laned(words=70)), "use 0 of 70 words|do not end as they began|use .* of 70 words"),
    "adaptive, too wide": (of_version_3(b"\4\x08" + counted(b"\1")), "9 bits wide, expected 1 to 8"),
    "adaptive, not so wide": (of_version_3(b"\4\7" + counted(b"\xff" * 3)), "said to be 8 bits wide|no zeros"),
    "adaptive, a value of 15 bits": (of_version_3(b"\4\x07" + counted(b"")), "a value of 15 bits, expected at most 8"),
    "adaptive, beyond the end": (of_version_3(b"\4\7" + varint(50) + b"\1"), "payload's length is 50"),
    "adaptive, a zero at the end": (of_version_3(b"\4\0" + counted(b"\xff\0")), "no zeros"),
    "adaptive, 2**29 values": (of_version_3(b"\4\0" + counted(b"\1"), shape=(2**29,)), "more than 1048576 decisions"),
    "map of nothing": (
        of_version_3(varint(1) + b"\1\1\0", kind=10, shape=(0, 2**40)),
        "a map of a tensor without entries",
    ),
    "map with a column of nothing": (of_version_3(varint(1) + b"\1\1\0", kind=10, shape=(2**40, 0)), "without entries"),
    "map without a codebook": (of_version_3(varint(0) + b"\1\0", kind=10), "codebook is empty"),
    "map of stride 0": (of_version_3(varint(1) + b"\1\0\0", kind=10), "stride is 0, expected 1 to below the 8 columns"),
    "map of stride 8": (of_version_3(varint(1) + b"\1\x08\0", kind=10), "stride is 8"),
    "map of stride 65": (
        of_version_3(varint(1) + b"\1\x41\0", kind=10, shape=(99,)),
        "stride is 65, expected at most 64",
    ),
    "map of 2**29": (of_version_3(varint(1) + b"\1\1\0", kind=10, shape=(2**29,)), "more than 1048576 decisions"),
    "code beyond a map's codebook": (of_version_3(varint(3) + b"abc\1\0", kind=10), "code 4 of 3"),
    "codebook of 65,536 and a map": (
        of_version_3(varint(2**16) + bytes(2**16 + 9), kind=10),
        "codebook's length is 65536, expected at most 65535",
    ),
}


@pytest.mark.parametrize("name", HOSTILE_3)
def test_hostile_file_of_version_3(name: str, traced: None) -> None:
    check_hostile(*HOSTILE_3[name])


# --- work and memory ---


def test_the_most_work_that_a_small_file_may_ask_for_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A map of zeros takes a byte for thousands of decisions: what is counted is the decisions, not the bytes."""
    monkeypatch.setattr(limits, "MAX_DECISIONS", 50_000)
    size = 20_000
    network = {name: np.eye(1, size, size - 1, dtype=np.float32) for name in "abcd"}
    one = archive.encoded("a", network["a"], "smallest")
    payload, _ = adaptive.encode_map(np.zeros(size, int), 0, 1, size, 2)
    assert len(payload) < 20
    data = varint(1) + struct.pack("<f", 1) + varint(2) + counted(payload)
    header = b"".join(b"\1" + bytes([97 + i, 10 << 4, 1]) + varint(size) for i in range(4))
    with pytest.raises(ArchiveError, match=r"tensor 'c', map at byte .*: more than 10000 decisions"):
        loads(repaired(b"DCZ\3" + varint(4) + header + data * 4 + bytes(4)))
    assert one.decisions <= 50_000


@pytest.mark.parametrize("kind", range(4))
def test_declared_content_is_all_the_memory_there_is(kind: int, traced: None) -> None:
    """Streams of one repeated value are the cheapest way to declare a lot: at most a few times of that is taken."""
    size = 2**24
    content = {
        archive.DENSE: tensor(constant(1), 0, shape=(size,)),
        archive.SPARSE: tensor(varint(size) + constant(0) + constant(1), 2, shape=(size,)),
        archive.DENSE_SHARED: tensor(BOOK + constant(1), 4, shape=(size,)),
        archive.SPARSE_SHARED: tensor(varint(size) + BOOK + constant(0) + constant(1), 6, shape=(size,)),
    }[kind]
    begin = time.perf_counter()
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    assert loads(content)["w"].all()
    assert tracemalloc.get_traced_memory()[1] - before < 2.1 * size + 2**26
    assert time.perf_counter() - begin < 5


def test_many_code_tables_take_little_time() -> None:
    """The work that a few bytes can ask for most: a code of 12 bits for a handful of values."""
    lengths = fixed([*range(1, 13), 12], 4)
    one = coded(lengths, 13, 13, payload=b"\0\0")
    number = 500
    header = b"".join(varint(len(str(i))) + str(i).encode() + bytes([4, 1, 13]) for i in range(number))
    content = archive_of(varint(number) + header + one * number)
    begin = time.perf_counter()
    assert len(loads(content)) == number
    assert time.perf_counter() - begin < 2


def test_slow_lanes_take_little_time() -> None:
    """Eight lanes of 4,096 codes: too few for vectors to be quick, the most steps that a lane can have."""
    one = coded(TWO, 2, 0, varint(4096) + varint(4096) + constant(0), bytes(4096))
    number = 10
    header = b"".join(b"\1" + bytes([97 + i, 4, 1]) + varint(2**15) for i in range(number))
    begin = time.perf_counter()
    assert len(loads(archive_of(varint(number) + header + one * number))) == number
    assert time.perf_counter() - begin < 3
