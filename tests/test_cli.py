"""The command line: what it prints, what it writes, what it refuses."""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import safetensors.torch
import torch

from dc_lab import archive, pipeline
from dc_lab.cli import common
from dc_lab.cli import main as command
from dc_lab.networks import datasets, models, training
from dc_lab.quantized import QuantizedTensor

CHECKPOINTS = datasets.data_dir() / "checkpoints"
LENET = CHECKPOINTS / "lenet-300-100.safetensors"


def run(capsys, *arguments) -> tuple[int, str, str]:
    code = command.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def refused(capsys, *arguments) -> str:
    """The one line on stderr of a command that must fail with exit code 2 and print nothing else."""
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("dc-lab: ")
    assert err.count("\n") == 1
    return err


def in_new_process(*arguments) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dc_lab", *map(str, arguments)], capture_output=True, encoding="utf-8", check=True
    )
    return done.stdout


# --- the shipped files, in the numbers that the README gives ---


@functools.cache
def shipped_error(name):
    """Of a file in data/checkpoints, on the test images."""
    model = models.build(name.partition(".")[0].removesuffix("-pruned"))
    common.load_into(model, CHECKPOINTS / name)
    return training.error_percent(model, datasets.mnist("test"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("net", "least_ratio", "most_error"), [("lenet-300-100", 40, 1.64), ("lenet-5", 39, 0.80)]
)  # fmt: skip
def test_the_shipped_file_keeps_the_papers_promise(net, least_ratio, most_error):
    path = CHECKPOINTS / f"{net}.dcz"
    assert pipeline.float32_bytes(models.build(net)) / path.stat().st_size >= least_ratio
    assert shipped_error(path.name) <= most_error


@pytest.mark.slow
def test_readme_has_the_numbers_of_the_shipped_files():
    root = Path(__file__).parent.parent
    readme = (root / "README.md").read_text(encoding="utf-8")
    notes = (CHECKPOINTS / "README.md").read_text(encoding="utf-8")
    for net in models.NETS:
        size = (CHECKPOINTS / f"{net}.dcz").stat().st_size
        dense = pipeline.float32_bytes(models.build(net))
        row = next(line for line in readme.splitlines() if f"{dense:,} bytes" in line)
        assert f"{size:,} bytes" in row
        assert f"{dense / size:.1f}×" in row
        for name in (f"{net}.safetensors", f"{net}.dcz", f"{net}-pruned.dcz"):
            # Another processor may sum in another order: one image in 10,000 may fall the other way.
            written = float(next(line for line in notes.splitlines() if f"`{name}`" in line).split("|")[3].strip(" %"))
            assert shipped_error(name) == pytest.approx(written, abs=0.021)
            if "pruned" not in name:
                assert f"{written:.2f} %" in row


@pytest.mark.slow
def test_a_new_process_with_only_the_file_gets_the_same_error(tmp_path):
    copy = tmp_path / "copy.dcz"
    copy.write_bytes((CHECKPOINTS / "lenet-300-100.dcz").read_bytes())
    model = models.build("lenet-300-100")
    pipeline.load_arrays(model, archive.load(copy))
    error = training.error_percent(model, datasets.mnist("test"))
    assert f"error {error:.2f} %" in in_new_process("evaluate", "lenet-300-100", copy)


# --- demo ---


@pytest.fixture(scope="module")
def quick_recipe(tmp_path_factory) -> Path:
    """One epoch each, so that the test is over soon; far from what the default recipe reaches."""
    path = tmp_path_factory.mktemp("recipe") / "quick.toml"
    layers = {name: pipeline.Layer(0.1, 5) for name in ("ip1", "ip2", "ip3")}
    pipeline.Recipe(layers=layers, prune_epochs=1, share_epochs=1).save(path)
    return path


@pytest.fixture(scope="module")
def demo_folder(tmp_path_factory, quick_recipe) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "out"
    assert command.main(["demo", "--recipe", str(quick_recipe), "--out", str(folder)]) == 0
    return folder


@pytest.mark.slow
def test_demo_writes_the_file_and_the_reports(demo_folder, quick_recipe):
    report = json.loads((demo_folder / "report.json").read_text(encoding="utf-8"))
    size = (demo_folder / "lenet-300-100.dcz").stat().st_size
    assert report["net"] == "lenet-300-100"
    assert report["bytes_before"] == 1_066_440
    assert report["bytes_after"] == size == sum(report["items"].values())
    assert report["ratio"] == 1_066_440 / size
    assert report["ratio"] > 20
    assert report["error_before"] < 1.3
    assert report["error_after"] < 6
    assert report["seconds"] > 0
    assert [layer["layer"] for layer in report["layers"]] == ["ip1", "ip2", "ip3"]
    assert pipeline.Recipe.load(demo_folder / "recipe.toml") == pipeline.Recipe.load(quick_recipe)
    for name in ("stages", "bytes", "weights", "codebook", "code_lengths"):
        assert (demo_folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    page = (demo_folder / "report.html").read_text(encoding="utf-8")
    assert page.count("<img") == 5 == page.count('alt="')
    assert "<script" not in page
    assert "http" not in page.replace("data:image/png;base64", "")
    assert f"{size:,}" in page


@pytest.mark.slow
def test_demo_refuses_to_overwrite_a_folder_that_was_named(capsys, demo_folder, quick_recipe):
    before = (demo_folder / "report.json").read_bytes()
    line = refused(capsys, "demo", "--recipe", quick_recipe, "--out", demo_folder)
    assert "exists; --force replaces it" in line
    assert (demo_folder / "report.json").read_bytes() == before


def test_demo_with_a_recipe_that_does_not_fit(capsys, tmp_path):
    recipe = tmp_path / "recipe.json"
    recipe.write_text('{"layers": {"conv9": {}}}', encoding="utf-8")
    line = refused(capsys, "demo", "--recipe", recipe, "--out", tmp_path / "out")
    assert "conv9" in line
    assert not (tmp_path / "out").exists()
    assert "recipe.toml" in refused(capsys, "demo", "--recipe", tmp_path / "recipe.toml", "--out", tmp_path / "out")


def test_demo_with_weights_of_another_network(capsys, tmp_path):
    line = refused(capsys, "demo", "--weights", CHECKPOINTS / "lenet-5.safetensors", "--out", tmp_path / "out")
    assert "not those of LeNet300100" in line
    assert not (tmp_path / "out").exists()


# --- compress, decompress, inspect, evaluate ---


def test_compress_and_back_keeps_what_was_compressed(capsys, tmp_path):
    packed, restored = tmp_path / "net.dcz", tmp_path / "net.safetensors"
    code, out, _ = run(capsys, "compress", LENET, "-o", packed, "--density", "ip*=0.1", "--bits", "ip1=3")
    assert code == 0
    assert f"{packed.stat().st_size:,} bytes" in out
    assert "Nothing was retrained" in out
    code, out, _ = run(capsys, "decompress", packed, "-o", restored)
    assert code == 0
    before, after = safetensors.numpy.load_file(LENET), safetensors.numpy.load_file(restored)
    assert list(after) == list(archive.load(packed))
    for name, array in archive.load(packed).items():
        assert np.array_equal(array, after[name])
    assert np.count_nonzero(after["ip1.weight"]) == 23_520
    assert len(np.unique(after["ip1.weight"])) == 1 + 2**3
    assert len(np.unique(after["ip2.weight"])) == 1 + 2**5
    assert np.array_equal(before["ip1.bias"], after["ip1.bias"])
    # What has few enough distinct values already comes back exactly, and packs to the same bytes.
    again = tmp_path / "again.dcz"
    assert run(capsys, "compress", restored, "-o", again)[0] == 0
    assert again.read_bytes() == packed.read_bytes()


def test_compress_defaults_to_8_bits_for_convolutions_and_5_for_matrices(capsys, tmp_path):
    rng = np.random.default_rng(0)
    tensors = {
        "conv.weight": rng.normal(size=(8, 8, 3, 3)),
        "fc.weight": rng.normal(size=(50, 40)),
        "fc.bias": np.ones(3),
    }
    tensors = {name: array.astype(np.float32) for name, array in tensors.items()} | {"steps": np.array(7)}
    np.savez(tmp_path / "in.npz", **tensors)
    assert run(capsys, "compress", tmp_path / "in.npz", "-o", tmp_path / "out.dcz")[0] == 0
    found = archive.load(tmp_path / "out.dcz")
    assert len(np.unique(found["conv.weight"])) == 256
    assert len(np.unique(found["fc.weight"])) == 32
    assert found["steps"] == 7


def test_compress_reads_a_torch_file(capsys, tmp_path):
    model = torch.nn.Linear(30, 20)
    torch.save({"state_dict": model.state_dict()}, tmp_path / "net.pt")
    assert run(capsys, "compress", tmp_path / "net.pt", "-o", tmp_path / "net.dcz", "--bits", 16)[0] == 0
    found = archive.load(tmp_path / "net.dcz")
    assert np.array_equal(found["weight"], model.weight.detach().numpy())


def test_inspect_sums_to_the_file(capsys):
    path = CHECKPOINTS / "lenet-5.dcz"
    code, out, _ = run(capsys, "inspect", path, "--json")
    known = json.loads(out)
    assert code == 0
    assert known["bytes"] == path.stat().st_size == sum(known["items"].values())
    inside = sum(tensor["bytes"] for tensor in known["tensors"])
    assert inside + known["items"]["header"] + known["items"]["checksum"] == known["bytes"]
    code, out, _ = run(capsys, "inspect", path)
    assert code == 0
    assert f"{path.stat().st_size:,} bytes hold tensors of 1,724,320 bytes" in out


def test_evaluate(capsys):
    code, out, _ = run(capsys, "evaluate", "lenet-300-100", LENET)
    assert code == 0
    assert "of 10,000 test images wrong" in out


@pytest.mark.slow
def test_train_writes_weights_that_evaluate_reads(capsys, tmp_path):
    path = tmp_path / "net.safetensors"
    code, out, _ = run(capsys, "train", "lenet-300-100", "--epochs", 1, "-o", path)
    assert code == 0
    assert "SHA-256" in out
    assert f"test {out.rsplit('test ', 1)[1].split()[0]} %" in out
    code, evaluated, _ = run(capsys, "evaluate", "lenet-300-100", path)
    assert f"error {out.rsplit('test ', 1)[1].split()[0]} %" in evaluated


# --- what is refused: one line, exit code 2, nothing written ---


def nan_weights(folder: Path) -> Path:
    path = folder / "nan.npz"
    weights = np.ones((4, 4), np.float32)
    weights[1, 2] = np.nan
    np.savez(path, weight=weights)
    return path


def garbage(folder: Path, suffix: str) -> Path:
    path = folder / f"garbage{suffix}"
    path.write_bytes(b"not what it says" * 20)
    return path


def truncated(folder: Path) -> Path:
    path = folder / "cut.safetensors"
    path.write_bytes(LENET.read_bytes()[:50_000])
    return path


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (lambda folder: folder / "missing.safetensors", [], "no such file"),
        (lambda folder: folder, [], "is a folder, expected a file"),
        (lambda folder: garbage(folder, ".txt"), [], "unknown kind of file '.txt'"),
        (lambda folder: garbage(folder, ".safetensors"), [], "not a readable .safetensors file"),
        (lambda folder: garbage(folder, ".npz"), [], "not a .npz file"),
        (lambda folder: garbage(folder, ".pt"), [], "not a readable .pt file"),
        (truncated, [], "not a readable .safetensors file"),
        (nan_weights, [], "weight holds 1 NaN or infinite values"),
        (lambda folder: LENET, ["--density", "fc9=0.1"], "no weights match 'fc9'"),
        (lambda folder: LENET, ["--density", "1.5"], "density must be from 0 to 1, got 1.5"),
        (lambda folder: LENET, ["--bits", "17"], "bits must be a whole number from 1 to 16, got 17"),
    ],
)
def test_compress_refuses(capsys, tmp_path, make, options, message):
    output = tmp_path / "out" / "net.dcz"
    output.parent.mkdir()
    assert message in refused(capsys, "compress", make(tmp_path), "-o", output, *options)
    assert list(output.parent.iterdir()) == []


