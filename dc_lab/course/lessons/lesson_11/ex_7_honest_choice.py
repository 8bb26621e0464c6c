"""11.7 An honest choice."""

from dc_lab.course.exercises import Question

exercise = Question(
    id="11.7",
    title="An honest choice",
    minutes=5,
    kind="choice",
    prompt="Suppose that forty plans gave forty files. Which is an honest way to enter one on the board?",
    stub="way = ...",
    answer="c",
    choices={
        "a": "Of the files with a test error of at most 1.58 %, take the smallest, and state its test error.",
        "b": "Take the smallest with a held-out error of at most 1.58 %. If its test error is above 1.58 %, "
        "take the next one, and so on.",
        "c": "Take the smallest with a held-out error of at most 1.58 %. State its test error, even if it is 1.7 %.",
        "d": "Take the smallest with a held-out error of at most 1.58 %, and state that error: the test images were "
        "never touched.",
    },
    hints=[
        "An error is a fair estimate on images that had no say in what was chosen. Which images had a say in each?",
        "In which of them could the stated error have come out too high?",
        "Two of them look at the test images before the choice is final, one never does.",
    ],
    why="""Only there could the test still say no, and would have been heard. If 1.7 % is too much, a new search with a
        stricter bound on the held-out images is fair, as long as one says how often the test images were asked.""",
)

exercise.mistake("a", "a").says("""
    Forty files are measured on the test images, and one is picked by what came out. Part of its low error is luck with
    these 10,000 images, and it is picked for its luck too.""")
exercise.mistake("b", "b").says("""
    Going on until the test error suits is a choice on the test images, too, only a slower one. The test says what you
    got; it has no say in what you take.""")
exercise.mistake("d", "d").says("""
    The choice is made on the held-out images, so that their error is the flattered one: the best of forty on these
    images. Images that had no say in the choice are needed to state it.""")
