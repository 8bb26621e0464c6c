"""What must hold of every exercise of the course. `RULES` has one function each; they raise AssertionError.

The rules run an exercise's own list of mistakes against its check, so that an exercise's file is all there is to write.
"""

import contextlib
import copy
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from unittest import mock

import numpy as np

from dc_lab.course import check, checks, recognition, solution_source, stub_source
from dc_lab.course import judge as judging
from dc_lab.course.cases import all_cases
from dc_lab.course.compare import difference
from dc_lab.course.exercises import AnyExercise, Case, Exercise, Question
from dc_lab.course.given import is_handed_back
from dc_lab.course.judge import judge
from dc_lab.course.values import plain
from dc_lab.course.verdicts import Verdict

MOST_LINES = 45
MOST_CHARACTERS = 3000

JUDGED_AGAIN = 10
"""One mistake of so many is judged a second time."""

MANY = 20
"""Where more mistakes are known, 10 to so many of them are judged, always the same ones; all of them once a week."""

SOONER = 5
"""By so much is the time limit of a mistake shorter than that of an answer: one that never ends takes all of it."""

OPTIMIZERS = ("SGD", "ASGD", "Adagrad", "Adadelta", "RMSprop", "Adam", "AdamW", "Adamax", "NAdam", "RAdam")
"""Of torch.optim: those that lessons 02 and 04 name, and their variants. (Rprop leaves out steps on purpose, and
Adafactor treats equal weights differently.)"""


def run_cell(exercise: AnyExercise, source: str) -> Any:
    """What the notebook's name stands for after `source`, with the notebook's imports done."""
    space: dict[str, Any] = {"__name__": "notebook"}
    exec(exercise.given, space)
    exec(source, space)
    assert exercise.name in space, f"{exercise.id}: the cell does not define {exercise.name}"
    return space[exercise.name]


def is_complete(exercise: AnyExercise) -> None:
    """Three hints, each another; a title, a why, 1 to 20 minutes, 40 for a build and 5 for a warm-up."""
    assert len(exercise.hints) >= 3, f"{exercise.id} has {len(exercise.hints)} hints"
    assert len(set(exercise.hints)) == len(exercise.hints), f"{exercise.id} has the same hint twice"
    assert exercise.title, f"{exercise.id} has no title"
    assert exercise.why.strip(), f"{exercise.id} does not say why"
    most = {"build": 40, "warm-up": 5}.get(getattr(exercise, "task", ""), 20)
    assert 1 <= exercise.minutes <= most, f"{exercise.id} takes {exercise.minutes} minutes"


def stub_is_neutral(exercise: AnyExercise) -> None:
    """The stub, None and ... are "not tried yet", and `check` hands back something that is right."""
    for answer in (run_cell(exercise, stub_source(exercise.id)), None, ...):
        verdict, _ = _hands_back_what_is_right(exercise, answer)
        assert verdict.status == "not tried", f"{exercise.id}, stub: {verdict.text}"


def solution_passes(exercise: AnyExercise) -> None:
    """The solution's text, in place of the stub, is a right answer, and comes back from `check` itself."""
    answer = run_cell(exercise, solution_source(exercise.id))
    verdict, back, _ = _judged_by_check(exercise, answer)
    assert verdict.status == "correct", f"{exercise.id}, solution: {verdict.text}"
    assert back is answer


def alternatives_pass(exercise: AnyExercise) -> None:
    """Right answers that are written differently pass."""
    if isinstance(exercise, Question):
        value = exercise.value
        answers = [f" {value.upper()}) "] if isinstance(value, str) else [np.float64(value), np.array([value])]
    else:
        answers = list(exercise.alternatives)
        assert answers, f"{exercise.id} has no differently written right answer"
        assert exercise.reference not in answers, f"{exercise.id}: the reference is no alternative to itself"
    for answer in answers:
        verdict = judge(exercise, answer)
        assert verdict.status == "correct", f"{exercise.id}, alternative {_name(answer)}: {verdict.text}"


