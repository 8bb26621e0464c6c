"""The course's machinery: what a notebook calls (`check`, `hint`, `solution`, `progress`), and what tests it.

`exercises` says what an exercise is and finds it; `values` and `compare` hold answers against each other; `sandbox`
runs a learner's code; `cases`, `outcomes`, `judge`, `recognition`, `questions` and `verdicts` make of that one of three
answers; `sources` has the text of stubs and solutions; `checks` is what a notebook sees, and `display` how; `given` is
what is handed back, `cells` goes on where a cell cannot run, `lab` says what an open task is (`lab_process` runs it,
`lab_scores` keeps its scores), `predictions` keeps guesses, `mutants` tests the checks, `graduate` goes the whole way
with the learner's parts (`graduate_steps`). `work` is the learner's folder and progress, `mine` the package of their
answers (`blocks` is the text of its modules, `extract` and `names` get answers out of a cell), `own` finds one again,
`lay` and `solved` lay the folder out (`notebooks` reads, writes and merges what is in it). `grading/` judges the
folders of a class, `teaching/` writes exams and slides. Of all else in dc_lab only the commands `start`, `progress`,
`reset`, `graduate`, `handout`, `grade`, `exam`, `slides` and `mistakes` import this.
"""

from dc_lab.course.checks import begin, check, hint, predict, progress, score, solution
from dc_lab.course.exercises import Exercise, Misconception, Question, WrongAnswer
from dc_lab.course.own import yours
from dc_lab.course.sources import check_source, mistakes_table, solution_source, stub_source

__all__ = [
    "Exercise",
    "Misconception",
    "Question",
    "WrongAnswer",
    "begin",
    "check",
    "check_source",
    "hint",
    "mistakes_table",
    "predict",
    "progress",
    "score",
    "solution",
    "solution_source",
    "stub_source",
    "yours",
]
