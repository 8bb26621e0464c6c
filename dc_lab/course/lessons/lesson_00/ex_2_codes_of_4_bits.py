"""00.2 266,610 codes of 4 bits."""

from dc_lab.course.exercises import Question

exercise = Question(
    id="00.2",
    title="266,610 codes of 4 bits",
    minutes=5,
    kind="number",
    prompt="How many KB do 266,610 codes of 4 bits take?",
    stub="kilobytes = ...",
    answer=266_610 * 4 / 8 / 1000,
    tolerance=0.003,
    hints=[
        "Work in three steps: bits in all, then bytes, then KB.",
        "266,610 × 4 = 1,066,440 bits.",
        "1,066,440 bits / 8 = 133,305 bytes; a KB is 1,000 bytes.",
    ],
    why="1,066,440 bits are 133,305 bytes, 133.3 KB: 8 times fewer than the float32 weights, since 4 bits are an "
    "eighth of 32. Few distinct weights alone cannot reach the shipped file; most of its weights have to be gone too.",
)

exercise.mistake("1 KB = 1,024 bytes", 266_610 * 4 / 8 / 1024).says("""
    You divide by 1,024. In the paper and in this course a KB is 1,000 bytes (1,024 bytes are a KiB).""")
exercise.mistake("bits taken for bytes", 266_610 * 4 / 1000).says("""
    That is 4 bytes a code, the size of the float32 weights. The codes have 4 bits, and 8 bits make a byte.""")
exercise.mistake("bits taken for bytes, and 1,024", 266_610 * 4 / 1024).says("""
    Two things: 4 bits are half a byte, not 4 bytes; and a KB is 1,000 bytes here.""")
exercise.mistake("bytes, not KB", 266_610 * 4 / 8).says("These are bytes. Divide by 1,000 for KB.")
exercise.mistake("bits, not KB", 266_610 * 4).says("These are bits. Divide by 8 for bytes, then by 1,000 for KB.")
exercise.mistake("MB, not KB", 266_610 * 4 / 8 / 1e6).says("These are megabytes, 1,000 KB each. Divide by 1,000 once.")
exercise.mistake("a byte for each code", 266_610 / 1000).says("""
    That is one byte for each code. Two codes of 4 bits share a byte.""")
exercise.mistake("16 bits a code", 266_610 * 16 / 8 / 1000).says("""
    That is 16 bits a code. 4 bits can tell 16 values apart, but a code takes only the 4.""")
exercise.mistake("4 bits and 4 bytes", 266_610 * 4 * 4 / 1000).says("""
    You multiply by 4 twice. The code takes the place of the 4 bytes: 4 bits for each parameter, and no more.""")
exercise.mistake("one bit a code", 266_610 / 8 / 1000).says("""
    That is one bit a code: the division by 8 is there, but not the factor 4.""")
exercise.mistake("the ratio, not the size", 8.0).says("""
    8 is how many times smaller the codes are than the float32 weights. Asked is their size in KB.""")
