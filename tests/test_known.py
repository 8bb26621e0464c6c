"""Version 5: a whole network on coarse grids comes back to the bit; what is no such network is stored as ever."""

import zlib

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dc_lab import archive
from dc_lab.coding import levels
from dc_lab.coding.adaptive import Encoder
from dc_lab.coding.kernels import Places, spread
from dc_lab.dcz import known
from dc_lab.networks import models
from dc_lab.records import plan


@st.composite
def networks(draw):
    """The state_dict of a LeNet of which only a few units live."""
    net = draw(st.sampled_from(list(models.NETS)))
    found, before = {}, None
    shapes = models.shapes(net)
    for name, shape in shapes.items():
        tensor = np.zeros(shape, np.float32)
        if name.endswith(".weight"):
            living = min(draw(st.integers(0, 3)), shape[0]) if shape[0] > 10 else shape[0]
            columns = int(np.prod(shape[1:]))
            reads = columns if before is None else columns // before[1] * before[0]
            part = tensor.reshape(shape[0], -1)[:living, :reads]
            before = living, shape[0]
        else:
            part = tensor[:living]
        most = draw(st.sampled_from([0, 1, 2, 3, 7, 15]))
        seed = draw(st.integers(0, 2**32 - 1))
        levels = np.random.default_rng(seed).integers(-most, most + 1, part.shape)
        levels[np.random.default_rng(seed + 1).random(part.shape) < 0.5] = 0
        part[...] = levels * np.float32(np.float16(draw(st.floats(6.2e-5, 10))))
        found[name] = tensor
    return found


@settings(max_examples=15, deadline=None)
@given(networks())
def test_a_network_comes_back_to_the_bit(network):
    pieces = known.write(network)
    assert pieces is not None
    content = b"".join(pieces)
    contents = archive.read(content)
    assert list(contents.tensors) == list(network)
    for name, tensor in network.items():
        assert contents.tensors[name].dtype == np.float32
        np.testing.assert_array_equal(contents.tensors[name], tensor)
    assert sum(item.size for item in contents.items) == len(content)
    assert set(contents.kinds.values()) == {known.KIND}


@pytest.mark.parametrize("net", models.NETS)
def test_the_shapes_are_those_of_the_networks(net):
    layers = known.NETWORKS[list(models.NETS).index(net) + 1]
    shapes = [(f"{layer.name}.{what}", layer.shape[:1] if what == "bias" else layer.shape)
              for layer in layers for what in ("weight", "bias")]  # fmt: skip
    assert shapes == list(models.shapes(net).items())


def test_a_plan_asks_for_no_level_that_the_file_cannot_say():
    assert plan.MOST_LEVEL == known.MOST


def tiny(net="lenet-300-100"):
    """A network with a weight in each layer."""
    network = {name: np.zeros(shape, np.float32) for name, shape in models.shapes(net).items()}
    for name, tensor in network.items():
        tensor.ravel()[0] = -0.5 if name.endswith(".bias") else 1.5
    return network


def test_smallest_takes_it_and_the_other_coders_do_not():
    network = tiny()
    assert archive.dumps(network, "smallest")[3] == known.VERSION
    assert archive.dumps(network, "rans")[3] < known.VERSION
    assert archive.dumps(network, "smallest", metadata={"a": "b"})[3] == 4
    assert archive.dumps(network, "smallest", exact=True)[3] < known.VERSION


@pytest.mark.parametrize(
    "change",
    [
        lambda network: network | {"ip1.weight": network["ip1.weight"].astype(np.float64)},
        lambda network: network | {"ip1.weight": network["ip1.weight"].T},
        lambda network: dict(reversed(network.items())),
        lambda network: {**network, "more": np.zeros(1, np.float32)},
        lambda network: {name: tensor for name, tensor in network.items() if name != "ip3.bias"},
        lambda network: network | {"ip3.bias": np.full(10, np.nan, np.float32)},
        lambda network: network | {"ip3.bias": np.full(10, np.inf, np.float32)},
        lambda network: network | {"ip3.bias": np.full(10, 1e-12, np.float32)},
        lambda network: network | {"ip3.bias": np.full(10, 1 / 3, np.float32)},
        lambda network: network | {"ip3.bias": np.arange(1, 11, dtype=np.float32) ** 2},
    ],
    ids=["float64", "shape", "order", "more", "fewer", "nan", "inf", "step too small", "no float16", "no grid"],
)
def test_what_is_no_such_network_is_none(change):
    assert known.write(tiny()) is not None
    assert known.write(change(tiny())) is None


def test_what_is_no_such_network_comes_back_all_the_same():
    network = tiny() | {"ip3.bias": np.full(10, 1 / 3, np.float32)}
    content = archive.dumps(network, "smallest")
    assert content[3] < known.VERSION
    back = archive.loads(content)
    assert all(np.array_equal(back[name], tensor) for name, tensor in network.items())


@given(arrays.arrays(np.int64, (4, 18), elements=st.integers(-3, 3)))
def test_a_step_is_the_largest_that_fits(whole):
    tensor = (whole * 0.25).astype(np.float32)
    step, most = known._grid(tensor)
    found = np.rint(tensor / step).astype(int)
    np.testing.assert_array_equal(found * step, tensor)
    assert np.abs(found).max() == most
    if whole.any():
        assert step == 0.25 * np.gcd.reduce(whole.ravel())