def test_outputs_are_not_overwritten_unasked(capsys, tmp_path):
    output = tmp_path / "net.dcz"
    output.write_bytes(b"mine")
    assert "exists; --force replaces it" in refused(capsys, "compress", LENET, "-o", output)
    assert output.read_bytes() == b"mine"
    assert run(capsys, "compress", LENET, "-o", output, "--force")[0] == 0
    assert output.read_bytes()[:3] == b"DCZ"
    assert "no such folder" in refused(capsys, "compress", LENET, "-o", tmp_path / "nowhere" / "net.dcz")
    assert "is a folder" in refused(capsys, "compress", LENET, "-o", tmp_path)
    assert "can write .safetensors, .npz and .pt" in refused(capsys, "decompress", output, "-o", tmp_path / "net.txt")


def test_a_foreign_truncated_or_altered_file(capsys, tmp_path):
    good = (CHECKPOINTS / "lenet-300-100.dcz").read_bytes()
    bad = tmp_path / "bad.dcz"
    for content, message in [
        (b"", "not a .dcz file"),
        (b"PK\3\4" + bytes(100), "not a .dcz file"),
        (good[:5_000], "checksum"),
        (good[:3] + b"\x63" + good[4:], "format version 99"),
        (good[:6_000] + bytes([good[6_000] ^ 1]) + good[6_001:], "checksum"),
    ]:
        bad.write_bytes(content)
        for arguments in (
            ["decompress", bad, "-o", tmp_path / "out.npz"],
            ["inspect", bad],
            ["evaluate", "lenet-5", bad],
        ):
            assert message in refused(capsys, *arguments)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.dcz"]
    small = ["--max-bytes", "1000"]
    assert "expected at most 1,000" in refused(capsys, "inspect", CHECKPOINTS / "lenet-5.dcz", *small)
    assert "not those of LeNet5" in refused(capsys, "evaluate", "lenet-5", CHECKPOINTS / "lenet-300-100.dcz")