def mistakes_are_recognised(exercise: AnyExercise) -> None:
    """Three known mistakes or more; each is wrong and gets its own explanation and no other's.

    What is said of it can be checked by hand, and is the same on every machine and each time; `check` hands back what
    is right. Of more than MANY known ones some are judged: see `every_mistake_is_recognised`.
    """
    known = _known_mistakes(exercise)
    assert len(known) >= 3, f"{exercise.id} knows {len(known)} mistakes"
    assert len({m.name for m in known}) == len({m.message for m in known}) == len(known), f"{exercise.id}: one twice"
    if isinstance(exercise, Question) and exercise.kind == "choice":
        missing = set(exercise.choices) - {exercise.value} - {m.value for m in known}
        assert not missing, f"{exercise.id} says nothing to whoever chooses {', '.join(sorted(missing))}"
    _judge_mistakes(exercise, -(-len(known) // MANY))


def every_mistake_is_recognised(exercise: AnyExercise) -> None:
    """The same of all mistakes, where `mistakes_are_recognised` judges some of them."""
    _judge_mistakes(exercise, 1)


def knows_many(exercise: AnyExercise) -> bool:
    """Whether `mistakes_are_recognised` leaves some of its mistakes to `every_mistake_is_recognised`."""
    return len(_known_mistakes(exercise)) > MANY


def _known_mistakes(exercise: AnyExercise) -> Sequence[Any]:
    return exercise.wrong if isinstance(exercise, Question) else exercise.misconceptions


def _judge_mistakes(exercise: AnyExercise, step: int) -> None:
    """Judge each `step`-th mistake within `check`, and some of these a second time, since judging takes the time.

    What a mistake did as an answer, it need not do again as the mistake that the answer is held against.
    """
    pairs = list(zip(_known_mistakes(exercise), _wrong_answers(exercise), strict=True))
    for number, (mistake, answer) in enumerate(pairs[::step]):
        with (
            mock.patch.object(judging, "recognise", _knowing(answer)),
            mock.patch.object(judging.sandbox, "run", _sooner),
        ):
            verdict, said = _hands_back_what_is_right(exercise, answer)
            again = judge(exercise, answer).text if number % JUDGED_AGAIN == 0 else verdict.text
        assert verdict.status == "wrong", f"{exercise.id}: the mistake {mistake.name!r} passes"
        assert verdict.mistake == mistake.name, f"{exercise.id}, {mistake.name!r} is not recognised:\n{verdict.text}"
        assert _flat(mistake.message) in _flat(verdict.text)
        assert verdict.text in said
        assert verdict.text == again, f"{exercise.id}: another text the second time:\n{again}"
        is_short(exercise, verdict.text)


def is_short(exercise: AnyExercise, text: str) -> None:
    """Whether a verdict can be taken in at a look, and names no place of this machine."""
    assert len(text) <= MOST_CHARACTERS, f"{exercise.id}: {len(text)} characters\n{text}"
    assert text.count("\n") < MOST_LINES, f"{exercise.id}: {text.count(chr(10)) + 1} lines\n{text}"
    assert not re.search(r"0x[0-9a-f]{6}|site-packages|/home/|/tmp/", text), f"{exercise.id}: {text}"


def shown_case_is_not_enough(exercise: AnyExercise) -> None:
    """An answer that is right in one case only, the shown one above all, fails; so does each case's own result."""
    if isinstance(exercise, Question):
        return
    exercise = _called_plainly(exercise)
    for case in [exercise.shown] if exercise.shown is not None else all_cases(exercise)[:3]:
        verdict = judge(exercise, _right_only_for(exercise, case))
        assert verdict.status == "wrong", f"{exercise.id}: an answer that is right only for {case!r} passes"


def trivial_answers_fail(exercise: AnyExercise) -> None:
    """The input handed back, a constant, a list of nothing, and NaN are wrong answers."""
    if isinstance(exercise, Question):
        answers: list[Any] = ["?", [], float("nan"), object(), print]
    else:
        exercise = _called_plainly(exercise)
        largest = all_cases(exercise)[-1]
        constant = _copied_call(exercise, largest)
        answers = [
            lambda *arguments: arguments[0],
            lambda *arguments: arguments,
            lambda *arguments: [],
            lambda *arguments: float("nan"),
            lambda *arguments: object(),
            constant,
        ]
    for answer in answers:
        verdict = judge(exercise, answer)
        assert verdict.status == "wrong", f"{exercise.id}: {_name(answer)} is taken as {verdict.status}"


def variants_hold(exercise: AnyExercise) -> None:
    """What someone else is asked: its own answer is right, and each of its wrong ones is recognised as a wrong one."""
    if not isinstance(exercise, Question):
        return
    for seed in range(1, 13):
        other = exercise.variant(seed)
        assert (other.id, other.kind, other.stub) == (exercise.id, exercise.kind, exercise.stub)
        assert judge(exercise, other.value, seed).status == "correct", f"{exercise.id}, seed {seed}: {other.value}"
        for wrong in other.wrong:
            given = wrong.example if callable(wrong.value) else wrong.value
            verdict = judge(exercise, given, seed)
            assert (verdict.status, bool(verdict.mistake)) == ("wrong", True), (
                f"{exercise.id}, seed {seed}: {wrong.name}"
            )


RULES: tuple[Callable[[AnyExercise], None], ...] = (
    is_complete,
    stub_is_neutral,
    solution_passes,
    alternatives_pass,
    mistakes_are_recognised,
    shown_case_is_not_enough,
    trivial_answers_fail,
    variants_hold,
)


def _wrong_answers(exercise: AnyExercise) -> list[Any]:
    if isinstance(exercise, Exercise):
        return [mistake.wrong for mistake in exercise.misconceptions]
    return [mistake.example if callable(mistake.value) else mistake.value for mistake in exercise.wrong]


def _checked(exercise: AnyExercise, answer: Any) -> tuple[Any, str]:
    before = dict(checks._status)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        back = check(exercise.id, answer)
    checks._status.clear()
    checks._status.update(before)
    assert not err.getvalue(), f"{exercise.id}: on stderr: {err.getvalue()}"
    return back, out.getvalue()


def _judged_by_check(exercise: AnyExercise, answer: Any) -> tuple[Verdict, Any, str]:
    """What `check` judges, what it hands back, and what it prints."""
    verdicts: list[Verdict] = []

    def judged(*arguments: Any) -> Verdict:
        verdicts.append(judge(*arguments))
        return verdicts[-1]

    with mock.patch.object(checks, "judge", judged):
        back, said = _checked(exercise, answer)
    [verdict] = verdicts
    return verdict, back, said


def _hands_back_what_is_right(exercise: AnyExercise, answer: Any) -> tuple[Verdict, str]:
    """What `check` judges and what it prints, of an answer that is not right."""
    verdict, back, said = _judged_by_check(exercise, answer)
    if isinstance(exercise, Exercise):
        assert is_handed_back(exercise, back), f"{exercise.id}: check hands back {back!r}"
    else:
        assert back == exercise.value
    return verdict, said


def _knowing(answer: Any, recognise: Callable[..., Any] = recognition.recognise) -> Callable[..., Any]:
    """`recognise`, for an answer that is a known mistake: what the mistake does is known by then."""

    def with_outcomes(exercise: Exercise, cases: Any, outcomes: Any, failing: Any, endless: bool) -> Any:
        known = recognition.known(exercise, cases)
        for number, outcome in enumerate(outcomes):
            known.made.setdefault((id(answer), number), outcome)
        if endless:
            limits = exercise.time_limit, min(exercise.time_limit, recognition.LIMIT)
            known.endless |= {(id(answer), len(outcomes), limit) for limit in limits}
        return recognise(exercise, cases, outcomes, failing, endless)

    return with_outcomes


def _sooner(work: Any, limit: float, total: float | None = None, run: Callable[..., Any] = judging.sandbox.run) -> Any:
    """`sandbox.run` with shorter limits, but half a second at least."""
    shorter = max(limit / SOONER, min(limit, 0.5))
    return run(work, shorter, None if total is None else shorter)


def _called_plainly(exercise: Exercise) -> Exercise:
    """The same exercise, with `use` (if any) inside the reference: its answers are called and nothing more."""
    if exercise.use is None:
        return exercise
    use, reference = exercise.use, exercise.reference
    return replace(exercise, use=None, reference=lambda *arguments: use(reference, *arguments))


def _copied_call(exercise: Exercise, case: Case) -> Callable[..., Any]:
    """A function that returns the right answer to one case whatever it is called with; no function of the course."""
    found = exercise.reference(*copy.deepcopy(case))
    return lambda *arguments: copy.deepcopy(found)


def _right_only_for(exercise: Exercise, case: Case) -> Callable[..., Any]:
    elsewhere = _copied_call(exercise, case)

    def answer(*arguments: Any) -> Any:
        # By type, since of a generator or a callable no more is known; the exact comparison is of the values.
        if difference(plain(case), plain(arguments), 0.0, "exact", by_type=True) is None:
            return elsewhere()
        return None

    return answer


def _flat(text: str) -> str:
    return " ".join(text.split())


def _name(answer: Any) -> str:
    return getattr(answer, "__name__", None) or str(answer)