def repaired(content):
    return content + zlib.crc32(content).to_bytes(4, "little")


def test_damaged_files_are_refused_by_name():
    content = archive.dumps(tiny(), "smallest")[:-4]
    units = 4 + 1
    for broken, problem in [
        (content[:4] + b"\5" + content[5:], "network 5, expected 1, 2, 3 or 4"),
        (content[:units] + b"\xad\x02" + content[units + 1 :], "units of ip1 is 301, expected at most 300"),
        (content[: units + 1] + b"\x65" + content[units + 2 :], "units of ip2 is 101, expected at most 100"),
        (content[: units + 5] + b"\0\0" + content[units + 7 :], "'ip1.weight', codebook at byte 12: the step is 0"),
        (content[: units + 5] + b"\0\x7c" + content[units + 7 :], "the step is inf"),
        (content[: units + 5] + b"\0\xbe" + content[units + 7 :], "the step is -1.5"),
        (content + b"\0", "the coded decisions end with"),
        (content + b"\1", "the coded decisions end with"),
        (content[:6], "needs 1 bytes"),
        (content[:9], "needs 3 bytes, but"),
    ]:  # fmt: skip
        with pytest.raises(archive.ArchiveError, match=problem):
            archive.loads(repaired(broken))


def with_kernels():
    """LeNet-300-100 of two kernels at 5 x 5 places in the first layer, and three at 2 x 2 in the second."""
    network = tiny()
    rng = np.random.default_rng(0)
    first, second = (rng.integers(-3, 4, shape).astype(np.float32) for shape in ((2, 1, 8, 8), (3, 2, 4, 4)))
    network["ip1.weight"][:50] = spread(first, Places(5, 5, 28))
    network["ip2.weight"][:12, :50] = spread(second, Places(2, 1, 5))
    network["ip1.bias"][:] = network["ip2.bias"][:] = 0
    network["ip1.bias"][25:50] = network["ip2.bias"][4:8] = 0.5
    network["ip3.weight"][:, :12] = rng.integers(-3, 4, (10, 12))
    return network


def test_kernels_are_stored_once_and_come_back():
    network = with_kernels()
    content = archive.dumps(network, "smallest")
    # Network 3; two kernels, three kernels; 5 places 5 apart, 2 places 1 apart.
    assert content[3:9] == bytes([known.VERSION, 3, 2, 3, 0x55, 0x12])
    contents = archive.read(content)
    assert all(np.array_equal(contents.tensors[name], tensor) for name, tensor in network.items())
    assert [stream.symbols for stream in contents.streams] == [128, 2, 96, 3, 120, 10]


def test_a_unit_of_no_kernel_that_is_read_makes_it_a_plain_network():
    network = with_kernels()
    network["ip3.weight"][0, 99] = 1
    network["ip2.bias"][96:] = 0
    content = b"".join(known.write(network) or [])
    assert content[4] == 3
    # A hundred is no multiple of 3 x 3: the last unit can be of no such kernel.
    rng = np.random.default_rng(0)
    network["ip2.weight"][:] = 0
    network["ip2.weight"][:18, :50] = spread(rng.integers(1, 4, (2, 2, 3, 3)).astype(np.float32), Places(3, 1, 5))
    network["ip2.bias"][:] = 0
    content = b"".join(known.write(network) or [])
    assert content[4] == 1
    back = archive.loads(content)
    assert all(np.array_equal(back[name], tensor) for name, tensor in network.items())


def test_kernels_without_room_are_refused_by_name():
    content = archive.dumps(with_kernels(), "smallest")[:-4]
    for at, byte, problem in [
        (7, 0x50, "ip1 has 0 places 5 apart, expected some that fit into 28 entries"),
        (7, 0x05, "ip1 has 5 places 0 apart"),
        (7, 0x75, "ip1 has 5 places 7 apart"),
        (8, 0x62, "ip2 has 2 places 6 apart, expected some that fit into 5 entries"),
        (5, 13, "ip1 has 13 kernels at 5 x 5 places, expected at most 300 units"),
        (6, 26, "ip2 has 26 kernels at 2 x 2 places, expected at most 100 units"),
    ]:
        broken = content[:at] + bytes([byte]) + content[at + 1 :]
        with pytest.raises(archive.ArchiveError, match=problem):
            archive.loads(repaired(broken))


def test_the_limit_holds_for_the_whole_network():
    content = archive.dumps(tiny(), "smallest")
    with pytest.raises(
        archive.ArchiveError, match="1,066,440 bytes of tensors are declared, expected at most 1,066,439"
    ):
        archive.loads(content, max_bytes=1_066_439)
    archive.loads(content, max_bytes=1_066_440)


def test_too_many_levels_are_stored_otherwise():
    network = tiny("lenet-5")
    rng = np.random.default_rng(0)
    network["ip1.weight"] = (rng.integers(-15, 16, (500, 800)) * 0.5).astype(np.float32)
    network["conv1.bias"][-1] = network["conv2.bias"][-1] = 1
    assert known.write(network) is None


@given(arrays.arrays(np.int64, (3, 16), elements=st.integers(-4, 4)), st.integers(4, 15), st.sampled_from([1, 2, 4]))
def test_decisions_are_counted_beforehand(part, most, side):
    encoder = Encoder()
    levels.walk(encoder.decide, part.ravel().tolist(), 16, side, most)
    assert encoder.decisions == known._decisions(part, most)
