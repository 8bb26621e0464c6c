"""The work folder: where it is, and how far the learner has come in it.

A work folder is one that `dc-lab start` made: it has a folder `.dc_lab` in it, with the progress of all exercises.
It is found from the working folder of the kernel, or named by the environment variable DC_LAB_WORK. Several kernels
may work in one folder: each change is read, made and written under a lock. Outside of one nothing is written.
"""

import contextlib
import copy
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from filelock import FileLock, Timeout

from dc_lab.support import files

MARK = ".dc_lab"
VARIABLE = "DC_LAB_WORK"
VERSION = 1
PATIENCE = 60.0
"""Seconds to wait for another kernel that is writing."""

State = Literal["left", "tried", "solved"]
STATES: tuple[State, ...] = get_args(State)
"""From the least to the most."""


class WorkError(Exception):
    """Something is the matter with the work folder; the message says what in a sentence or two."""


@dataclass
class Standing:
    """How far one exercise is. `attempts` counts answers that were judged until one was right."""

    state: State = "left"
    attempts: int = 0
    hints: int = 0
    solution_shown: bool = False
    others: dict[str, Any] = field(default_factory=dict)
    """What else the file has about it, kept as it is."""

    def reached(self, state: State) -> None:
        """Count an answer, and keep the best state: what was solved stays solved."""
        if state != "left" and self.state != "solved":
            self.attempts += 1
        self.state = max(self.state, state, key=STATES.index)


@dataclass(frozen=True)
class Block:
    """What `check` wrote into a module for one exercise: so many lines, and what they hash to."""

    module: str
    lines: int
    sha256: str


@dataclass
class Progress:
    """What `.dc_lab/progress.json` holds. `notes` are things that the learner should be told about the file."""

    standings: dict[str, Standing] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    imports: dict[str, list[str]] = field(default_factory=dict)
    """By module the import statements that `check` wrote, a name each."""
    others: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def standing(self, exercise_id: str) -> Standing:
        """That of one exercise, made if there is none yet."""
        return self.standings.setdefault(exercise_id, Standing())

    def states(self) -> dict[str, State]:
        """The state of every exercise that anything is known of."""
        return {name: standing.state for name, standing in self.standings.items()}


@dataclass(frozen=True)
class Handout:
    """What a teacher handed out: these lessons, with or without `solution`, questions in a variant (0: as they are)."""

    lessons: tuple[str, ...]
    solutions: bool = True
    variant: int = 0


@dataclass(frozen=True)
class Folder:
    """A work folder."""

    path: Path

    @property
    def mine(self) -> Path:
        """The package that the learner writes."""
        return self.path / "mine"

    @property
    def state(self) -> Path:
        """What is kept about the folder."""
        return self.path / MARK

    @property
    def progress_file(self) -> Path:
        """How far the learner is."""
        return self.state / "progress.json"

    @property
    def unfinished(self) -> Path:
        """A file that is there while solutions are laid out, and where that was interrupted."""
        return self.state / "unfinished"

    @property
    def handout(self) -> Handout | None:
        """What was handed out, where a teacher made the folder; None for any other, or where the file is none."""
        try:
            found = json.loads((self.state / "handout.json").read_text(encoding="utf-8"))
            lessons, variant = tuple(map(str, found["lessons"])), int(found.get("variant", 0))
            return Handout(lessons, bool(found["solutions"]), max(0, variant))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def hand_out(self, handout: Handout) -> None:
        """Note what was handed out."""
        content = {"lessons": handout.lessons, "solutions": handout.solutions, "variant": handout.variant}
        files.write(self.state / "handout.json", json.dumps(content).encode() + b"\n")

    def shown(self, path: Path) -> str:
        """A path in the folder as a text: the same on every system."""
        return path.relative_to(self.path).as_posix()

    @contextlib.contextmanager
    def changing(self) -> Iterator[Progress]:
        """The progress to be changed: it is written at the end of the block, if it is not as it was before.

        Raises
        ------
        WorkError : the folder cannot be written, another process holds it, or a newer version wrote it.
        """
        with self._locked():
            progress = self._read()
            before = copy.deepcopy(progress)
            yield progress
            if progress != before or not self.progress_file.exists():
                content = json.dumps(_as_json(progress), indent=1, ensure_ascii=False, sort_keys=True)
                try:
                    files.write(self.progress_file, content.encode() + b"\n")
                except OSError as error:
                    raise WorkError(f"progress is not kept: {error}") from error

    def progress(self) -> Progress:
        """How far the learner is, to be looked at only.

        Raises
        ------
        WorkError : as in `changing`.
        """
        with self._locked():
            return self._read()

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        # The waiting is all that may fail for these reasons: what the caller does under the lock is its own affair.
        lock = FileLock(self.state / "lock", timeout=PATIENCE)
        try:
            lock.acquire()
        except Timeout as error:
            raise WorkError(f"progress is not kept: another program holds {self.state / 'lock'}") from error
        except (OSError, NotImplementedError) as error:
            raise WorkError(f"progress is not kept: {error}") from error
        try:
            yield
        finally:
            lock.release()

    def _read(self) -> Progress:
        """What the file holds; one that cannot be understood is put aside, and nothing is known then."""
        try:
            content = self.progress_file.read_bytes()
        except FileNotFoundError:
            return Progress()
        except OSError as error:
            raise WorkError(f"progress cannot be read: {error}") from error
        try:
            return from_json(json.loads(content))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            aside = free_name(self.progress_file, "broken")
            try:
                self.progress_file.replace(aside)
            except OSError as failure:
                raise WorkError(f"progress cannot be read ({error}) nor put aside: {failure}") from failure
            note = (
                f"{self.shown(self.progress_file)} could not be read ({error}). It is kept as {aside.name}, "
                "and progress begins anew."
            )
            return Progress(notes=[note])


