"""Networks in integers: bit for bit PyTorch's dynamic layers where it has them, exact sums always, no training."""

import copy

import numpy as np
import pytest
import quantization_oracle as oracle
import torch
from torch import nn

from dc_lab import dynamic, pruning, quantized
from dc_lab.dynamic import QuantizedLinear, QuantizedTrainingError, quantize_dynamic, quantize_static
from dc_lab.integers import aware, observers
from dc_lab.networks import models, training
from dc_lab.quantized import QuantizedTensor


def small_net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 5, stride=2, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(676, 10))


def images(number=20):
    return torch.rand(number, 1, 28, 28, generator=torch.Generator().manual_seed(1))


# --- the oracle ---


def their_dynamic(layer):
    with oracle.silence():
        return torch.ao.quantization.quantize_dynamic(nn.Sequential(copy.deepcopy(layer)), {nn.Linear}, torch.qint8)


@pytest.mark.slow
@oracle.needed
@pytest.mark.parametrize("name", oracle.engines())
@pytest.mark.parametrize("with_bias", [True, False])
def test_dynamic_linear_is_that_of_pytorch(name, with_bias, rng, monkeypatch):
    """Also on ties, in PyTorch's own form of rounding. Other engines do not multiply and add in one rounding."""
    with oracle.engine(name), oracle.silence():
        # onednn adds the zero point before it rounds, whatever `quantize_per_tensor` does.
        form = oracle.fused if name == "onednn" else oracle.form(quantized.steps, np.uint8)
        monkeypatch.setattr(quantized, "steps", form)
        wrong_rows = 0
        for trial in range(24):
            terms, out, n = (int(rng.integers(1, most)) for most in (900, 70, 70))
            layer = nn.Linear(terms, out, bias=with_bias)
            theirs, ours = their_dynamic(layer), quantize_dynamic(layer)
            x = (rng.normal(size=(n, terms)) * np.exp(rng.uniform(-4, 4))).astype(np.float32)
            if trial % 3 == 1:
                x = np.maximum(x, 0)
            if trial % 3 == 2:  # half marks everywhere, on a ruler with an odd zero point
                x = (rng.integers(-126, 129, (n, terms)) / 4).astype(np.float32)
                x[0, :2] = [-31.5, 32][: min(terms, 2)]
            y = theirs(torch.tensor(x))
            found = ours(torch.tensor(x))
            with torch.no_grad():
                assert torch.equal(ours(torch.tensor(x)), found)
            if name in oracle.EXACT_ENGINES:
                assert torch.equal(found, y), trial
            elif name == "onednn":
                # It rounds some inputs, a few in a million, to the mark beside ours: their rows differ.
                close = (found - y).abs() <= 1e-6 * max(1.0, float(y.abs().max()))
                wrong_rows += int((~close).any(dim=1).sum())
            else:  # it uses all 8 bits of the input: another ruler
                assert (found - y).abs().max() <= 0.1 * y.abs().max() + 1e-6
            with oracle.silence():
                np.testing.assert_array_equal(ours.weight.integers, theirs[0].weight().int_repr().numpy())
                assert ours.weight.q_scale == theirs[0].weight().q_scale()
        assert wrong_rows <= 5


@oracle.needed
@oracle.exact_engine_needed
@pytest.mark.parametrize("net", list(models.NETS))
def test_dynamic_networks_are_those_of_pytorch(net, digits):
    model = models.build(net).eval()
    x = training.to_tensor(digits.pixels[:50])
    with oracle.engine(oracle.exact_engine()), oracle.silence(), torch.no_grad():
        theirs = torch.ao.quantization.quantize_dynamic(copy.deepcopy(model), {nn.Linear}, torch.qint8)
        assert torch.equal(quantize_dynamic(model)(x), theirs(x))


# --- static and dynamic ---


def test_static_and_dynamic_differ_in_who_chooses_the_ruler():
    model, x = small_net(), images()
    static, changing = quantize_static(model, x), quantize_dynamic(model, (nn.Linear, nn.Conv2d))
    assert static[0].activation == quantized.minmax_qparams(x.min(), x.max())
    assert changing[0].activation is changing[3].activation is None
    expected = model(10 * x)
    assert (static(10 * x) - expected).abs().max() > 1  # beyond what calibration has seen: cut off
    assert (changing(10 * x) - expected).abs().max() < 0.2
    together, alone = changing(torch.cat([x[:1], 100 * x[1:2]]))[0], changing(x[:1])[0]
    assert not torch.equal(together, alone)  # the ruler is chosen for the batch
    assert torch.equal(static(torch.cat([x[:1], 100 * x[1:2]]))[0], static(x[:1])[0])


