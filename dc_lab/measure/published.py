"""Forward passes of networks that others published, straight from the tensors of their files.

Each is what the package of that name calculates, without its code. Inputs are drawn, the same each time: what comes
out says how far compression moves a network, not how good it is.
"""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

State = Mapping[str, Tensor]

INPUTS = 16
"""Inputs drawn for a network, and so rows of what it gives."""

HEADS = 12
"""Attention heads of MiniLM; the file does not say."""


def _drawn(*shape: int) -> Tensor:
    """Normally distributed, the same in every run."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def _drawn_ids(below: int, length: int) -> Tensor:
    """Rows of numbers below a limit, such as words by their place in a vocabulary."""
    return torch.randint(below, (INPUTS, length), generator=torch.Generator().manual_seed(0))


def crepe(state: State) -> Tensor:
    """CREPE: a pitch from 1,024 samples of sound, by six convolutions (torchcrepe)."""
    x = _drawn(INPUTS, 1, 1024, 1)
    for layer in range(1, 7):
        x = F.pad(x, (0, 0, 254, 254) if layer == 1 else (0, 0, 31, 32))
        x = F.conv2d(
            x, state[f"conv{layer}.weight"], state[f"conv{layer}.bias"], stride=(4, 1) if layer == 1 else (1, 1)
        )
        mean, variance, scale, shift = (
            state[f"conv{layer}_BN.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
        )
        x = F.max_pool2d(F.batch_norm(x.relu(), mean, variance, scale, shift, eps=0.001), (2, 1))
    x = x.permute(0, 2, 1, 3).flatten(1)
    return F.linear(x, state["classifier.weight"], state["classifier.bias"]).sigmoid()


def _face(state: State, side: int, pools: Collection[tuple[int, int]]) -> Tensor:
    """The three networks of MTCNN: convolutions with PReLU and pooling, then heads for a face, its box, its eyes."""
    x = _drawn(INPUTS, 3, side, side).clamp(-1, 1)
    for layer, (size, stride) in enumerate(pools, 1):
        x = F.conv2d(x, state[f"conv{layer}.weight"], state[f"conv{layer}.bias"])
        x = F.prelu(x, state[f"prelu{layer}.weight"])
        x = F.max_pool2d(x, size, stride, ceil_mode=True) if size > 1 else x
    dense = len(pools) + 1
    if f"dense{dense}.weight" in state:
        x = x.permute(0, 3, 2, 1).flatten(1)
        x = F.prelu(
            F.linear(x, state[f"dense{dense}.weight"], state[f"dense{dense}.bias"]), state[f"prelu{dense}.weight"]
        )
        dense += 1
    heads = sorted(name.removesuffix(".weight") for name in state if f"{dense}_" in name and name.endswith(".weight"))
    weights = [state[f"{head}.weight"].flatten(1) for head in heads]
    outputs = [F.linear(x.flatten(1), w, state[f"{head}.bias"]) for head, w in zip(heads, weights, strict=True)]
    return torch.cat([outputs[0].softmax(1), *outputs[1:]], 1)


def face_proposals(state: State) -> Tensor:
    """P-Net of MTCNN, on one window of 12 by 12 pixels (facenet-pytorch)."""
    return _face(state, 12, [(2, 2), (1, 1), (1, 1)])


def face_refinement(state: State) -> Tensor:
    """R-Net of MTCNN, on 24 by 24 pixels (facenet-pytorch)."""
    return _face(state, 24, [(3, 2), (3, 2), (1, 1)])


def face_output(state: State) -> Tensor:
    """O-Net of MTCNN, on 48 by 48 pixels (facenet-pytorch)."""
    return _face(state, 48, [(3, 2), (3, 2), (2, 2), (1, 1)])


def voice_activity(state: State) -> Tensor:
    """Silero VAD: what its LSTM holds after eight pieces of sound, from which it says whether somebody speaks."""
    hidden = cell = torch.zeros(INPUTS, state["lstm_cell.weight_hh"].shape[1])
    for piece in _drawn(8, INPUTS, 576) / 10:
        x = F.conv1d(F.pad(piece, (0, 64), "reflect")[:, None], state["stft_conv.weight"], stride=128)
        real, imaginary = x.chunk(2, 1)
        x = (real**2 + imaginary**2).sqrt()
        for layer, stride in enumerate((1, 2, 2, 1), 1):
            x = F.conv1d(x, state[f"conv{layer}.weight"], state[f"conv{layer}.bias"], stride, padding=1).relu()
        parts = [state[f"lstm_cell.{part}"] for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        hidden, cell = torch.lstm_cell(x.squeeze(-1), [hidden, cell], *parts)
    return hidden


def voice_encoder(state: State) -> Tensor:
    """Resemblyzer: a direction for a voice, by an LSTM of three layers over 160 spectra of sound."""
    width, bands = state["linear.weight"].shape[1], state["lstm.weight_ih_l0"].shape[1]
    lstm = nn.LSTM(bands, width, 3, batch_first=True)
    lstm.load_state_dict({name[5:]: tensor for name, tensor in state.items() if name.startswith("lstm.")})
    hidden = lstm(_drawn(INPUTS, 160, bands).abs() / 10)[1][0][-1]
    return F.normalize(F.linear(hidden, state["linear.weight"], state["linear.bias"]).relu(), dim=1)


def sentence_encoder(state: State) -> Tensor:
    """MiniLM, a BERT of six layers: a direction for a text of 32 words, the mean over them."""

    def linear(x: Tensor, name: str) -> Tensor:
        return F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])

    def norm(x: Tensor, name: str) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"], eps=1e-12)

    words = state["embeddings.word_embeddings.weight"]
    ids = _drawn_ids(len(words), 32)
    x = words[ids] + state["embeddings.position_embeddings.weight"][:32]
    x = norm(x + state["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    layer = 0
    while f"encoder.layer.{layer}.output.dense.weight" in state:
        name = f"encoder.layer.{layer}"
        q, k, v = (
            linear(x, f"{name}.attention.self.{part}").unflatten(-1, (HEADS, -1)).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x = norm(x + linear(seen, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm")
        inner = F.gelu(linear(x, f"{name}.intermediate.dense"))
        x = norm(x + linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        layer += 1
    return F.normalize(x.mean(1), dim=1)


def word_table(state: State) -> Tensor:
    """WordLlama: a direction for a text of 32 tokens, the mean of their rows in a table."""
    table = state["embedding.weight"].float()
    return F.normalize(table[_drawn_ids(len(table), 32)].mean(1), dim=1)


def pronunciation(state: State) -> Tensor:
    """g2p_en: letters to sounds, by a GRU that reads a word of 8 letters and one that is given 8 sounds."""

    def gru(part: str) -> nn.GRU:
        module = nn.GRU(state[f"{part}_w_ih"].shape[1], state[f"{part}_w_hh"].shape[1], batch_first=True)
        names = {"weight_ih_l0": "w_ih", "weight_hh_l0": "w_hh", "bias_ih_l0": "b_ih", "bias_hh_l0": "b_hh"}
        module.load_state_dict({name: state[f"{part}_{ours}"] for name, ours in names.items()})
        return module

    letters, sounds = state["enc_emb"], state["dec_emb"]
    read = gru("enc")(letters[_drawn_ids(len(letters), 8)])[1]
    said = gru("dec")(sounds[_drawn_ids(len(sounds), 8)], read)[0]
    return F.linear(said, state["fc_w"], state["fc_b"]).flatten(1)


def perceptual_heads(state: State) -> Tensor:
    """LPIPS: what its heads make of differences between features. The features are drawn; they belong to no image."""
    outputs = []
    for weight in (state[name] for name in sorted(state)):
        first, second = (F.normalize(_drawn(2, INPUTS, weight.shape[1], 8, 8).relu()[i], dim=1) for i in (0, 1))
        outputs.append(F.conv2d((first - second) ** 2, weight).mean((2, 3)))
    return torch.cat(outputs, 1)


class Network(NamedTuple):
    """A kind of network: what it is, tensors that tell it from the others, and its forward pass, if there is one."""

    kind: str
    has: Collection[str]
    run: Callable[[State], Tensor] | None


NETWORKS = (
    Network("pitch, CREPE: convolutions", {"conv6_BN.weight", "classifier.weight"}, crepe),
    Network("faces, P-Net: convolutions", {"prelu3.weight", "conv4_1.weight", "conv4_2.weight"}, face_proposals),
    Network("faces, R-Net: convolutions", {"prelu4.weight", "dense4.weight", "dense5_1.weight"}, face_refinement),
    Network("faces, O-Net: convolutions", {"prelu5.weight", "dense5.weight", "dense6_3.weight"}, face_output),
    Network("voice activity, Silero: convolutions, LSTM", {"stft_conv.weight", "lstm_cell.weight_ih"}, voice_activity),
    Network("voices, Resemblyzer: LSTM", {"lstm.weight_ih_l2", "similarity_weight"}, voice_encoder),
    Network("sentences, MiniLM: BERT", {"embeddings.word_embeddings.weight"}, sentence_encoder),
    Network("words, WordLlama: embedding", {"embedding.weight"}, word_table),
    Network("letters to sounds, g2p_en: GRU", {"enc_w_ih", "dec_w_ih", "fc_w"}, pronunciation),
    Network("image distance, LPIPS: heads", {"lin0.model.1.weight", "lin4.model.1.weight"}, perceptual_heads),
    Network("pitch, PESTO: convolutions", {"encoder.fc.weight", "encoder.prefilt_layers.0.weight"}, None),
    Network("energy of atoms, CHGNet: graph network", {"atom_embedding.embedding.weight"}, None),
)  # fmt: skip
"""Every kind that is recognised, by names of tensors."""


def recognise(names: Collection[str]) -> Network:
    """The kind of network that has tensors of these names; "unknown", without a forward pass, if none fits."""
    return next((network for network in NETWORKS if set(network.has) <= set(names)), Network("unknown", (), None))