def find(start: Path | None = None) -> Folder | None:
    """The work folder that `start` lies in, by default the working folder; None if it lies in none.

    The environment variable DC_LAB_WORK, if there is one, names it; an empty one says that there is none.

    Raises
    ------
    WorkError : DC_LAB_WORK names a folder that is no work folder.
    """
    named = os.environ.get(VARIABLE)
    if named is not None and start is None:
        if not named.strip():
            return None
        path = Path(named).expanduser()
        if not is_work_folder(path):
            raise WorkError(f"{VARIABLE} is {named}, which is no work folder; `dc-lab start {named}` makes one")
        return Folder(path.resolve())
    try:
        here = (start or Path.cwd()).resolve()
    except OSError:  # the working folder was removed
        return None
    return next((Folder(path) for path in (here, *here.parents) if is_work_folder(path)), None)


def is_work_folder(path: Path) -> bool:
    """Whether `dc-lab start` made this folder."""
    try:
        return (path / MARK).is_dir()
    except OSError:  # a part of the way may not be looked into
        return False


def sha256(text: str) -> str:
    """What a text hashes to."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def free_name(path: Path, ending: str) -> Path:
    """`path` with an ending, and a number from the second on, under which there is nothing yet."""
    candidate, number = path.with_name(f"{path.name}.{ending}"), 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.name}.{ending}-{number}")
    return candidate


# --- what a notebook notes ---


def name_of_folder() -> str:
    """The path of the work folder that this is; "" where there is none."""
    try:
        folder = find()
    except WorkError:
        return ""
    return str(folder.path) if folder else ""


def solutions_are_off() -> bool:
    """Whether whoever handed this work folder out switched `solution` off."""
    try:
        folder = find()
    except WorkError:
        return False
    handout = folder.handout if folder is not None else None
    return handout is not None and not handout.solutions


def variant() -> int:
    """The variant in which questions are asked in this work folder; 0 is how the course asks them."""
    try:
        folder = find()
    except WorkError:
        return 0
    handout = folder.handout if folder is not None else None
    return handout.variant if handout is not None else 0


def note(exercise_id: str, hints: int = 0, solution_shown: bool = False) -> list[str]:
    """Keep in the work folder, if there is one, that a hint or the solution was shown; the most so far counts.

    Returns what the learner should be told about the folder.
    """
    with contextlib.suppress(WorkError):  # `check` says so; a hint is given whatever the folder is like
        if (folder := find()) is not None:
            with folder.changing() as progress:
                standing = progress.standing(exercise_id)
                standing.hints = max(standing.hints, hints)
                standing.solution_shown |= solution_shown
                return progress.notes
    return []


def known_states() -> tuple[dict[str, State] | None, list[str]]:
    """The states of all exercises in the work folder, and what is to be said; None where there is no such folder."""
    try:
        folder = find()
        if folder is None:
            return None, []
        with folder.changing() as progress:
            return progress.states(), list(progress.notes)
    except WorkError as error:
        return None, [f"{error}."]


# --- the file ---


def _as_json(progress: Progress) -> dict[str, Any]:
    exercises = {
        name: {
            **each.others,
            "state": each.state,
            "attempts": each.attempts,
            "hints": each.hints,
            "solution_shown": each.solution_shown,
        }
        for name, each in progress.standings.items()
    }
    blocks = {name: vars(block) for name, block in progress.blocks.items()}
    mine = {"blocks": blocks, "imports": progress.imports}
    return {**progress.others, "version": VERSION, "exercises": exercises, "mine": mine}


def from_json(content: Any) -> Progress:
    """What a progress file holds.

    Raises
    ------
    WorkError : a newer version wrote it. ValueError, TypeError, KeyError : it is no progress file.
    """
    table = _table(content, "the file")
    version = _whole(table.pop("version", VERSION), "version")
    if version > VERSION:
        raise WorkError(f"the progress file is of version {version}; a newer dc_lab is needed to read it")
    exercises, mine = _table(table.pop("exercises", {}), "exercises"), _table(table.pop("mine", {}), "mine")
    progress = Progress(others=table)
    for name, entry in exercises.items():
        progress.standings[name] = _standing(_table(entry, name), name)
    for name, entry in _table(mine.get("blocks", {}), "blocks").items():
        block = _table(entry, name)
        progress.blocks[name] = Block(
            _text(block["module"], name), _whole(block["lines"], name), _text(block["sha256"], name)
        )
    for module, lines in _table(mine.get("imports", {}), "imports").items():
        if not isinstance(lines, list):
            raise TypeError(f"imports of {module}: expected a list")
        progress.imports[module] = [_text(line, module) for line in lines]
    return progress


def _standing(entry: dict[str, Any], name: str) -> Standing:
    state, shown = entry.pop("state", "left"), entry.pop("solution_shown", False)
    if state not in STATES or not isinstance(shown, bool):
        raise ValueError(f"{name}: expected a state of {', '.join(STATES)}")
    attempts, hints = _whole(entry.pop("attempts", 0), name), _whole(entry.pop("hints", 0), name)
    return Standing(state, attempts, hints, shown, entry)


def _table(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{name}: expected a table, got {type(value).__name__}")
    return dict(value)


def _whole(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError(f"{name}: expected a whole number")
    return value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name}: expected a text")
    return value