@pytest.mark.parametrize(
    "kind", [observers.MinMax, observers.MovingAverage, observers.Percentile, observers.LeastError]
)
def test_any_observer_calibrates(kind):
    model, x = small_net(), images()
    static = quantize_static(model, x, observer=kind)
    assert (static(x) - model(x)).abs().max() < 0.2


def test_a_new_module_comes_back_and_the_given_one_is_left_alone():
    model = small_net().train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    for made in (quantize_static(model, images()), quantize_dynamic(model), quantize_dynamic(model, [nn.Conv2d])):
        assert made is not model
        assert not made.training
        assert model.training
        assert [type(layer) for layer in model] == [nn.Conv2d, nn.ReLU, nn.Flatten, nn.Linear]
        assert not any(layer._forward_pre_hooks for layer in model)
        assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
        assert type(copy.deepcopy(made)(images(2))) is torch.Tensor
    assert isinstance(quantize_dynamic(model)[0], nn.Conv2d)
    assert isinstance(quantize_dynamic(model)[3], QuantizedLinear)
    assert isinstance(quantize_dynamic(model[3]), QuantizedLinear)


def test_a_layer_in_two_places_stays_one():
    layer = nn.Linear(4, 4)
    made = quantize_dynamic(nn.Sequential(layer, nn.ReLU(), layer, nn.Sequential(layer)))
    assert isinstance(made[0], QuantizedLinear)
    assert made[0] is made[2] is made[3][0]


def test_layers_of_other_types_are_left():
    attention = nn.MultiheadAttention(4, 2)
    made = quantize_dynamic(nn.Sequential(attention))
    x = torch.ones(1, 3, 4)
    assert torch.equal(made[0](x, x, x)[0], attention.eval()(x, x, x)[0])


def test_the_shown_form_says_what_it_is():
    made = quantize_static(small_net(), images(), bits=4)
    assert "(3): QuantizedLinear(10, 676, bits=4, per output, input: scale=0.0" in repr(made)
    assert "stride=(2, 2), padding=(1, 1)" in repr(made)
    assert "per tensor, input: dynamic" in repr(quantize_dynamic(small_net()))


@pytest.mark.parametrize("make", [quantize_dynamic, lambda m: quantize_static(m, images())])
def test_empty_batches(make):
    assert make(small_net())(images(0)).shape == (0, 10)


# --- what is refused ---


@pytest.mark.parametrize("make", [quantize_dynamic, lambda m: quantize_static(m, images())])
def test_training_is_refused_and_says_why(make, digits):
    model = make(small_net())
    reason = "rounding has zero gradient.*fake_quantize"
    with pytest.raises(QuantizedTrainingError, match=reason):
        training.fit(model, digits, training.Schedule(epochs=1))
    model.eval()
    loss = model(images()).sum()  # inference with gradients switched on is no mistake
    with pytest.raises(RuntimeError, match=reason):
        loss.backward()
    assert training.predict(model, digits.pixels[:10]).shape == (10,)


def test_a_state_dict_is_refused_rather_than_incomplete():
    with pytest.raises(RuntimeError, match=r"dynamic\.state"):
        quantize_dynamic(small_net()).state_dict()


