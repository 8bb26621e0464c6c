"""Every claim of the lessons and of the front page that depends on training; `claims` makes notebooks/CLAIMS.md of it.

Words only: the numbers are found by `claim`.
"""

from dc_lab.course.teaching.claim import CAUSE, METHOD, ONE, PAIR, README, Claim, One, Pair, Runs, Seeds
from dc_lab.networks import datasets

FIRST, SECOND, P = r"(?P<first>\d+)", r"(?P<second>\d+)", r"(?P<p>p = [\d.]+)"


def _bits(bits: int) -> str:
    return "1 bit" if bits == 1 else f"{bits} bits"


def _percent(wrong: list[int]) -> float:
    """Of the places of held-out images that are read wrongly, the error."""
    return 100 * len(wrong) / datasets.HELD_OUT


def _first(values: list[float]) -> float:
    return values[0]


def _rough(way: str, place: int) -> Seeds:
    return Seeds(way, "lesson_01", "measured(seed=*)", ("errors", way, place))


def _criteria(way: str, place: int) -> Seeds:
    return Seeds(way, "lesson_02", "unretrained(seed=*)", ("criteria", way, place))


def _chosen(way: str, density: float) -> Seeds:
    return Seeds(f"{way}, {100 * density:g} %", "lesson_02", f"chosen(way='{way}', density={density}, seed=*)")


def _scheduled(way: str, density: float) -> Seeds:
    return Seeds(f"{way}, {100 * density:g} %", "lesson_02", f"scheduled(way='{way}', density={density}, seed=*)")


def _fillers(way: str) -> Seeds:
    return Seeds(way, "lesson_03", "causes(seed=*)", (way,))


def _values(how: str, start: str, bits: int) -> Seeds:
    settled = "the optimum" if start == "optimal" else f"k-means from {start}"
    names = {"alone": f"{start} alone", "settled": settled, "trained": f"{start}, trained"}
    return Seeds(f"{names[how]}, {_bits(bits)}", "lesson_04_rivals", f"shared(bits={bits}, seed=*)", (how, start))


def _after(net: str, start: str, what: str, bits: int) -> Seeds:
    label = f"{start}, {what}, {_bits(bits)}"
    return Seeds(label, "lesson_04_starts", f"errors(net='{net}', bits={bits}, seed=*)", (start, what))


def _starts(net: str, what: str) -> tuple[Seeds, ...]:
    """The linear start of k-means and those that it is held against, with 4 bits."""
    return tuple(_after(net, start, what, 4) for start in ("linear", "optimal", "cube root"))


def _pruned(net: str) -> Seeds:
    return Seeds("not shared", "lesson_04_starts", f"errors(net='{net}', bits=1, seed=*)", ("pruned",))


def _quantized(way: str, bits: int) -> Seeds:
    return Seeds(f"{way}, {bits} bits", "lesson_05", "errors(seed=*)", (way, bits - 2))


def _rounded(way: str, bits: int) -> Seeds:
    return Seeds(f"{bits} bits, {way}", "lesson_06", "rounded(seed=*)", (str(bits), way), _first)


def _file(label: str, call: str, what: str = "error") -> Seeds:
    return Seeds(label, "lesson_08", call, (what,))


def _removed(net: str, way: str, share: float, what: str = "second half") -> Seeds:
    call = f"retrained(net='{net}', way='{way}', share={share}, seed=*)"
    return Seeds(way if what == "second half" else f"{way}, {what}", "lesson_09_structured", call, (what,))


def _distilled(way: str) -> Seeds:
    return Seeds(way, "lesson_11", f"distilled(way='{way}', seed=*)")


def _sent(label: str, call: str) -> tuple[Seeds, Seeds]:
    """Bytes and error of one setting of lesson 12."""
    size, error = (Seeds(f"{label}, {what}", "lesson_12", call, (what,)) for what in ("bytes", "error"))
    return size, error


def _random(label: str, name: str) -> Seeds:
    """The error of a random code of 228 bytes in lesson 12."""
    return Seeds(label, "lesson_12", f"{name}(blocks=227, seed=*)", ("error",))


def _lab(lesson: str, unit: str, images: str, beside: str) -> Claim:
    """What the course's own answer reaches in the lab of a lesson."""
    found = One(f"{{}} {unit}", rf"{lesson}\.lab .*the course's ([\d.]+)", images)
    again = (
        f"from dc_lab.course import lab, lab_process; print(lab_process.measure_reference(lab.labs_of('{lesson}')[0]))"
    )
    return Claim(lesson, "Summary", ONE, "the course's answer to the lab", (found,), beside, f'python -c "{again}"')


