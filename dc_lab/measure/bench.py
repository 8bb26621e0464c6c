"""`python -m dc_lab bench`: speed of the coder, k-means, whole files, networks and layers, beside peers in one run.

Each figure is the median of several runs after a warm-up; ours and the peer's are timed in turn. A peer that is not
installed (`pip install dc-lab[bench]`) is left out, and said so.
"""

import functools
import importlib
import json
import math
import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import nn

from dc_lab import archive, dynamic, huffman, pipeline, pruning, sharing, sparse
from dc_lab.checkpoints import weights
from dc_lab.coding import fast, rans
from dc_lab.dcz import streams
from dc_lab.measure import imagenet, speed
from dc_lab.networks import datasets, models, paper, training
from dc_lab.support.tables import text_table

ALPHABET = 32
ZLIB = "zlib, Huffman only (compiled)"
SIZES = (("vgg-16", 1 / 512), ("vgg-16", 1 / 128), ("vgg-16", 1 / 32), ("vgg-16", 1 / 8), ("alexnet", 1.0),
         ("vgg-16", 1 / 2), ("vgg-16", 1.0))  # fmt: skip
"""Networks whose files are timed, and the share of each layer's outputs that they have."""


def run(only: str | None = None) -> None:
    """Run one part ("huffman", "ans", "kmeans", "files", "quantized", "layers") or all, printing tables."""
    parts = {
        "huffman": bench_huffman,
        "ans": bench_ans,
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
    """Encoding and decoding of 1 and 10 million symbols of 32, distributed like codes of a shared layer.

    Ours in one thread and in two, and zlib's Huffman codes alone, which looks for no repetitions, in one.
    """
    for number in (1_000_000, 10_000_000):
        _bench_huffman_of(_code_stream(number), f"{number:,} symbols of {ALPHABET}", all_peers=True)
    for name, symbols in _streams_of_files():
        _bench_huffman_of(symbols, f"{name}, {len(symbols):,} of {symbols.max() + 1}", all_peers=False)


def _streams_of_files() -> Iterator[tuple[str, np.ndarray]]:
    """Codes and gaps as they stand in files: LeNet-5's ip1 as shipped, and VGG-16's fc6, sampled at random."""
    layers = {"LeNet-5 ip1": dict(archive.load(datasets.checkpoint("lenet-5.dcz")))["ip1.weight"]}
    drawn = imagenet.sampled("vgg-16", layers=["fc6"])
    fc6 = drawn["fc6.weight"]
    mask = pruning.magnitude_mask(fc6, paper.layers("vgg-16")["fc6"]["kept_pct"] / 100)
    layers["VGG-16 fc6"] = sharing.share(np.where(mask, fc6, np.float32(0)), 5)
    for name, layer in layers.items():
        values = layer[layer != 0]
        yield f"{name}, codes", sharing.encode(values, np.unique(values))
        yield f"{name}, gaps", sparse.relative_index(layer != 0, 5)[0]


def _bench_huffman_of(symbols: np.ndarray, name_of_stream: str, all_peers: bool) -> None:
    number = len(symbols)
    counts = np.bincount(symbols, minlength=2)
    lengths = huffman.code_lengths(counts)
    lane = huffman.lane_size(number, int(np.dot(counts, lengths)))
    payload, lane_bits = huffman.encode(symbols, lengths, lane)
    if not np.array_equal(huffman.decode(payload, lengths, number, lane, lane_bits), symbols):
        raise RuntimeError("what was decoded is not what was encoded")
    encoders: dict[str, Callable[[], Any]] = {}
    decoders: dict[str, Callable[[], Any]] = {}
    ours = {1: "dc_lab, one thread", 2: "dc_lab, two threads"}
    for threads, name in ours.items():
        encode, decode = (functools.partial(_with_threads, threads, way) for way in (huffman.encode, huffman.decode))
        encoders[name] = functools.partial(encode, symbols, lengths, lane)
        decoders[name] = functools.partial(decode, payload, lengths, number, lane, lane_bits)
    size = {name: len(payload) for name in encoders}
    size[ZLIB] = _add_zlib(encoders, decoders, symbols)
    share: dict[str, int] = {}  # a slow peer gets this many symbols
    if all_peers:
        _add_constriction(encoders, decoders, share, symbols, counts)
        _add_dahuffman(encoders, decoders, share, symbols, counts)
    taken = [_medians(encoders), _medians(decoders)]
    rows = []
    for name in encoders:
        times = [way[name] / share.get(name, number) for way in taken]
        rows.append([name, f"{size[name]:,}" if name in size else "", *(f"{1e-6 / time:.1f}" for time in times)])
        for own in ours.values():
            rows[-1] += [f"{time / way[own] * number:.2f}" for time, way in zip(times, taken, strict=True)]
    bits = 8 * len(payload) / number
    print(f"Huffman, {name_of_stream}: {bits:.3f} bits each, entropy {huffman.entropy(counts):.3f}")
    header = ["coder", "bytes", "encode Msym/s", "decode", "one thread of ours is x faster", "decode"]
    print(text_table([*header, "two threads", "decode"], rows), flush=True)


def _with_threads(threads: int, work: Callable[..., Any], *arguments: Any) -> Any:
    """Do `work` with so many threads on long Huffman streams."""
    before, fast.THREADS = fast.THREADS, threads
    try:
        return work(*arguments)
    finally:
        fast.THREADS = before


def _add_zlib(encoders: dict[str, Any], decoders: dict[str, Any], symbols: np.ndarray) -> int:
    """Huffman codes in the blocks of deflate; returns the bytes that it takes, tables included."""
    raw = symbols.astype(np.uint8).tobytes()

    def encode() -> bytes:
        coder = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zlib.Z_HUFFMAN_ONLY)
        return coder.compress(raw) + coder.flush()

    compressed = encode()
    encoders[ZLIB], decoders[ZLIB] = encode, lambda: zlib.decompress(compressed, -zlib.MAX_WBITS, len(raw))
    return len(compressed)


