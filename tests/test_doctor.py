"""`dc_lab.cli.doctor`: every line is [ok] here, and what is broken is said with a remedy."""

import shutil

import pytest

from dc_lab.cli import doctor
from dc_lab.cli import main as command
from dc_lab.networks import datasets


def test_all_is_well_here(capsys):
    assert command.main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 15
    assert all(line.startswith("[ok]") for line in lines[:-1])
    assert lines[-1] == "All that the course needs is here."


@pytest.fixture
def broken_data(tmp_path, monkeypatch):
    shutil.copytree(datasets.data_dir(), tmp_path / "data")
    monkeypatch.setenv("DC_LAB_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda data: (data / "mnist" / "t10k-labels-idx1-ubyte.gz").unlink(), "t10k-labels-idx1-ubyte.gz is missing"),
        (lambda data: (data / "checkpoints" / "lenet-5.dcz").write_bytes(b"x"), "lenet-5.dcz is not the shipped file"),
        (lambda data: (data / "checkpoints" / "lenet-5.safetensors").unlink(), "lenet-5.safetensors is missing"),
        (lambda data: (data / "checkpoints" / "SHA256SUMS").unlink(), "SHA256SUMS cannot be read"),
    ],
)
def test_what_is_broken_is_said(broken_data, capsys, spoil, said):
    spoil(broken_data)
    assert command.main(["doctor"]) == 1
    out = capsys.readouterr().out
    line = next(line for line in out.splitlines() if said in line)
    assert line.startswith("[FAIL]")
    assert "-> " in out
    assert out.splitlines()[-1] == f"{out.count('[FAIL] ') - 1} [FAIL] above: see the remedies"


def test_a_package_that_is_not_installed(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "no-such-package"))
    assert not doctor.report()
    assert (
        "[FAIL] no-such-package is not installed\n       -> pip install -r requirements.txt" in capsys.readouterr().out
    )


def test_a_check_that_breaks_is_a_finding(monkeypatch):
    monkeypatch.setattr(datasets, "checksums", lambda folder: 1 / 0)
    findings = [finding for finding in doctor.examine() if not finding.ok]
    assert any(finding.what.startswith("checkpoints: ZeroDivisionError") for finding in findings)