def test_models_and_data_that_are_refused():
    model = small_net()
    with pytest.raises(ValueError, match="needs calibration data"):
        quantize_static(model, images(0))
    with pytest.raises(ValueError, match=r"calibration met .* NaN"):
        quantize_static(model, images() * torch.nan)
    with pytest.raises(ValueError, match="bits must be"):
        quantize_static(model, images(), bits=1)
    with pytest.raises(ValueError, match="bits must be"):
        quantize_dynamic(model, bits=16)
    with pytest.raises(ValueError, match=r"nn.Linear, nn.Conv2d or both, got .*ReLU"):
        quantize_dynamic(model, {nn.ReLU})
    for odd in (nn.Conv2d(2, 2, 3, groups=2), nn.Conv2d(2, 2, 3, dilation=2), nn.Conv2d(2, 2, 3, padding="same")):
        with pytest.raises(ValueError, match="0: only convolutions with one group"):
            quantize_dynamic(nn.Sequential(odd), {nn.Conv2d})
    model[3].weight.data[0, 0] = torch.nan
    with pytest.raises(ValueError, match="3: expected a finite range"):
        quantize_dynamic(model)

    class Unused(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.spare = nn.Linear(3, 3), nn.Linear(3, 3)

        def forward(self, x):
            return self.used(x)

    with pytest.raises(ValueError, match="spare: nothing has been observed yet"):
        quantize_static(Unused(), torch.ones(4, 3))


def test_inputs_that_are_refused():
    model = quantize_dynamic(small_net(), (nn.Linear, nn.Conv2d))
    with pytest.raises(ValueError, match=r"\(n, 1, h, w\), got \(1, 2, 28, 28\)"):
        model(torch.ones(1, 2, 28, 28))
    with pytest.raises(ValueError, match=r"\(\.\.\., 676\), got \(3, 5\)"):
        model[3](torch.ones(3, 5))
    with pytest.raises(ValueError, match=r"float32 input, got torch\.float64"):
        model(images().double())
    with pytest.raises(ValueError, match="finite range"):
        model(images() * torch.nan)


# --- training that rounds, then integers ---


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_what_was_trained_is_what_is_quantized(bits, digits):
    model = small_net()
    aware.train_quantized(model, bits)
    training.fit(model, digits, training.Schedule(epochs=2))
    trained = model[3].weight.detach().clone()
    static, changing = quantize_static(model, images()), quantize_dynamic(model)
    for made in (static, changing):
        assert made[3].weight.bits == bits
        np.testing.assert_array_equal(made[3].weight.dequantize(), trained)
    assert static[3].activation == aware.input_rounding_of(model[3]).qparams()
    x = training.to_tensor(digits.pixels[:100])
    model.eval()
    with torch.no_grad():
        assert (static(x) - model(x)).abs().max() < 0.05
    np.testing.assert_array_equal(training.predict(static, digits.pixels), training.predict(model, digits.pixels))


def test_pruned_weights_stay_zero(digits):
    model = models.build("lenet-300-100")
    weight = model.ip3.weight.detach().numpy()
    mask = pruning.magnitude_mask(weight, 0.3)
    pruning.hold_masks(model, {"ip3": mask})
    made = quantize_dynamic(model)
    assert not made.ip3.weight.integers[~mask].any()
    assert torch.equal(made(images(3)), quantize_dynamic(model)(images(3)))


# --- what to store ---


@pytest.mark.parametrize("make", [quantize_dynamic, lambda m: quantize_static(m, images(), bits=4)])
def test_state_there_and_back(make):
    model = small_net()
    made = make(model)
    tensors = dynamic.state(made)
    fixed = {"0.input_scale", "0.input_zero_point", "3.input_scale", "3.input_zero_point"}
    assert set(tensors) == {"0.weight", "0.bias", "3.weight", "3.bias"} | (fixed if made[3].activation else set())
    assert isinstance(tensors["3.weight"], QuantizedTensor)
    again = dynamic.from_state(small_net(), tensors)
    assert torch.equal(again(images()), made(images()))
    assert again[3].weight.bits == made[3].weight.bits
    alone = dynamic.from_state(nn.Linear(4, 2), dynamic.state(quantize_dynamic(nn.Linear(4, 2))))
    assert isinstance(alone, QuantizedLinear)


def test_states_that_do_not_fit():
    tensors = dynamic.state(quantize_static(small_net(), images()))
    for change, message in (
        ({"3.bias": None}, r"3\.bias: expected an array \(10,\), it is missing"),
        ({"3.bias": np.ones(3, np.float32)}, r"3\.bias: expected an array \(10,\), it is ndarray \(3,\)"),
        ({"3.weight": aware.quantize_weight(np.ones((2, 2), np.float32))}, r"3: the weight is \(10, 676\)"),
        ({"3.input_scale": None}, "3: expected both"),
        ({"3.input_scale": np.float32(0)}, "3: scale must be above 0"),
        ({"extra": np.ones(2)}, "the model has no extra"),
        ({"3.weight": np.ones((10, 676), np.float32)}, "the model has no 3.input_scale, 3.input_zero_point"),
    ):
        changed = {name: value for name, value in {**tensors, **change}.items() if value is not None}
        with pytest.raises(ValueError, match=message):
            dynamic.from_state(small_net(), changed)
