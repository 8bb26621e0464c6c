"""00.3 Which images decide."""

from dc_lab.course.exercises import Question

exercise = Question(
    id="00.3",
    title="Which images decide",
    minutes=5,
    kind="choice",
    prompt="You make five files with five recipes and want to keep the best. On which images do you compare them?",
    choices={
        "a": "the 55,000 training images",
        "b": "the 5,000 held-out images",
        "c": "the 10,000 test images",
        "d": "all 70,000 images: the more, the better",
    },
    stub="answer = ...",
    answer="b",
    hints=[
        "Which images did the training see? Their error is too good.",
        "An error that you chose the smallest of is too good as well. Which one do you want to report?",
        "There are images that are neither trained on nor reported on.",
    ],
    why="The held-out images are new to the network and not those of the report. They decide; the test images are "
    "looked at once, at the end. The lessons keep to it: densities and bits are chosen on the held-out images.",
)

exercise.mistake("the training images", "a").says("""
    The networks were trained on these, so they do better on them than on digits they have never seen. A recipe that
    learns them by heart would win.""")
exercise.mistake("the test images", "c").says("""
    Whoever keeps the best of five on the test images has picked the one that was luckiest there, and the error then
    printed is too good. The test images are for the report, after the choice.""")
exercise.mistake("all images", "d").says("""
    55,000 of these were trained on, and the test images are used up by looking at them to choose. Only images that
    serve neither purpose can decide.""")
