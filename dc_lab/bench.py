"""`python -m dc_lab bench`: speed of the coder, k-means, whole files, networks and layers, beside peers in one run.

Each figure is the median of several runs after a warm-up; ours and the peer's are timed in turn. A peer that is not
installed (`pip install dc-lab[bench]`) is left out, and said so.
"""

import importlib
import json
import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import nn

from dc_lab import datasets, dynamic, huffman, models, paper, pipeline, sharing, speed, training, weights
from dc_lab.tables import text_table

ALPHABET = 32
VGG16_SHAPES = {
    "conv1_1": (64, 3, 3, 3), "conv1_2": (64, 64, 3, 3), "conv2_1": (128, 64, 3, 3), "conv2_2": (128, 128, 3, 3),
    "conv3_1": (256, 128, 3, 3), "conv3_2": (256, 256, 3, 3), "conv3_3": (256, 256, 3, 3),
    "conv4_1": (512, 256, 3, 3), "conv4_2": (512, 512, 3, 3), "conv4_3": (512, 512, 3, 3),
    "conv5_1": (512, 512, 3, 3), "conv5_2": (512, 512, 3, 3), "conv5_3": (512, 512, 3, 3),
    "fc6": (4096, 25088), "fc7": (4096, 4096), "fc8": (1000, 4096),
}  # fmt: skip


def run(only: str | None = None) -> None:
    """Run one part ("huffman", "kmeans", "files", "quantized", "layers") or all, printing tables."""
    parts = {
        "huffman": bench_huffman,
        "kmeans": bench_kmeans,
        "files": bench_files,
        "quantized": bench_quantized,
        "layers": bench_layers,
    }
    for name, part in parts.items():
        if only in (None, name):
            part()
            print(flush=True)


