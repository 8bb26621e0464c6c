"""03.2 CSR with short values."""

from dc_lab.course.exercises import Question

exercise = Question(
    id="03.2",
    title="CSR with short values",
    minutes=5,
    kind="number",
    prompt="Values of 4 bits, columns of 16 bits: below which density does CSR take fewer bits than the dense matrix?",
    stub="density = ...",
    answer=0.2,
    tolerance=0.002,
    hints=[
        "Count the bits of one weight of the matrix on average. Dense: each takes 4. CSR: only the kept ones take any.",
        "A kept weight takes 4 + 16 bits. If the share `density` is kept, that is density x 20 bits a weight.",
        "At the break-even both are equal: density x 20 = 4.",
    ],
    why="""Dense takes 4 bits a weight, CSR density x (4 + 16). They are equal at 4 / 20 = 0.2. The shorter the values
        are, the more the index weighs: with 32-bit values and the same columns the break-even was 2/3.""",
)

exercise.mistake("a percentage", 20).says("""
    The number is right as a percentage. A density is a share from 0 to 1: divide by 100.""")
exercise.mistake("values still of 32 bits", lambda value: abs(value - 32 / 48) < 0.003, example=2 / 3).says("""
    That is the answer for values of 32 bits, 32 / (32 + 16). Here a value takes 4 bits, in the dense matrix and in
    CSR.""")
exercise.mistake("the value left out", 0.25).says("""
    That is 4 / 16: an entry's column alone. An entry in CSR is a value and a column, 4 + 16 bits.""")
exercise.mistake("dense values of 32 bits", lambda value: abs(value - 1.6) < 0.003, example=1.6).says("""
    That compares with a dense matrix of 32-bit values: 32 / 20. With 4-bit values, the dense matrix takes 4 bits a
    weight. A density above 1 is a sign that something is off.""")
exercise.mistake("the fraction upside down", 5).says("That is 20 / 4. Solve density x (4 + 16) = 4 for the density.")
exercise.mistake("the share of the column", 0.8).says("""
    16 / 20 is the share of an entry that its column takes. Asked for is the density at which entries of 20 bits, for
    those that are kept, come to 4 bits for all.""")
exercise.mistake("the break-even of the cell above", 0.5).says("""
    0.5 is for values and columns of 32 bits each. Here they have 4 and 16.""")
exercise.mistake("a short value against a long one", 0.125).says("""
    That is 4 / 32, a short value against a long one. Compare the two matrices of short values: 4 bits for each weight,
    or 4 + 16 bits for each kept one.""")
exercise.mistake("columns of 32 bits", lambda value: abs(value - 4 / 36) < 0.002, example=4 / 36).says("""
    That is 4 / (4 + 32). The columns have 16 bits here.""")