CLAIMS = (
    # --- 00 ---
    Claim(
        "00", "The story in one minute", ONE,
        "the network of the course reads most test images",
        (One("{} wrong", r"(\d+) of 10,000 test images are read wrongly", "test"),),
    ),
    Claim(
        "00", "The story in one minute", ONE,
        "the finished file is many times smaller, and reads more images wrongly",
        (
            One("{} wrong with the file", r"(?s)Huffman-coded.*?(\d+) of 10,000 test images are read wrongly", "test"),
            One("{} smaller", r"Huffman-coded +[\d,]+ +([\d.]+×)"),
        ),
        "the dense network; lessons 04 and 08 compare the two image by image",
    ),
    Claim(
        "00", "Labs", ONE,
        "pruning one in 20 without training ruins the network; the course's answer does not",
        (
            One("first try: {} %", r"([\d.]+) % wrong  yours", "held-out"),
            One("the course's: {} %", r"([\d.]+) % wrong  the course's", "held-out"),
        ),
    ),
    # --- 01 ---
    Claim(
        "01", "How good is a network?", ONE,
        "our dense networks make fewer errors than the paper's",
        (
            One("LeNet-300-100: {} %", r"lenet-300-100 +([\d.]+) % wrong", "test"),
            One("LeNet-5: {} %", r"lenet-5 +([\d.]+) % wrong", "test"),
        ),
        "the paper's errors",
    ),
    Claim(
        "01", "Are two networks different?", METHOD,
        "the seed alone moves the error",
        (Seeds("error", "lesson_01", "measured(seed=*)", ("wrong",), _percent),),
    ),
    Claim(
        "01", "Are two networks different?", PAIR,
        "of two networks trained alike we cannot say that one is better",
        (Pair("seed 0", "seed 4"),), "all ten pairs, and that some p of ten is small by chance",
    ),
    Claim(
        "01", "Guess, then look", ONE,
        "with weights cut or rounded roughly this network is hardly worse",
        (
            One("cut to 0 bits: {} %", r"fraction bits kept +cut\n0 +([\d.]+)", "held-out"),
            One("rounded to 0 bits: {} %", r"fraction bits kept +rounded\n0 +([\d.]+)", "held-out"),
            Runs("as far off at random", r"at random, mean .*\n0 +\S+ +(.*)", "samples"),
        ),
        "weights as far off at random",
    ),
    Claim(
        "01", "Guess, then look", CAUSE,
        "most of what cutting does is one common factor, and that costs next to nothing",
        (
            One("all weights times the factor: {} %", r"all weights times [\d.]+: ([\d.]+) % wrong", "held-out"),
            One("off by 20 % at random: {}", r"off by 20 % at random: (.*) \(n = 5\)", "held-out"),
        ),
        "the factor alone, and weights off at random by what is left without it",
    ),
    Claim(
        "01", "One network, or the method?", METHOD,
        "without any fraction bit a network becomes worse",
        (
            Seeds("all bits", "lesson_01", "measured(seed=*)", ("wrong",), _percent),
            _rough("cut", 0), _rough("rounded", 0), _rough("common factor", 0), _rough("random", 0),
        ),
        "random changes of the same size; the common factor alone",
    ),
    Claim(
        "01", "One network, or the method?", METHOD,
        "three fraction bits lose nothing that five networks would show",
        (Seeds("all bits", "lesson_01", "measured(seed=*)", ("wrong",), _percent), _rough("cut", 3)),
        "random changes of the same size",
    ),
    Claim(
        "01", "One network, or the method?", PAIR,
        "the network with rough weights is worse, on images that show it",
        (
            *(
                Pair("dense", "cut", rf"{on} +only dense {FIRST}, only cut {SECOND}, .*, {P}", on)
                for on in ("held-out", "test")
            ),
        ),
    ),
    Claim(
        "01", "Count it", ONE,
        "cut to powers of two and packed, this network is many times smaller",
        (One("{} times smaller", r"cut to 0 bits .*: ([\d.]+)×"), One("float16: {}", r"float16 .*: ([\d.]+)×")),
        "the same packer on float32 and float16; the error stands in the rows above",
    ),
    # --- 02 ---
    Claim(
        "02", "What a weight is worth", METHOD,
        "magnitude is a better guide than this estimate of curvature, and than chance",
        (_criteria("magnitude", 3), _criteria("curvature", 3), _criteria("random", 3)), "random weights",
    ),
    Claim(
        "02", "What happens when we cut", ONE,
        "without retraining, the largest half is enough and a random half is not",
        (
            One("each layer's largest half: {} %", r"density +each layer\n(?:.*\n)*?0\.5 +([\d.]+)", "held-out"),
            Runs("a random half", r"at random, mean .*\n(?:.*\n)*?0\.5 +\S+ +(.*)", "samples"),
            One("each layer's largest 8 %: {} %", r"density +each layer\n(?:.*\n)*?0\.08 +([\d.]+)", "held-out"),
            One("one threshold, 8 %: {} %", r"density +one threshold\n(?:.*\n)*?0\.08 +([\d.]+)", "held-out"),
        ),
        "random masks",
    ),
    Claim(
        "02", "One threshold, or one for each layer?", CAUSE,
        "one threshold relies on the scales that the layers got in training",
        (
            Seeds("as trained", "lesson_02", "unretrained(seed=*)", ("one threshold", 2)),
            Seeds("layers scaled by 2", "lesson_02", "unretrained(seed=*)", ("one threshold", 3)),
            Seeds("each layer", "lesson_02", "unretrained(seed=*)", ("each layer",)),
        ),
        "layers multiplied and divided, so that the network stays the same; an equal share for each layer",
    ),
    Claim(
        "02", "Who makes up for the missing weights?", PAIR,
        "pruned to the paper's densities and retrained, this network is worse",
        (Pair("dense", "pruned"),), "the dense network",
    ),
    Claim(
        "02", "Does it matter which weights stay?", METHOD,
        "retraining does not make up for a bad choice of weights",
        (_chosen("one threshold", 0.1), _chosen("each layer", 0.1), _chosen("random", 0.1)), "random masks",
    ),
    Claim(
        "02", "Does it matter which weights stay?", METHOD,
        "at 2 % an equal share for each layer is worse than chance",
        (_chosen("random", 0.02), _chosen("each layer", 0.02), _chosen("one threshold", 0.02)),
        "random masks with the layers' shares of one threshold",
    ),
    Claim(
        "02", "\"Without loss\"", METHOD,
        "no loss is seen against the network before, but there is one against training as long",
        (
            Seeds("pruned", "lesson_02", "plainly_trained(seed=*)", ("pruned",)),
            Seeds("before", "lesson_02", "plainly_trained(seed=*)", ("dense",)),
            Seeds("dense, trained as long", "lesson_02", "plainly_trained(seed=*)", ("dense, longer",)),
        ),
        "the dense network trained as long",
    ),
    Claim(
        "02", "A little at a time", PAIR,
        "down to 2 %, this gradually pruned network is better than this one pruned at once",
        (Pair("one-shot", "gradual"),), "one-shot pruning with as many passes",
    ),
    Claim(
        "02", "A little at a time", METHOD,
        "the lower the density, the more it pays to prune gradually",
        (
            _scheduled("gradual", 0.01), _scheduled("iterative", 0.01), _scheduled("one-shot", 0.01),
        ),
        "one-shot and iterative pruning with as many passes; at 8 % the next row",
    ),
    Claim(
        "02", "A little at a time", METHOD,
        "at 8 % the three ways are close",
        (_scheduled("gradual", 0.08), _scheduled("iterative", 0.08), _scheduled("one-shot", 0.08)), "the row before",
    ),
    Claim(
        "02", "Whole neurons", ONE,
        "some neurons of the shipped network have lost all weights",
        (One("{} of 300", r"(\d+) of 300 neurons have lost all weights"),), "chance, and five networks: lesson 03",
    ),
    Claim(
        "02", "Count it", PAIR,
        "the shipped pruned network is worse than the dense one",
        (
            Pair(
                "dense", "pruned", rf"(?s)1 in 27.*only dense wrong: {FIRST} +only pruned wrong: {SECOND} +{P}",
                "held-out",
            ),
        ),
        "the dense network",
    ),
    Claim(
        "02", "What could go wrong", ONE,
        "the best of eight is better only where it was chosen",
        (
            One("where it was chosen: {} %", r"the 500 images: mean [\d.]+ %, the chosen one ([\d.]+) %"),
            One("on the others: {} %", r"the others: mean [\d.]+ %, the chosen one ([\d.]+) %"),
        ),
        "the mean of the eight, on both sets; the best of several, and said to be that",
    ),
    _lab("02", "% wrong", "held-out", "20 times fewer connections"),
    # --- 03 ---
    Claim(
        "03", "Use it on the real network", ONE,
        "the fewer weights are left, the wider the best gaps; for ip2 the paper's width",
        (
            One("ip1, values of 32, 6, 4 bits: {}", r"ip1, density [\d.]+: \[(.*)\]"),
            One("ip2: {}", r"ip2, density [\d.]+: \[(.*)\]"), One("ip3: {}", r"ip3, density [\d.]+: \[(.*)\]"),
        ),
        "every width from 1 to 16",
    ),
    Claim(
        "03", "Count the bytes", ONE,
        "with float32 values a relative index is hardly smaller than zlib",
        (
            One("relative index: {} times smaller", r"relative index +[\d,]+ bytes, +([\d.]+) times"),
            One("zlib: {} times smaller", r"dense, zlib +[\d,]+ bytes, +([\d.]+) times"),
        ),
        "zlib, a bitmap, CSR, the entropy",
    ),
    Claim(
        "03", "Where do the fillers come from?", CAUSE,
        "fillers come from how many weights a neuron keeps, and from weights that lie close together",
        (
            Runs("as it is", r"8 bits, as it is: (\d+)", "networks"),
            Runs("everything shuffled", r"8 bits, everything: \[(.*)\]", "shuffles"),
            Runs("within columns", r"8 bits, within columns: \[(.*)\]", "shuffles"),
            Runs("within rows", r"8 bits, within rows: \[(.*)\]", "shuffles"),
            Runs("rows moved", r"8 bits, rows moved: \[(.*)\]", "shuffles"),
        ),
        "four shuffles, each of which leaves something else as it is; the formula for chance",
    ),
    Claim(
        "03", "Where do the fillers come from?", CAUSE,
        "five other networks say the same; there more comes from the counts",
        tuple(
            _fillers(way)
            for way in ("as it is", "everything", "within columns", "within rows", "rows moved", "empty neurons")
        ),
        "the same four shuffles", paired=False,
    ),
    Claim(
        "03", "What could go wrong", ONE,
        "an error near the right one does not show that a layer was put back rightly",
        (
            One("as it should be: {} %", r"as it should be: +([\d.]+) %", "held-out"),
            One("one place too far: {} %", r"all one place too far: +([\d.]+) %", "held-out"),
        ),
    ),
    _lab("03", "bytes a mask", "", "positions alone; lesson 11's coder"),
    # --- 04 ---
    Claim(
        "04", "Now use it", PAIR,
        "16 values a layer show no difference, 4 values just show one",
        (Pair("pruned", "k = 16"), Pair("pruned", "k = 4")), "the pruned network",
    ),
    Claim(
        "04", "Where to start", ONE,
        "for one layer: after k-means, linear and cube root leave more inertia, and move the largest weights less",
        (
            One("linear (above the least, rms of the largest): {}", r"linear +\d+ % +(\d+ % +[\d.]+)"),
            One("cube root: {}", r"cube root +\d+ % +(\d+ % +[\d.]+)"),
            One("density: {}", r"density +\d+ % +(\d+ % +[\d.]+)"),
            One("random: {}", r"random +\d+ % +(\d+ % +[\d.]+)"),
        ),
        "the least inertia there is",
    ),
    Claim(
        "04", "Does the network care?", METHOD,
        "of the starts alone, the cube root makes the fewest errors at 2 bits",
        (
            _values("alone", "cube root", 2), _values("alone", "linear", 2), _values("alone", "density", 2),
            _values("alone", "random", 2),
        ),
        "evenly spaced values (linear), random ones",
    ),
    Claim(
        "04", "Does the network care?", METHOD,
        "once k-means has run to its end, the starts differ by less than the networks do",
        (
            _values("settled", "linear", 2), _values("settled", "density", 2), _values("settled", "random", 2),
            _values("settled", "cube root", 2), _values("settled", "optimal", 2),
        ),
        "the least inertia there is",
    ),
    Claim(
        "04", "Does the network care?", METHOD,
        "less inertia is not less error: the cube root alone beats the optimum",
        (
            _values("alone", "cube root", 2), _values("settled", "optimal", 2),
        ),
        "the codebook with the least inertia; at 1 bit the next row",
    ),
    Claim(
        "04", "Does the network care?", METHOD,
        "the same at 1 bit",
        (_values("alone", "cube root", 1), _values("settled", "optimal", 1)), "the codebook with the least inertia",
    ),
    Claim(
        "04", "Does the network care?", METHOD,
        "from 3 bits on evenly spaced values do as well as k-means",
        (_values("alone", "linear", 3), _values("settled", "optimal", 3), _values("settled", "linear", 3)), "k-means",
    ),
    Claim(
        "04", "Train the shared values", PAIR,
        "one network with two values a layer: that training helps could be chance",
        (Pair("k = 2", "trained"),), "the same values, not trained",
    ),
    Claim(
        "04", "Train the shared values", METHOD,
        "training helps most where there are few values",
        (_values("trained", "k-means", 1), _values("settled", "cube root", 1)), "the same values, not trained",
    ),
    Claim(
        "04", "Train the shared values", METHOD,
        "trained at 2 bits, k-means ends lower than evenly spaced values",
        (_values("trained", "k-means", 2), _values("trained", "evenly spaced", 2)), "evenly spaced values, trained",
    ),
    Claim(
        "04", "Train the shared values", METHOD,
        "trained at 3 bits, evenly spaced values are a little better",
        (
            _values("trained", "evenly spaced", 3), _values("trained", "k-means", 3),
            Seeds("not shared", "lesson_04_rivals", "plain(seed=*)"),
        ),
        "k-means, trained",
    ),
    Claim(
        "04", "How many bits?", METHOD,
        "pruned networks: with 1 bit the error rises, with 2 bits where the values are not trained",
        (
            _pruned("lenet-300-100"),
            *(_after("lenet-300-100", "cube root", what, bits) for bits in (1, 2) for what in ("shared", "trained")),
        ),
        "the networks that are not shared",
    ),
    Claim(
        "04", "How many bits?", METHOD,
        "from 3 bits on five pruned networks show no loss",
        (
            _pruned("lenet-300-100"),
            *(_after("lenet-300-100", "cube root", what, 3) for what in ("shared", "trained")),
        ),
        "the networks that are not shared",
    ),
    Claim(
        "04", "Count it", ONE,
        "the kept weights shrink by less than the formula promises, as it leaves out the positions",
        (
            One("ip1, by the formula: {}", r"ip1 +[\d,]+ +([\d.]+×)"),
            One("ip1, with the gaps: {}", r"ip1 .* ([\d.]+×)"),
            One("ip3, with the gaps: {}", r"ip3 .* ([\d.]+×)"),
        ),
        "equation 1 of the paper",
    ),
    Claim(
        "04", "Count it", PAIR,
        "the shipped network with shared values gets more test images wrong; p is just above 0.05",
        (Pair("dense", "shipped"),), "the dense network",
    ),
    _lab("04", "KB", "", "no more than 1.3 % of the held-out images wrong"),
    # --- 05 ---
    Claim(
        "05", "A layer, and 6 dB a bit", ONE,
        "in ip1, from 4 bits on each bit halves the error of the weights",
        tuple(One(f"{bits} bits: {{}}", rf"bits +per tensor\n(?:.*\n)*?{bits} +([\d.]+)") for bits in (3, 4, 5, 8)),
        "the rule scale / √12",
    ),
    Claim(
        "05", "A layer, and 6 dB a bit", ONE,
        "with 4 bits it pays to clip the largest weights of ip1",
        (
            One("least error {}", r"least: ([\d.]+) at"),
            One("at the largest scale: {}", r"\n0\.1 +[\d.]+ +\S+ +([\d.]+)"),
        ),
        "the scale that the largest weight asks for",
    ),
    Claim(
        "05", "A scale for each channel", ONE,
        "a scale for each output halves the error of ip1, a scale for each input does as well",
        (One("per tensor, per output, per input: {}", r"ip1\.weight +([\d.]+ +[\d.]+ +[\d.]+)"),),
        "one scale for the layer; a scale for each input",
    ),
    Claim(
        "05", "What does a bit buy?", ONE,
        "for one layer: at the same cost k-means has the smallest error of the weights",
        (
            One("k-means, 4 bits: {}", r"k-means\n(?:.*\n)*?4\.002 +([\d.]+)"),
            One("groups with normal levels, 4.5 bits: {}", r"groups, normal\n(?:.*\n)*?4\.531 +([\d.]+)"),
            One("one scale a channel, 4 bits: {}", r"per channel\n(?:.*\n)*?4\.041 +([\d.]+)"),
        ),
        "one scale for all, one a channel, groups",
    ),
    Claim(
        "05", "What does a bit buy?", METHOD,
        "from 4 bits on all ways are within the spread of the seeds",
        (
            Seeds("float32", "lesson_05", "errors(seed=*)", ("float32",)),
            *(_quantized(way, 4) for way in ("per tensor", "per channel", "groups, even", "groups, normal", "k-means")),
        ),
        "float32",
    ),
    Claim(
        "05", "What does a bit buy?", METHOD,
        "in 3 bits all ways lose a little, and there is nothing between them",
        (
            Seeds("float32", "lesson_05", "errors(seed=*)", ("float32",)),
            *(_quantized(way, 3) for way in ("per tensor", "per channel", "groups, even", "groups, normal", "k-means")),
        ),
        "float32",
    ),
    Claim(
        "05", "What does a bit buy?", METHOD,
        "in 2 bits k-means is better than one scale a layer and than normal levels; not shown against the others",
        (
            _quantized("k-means", 2),
            *(_quantized(way, 2) for way in ("per tensor", "groups, normal", "per channel", "groups, even")),
        ),
        "one scale for all: the plainest rival",
    ),
    Claim(
        "05", "What does a bit buy?", METHOD,
        "a small error of the weights is no proof: one scale a channel beats normal levels in 2 bits",
        (_quantized("per channel", 2), _quantized("groups, normal", 2)),
        "normal levels, whose error of the weights is smaller",
    ),
    Claim(
        "05", "Count it", PAIR,
        "files with 4 bits cannot be told from float32, nor can groups with 3; the other two with 3 bits can",
        tuple(
            Pair("float32", f"{way}, {bits} bits")
            for bits in (4, 3)
            for way in ("per channel", "groups, normal", "k-means")
        ),
        "float32; the bytes of each file",
    ),
    _lab("05", "% wrong", "held-out", "75,000 bytes"),
    # --- 06 ---
    Claim(
        "06", "Static: some images choose the rulers", PAIR,
        "a network of integers infers: it errs on one image more than the floats",
        (Pair("float32", "integers"),), "float32",
    ),
    Claim(
        "06", "Dynamic: each call chooses", PAIR,
        "2,000 images show no difference between static and dynamic",
        (Pair("static", "dynamic"),), "static",
    ),
    Claim(
        "06", "Fewer bits", ONE,
        "little is lost with 8 and 4 bits; at 3 a scale for each output is better, at 2 both are useless",
        (
            One("4 bits, a scale for a layer: {} %", r"a scale for a layer, 4 bits: +([\d.]+) %", "held-out"),
            One("3 bits, a scale for a layer: {} %", r"a scale for a layer, 3 bits: +([\d.]+) %", "held-out"),
            One("3 bits, a scale for an output: {} %", r"a scale for an output, 3 bits: +([\d.]+) %", "held-out"),
            One("2 bits, a scale for an output: {} %", r"a scale for an output, 2 bits: +([\d.]+) %", "held-out"),
        ),
        "float32; five networks further down",
    ),
    Claim(
        "06", "Now use it", PAIR,
        "one pass with rounded weights brings 2 bits back, and the network is still worse than the floats",
        (Pair("not trained", "trained"), Pair("float32", "2 bits")),
        "the same weights, rounded and not trained; float32",
    ),
    Claim(
        "06", "Is it the rounding, or the training?", CAUSE,
        "at 2 bits only training with rounding helps; passes as floats do not",
        (
            _rounded("per channel, straight-through", 2), _rounded("per channel, after float passes", 2),
            _rounded("per channel", 2), Seeds("float32", "lesson_06", "rounded(seed=*)", ("dense",)),
            Seeds("float32, trained as long", "lesson_06", "rounded(seed=*)", ("dense, longer",)),
        ),
        "as many passes as floats",
    ),
    Claim(
        "06", "Is it the rounding, or the training?", METHOD,
        "at 3 bits passes as floats do nearly as much as passes with rounding",
        (
            _rounded("per channel, straight-through", 3), _rounded("per channel, after float passes", 3),
            _rounded("per channel", 3),
        ),
        "as many passes as floats",
    ),
    Claim(
        "06", "Is it the rounding, or the training?", METHOD,
        "3 bits a layer and 2 bits an output, both trained, are close in bytes and error",
        (
            _rounded("per channel, straight-through", 2), _rounded("per tensor, straight-through", 3),
        ),
        "the other, at about the same bytes",
    ),
    Claim(
        "06", "Is it the rounding, or the training?", METHOD,
        "2 bits with one scale for a layer, trained, cost some tenths of a point",
        (
            Seeds("float32", "lesson_06", "rounded(seed=*)", ("dense",)), _rounded("per tensor, straight-through", 2),
            _rounded("per tensor", 2),
        ),
        "float32; not trained",
    ),
    Claim(
        "06", "What could go wrong", ONE,
        "one bright image spoils a range that keeps everything, not one that leaves out the outermost",
        (
            One("whole range: {} %", r"whole range: ([\d.]+) % wrong", "held-out"),
            One("99 %: {} %", r"99 %: ([\d.]+) % wrong", "held-out"),
        ),
    ),
    _lab("06", "% wrong", "held-out", "3 bits a weight"),
    # --- 07 ---
    Claim(
        "07", "Count it: real files", ONE,
        "Huffman coding makes the files of our two networks smaller, by what is printed",
        (
            One("LeNet-300-100: {} % less", r"lenet-300-100: .*?: ([\d.]+)% less"),
            One("LeNet-5: {} % less", r"lenet-5: .*?: ([\d.]+)% less"),
        ),
        "the same files in equal width; the paper's tables further down",
    ),
    Claim(
        "07", "Below the floor", CAUSE,
        "the file lies below the entropy of single weights because of their order",
        (
            Runs("as it is", r"as it is: (\d+)", "networks"),
            Runs("weights shuffled", r"weights shuffled: \[(.*)\]", "shuffles"),
            One("entropy: {} bytes", r"entropy of the layer: ([\d,]+) bytes"),
        ),
        "a shuffle, which keeps every weight and destroys the order",
    ),
    _lab("07", "bytes a row", "", "the decoder counted; three other networks"),
    # --- 08 ---
    Claim(
        "08", "Use it: your file", PAIR,
        "pruned at once and trained for three passes, the file's network is worse than the dense one",
        (Pair("dense", "the file"),), "the dense network",
    ),
    Claim(
        "08", "Hold it against the paper", PAIR,
        "our files are smaller than the paper's, and lose against their own dense networks",
        (
            *(
                Pair("dense", "file", rf"(?s){net}.*?only dense wrong: {FIRST} +only file wrong: {SECOND} +{P}", "test")
                for net in ("lenet-300-100", "lenet-5")
            ),
        ),
        "each network's own dense one; the paper",
    ),
    Claim(
        "08", "Figure 6: error against size", METHOD,
        "near 3 % of the size, pruning and sharing together lose far less than pruning alone",
        (_file("both", "both(density=0.12, bits=4, seed=*)"), _file("pruning", "pruning(density=0.025, seed=*)")),
        "pruning alone, with as many passes",
    ),
    Claim(
        "08", "Figure 6: error against size", METHOD,
        "and far less than sharing alone, or SVD",
        (
            _file("both", "both(density=0.12, bits=4, seed=*)"), _file("sharing", "sharing(bits=1, seed=*)"),
            _file("SVD, retrained", "svd_retrained(rank=5, seed=*)"),
        ),
        "sharing alone and SVD, with as many passes",
    ),
    Claim(
        "08", "Figure 6: error against size", METHOD,
        "both together are not without loss",
        (_file("dense, trained as long", "retrained(seed=*)"), _file("both", "both(density=0.12, bits=4, seed=*)")),
        "the dense network trained as long",
    ),
    # --- 09 ---
    Claim(
        "09", "Take out whole neurons", PAIR,
        "cut to 30 % of the neurons and trained, this network is worse than the dense one",
        (Pair("dense", "cut"),), "the dense network",
    ),
    Claim(
        "09", "Neurons against weights, at about the same error", METHOD,
        "LeNet-300-100: at about the same error, whole neurons leave more weights than single ones",
        (
            _removed("lenet-300-100", "neurons", 0.3), _removed("lenet-300-100", "weights", 0.1),
            _removed("lenet-300-100", "random neurons", 0.3),
        ),
        "random neurons. Shares were chosen on the other half of the images",
    ),
    Claim(
        "09", "Neurons against weights, at about the same error", METHOD,
        "LeNet-5: the same",
        (
            _removed("lenet-5", "neurons", 0.3), _removed("lenet-5", "weights", 0.05),
            _removed("lenet-5", "random neurons", 0.3),
        ),
        "random neurons. Shares were chosen on the other half of the images",
    ),
    # --- 10 ---
    Claim(
        "10", "Tables 4 and 5 beside ours", CAUSE,
        "trained layers take fewer bytes than the floor because of where the weights are",
        (
            One("ip1 of LeNet-300-100: as it is: {}", r"lenet-300-100 ip1.weight +[\d,]+ +([\d,]+)"),
            One("five times shuffled: {}", r"lenet-300-100 ip1.weight +[\d,]+ +[\d,]+ +([\d,]+ to [\d,]+)"),
            One("ip2, which gains nothing: as it is: {}", r"lenet-300-100 ip2.weight +[\d,]+ +([\d,]+)"),
            One("five times shuffled: {}", r"lenet-300-100 ip2.weight +[\d,]+ +[\d,]+ +([\d,]+ to [\d,]+)"),
        ),
        "five shuffles of each of the four layers",
    ),
    # --- 11 ---
    Claim(
        "11", "Chances learned on the way", ONE,
        "two neighbours as contexts take a map of ip1 below the entropy of single weights",
        (
            One("one context: {} bytes", r"none: ([\d,]+) bytes"),
            One("two neighbours: {}", r"left, above: ([\d,]+) bytes"),
            One("784 contexts: {}", r"its pixel: ([\d,]+) bytes"),
        ),
        "the entropy; contexts that say nothing",
    ),
    Claim(
        "11", "Two predictions", ONE,
        "mixed with the pixel, the map takes fewer bytes; most of that comes from mixing, whatever the second context",
        (
            One("with a context that says nothing: {} bytes", r"mixed with none: ([\d,]+) bytes"),
            One("with its pixel: {}", r"mixed with its pixel: ([\d,]+) bytes"),
        ),
        "two neighbours alone, further up",
    ),
    Claim(
        "11", "Without training", PAIR,
        "dead neurons taken out and shared biases show no difference",
        (Pair("before", "after"),), "the network before",
    ),
    Claim(
        "11", "Which weights to keep", ONE,
        "of this network, not retrained, w² rms(g) loses least at a density of 10 %",
        (
            One("magnitude: {} %", r"magnitude +(\d+) % wrong", "held-out"),
            One("w² g²: {} %", r"w\^2 g\^2 +(\d+) % wrong", "held-out"),
            One("w² rms(g): {} %", r"w\^2 rms\(g\) +(\d+) % wrong", "held-out"),
            One("at random: {} %", r"at random +(\d+) % wrong", "held-out"),
        ),
        "weights at random, one sample; the best of four on the same images",
    ),
    Claim(
        "11", "Does a teacher help?", METHOD,
        "no teacher helps here, and softened labels do",
        (
            _distilled("labels"), _distilled("softened labels"), _distilled("own network"),
            _distilled("own network, T = 1"), _distilled("shipped network"),
        ),
        "softened labels, which know nothing",
    ),
    Claim(
        "11", "The board", ONE,
        "our records, each with its bytes and its test error",
        (
            One("bytes, ratio, %: LeNet-300-100 {}", r"lenet-300-100-kernels +([\d,]+ +\d+x +[\d.]+)", "test"),
            One("LeNet-5 with kernels: {}", r"lenet-5-kernels +([\d,]+ +\d+x +[\d.]+)", "test"),
            One("its smallest: {}", r"lenet-5-smallest +([\d,]+ +\d+x +[\d.]+)", "test"),
            One("LeNet-5 on a grid: {}", r"lenet-5-grid +([\d,]+ +\d+x +[\d.]+)", "test"),
        ),
        "what others published, MIRACLE's smaller files among them. data/records/README.md says how many were tried",
        "python -m dc_lab leaderboard",
    ),
    Claim(
        "11", "Make one yourself", ONE,
        "six plans to choose from, one file each",
        (
            One("3,000 weights (bytes, ratio, %): {}", r"3,000 +([\d,]+ +\d+x +[\d.]+)", "held-out"),
            One("16,000 weights: {}", r"16,000 +([\d,]+ +\d+x +[\d.]+)", "held-out"),
        ),
        "each other; how much the best of forty flatters, further down", "python -m dc_lab figures lesson_11",
    ),
    # --- 12 ---
    Claim(
        "12", "A classifier, and its dumbest file", ONE,
        "coarse steps save bytes, and cost errors",
        (
            One("as it is: {} % wrong", r"as it is: ([\d.]+) % wrong", "held-out"),
            One("steps of 1.0 rms: {}", r"steps of 1\.0 rms: ([\d.]+ % wrong, \d+ bytes)", "held-out"),
        ),
        "the first rival of what follows",
    ),
    Claim(
        "12", "A price for bits", METHOD,
        "a price after the training does not pay: with as many bytes there are as many errors as on a coarser grid",
        (
            *_sent("rounded, steps of 1.25", "rounded(step=1.25, seed=*)"),
            *_sent("price 0.2, steps of 0.75", "chosen_finer(bit_price=0.2, seed=*)"),
            *_sent("price 0.15, steps of 1", "chosen(bit_price=0.15, seed=*)"),
            *_sent("price 0.02, steps of 1.25", "chosen_coarser(bit_price=0.02, seed=*)"),
        ),
        "rounding on a coarser grid", paired=False,
    ),
    Claim(
        "12", "Bits in the loss", CAUSE,
        "the price takes bytes off at the same error",
        (
            *_sent("three levels, price 0", "trained_at_price_0(most=1, seed=*)"),
            *_sent("three levels, price 3e-05", "trained_on_three(bit_price=3e-05, seed=*)"),
        ),
        "the same training at price 0", paired=False,
    ),
    Claim(
        "12", "Bits in the loss", METHOD,
        "with a price in the training, at most 8 % wrong take fewer bytes",
        (
            *_sent("bits in the loss, price 6e-05", "trained(bit_price=6e-05, seed=*)"),
            *_sent("rounded, steps of 1.25", "rounded(step=1.25, seed=*)"),
        ),
        "rounding on a coarser grid", paired=False,
    ),
    Claim(
        "12", "Which candidate?", ONE,
        "our own file, on the held-out and once on the test images",
        (
            One("held-out: {} %", r"([\d.]+) % of the held-out images wrong", "held-out"),
            One("test: {} %", r"([\d.]+) % of the test images", "test"),
            One("the one it began with, test: {} %", r"first classifier: ([\d.]+) %", "test"),
        ),
        "the classifier that it began with",
    ),
    Claim(
        "12", "All of them", METHOD,
        "a random code takes the fewest bytes for at most 8 % wrong, and fewer with 16 bits a block than with 8",
        (
            *_sent("three levels, price 3e-05", "trained_on_three(bit_price=3e-05, seed=*)"),
            *_sent("random, 8 bits a block", "random(blocks=227, seed=*)"),
            *_sent("random, 16 bits a block", "random_16(blocks=101, seed=*)"),
        ),
        "rounding. Of each way the smallest with a mean of at most 8 % wrong, picked on the same images",
        paired=False,
    ),
    Claim(
        "12", "All of them", CAUSE,
        "training after each block and the choice of the candidate matter; by the wanted curve, or by chance, it is "
        "nearly as good",
        (
            _random("ours", "random"),
            _random("sent at once", "random_at_once"),
            _random("the nearest", "random_nearest"),
            _random("wanted alone", "random_likeliest"),
            _random("drawn", "random_drawn"),
        ),
        "the same network with one thing done otherwise; drawn is MIRACLE's way",
    ),
    Claim(
        "12", "How this beats the entropy", ONE,
        "the file is below the entropy of the weights that come out of it",
        (
            One("steps of 0.5 rms: {}", r"steps of 0\.5 rms: [\d.]+ % wrong, (\d+ bytes; file \d+)"),
            One("steps of 1.0 rms: {} % wrong", r"steps of 1\.0 rms: ([\d.]+) % wrong, \d+ bytes; file", "held-out"),
        ),
        "the entropy of the same weights, rounded",
    ),
    # --- the front page ---
    Claim(
        README, "dc_lab: Deep Compression from scratch", ONE,
        "our files against our own dense networks",
        (
            One("LeNet-300-100: {} points", r"compressed ones lose ([\d.]+) and [\d.]+ points", "test"),
            One("LeNet-5: {} points", r"compressed ones lose [\d.]+ and ([\d.]+) points", "test"),
        ),
        "lesson 08 counts the images; the paper's in the same table",
        "python -m dc_lab.course.execute 08",
    ),
    Claim(
        README, "Speed", METHOD,
        "the start of k-means does not show in the error of LeNet-300-100, and linear makes smaller files",
        _starts("lenet-300-100", "trained"),
        "the least inertia there is; the bytes in the next row", "python -m dc_lab figures lesson_04_starts --show",
    ),
    Claim(
        README, "Speed", METHOD,
        "the bytes of these files",
        _starts("lenet-300-100", "bytes"),
        "the least inertia there is", "python -m dc_lab figures lesson_04_starts --show",
    ),
    Claim(
        README, "Speed", METHOD,
        "the same of LeNet-5: errors",
        _starts("lenet-5", "trained"),
        "the least inertia there is", "python -m dc_lab figures lesson_04_starts --show",
    ),
    Claim(
        README, "Speed", METHOD,
        "the same of LeNet-5: bytes",
        _starts("lenet-5", "bytes"),
        "the least inertia there is", "python -m dc_lab figures lesson_04_starts --show",
    ),
    Claim(
        README, "Speed", METHOD,
        "without whole neurons a network has a larger file at about the same error",
        (
            _removed("lenet-300-100", "neurons", 0.3, "bytes"), _removed("lenet-300-100", "weights", 0.1, "bytes"),
        ),
        "single weights; the errors are those of lesson 09",
    ),
    Claim(
        README, "Records", ONE,
        "each record has a size and a test error",
        (
            One("LeNet-300-100 with kernels: {} bytes", r"LeNet-300-100, with kernels \| ([\d,]+) bytes"),
            One("{} %", r"LeNet-300-100, with kernels \| [^|]*\|[^|]*\| ([\d.]+) %", "test"),
            One("LeNet-5 with kernels: {} bytes", r"LeNet-5, with kernels \| ([\d,]+) bytes"),
            One("{} %", r"LeNet-5, with kernels \| [^|]*\|[^|]*\| ([\d.]+) %", "test"),
            One("its smallest: {} bytes", r"LeNet-5, with kernels, smallest \| ([\d,]+) bytes"),
            One("{} %", r"LeNet-5, with kernels, smallest \| [^|]*\|[^|]*\| ([\d.]+) %", "test"),
        ),
        "what others published: `leaderboard`", "python -m dc_lab leaderboard",
    ),
)  # fmt: skip
"""In the order of the lessons."""

