"""The exercises of the course, one file a lesson: `TITLE` and `EXERCISES` in `lesson_NN.py`."""
