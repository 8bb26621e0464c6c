"""Arrays out of a file that another process left: what they are, and what is refused."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dc_lab.course import npz


@given(
    arrays.arrays(st.sampled_from(["f4", "f8", "i8", "u1", "?", "<U3"]), arrays.array_shapes(min_dims=0, min_side=0))
)
def test_arrays_come_back(tmp_path_factory, array):
    path = tmp_path_factory.mktemp("npz") / "a.npz"
    np.savez(path, **{"x": array, "/y": np.asfortranarray(array)})
    found = npz.load(path, 1 << 20)
    assert list(found) == ["x", "/y"]
    for each, wanted in zip(found.values(), (array, np.asfortranarray(array)), strict=True):
        assert each.dtype == wanted.dtype
        assert each.shape == wanted.shape
        assert np.array_equal(each, wanted, equal_nan=array.dtype.kind == "f")
        assert each.flags.writeable


def stored(path, **contents):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in contents.items():
            file.writestr(f"{name}.npy", content)
    return path


def header(shape, dtype="<f4"):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": dtype, "fortran_order": False, "shape": shape})
    return file.getvalue()


def test_what_is_refused(tmp_path):
    bomb = stored(tmp_path / "bomb.npz", a=header((1 << 24,)) + bytes(1 << 26))
    assert bomb.stat().st_size < 1 << 18
    with pytest.raises(ValueError, match="more than 1,048,576 bytes"):
        npz.load(bomb, 1 << 20)
    many = stored(tmp_path / "many.npz", **{f"a{i}": header((1 << 18,)) + bytes(1 << 20) for i in range(3)})
    with pytest.raises(ValueError, match="more than"):
        npz.load(many, 1 << 21)
    for shape in ((1 << 60, 4), (3,), (-1,), (-2, -2)):
        with pytest.raises(ValueError, match="of shape"):
            npz.load(stored(tmp_path / "claims.npz", a=header(shape) + bytes(16)), 1 << 20)
    with pytest.raises(ValueError, match="objects"):
        npz.load(stored(tmp_path / "objects.npz", a=header((1,), "|O") + b"cos\nsystem\n."), 1 << 20)
    for content in (b"", b"PK\3\4", b"\x93NUMPY"):
        (tmp_path / "none.npz").write_bytes(content)
        with pytest.raises(ValueError, match="no file of arrays"):
            npz.load(tmp_path / "none.npz", 1 << 20)
    with pytest.raises(ValueError, match="magic"):
        npz.load(stored(tmp_path / "text.npz", a=b"hello there"), 1 << 20)
