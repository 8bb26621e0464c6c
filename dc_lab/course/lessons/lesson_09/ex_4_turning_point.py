"""09.4 From which batch on?"""

from dc_lab.course.exercises import Question

exercise = Question(
    id="09.4",
    title="From which batch on?",
    minutes=5,
    kind="number",
    prompt="20 GB/s, 80 billion operations a second, inputs and outputs left out: the batch at which operations take "
    "as long as moving the weights of a dense layer.",
    stub="batch = ...",
    answer=8,
    tolerance=1e-3,
    hints=[
        "Look at a single weight. How many nanoseconds does it take to arrive?",
        "4 bytes at 20 bytes a nanosecond: 0.2 ns. One input needs 2 operations, at 80 a nanosecond: 0.025 ns.",
        "0.2 / 0.025.",
    ],
    why="""From batch 8 on, the dense layer of this machine is bound by arithmetic, and each further input costs as much
        as the one before. Up to there, further inputs are free. The paper's batch of 64 lies well above.""",
)

exercise.mistake("one operation a weight", 16).says("""
    That counts one operation a weight and input. It is two, a multiplication and an addition.""")
exercise.mistake("one byte a weight", 2).says("That is right for weights of one byte. A float32 has four.")
exercise.mistake("operations for each byte", 4).says("""
    4 is the number of operations that the machine can do while a byte arrives. A weight has 4 bytes and needs 2
    operations an input: 4 * 4 / 2.""")
exercise.mistake("bits", 64).says("""
    64 is the batch of the paper, and also what comes out if a weight is counted as 32 bytes. It has 32 bits, 4
    bytes.""")
exercise.mistake("the fraction upside down", 0.125).says("""
    That is 1/8, the fraction upside down. Solve 2 * batch / 80 = 4 / 20 for the batch.""")
exercise.mistake("four bytes and four operations", 32).says("""
    Solve 2 * batch / 80 = 4 / 20: a weight takes 4 / 20 = 0.2 ns to arrive, and 2 / 80 = 0.025 ns to be multiplied and
    added for one input.""")
exercise.mistake("at once", 1).says("""
    At batch 1 a weight takes 0.2 ns to arrive and 0.025 ns to be used: moving is eight times slower.""")
exercise.mistake("with the size of the layer", lambda value: value > 1000, example=4096).says("""
    The size of the layer is in both times, and drops out: look at a single weight.""")