NOT_CLAIMED = {
    "lesson_04_starts: inertias(": "no network is trained for it: k-means on 14 given layers, for the front page",
    "lesson_04: ": "figure 7 of the paper and its parts, on the shipped networks: no lesson draws them",
    "lesson_08: part_shared(": "figure 7 of the paper, on the shipped networks: no lesson draws it",
    "lesson_08: dense(": "the file that figure 6 is measured against; its bytes are those of lesson 01",
    "lesson_08: svd(": "two thin matrices that are not trained: no lesson draws them",
    "lesson_08: retrained(seed=*, epochs=*)": "three times as many passes, one seed: no lesson says anything of it",
    "lesson_08: pruning(density=*, seed=*, epochs=*)": "the same",
    "lesson_08: sharing(bits=*, seed=*, epochs=*)": "the same",
    "lesson_08: both(density=*, bits=*, seed=*, epochs=*)": "the same",
    "lesson_11: seen_twice(": "six plans to choose from, of one seed: lesson 11 compares no ways with them",
    "lesson_10: ": "weights sampled at random",
}
"""What stands in data/figures and no claim rests on: how the names of its curves begin -> why."""

TIMES = {"lesson_09": "seconds of a machine", "lesson_09_networks": "seconds of a machine"}
"""Files of data/figures that hold no points."""
