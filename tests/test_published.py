"""Networks that others published: their forward passes against torch's own modules, on small drawn tensors."""

import numpy as np
import pytest
import torch
from torch import nn

from dc_lab.measure import published


def drawn(module: nn.Module) -> nn.Module:
    """A module with small drawn tensors in place of its first ones; running variances stay positive."""
    generator = torch.Generator().manual_seed(1)
    for name, tensor in module.state_dict().items():
        if tensor.dtype == torch.float32:
            values = torch.randn(tensor.shape, generator=generator) / 5
            tensor.copy_(values.abs() + 0.5 if "running_var" in name else values)
    return module.eval()


def agree(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    assert ours.shape == theirs.shape
    assert ours.std(0).max() > 1e-6  # not one answer for everything
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_crepe():
    layers = {}
    for layer, (inputs, outputs) in enumerate([(1, 8), (8, 4), (4, 4), (4, 4), (4, 4), (4, 4)], 1):
        size, stride = ((512, 1), (4, 1)) if layer == 1 else ((64, 1), (1, 1))
        layers[f"conv{layer}"] = nn.Conv2d(inputs, outputs, size, stride)
        layers[f"conv{layer}_BN"] = nn.BatchNorm2d(outputs, eps=0.001)
    net = drawn(nn.ModuleDict({**layers, "classifier": nn.Linear(16, 5)}))
    x = published._drawn(16, 1, 1024, 1)
    for layer in range(1, 7):
        above, below = (254, 254) if layer == 1 else (31, 32)
        x = net[f"conv{layer}"](nn.ZeroPad2d((0, 0, above, below))(x))
        x = nn.MaxPool2d((2, 1))(net[f"conv{layer}_BN"](nn.ReLU()(x)))
    agree(published.crepe(net.state_dict()), nn.Sigmoid()(net["classifier"](x.permute(0, 2, 1, 3).reshape(16, -1))))


@torch.no_grad()
def test_the_networks_of_mtcnn():
    body = nn.Sequential(nn.Conv2d(3, 10, 3), nn.PReLU(10), nn.MaxPool2d(2, 2, ceil_mode=True))
    body.extend([nn.Conv2d(10, 16, 3), nn.PReLU(16), nn.Conv2d(16, 32, 3), nn.PReLU(32)])
    net = drawn(nn.ModuleList([body, nn.Conv2d(32, 2, 1), nn.Conv2d(32, 4, 1)]))
    names = {"0.0": "conv1", "0.1": "prelu1", "0.3": "conv2", "0.4": "prelu2", "0.5": "conv3", "0.6": "prelu3"}
    names |= {"1": "conv4_1", "2": "conv4_2"}
    state = {f"{names[n.rpartition('.')[0]]}.{n.rpartition('.')[2]}": t for n, t in net.state_dict().items()}
    features = body(published._drawn(16, 3, 12, 12).clamp(-1, 1))
    heads = [nn.Softmax(1)(net[1](features)), net[2](features)]
    agree(published.face_proposals(state), torch.cat(heads, 1).flatten(1))
    assert published.recognise(list(state)).run is published.face_proposals

    body = nn.Sequential(nn.Conv2d(3, 28, 3), nn.PReLU(28), nn.MaxPool2d(3, 2, ceil_mode=True))
    body.extend([nn.Conv2d(28, 48, 3), nn.PReLU(48), nn.MaxPool2d(3, 2, ceil_mode=True)])
    body.extend([nn.Conv2d(48, 64, 2), nn.PReLU(64)])
    net = drawn(nn.ModuleList([body, nn.Linear(576, 128), nn.PReLU(128), nn.Linear(128, 2), nn.Linear(128, 4)]))
    names = {"0.0": "conv1", "0.1": "prelu1", "0.3": "conv2", "0.4": "prelu2", "0.6": "conv3", "0.7": "prelu3"}
    names |= {"1": "dense4", "2": "prelu4", "3": "dense5_1", "4": "dense5_2"}
    state = {f"{names[n.rpartition('.')[0]]}.{n.rpartition('.')[2]}": t for n, t in net.state_dict().items()}
    x = body(published._drawn(16, 3, 24, 24).clamp(-1, 1)).permute(0, 3, 2, 1).reshape(16, -1)
    x = net[2](net[1](x))
    agree(published.face_refinement(state), torch.cat([nn.Softmax(1)(net[3](x)), net[4](x)], 1))
    assert published.recognise(list(state)).run is published.face_refinement


@torch.no_grad()
def test_voice_activity():
    layers = {"stft_conv": nn.Conv1d(1, 258, 256, 128, bias=False), "conv1": nn.Conv1d(129, 12, 3, 1, 1)}
    layers |= {
        "conv2": nn.Conv1d(12, 6, 3, 2, 1),
        "conv3": nn.Conv1d(6, 6, 3, 2, 1),
        "conv4": nn.Conv1d(6, 10, 3, 1, 1),
    }
    net = drawn(nn.ModuleDict({**layers, "lstm_cell": nn.LSTMCell(10, 7)}))
    held = None
    for piece in published._drawn(8, 16, 576) / 10:
        x = net["stft_conv"](nn.ReflectionPad1d((0, 64))(piece[:, None]))
        x = torch.hypot(x[:, :129], x[:, 129:])
        for layer in range(1, 5):
            x = nn.ReLU()(net[f"conv{layer}"](x))
        held = net["lstm_cell"](x[:, :, 0], held)
    agree(published.voice_activity(net.state_dict()), held[0])


@torch.no_grad()
def test_voice_encoder():
    net = drawn(nn.ModuleDict({"lstm": nn.LSTM(5, 6, 3, batch_first=True), "linear": nn.Linear(6, 6)}))
    hidden = net["lstm"](published._drawn(16, 160, 5).abs() / 10)[0][:, -1]
    x = nn.ReLU()(net["linear"](hidden))
    agree(published.voice_encoder(net.state_dict()), x / x.norm(dim=1, keepdim=True))


@torch.no_grad()
def test_sentence_encoder():
    """Against torch's own layer of an encoder, which keeps the three projections in one matrix."""
    size, inner = 24, 40
    layers = [
        drawn(nn.TransformerEncoderLayer(size, 12, inner, 0, "gelu", layer_norm_eps=1e-12, batch_first=True))
        for _ in range(2)
    ]
    tables = {"word": (50, size), "position": (40, size), "token_type": (2, size)}
    state = {f"embeddings.{name}_embeddings.weight": published._drawn(*shape) for name, shape in tables.items()}
    state |= {
        "embeddings.LayerNorm.weight": published._drawn(size),
        "embeddings.LayerNorm.bias": published._drawn(size),
    }
    x = state["embeddings.word_embeddings.weight"][published._drawn_ids(50, 32)]
    x = x + state["embeddings.position_embeddings.weight"][:32] + state["embeddings.token_type_embeddings.weight"][0]
    parts = (state["embeddings.LayerNorm.weight"], state["embeddings.LayerNorm.bias"])
    x = nn.functional.layer_norm(x, (size,), *parts, eps=1e-12)
    for number, layer in enumerate(layers):
        x = layer(x)
        theirs = layer.state_dict()
        for kind in ("weight", "bias"):
            for part, tensor in zip(
                ("query", "key", "value"), theirs[f"self_attn.in_proj_{kind}"].chunk(3), strict=True
            ):
                state[f"encoder.layer.{number}.attention.self.{part}.{kind}"] = tensor
            for ours, name in {
                "attention.output.dense": "self_attn.out_proj", "attention.output.LayerNorm": "norm1",
                "intermediate.dense": "linear1", "output.dense": "linear2", "output.LayerNorm": "norm2",
            }.items():  # fmt: skip
                state[f"encoder.layer.{number}.{ours}.{kind}"] = theirs[f"{name}.{kind}"]
    mean = x.mean(1)
    agree(published.sentence_encoder(state), mean / mean.norm(dim=1, keepdim=True))


def test_pronunciation():
    """Against the cell as the package writes it, in NumPy."""
    rng = np.random.default_rng(0)
    shapes = {"enc_emb": (29, 5), "dec_emb": (74, 5), "fc_w": (74, 6), "fc_b": (74,)}
    for part in ("enc", "dec"):
        shapes |= {f"{part}_w_ih": (18, 5), f"{part}_w_hh": (18, 6), f"{part}_b_ih": (18,), f"{part}_b_hh": (18,)}
    arrays = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}

    def gru(part, x, h):
        states = []
        for step in range(x.shape[1]):
            given = x[:, step] @ arrays[f"{part}_w_ih"].T + arrays[f"{part}_b_ih"]
            held = h @ arrays[f"{part}_w_hh"].T + arrays[f"{part}_b_hh"]
            reset, update = np.split(1 / (1 + np.exp(-(given[:, :12] + held[:, :12]))), 2, -1)
            new = np.tanh(given[:, 12:] + reset * held[:, 12:])
            h = (1 - update) * new + update * h
            states.append(h)
        return np.stack(states, 1)

    read = gru("enc", arrays["enc_emb"][published._drawn_ids(29, 8)], np.zeros((16, 6), np.float32))[:, -1]
    said = gru("dec", arrays["dec_emb"][published._drawn_ids(74, 8)], read)
    with torch.no_grad():
        ours = published.pronunciation({name: torch.from_numpy(array) for name, array in arrays.items()})
    agree(ours, torch.from_numpy((said @ arrays["fc_w"].T + arrays["fc_b"]).reshape(16, -1)))


def test_a_table_of_words():
    table = published._drawn(40, 6).half()
    mean = table.numpy().astype(np.float32)[published._drawn_ids(40, 32)].mean(1)
    agree(
        published.word_table({"embedding.weight": table}),
        torch.from_numpy(mean / np.linalg.norm(mean, axis=1)[:, None]),
    )


def test_perceptual_heads():
    state = {f"lin{place}.model.1.weight": published._drawn(1, size, 1, 1) for place, size in enumerate((3, 5))}
    found = published.perceptual_heads(state)
    for place, weight in enumerate(state.values()):
        features = published._drawn(2, 16, weight.shape[1], 8, 8).relu()
        features = features / features.norm(dim=2, keepdim=True).clamp_min(1e-12)
        expected = (weight * (features[0] - features[1]) ** 2).sum(1).mean((1, 2))
        torch.testing.assert_close(found[:, place], expected)


@pytest.mark.parametrize("network", published.NETWORKS, ids=lambda network: network.kind)
def test_kinds_are_told_apart(network):
    assert published.recognise([*network.has, "another"]) is network
    assert published.recognise(["another"]).run is None
