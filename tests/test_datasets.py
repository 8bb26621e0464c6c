"""MNIST as it is, and what is said about files that are missing, cut or altered."""

import gzip
import hashlib
import re
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dc_lab.networks import datasets
from dc_lab.networks.datasets import DataError

NAMES = [
    f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")
]  # fmt: skip

# How often each digit occurs, as published with the data set.
TRAIN_COUNTS = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


# --- the real data ---


@pytest.mark.parametrize(("split", "number"), [("train", 55_000), ("held_out", 5_000), ("test", 10_000)])
def test_splits_have_their_size_and_cannot_be_written_to(split, number):
    pixels, labels = datasets.mnist(split)
    assert (pixels.shape, labels.shape) == ((number, 28, 28), (number,))
    assert pixels.dtype == labels.dtype == np.uint8
    assert (pixels.min(), pixels.max()) == (0, 255)
    for array in (pixels, labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_each_digit_occurs_as_often_as_published():
    train, held_out, test = (datasets.mnist(split).labels for split in datasets.SPLITS)
    assert np.bincount(np.concatenate([train, held_out])).tolist() == TRAIN_COUNTS
    assert np.bincount(test).tolist() == TEST_COUNTS


def test_train_and_held_out_are_the_two_ends_of_one_file():
    whole = datasets.read_idx(datasets.data_dir() / "mnist" / "train-images-idx3-ubyte.gz")
    train, held_out = datasets.mnist("train").pixels, datasets.mnist("held_out").pixels
    assert len(train) + len(held_out) == len(whole) == 60_000
    assert train[-1].tobytes() == whole[54_999].tobytes()
    assert held_out[0].tobytes() == whole[55_000].tobytes()
    assert held_out[-1].tobytes() == whole[-1].tobytes()


def test_no_held_out_or_test_image_is_a_training_image():
    seen = [{hashlib.sha256(image).digest() for image in datasets.mnist(split).pixels} for split in datasets.SPLITS]
    assert not seen[0] & seen[1]
    assert not (seen[0] | seen[1]) & seen[2]


def test_an_unknown_split():
    with pytest.raises(ValueError, match="split must be one of train, held_out, test, got 'validation'"):
        datasets.mnist("validation")


# --- a small copy to break ---


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return header + array.tobytes()


@pytest.fixture
def folder(tmp_path, monkeypatch, rng):
    """Files of MNIST's form, with a few images each, where DC_LAB_DATA points."""
    mnist = tmp_path / "mnist"
    mnist.mkdir()
    lines = []
    for name in NAMES:
        number = 5_010 if name.startswith("train") else 20
        array = rng.integers(0, 256, (number, 2, 2) if "images" in name else number).astype(np.uint8)
        content = idx(array)
        (mnist / f"{name}.gz").write_bytes(gzip.compress(content, 1))
        lines.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
    (mnist / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    monkeypatch.setenv("DC_LAB_DATA", str(tmp_path))
    return mnist


def refused(split="test"):
    with pytest.raises(DataError) as caught:
        datasets.mnist(split)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_folder_comes_from_the_environment(folder, monkeypatch):
    assert datasets.data_dir() == folder.parent
    assert len(datasets.mnist("train").labels) == 10
    assert datasets.mnist("test").pixels.shape == (20, 2, 2)
    monkeypatch.setenv("DC_LAB_DATA", "")
    assert (datasets.data_dir() / "mnist" / "README.md").is_file()
    assert len(datasets.mnist("test").labels) == 10_000


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file(folder, name):
    path = folder / f"{name}.gz"
    path.unlink()
    message = refused("test" if name.startswith("t10k") else "train")
    assert message.startswith(f"{path} is missing")
    assert "git checkout -- data/mnist" in message
    assert "DC_LAB_DATA" in message


def test_a_missing_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DC_LAB_DATA", str(tmp_path / "nowhere"))
    assert "nowhere" in refused()


def test_a_folder_in_place_of_a_file(folder):
    path = folder / "t10k-labels-idx1-ubyte.gz"
    path.unlink()
    path.mkdir()
    assert refused().startswith(f"{path} cannot be read")


def test_a_file_cut_anywhere(folder):
    path = folder / "t10k-images-idx3-ubyte.gz"
    whole = path.read_bytes()
    for length in [*range(2, 20), len(whole) // 2, *range(len(whole) - 9, len(whole))]:
        path.write_bytes(whole[:length])
        message = refused()
        assert message.startswith(f"{path} is truncated ({length:,} bytes)"), length
        assert "git checkout" in message
    path.write_bytes(b"")
    assert refused().startswith(f"{path} is altered")


def test_a_bit_turned_anywhere(folder):
    """A few bits of the format change nothing (the time, padding); every other one must be noticed."""
    path = folder / "t10k-labels-idx1-ubyte.gz"
    labels = datasets.mnist("test").labels.tolist()
    unnoticed, complaints = [], []
    whole = path.read_bytes()
    for bit in range(8 * len(whole)):
        altered = bytearray(whole)
        altered[bit // 8] ^= 1 << bit % 8
        path.write_bytes(altered)
        datasets._known.clear()
        try:
            read = datasets.mnist("test").labels.tolist()
        except DataError as error:
            complaints.append(str(error))
        else:
            assert read == labels
            unnoticed.append(bit)
    assert all(complaint.startswith(str(path)) for complaint in complaints)
    assert len(unnoticed) < 80


def test_other_content_well_packed(folder):
    path = folder / "t10k-labels-idx1-ubyte.gz"
    content = bytearray(gzip.decompress(path.read_bytes()))
    expected = hashlib.sha256(content).hexdigest()
    content[-1] ^= 1
    path.write_bytes(gzip.compress(bytes(content)))
    message = refused()
    assert message.startswith(f"{path} is altered")
    assert expected in message
    assert hashlib.sha256(content).hexdigest() in message


@pytest.mark.parametrize("content", [b"not a gzip file", b"PK\x03\x04" + bytes(50)])
def test_a_file_of_another_kind(folder, content):
    path = folder / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(content)
    assert refused().startswith(f"{path} is not a readable gzip file")


def test_something_behind_the_gzip_data(folder):
    path = folder / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes() + b"appended")
    assert refused().startswith(f"{path} is not a readable gzip file")


def test_a_failed_reading_is_not_remembered(folder):
    path = folder / "t10k-labels-idx1-ubyte.gz"
    kept = path.with_suffix(".kept")
    shutil.move(path, kept)
    refused()
    shutil.move(kept, path)
    assert len(datasets.mnist("test").labels) == 20


# --- SHA256SUMS ---


def test_a_missing_line(folder):
    sums = folder / "SHA256SUMS"
    lines = sums.read_text(encoding="utf-8").splitlines()
    sums.write_text("\n".join(line for line in lines if "t10k-labels" not in line), encoding="utf-8")
    assert refused() == f"{sums} has no line for t10k-labels-idx1-ubyte"
    assert len(datasets.mnist("train").labels) == 10


def test_a_missing_list(folder):
    (folder / "SHA256SUMS").unlink()
    assert refused().startswith(f"{folder / 'SHA256SUMS'} cannot be read")


@pytest.mark.parametrize("content", [b"0123456789abcdef\n", b"\xff\xfe\x00binary"])
def test_a_list_that_is_none(folder, content):
    (folder / "SHA256SUMS").write_bytes(content)
    assert refused().startswith(f"{folder / 'SHA256SUMS'}")


def test_the_list_in_the_repository_is_that_of_the_files():
    """Names the four files and nothing else; empty lines do not matter."""
    assert sorted(datasets.checksums(datasets.data_dir() / "mnist")) == sorted(NAMES)


# --- IDX ---


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)))
def test_idx_reads_arrays_of_any_shape(array):
    back = datasets.parse_idx(idx(array), "file")
    assert back.shape == array.shape
    np.testing.assert_array_equal(back, array)
    assert not back.flags.writeable


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not an IDX file of unsigned bytes (starts with nothing)"),
        (b"\0\0\x08", "not an IDX file of unsigned bytes (starts with 00 00 08)"),
        (b"\0\0\x0d\1\0\0\0\0", "not an IDX file of unsigned bytes (starts with 00 00 0d 01)"),
        (b"\x89PNG\r\n", "not an IDX file of unsigned bytes (starts with 89 50 4e 47)"),
        (b"\0\0\x08\1\0\0\0\3ab", "10 bytes, but its header promises 11; the file is truncated"),
        (b"\0\0\x08\3\0\0", "the file is truncated"),
        (b"\0\0\x08\1\0\0\0\1ab", "10 bytes, but its header promises 9; something follows the values"),
        (b"\0\0\x08\2" + b"\xff" * 8, "the file is truncated"),
        (b"\0\0\x08\xff" + b"\0\0\0\1" * 255 + b"a", "255 dimensions"),
        (b"\0\0\x08\4\0\0\0\0" + b"\xff" * 12, "4 dimensions"),
    ],
)
def test_idx_refuses(content, says):
    with pytest.raises(DataError, match=rf"^a\.gz: .*{re.escape(says)}"):
        datasets.parse_idx(content, "a.gz")


@given(st.binary(max_size=30).map(lambda tail: b"\0\0\x08" + tail))
def test_idx_of_anything_is_an_array_or_a_data_error(content):
    try:
        array = datasets.parse_idx(content, "file")
    except DataError:
        return
    assert idx(array) == content


def test_images_that_are_looked_at_once_are_not_kept(folder):
    """The same images either way; the held-out ones come from the same file and stay."""
    once = datasets.mnist("train", keep=False)
    assert [split for at, split in datasets._known if at == folder] == ["held_out"]
    kept = datasets.mnist("train")
    assert datasets.mnist("train") is kept
    assert datasets.mnist("train", keep=False) is kept
    np.testing.assert_array_equal(once.pixels, kept.pixels)
    np.testing.assert_array_equal(once.labels, kept.labels)