@pytest.mark.parametrize(
    "arguments",
    [[], ["demo", "--net", "resnet"], ["compress", "x"], ["compress", "x", "-o", "y", "--bits", "many"], ["nothing"]],
)
def test_wrong_usage_exits_with_2(capsys, arguments):
    with pytest.raises(SystemExit) as stopped:
        command.main(arguments)
    assert stopped.value.code == 2
    assert "usage: dc-lab" in capsys.readouterr().err


def test_help_and_version_need_no_torch(capsys):
    code = "import sys, dc_lab.cli.main as m\ntry: m.main(['--help'])\nexcept SystemExit: print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.endswith("False\n")
    for name in ("demo", "compress", "quantize", "decompress", "inspect", "evaluate", "train", "doctor", "bench"):
        assert name in done.stdout


def test_no_command_needs_numpy_or_torch_to_explain_itself():
    code = """
import sys
from dc_lab.cli import main
for command in main.COMMANDS:
    try:
        main.main([command.__name__.rpartition(".")[2], "--help"])
    except SystemExit as stopped:
        assert stopped.code == 0
print({"numpy", "torch", "matplotlib"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.endswith("\nset()\n")
    assert done.stdout.count("usage: dc-lab ") == len(command.COMMANDS)


def test_every_command_is_a_file_and_in_the_table():
    files = {path.stem for path in Path(common.__file__).parent.glob("*.py")} - {"__init__", "main", "common", "report"}
    assert sorted(files) == sorted(module.__name__.rpartition(".")[2] for module in command.COMMANDS)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (PermissionError(13, "Permission denied", "net.dcz"), 2, "dc-lab: net.dcz: Permission denied\n"),
        (OSError("the disk\nis full"), 2, "dc-lab: the disk is full\n"),
        (datasets.DataError("paper.json is missing"), 2, "dc-lab: paper.json is missing\n"),
        (KeyboardInterrupt(), 130, "dc-lab: interrupted\n"),
    ],
)
def test_what_stops_a_command_is_one_line(capsys, monkeypatch, error, code, said):
    def stopped(*arguments):
        raise error

    monkeypatch.setattr(archive, "read_file", stopped)
    assert run(capsys, "inspect", "net.dcz") == (code, "", said)


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe whose reader is gone is another error there")
def test_a_reader_that_went_away_is_no_error_to_report():
    read, write = os.pipe()
    os.close(read)
    code = [sys.executable, "-u", "-m", "dc_lab", "inspect", str(CHECKPOINTS / "lenet-5.dcz")]
    try:
        done = subprocess.run(code, stdout=write, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_defect_of_ours_is_not_dressed_up(monkeypatch):
    monkeypatch.setattr("dc_lab.cli.doctor.report", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        command.main(["doctor"])


# --- quantize ---


@pytest.mark.slow
@pytest.mark.parametrize("net", list(models.NETS))
@pytest.mark.parametrize("how", ["--static", "--dynamic"])
def test_quantize_keeps_the_error_and_evaluate_says_the_same(capsys, tmp_path, net, how):
    path = tmp_path / "net.dcz"
    code, out, err = run(capsys, "quantize", net, how, "-o", path)
    assert (code, err) == (0, "")
    assert f"{path}: {path.stat().st_size:,} bytes" in out
    last = out.splitlines()[-1]
    before, after = (float(part.split(" %")[0]) for part in (last.split("float32 ")[1], last.split("this file ")[1]))
    assert after <= before + 0.05
    code, out, _ = run(capsys, "evaluate", net, path)
    assert f"error {after:.2f} %" in out
    assert pipeline.float32_bytes(models.build(net)) / path.stat().st_size > 4.3


def test_a_quantized_file_is_shown_and_unpacked(capsys, tmp_path):
    path, unpacked = tmp_path / "net.dcz", tmp_path / "net.npz"
    assert run(capsys, "quantize", LENET, "--bits", 4, "-o", path)[0] == 0
    _, out, _ = run(capsys, "inspect", path)
    assert "int8, 4 bits" in out
    assert "quantized, dense" in out
    _, out, _ = run(capsys, "inspect", path, "--json")
    known = json.loads(out)
    assert sum(known["items"].values()) == known["bytes"] == path.stat().st_size
    weight = next(tensor for tensor in known["tensors"] if tensor["name"] == "ip1.weight")
    assert (weight["bits"], weight["axis"], weight["dtype"]) == (4, 0, "int8")
    code, out, _ = run(capsys, "decompress", path, "-o", unpacked)
    assert code == 0
    assert "the float32 values that they stand for" in out
    with np.load(unpacked, allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["ip1.weight"], archive.load(path)["ip1.weight"].dequantize())
    message = refused(capsys, "quantize", path, "-o", tmp_path / "twice.dcz")
    assert "is quantized already" in message
    assert "quantized network" in refused(capsys, "demo", "--weights", path, "--out", tmp_path / "demo")


def test_a_network_of_another_kind_has_its_matrices_quantized(capsys, tmp_path):
    rng = np.random.default_rng(0)
    arrays = {"fc.weight": rng.normal(size=(5, 40)).astype(np.float32), "fc.bias": np.ones(5, np.float32)}
    source, path = tmp_path / "other.npz", tmp_path / "other.dcz"
    np.savez(source, **arrays)
    code, out, _ = run(capsys, "quantize", source, "-o", path)
    assert code == 0
    assert "nothing was tested" in out
    found = archive.load(path)
    assert found["fc.weight"].bits == 8
    np.testing.assert_allclose(found["fc.weight"].dequantize(), arrays["fc.weight"], atol=0.02)
    np.testing.assert_array_equal(found["fc.bias"], arrays["fc.bias"])
    assert "has to run the network" in refused(capsys, "quantize", source, "--static", "-o", tmp_path / "no.dcz")
    assert "bits must be" in refused(capsys, "quantize", source, "--bits", 9, "-o", tmp_path / "no.dcz")
    assert "exists; --force" in refused(capsys, "quantize", source, "-o", path)


def test_the_networks_of_the_command_line_are_those_of_models():
    """The names stand in both places, so that `--help` need not import torch."""
    assert tuple(models.NETS) == common.NET_NAMES


# --- other people's weights ---


def checkpoint(folder):
    """What a training script saves: tied bfloat16 weights under a key, an optimizer and an epoch beside them."""
    torch.manual_seed(1)
    model = torch.nn.Sequential(torch.nn.Embedding(50, 16), torch.nn.Linear(16, 50, bias=False)).to(torch.bfloat16)
    model[1].weight = model[0].weight
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    path = folder / "last.ckpt"
    torch.save({"epoch": 3, "model_state": model.state_dict(), "optimizer": optimizer.state_dict()}, path)
    return path, model


def test_a_checkpoint_goes_there_and_back(capsys, tmp_path):
    path, model = checkpoint(tmp_path)
    code, out, _ = run(capsys, "compress", path, "-o", tmp_path / "net.dcz", "--lossless")
    assert code == 0
    assert "The tensors are those under 'model_state'." in out
    assert "1.weight is 0.weight, and stored once." in out
    assert "smaller than the 1,600 bytes of the tensors" in out  # two bytes a value, once
    assert "Nothing was changed" in out
    assert run(capsys, "decompress", tmp_path / "net.dcz", "-o", tmp_path / "net.pt")[0] == 0
    found = torch.load(tmp_path / "net.pt", weights_only=True)
    assert found["0.weight"].data_ptr() == found["1.weight"].data_ptr()
    assert torch.equal(found["0.weight"], model[0].weight)
    assert found["0.weight"].dtype == torch.bfloat16
    code, out, _ = run(capsys, "decompress", tmp_path / "net.dcz", "-o", tmp_path / "net.safetensors")
    assert "Tied tensors are written in full: 1.weight." in out
    assert "model_state" in refused(capsys, "compress", path, "-o", tmp_path / "x.dcz", "--key", "optimizer")


def test_metadata_survive(capsys, tmp_path):
    safetensors.torch.save_file({"w": torch.ones(3, 3)}, tmp_path / "in.safetensors", {"format": "pt", "who": "me"})
    assert run(capsys, "compress", tmp_path / "in.safetensors", "-o", tmp_path / "net.dcz")[0] == 0
    assert "metadata who: me" in run(capsys, "inspect", tmp_path / "net.dcz")[1]
    assert run(capsys, "decompress", tmp_path / "net.dcz", "-o", tmp_path / "out.safetensors")[0] == 0
    with safetensors.safe_open(tmp_path / "out.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt", "who": "me"}


def test_names_that_would_act_on_a_terminal_are_shown_as_text(capsys, tmp_path):
    names = ["a\x1b[31mred", "b\rc", "d\ne", "f\u202eg"]
    path = tmp_path / "net.safetensors"
    safetensors.torch.save_file({name: torch.ones(2, 2) for name in names}, path)
    for words in (["compress", path, "-o", tmp_path / "net.dcz"], ["inspect", tmp_path / "net.dcz"]):
        out = run(capsys, *words)[1]
        assert "\x1b" not in out
        assert "\r" not in out
        assert "\u202e" not in out
        assert "a\\x1b[31mred" in out


def test_outputs_that_are_no_place_for_a_file(capsys, tmp_path):
    weights = tmp_path / "net.npz"
    np.savez(weights, w=np.ones((4, 4), np.float32))
    before = weights.read_bytes()
    assert "is the input" in refused(capsys, "compress", weights, "-o", weights, "--force")
    (tmp_path / "link.dcz").symlink_to(weights)
    assert "is the input" in refused(capsys, "compress", weights, "-o", tmp_path / "link.dcz", "--force")
    text = refused(capsys, "compress", weights, "-o", tmp_path / "net.pt")
    assert ".pt is the ending of another format" in text
    assert weights.read_bytes() == before
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.dcz")
        assert "is a pipe, expected a file name" in refused(capsys, "compress", weights, "-o", tmp_path / "pipe.dcz")


def test_a_tensor_that_stands_for_too_many_values(capsys, tmp_path):
    torch.save({"w": torch.zeros(1).expand(2**31)}, tmp_path / "net.pt")
    text = refused(capsys, "compress", tmp_path / "net.pt", "-o", tmp_path / "net.dcz")
    assert "tensors of 8,589,934,592 bytes, expected at most 1,073,741,824; --max-bytes allows more" in text


def test_quantize_takes_every_float(capsys, tmp_path):
    tensors = {"a": torch.randn(5, 6).half(), "b": torch.randn(5, 6).double(), "c": torch.randn(5, 6).bfloat16()}
    safetensors.torch.save_file(tensors, tmp_path / "net.safetensors")
    code, out, _ = run(capsys, "quantize", tmp_path / "net.safetensors", "-o", tmp_path / "net.dcz")
    assert code == 0
    assert "Matrices of bfloat16, float16, float64 were quantized as float32" in out
    assert all(isinstance(tensor, QuantizedTensor) for tensor in archive.load(tmp_path / "net.dcz").values())
