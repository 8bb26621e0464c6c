"""The exercises of the course: a folder a lesson, a file an exercise.

`lesson_04/ex_2_kmeans.py` has all of exercise 04.2: the `exercise` itself, right answers that are written differently,
and the mistakes that its check knows. To add a mistake, add a function; the learner is told its docstring:

    @exercise.mistake("the median")
    def _(values, codes, codebook):
        '''The sum of squared distances is smallest at the mean. ...'''
        return ...

The first mistake that fits is named, so that a special one stands before a general one. One that fits on a line may be
a lambda, and a wrong answer to a question is a value: `exercise.mistake("name", value).says("what is told")`.

What several exercises of a lesson share stands in its `common.py`; its `__init__.py` has the title and the order.
"""
