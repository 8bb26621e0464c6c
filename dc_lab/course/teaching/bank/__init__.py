"""The questions of the exam, in the order of the lessons. Each function draws one: see `questions`.

Numbers come from the shipped files, from the paper's tables, or from a generator; answers come from dc_lab's own
functions.
"""

from dc_lab.course.teaching.bank import beyond, codes, sizes, values

MODULES = (sizes, values, codes, beyond)