def _peer(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        print(f"{name} is not installed: left out", file=sys.stderr)
        return None


def _medians(works: dict[str, Callable[[], Any]], runs: int = 5) -> dict[str, float]:
    """Median seconds of each piece of work, all of them in turn in every round, after one warm-up."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for round_ in range(runs + 1):
        for name, work in works.items():
            began = time.perf_counter()
            work()
            if round_ > 0:
                times[name].append(time.perf_counter() - began)
    return {name: statistics.median(taken) for name, taken in times.items()}


# --- Huffman ---


def bench_huffman() -> None:
    """Encoding and decoding of 1 and 10 million symbols of 32, distributed like codes of a shared layer."""
    for number in (1_000_000, 10_000_000):
        _bench_huffman_of(_code_stream(number))


def _bench_huffman_of(symbols: np.ndarray) -> None:
    number = len(symbols)
    counts = np.bincount(symbols, minlength=ALPHABET)
    lengths = huffman.code_lengths(counts)
    lane = huffman.lane_size(number, int(np.dot(counts, lengths)))
    payload, lane_bits = huffman.encode(symbols, lengths, lane)
    if not np.array_equal(huffman.decode(payload, lengths, number, lane, lane_bits), symbols):
        raise RuntimeError("what was decoded is not what was encoded")
    encoders: dict[str, Callable[[], Any]] = {"dc_lab": lambda: huffman.encode(symbols, lengths, lane)}
    decoders: dict[str, Callable[[], Any]] = {
        "dc_lab": lambda: huffman.decode(payload, lengths, number, lane, lane_bits)
    }
    share: dict[str, int] = {}  # a slow peer gets this many symbols
    _add_constriction(encoders, decoders, share, symbols, counts)
    _add_dahuffman(encoders, decoders, share, symbols, counts)
    encoding, decoding = _medians(encoders), _medians(decoders)
    rows = []
    for name in encoders:
        times = [taken[name] / share.get(name, number) for taken in (encoding, decoding)]
        ours = [taken["dc_lab"] / number for taken in (encoding, decoding)]
        rows.append([name, *(f"{1e-6 / time:.1f}" for time in times)])
        rows[-1] += [f"{time / our:.2f}" for time, our in zip(times, ours, strict=True)]
    bits = 8 * len(payload) / number
    print(f"Huffman, {number:,} symbols of {ALPHABET}: {bits:.3f} bits each, entropy {huffman.entropy(counts):.3f}")
    header = ["coder", "encode Msym/s", "decode Msym/s", "ours is x faster, encode", "decode"]
    print(text_table(header, rows), flush=True)


def _code_stream(number: int) -> np.ndarray:
    """Codes of normally distributed weights, pruned, with 32 evenly spaced centroids."""
    rng = np.random.default_rng(0)
    weights = rng.standard_normal(number).astype(np.float32)
    weights += 0.7 * np.sign(weights)
    return sharing.encode(weights, np.linspace(weights.min(), weights.max(), ALPHABET))


def _add_constriction(
    encoders: dict[str, Any], decoders: dict[str, Any], share: dict[str, int], symbols: np.ndarray, counts: np.ndarray
) -> None:
    constriction = _peer("constriction")
    if constriction is None:
        return
    probabilities = counts / counts.sum()
    message = symbols.astype(np.int32)
    model = constriction.stream.model.Categorical(probabilities.astype(np.float32), perfect=False)

    def encode_ans() -> np.ndarray:
        coder = constriction.stream.stack.AnsCoder()
        coder.encode_reverse(message, model)
        return coder.get_compressed()

    compressed = encode_ans()

    def decode_ans() -> np.ndarray:
        return constriction.stream.stack.AnsCoder(compressed).decode(model, len(message))

    encoders["constriction ANS (compiled, whole arrays)"] = encode_ans
    decoders["constriction ANS (compiled, whole arrays)"] = decode_ans

    name = "constriction Huffman (compiled, one call a symbol)"
    part = symbols[:200_000].tolist()
    encoder_tree = constriction.symbol.huffman.EncoderHuffmanTree(probabilities)
    decoder_tree = constriction.symbol.huffman.DecoderHuffmanTree(probabilities)

    def encode_huffman() -> Any:
        coder = constriction.symbol.QueueEncoder()
        for symbol in part:
            coder.encode_symbol(symbol, encoder_tree)
        return coder.get_compressed()

    words, _ = encode_huffman()

    def decode_huffman() -> list[int]:
        coder = constriction.symbol.QueueDecoder(words)
        return [coder.decode_symbol(decoder_tree) for _ in part]

    encoders[name], decoders[name], share[name] = encode_huffman, decode_huffman, len(part)


def _add_dahuffman(
    encoders: dict[str, Any], decoders: dict[str, Any], share: dict[str, int], symbols: np.ndarray, counts: np.ndarray
) -> None:
    dahuffman = _peer("dahuffman")
    if dahuffman is None:
        return
    codec = dahuffman.HuffmanCodec.from_frequencies({i: int(count) for i, count in enumerate(counts) if count})
    part = symbols[:200_000].tolist()
    encoded = codec.encode(part)
    name = "dahuffman (Python)"
    encoders[name], decoders[name] = lambda: codec.encode(part), lambda: codec.decode(encoded)
    share[name] = len(part)


# --- k-means ---


def bench_kmeans() -> None:
    """1-D k-means of a million values, 32 clusters, from the same start, to the same number of steps."""
    values = np.random.default_rng(0).standard_normal(1_000_000).astype(np.float32)
    start = sharing.initial_centroids(values, ALPHABET, "linear")
    rows = []
    ours = sharing.kmeans(values, ALPHABET, start)
    works: dict[str, Callable[[], Any]] = {"dc_lab": lambda: sharing.kmeans(values, ALPHABET, start)}
    results: dict[str, tuple[float, int]] = {"dc_lab": (ours.inertia, ours.iterations)}
    if _peer("sklearn") is not None:
        from sklearn.cluster import KMeans

        def fit() -> Any:
            peer = KMeans(ALPHABET, init=start[:, None], n_init=1, max_iter=300, tol=0.0, algorithm="lloyd")
            return peer.fit(values.astype(np.float64)[:, None])

        fitted = fit()
        works["scikit-learn"] = fit
        results["scikit-learn"] = (float(fitted.inertia_), int(fitted.n_iter_))
    taken = _medians(works, runs=3)
    for name, seconds in taken.items():
        inertia, steps = results[name]
        rows.append([name, f"{seconds:.3f}", steps, f"{inertia:.6f}", f"{seconds / taken['dc_lab']:.1f}"])
    print(f"1-D k-means, {len(values):,} values, {ALPHABET} clusters, linear start")
    print(text_table(["", "seconds", "steps", "inertia", "ours is x faster"], rows))
    if "scikit-learn" in results:
        theirs = results["scikit-learn"][0]
        print(f"relative difference of the inertia: {abs(ours.inertia - theirs) / theirs:.1e}", flush=True)


# --- whole files ---


def bench_files() -> None:
    """Compress and decompress state_dicts of 1 to 138 million weights: VGG-16 whole, and equal shares of its layers."""
    rows = []
    for share in (1 / 128, 1 / 32, 1 / 8, 1 / 2, 1):
        with tempfile.TemporaryDirectory() as folder:
            measured = _in_new_process(_files_of_size, folder, share)
        weights, dense = measured["weights"], 4 * measured["weights"]
        rows.append(
            [
                f"{weights:,}",
                f"{dense / 1e6:.1f}",
                f"{measured['bytes'] / 1e6:.3f}",
                f"{dense / measured['bytes']:.1f}",
                f"{measured['compress_s']:.2f}",
                f"{1e9 * measured['compress_s'] / weights:.0f}",
                f"{measured['compress_peak'] / 1e6:.0f}",
                f"{measured['decompress_s']:.2f}",
                f"{1e9 * measured['decompress_s'] / weights:.0f}",
                f"{measured['decompress_peak'] / 1e6:.0f}",
            ]
        )
    print("compress and decompress: VGG-16's layers (the last row whole), weights drawn, the paper's densities")
    header = [
        "weights",
        "MB",
        "file MB",
        "ratio",
        "compress s",
        "ns each",
        "peak MB",
        "decompress s",
        "ns each",
        "peak MB",
    ]
    print(text_table(header, rows))
    print("peak MB: most memory of the whole process, Python and torch included")


def vgg16_like(share: float = 1.0, seed: int = 0) -> dict[str, np.ndarray]:
    """Drawn weights in VGG-16's shapes, pruned to the densities of the paper's table 5; biases are zero.

    With a share below 1 every layer keeps that share of its outputs, so that the mixture stays the same.
    """
    rng = np.random.default_rng(seed)
    tensors = {}
    for name, shape in VGG16_SHAPES.items():
        rows = max(1, round(shape[0] * share))
        weights = rng.standard_normal((rows, *shape[1:]), dtype=np.float32)
        density = paper.layers("vgg-16")[name]["kept_pct"] / 100
        weights[np.abs(weights) < _normal_threshold(density)] = 0
        tensors[f"{name}.weight"] = weights
        tensors[f"{name}.bias"] = np.zeros(rows, np.float32)
    return tensors


def _normal_threshold(density: float) -> float:
    """The magnitude that a normally distributed value exceeds with probability `density`."""
    return statistics.NormalDist().inv_cdf(1 - density / 2)


def _in_new_process(work: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    """Run `work` in a process of its own, so that its peak memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def _files_of_size(folder: str, share: float) -> dict[str, Any]:
    """Write a state_dict, then compress and decompress it through the command line, each in a new process."""
    from dc_lab import weights

    source, packed, restored = (Path(folder) / name for name in ("in.safetensors", "net.dcz", "out.safetensors"))
    tensors = vgg16_like(share)
    weights.save_weights(source, tensors)
    number = sum(array.size for array in tensors.values())
    compressing = _in_new_command(["compress", str(source), "-o", str(packed)])
    decompressing = _in_new_command(["decompress", str(packed), "-o", str(restored)])
    return {
        "weights": number,
        "bytes": packed.stat().st_size,
        "compress_s": compressing["seconds"],
        "compress_peak": compressing["peak"],
        "decompress_s": decompressing["seconds"],
        "decompress_peak": decompressing["peak"],
    }


COMMAND = """
import contextlib, io, json, sys, time
from dc_lab import archive, bench, compress, weights, __main__ as command
began = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()):
    code = command.main(sys.argv[1:])
print(json.dumps({"seconds": time.perf_counter() - began, "peak": bench.peak_memory()}))
sys.exit(code)
"""


def _in_new_command(arguments: list[str]) -> dict[str, Any]:
    command = [sys.executable, "-c", COMMAND, *arguments]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def peak_memory() -> int:
    """Most memory this process has held so far, in bytes; 0 where the system does not say."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux. The figure of `getrusage` would begin with the parent's.
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return 1024 * int(line.split()[1])
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


# --- quantized networks ---


def bench_quantized() -> None:
    """One batch through each network in float32, in integers our two ways, and in PyTorch's own dynamic int8."""
    rows = []
    for net in models.NETS:
        model, calibration, pixels = _trained(net)
        networks = {
            "float32 (torch)": model,
            "static int8 (dc_lab)": dynamic.quantize_static(model, calibration),
            "dynamic int8, Linear (dc_lab)": dynamic.quantize_dynamic(model),
            "dynamic int8, all (dc_lab)": dynamic.quantize_dynamic(model, (nn.Linear, nn.Conv2d)),
        }
        peer = _torch_dynamic(model)
        if peer is not None:
            networks["dynamic int8, Linear (torch)"] = peer
        test = datasets.mnist("test")
        taken = {
            batch: _medians(_runs_of(networks, training.to_tensor(pixels[:batch])), runs=51 if batch == 1 else 21)
            for batch in (1, 64)
        }
        for name, network in networks.items():
            times = [1000 * taken[batch][name] for batch in (1, 64)]
            against = [taken[batch][name] / taken[batch]["float32 (torch)"] for batch in (1, 64)]
            error = training.error_percent(network, test)
            rows.append([net, name, f"{error:.2f}", *(f"{time:.3f}" for time in times), *(f"{x:.2f}" for x in against)])
    print(f"quantized networks, one thread, milliseconds a batch, errors on the {len(test.labels):,} test images")
    print(text_table(["network", "", "error %", "batch 1", "batch 64", "against float32, 1", "64"], rows))


def _trained(net: str) -> tuple[nn.Module, torch.Tensor, np.ndarray]:
    """The shipped network, 1,000 training images as a batch, and test images."""
    model = models.build(net).eval()
    with weights.open_weights(datasets.checkpoint(f"{net}.safetensors")) as arrays:
        pipeline.load_arrays(model, dict(arrays))
    calibration = training.to_tensor(datasets.mnist("train").pixels[:1_000])
    return model, calibration, datasets.mnist("test").pixels


def _torch_dynamic(model: nn.Module) -> nn.Module | None:
    """PyTorch's own, as long as it has that; it warns that it is going to be removed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.ao.quantization.quantize_dynamic(model, {nn.Linear}, torch.qint8)
    except (AttributeError, RuntimeError):
        print("this PyTorch has no quantize_dynamic: left out", file=sys.stderr)
        return None


def _runs_of(networks: dict[str, nn.Module], images: torch.Tensor) -> dict[str, Callable[[], Any]]:
    def run_of(network: nn.Module) -> Callable[[], Any]:
        def run_it() -> torch.Tensor:
            with torch.no_grad(), training.threads(1):
                return network(images)

        return run_it

    return {name: run_of(network) for name, network in networks.items()}


# --- the layers of AlexNet and VGG-16 ---


def bench_layers() -> None:
    """The paper's six fully-connected layers in every form, time beside the roofline's prediction, and energy."""
    print(speed.tables(speed.measure_apart()))
    print()
    print(speed.energy_table())