def _code_stream(number: int) -> np.ndarray:
    """Codes of normally distributed weights, pruned, with 32 evenly spaced centroids."""
    rng = np.random.default_rng(0)
    weights = rng.standard_normal(number).astype(np.float32)
    weights += 0.7 * np.sign(weights)
    return sharing.encode(weights, np.linspace(weights.min(), weights.max(), ALPHABET))


def _add_constriction(
    encoders: dict[str, Any],
    decoders: dict[str, Any],
    share: dict[str, int],
    symbols: np.ndarray,
    counts: np.ndarray,
    huffman_too: bool = True,
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

    if not huffman_too:
        return
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


# --- rANS ---


def bench_ans() -> None:
    """Our rANS beside constriction's ANS: speed, and bits a symbol against the entropy, without and with the table."""
    for number in (100_000, 1_000_000, 10_000_000):
        _bench_ans_of(_code_stream(number))


def _bench_ans_of(symbols: np.ndarray) -> None:
    number = len(symbols)
    counts = np.bincount(symbols, minlength=ALPHABET)
    chosen = streams.plan(counts, "rans")
    if chosen.form != streams.FORMS.index("rans"):
        raise RuntimeError(f"{number:,} symbols are not stored as rANS")
    states, words = rans.encode(symbols, chosen.code, chosen.lanes)
    if not np.array_equal(rans.decode(states, words, chosen.code, number), symbols):
        raise RuntimeError("what was decoded is not what was encoded")
    encoders: dict[str, Callable[[], Any]] = {"dc_lab": lambda: rans.encode(symbols, chosen.code, chosen.lanes)}
    decoders: dict[str, Callable[[], Any]] = {"dc_lab": lambda: rans.decode(states, words, chosen.code, number)}
    bits = {"dc_lab": 32 * chosen.lanes + 16 * len(words)}
    share: dict[str, int] = {}
    _add_constriction(encoders, decoders, share, symbols, counts, huffman_too=False)
    for name, encode in encoders.items():
        if name not in bits:
            bits[name] = 32 * len(encode())
    encoding, decoding = _medians(encoders), _medians(decoders)
    entropy = huffman.entropy(counts)
    rows = []
    for name in encoders:
        times = [taken[name] for taken in (encoding, decoding)]
        ours = [taken["dc_lab"] for taken in (encoding, decoding)]
        each = bits[name] / number
        rows.append([name, f"{each:.4f}", f"{100 * (each / entropy - 1):.2f}"])
        rows[-1] += [f"{number / time / 1e6:.1f}" for time in times]
        rows[-1] += [f"{time / our:.2f}" for time, our in zip(times, ours, strict=True)]
    whole = 8 * len(streams.encode(symbols, "rans").content) / number
    print(f"rANS, {number:,} symbols of {ALPHABET}, {chosen.lanes:,} lanes: entropy {entropy:.4f}")
    header = ["coder", "bits each", "% above", "encode Msym/s", "decode Msym/s", "ours is x faster, encode", "decode"]
    print(text_table(header, rows))
    print(f"with its table: {whole:.4f} bits each, {100 * (whole / entropy - 1):.2f} % above the entropy", flush=True)


# --- k-means ---


def bench_kmeans() -> None:
    """1-D k-means of a million values, 32 clusters, from the same start, to the same number of steps."""
    values = np.random.default_rng(0).standard_normal(1_000_000).astype(np.float32)
    start = sharing.initial_centroids(values, ALPHABET, "linear")
    rows = []
    ours = sharing.kmeans(values, ALPHABET, start, max_iterations=300)
    works: dict[str, Callable[[], Any]] = {
        "dc_lab": lambda: sharing.kmeans(values, ALPHABET, start, max_iterations=300)
    }
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
    """Compress and decompress state_dicts of 0.27 to 138 million weights: AlexNet and VGG-16 whole, and parts of it."""
    rows = []
    for net, share, workers in [*((*size, 1) for size in SIZES), (*SIZES[-1], 2)]:
        measured = file_costs(net, share, workers)
        count, dense = measured["weights"], 4 * measured["weights"]
        name = net if share == 1 else f"{net} / {1 / share:.0f}"
        size = [name if workers == 1 else f"{name}, --workers {workers}", f"{count:,}", f"{dense / 1e6:.1f}"]
        rows.append([*size, f"{measured['bytes'] / 1e6:.3f}", f"{dense / measured['bytes']:.1f}"])
        for way in ("compress", "decompress"):
            seconds, peak = measured[f"{way}_s"], measured[f"{way}_peak"]
            rows[-1] += [f"{seconds:.2f}", f"{1e9 * seconds / count:.0f}", f"{peak / 1e6:.0f}", f"{peak / dense:.1f}"]
    print("compress and decompress: weights drawn; the paper's densities and bits, layer by layer (--like)")
    header = ["network", "weights", "MB", "file MB", "ratio"]
    for way in ("compress", "decompress"):
        header += [f"{way} s", "ns each", "peak MB", "x float32"]
    print(text_table(header, rows))
    print("peak MB: most memory of the whole process, Python and torch included")


def _in_new_process(work: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    """Run `work` in a process of its own, so that its peak memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def file_costs(net: str, share: float = 1.0, workers: int = 1) -> dict[str, Any]:
    """Draw AlexNet or VGG-16 into a file, compress and decompress it on the command line, each in a new process.

    Returns
    -------
    weights (biases included), bytes (of the .dcz file), and for compress and decompress the seconds, imports left out,
    and the peak memory of the process in bytes, everything included: compress_s, compress_peak, ...
    """
    with tempfile.TemporaryDirectory() as folder:
        return _in_new_process(_file_costs, folder, net, share, workers)


def _file_costs(folder: str, net: str, share: float, workers: int) -> dict[str, Any]:
    source, packed, restored = (Path(folder) / name for name in ("in.safetensors", "net.dcz", "out.safetensors"))
    drawn = imagenet.sampled(net, share=share)
    weights.save_weights(source, drawn)
    compressing = in_new_command(["compress", str(source), "-o", str(packed), "--like", net, "--workers", str(workers)])
    decompressing = in_new_command(["decompress", str(packed), "-o", str(restored)])
    return {
        "weights": sum(math.prod(shape) for shape in drawn.shapes.values()),
        "bytes": packed.stat().st_size,
        "compress_s": compressing["seconds"],
        "compress_peak": compressing["peak"],
        "decompress_s": decompressing["seconds"],
        "decompress_peak": decompressing["peak"],
    }


COMMAND = """
import contextlib, io, json, sys, time
from dc_lab import archive
from dc_lab.checkpoints import compress, weights
from dc_lab.cli import main as command
from dc_lab.measure import bench
began = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()):
    code = command.main(sys.argv[1:])
print(json.dumps({"seconds": time.perf_counter() - began, "peak": bench.peak_memory()}))
sys.exit(code)
"""


def in_new_command(arguments: list[str]) -> dict[str, Any]:
    """Run a command of ours in a process of its own: its seconds, imports left out, and its peak memory in bytes.

    Raises
    ------
    RuntimeError : it failed; the message ends with what it said.
    """
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
    model = pipeline.restored(net, weights.load_weights(datasets.checkpoint(f"{net}.safetensors"))).eval()
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
