"""Grading: work folders of a class judged again, each answer in a process of its own, with cases nobody has seen.

answers     which source is a learner's answer, and all it needs
likeness    whether two sources are one, comments or names aside
wire        values as bytes between two processes, with nothing pickled
room        the process in which an answer runs: without the course's answers, files or network, within limits
fence       what the system puts around such a process
remote      that process from outside: a function that the judge can call
beside      answers that are more than called: the judge runs in the process with them
learner     one folder: verdicts, lab scores, flags
results     the table of a class as CSV, and a page for each learner
"""
