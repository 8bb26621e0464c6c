"""07.5 When Huffman coding saves nothing."""

from dc_lab.course.exercises import Question

exercise = Question(
    id="07.5",
    title="When Huffman coding saves nothing",
    minutes=5,
    kind="choice",
    prompt="For which stream does Huffman coding save nothing against fixed width, though the entropy says that much "
    "could be saved?",
    stub="stream = ...",
    answer="b",
    choices={
        "a": "four values, each 25 %",
        "b": "two values, 99 % and 1 %",
        "c": "sixteen values, one of them 50 %, the others equally rare",
        "d": "thirteen values, each half as frequent as the one before",
    },
    hints=[
        "Work out the fixed width of each, and guess its entropy. In three of them the two are far apart.",
        "No code is shorter than one bit. Which stream has an entropy far below that?",
        "How many bits does fixed width take for two values?",
    ],
    why="""Two values take one bit each in fixed width, and no prefix code can give less than one bit to a symbol. The
        entropy of 99 % and 1 % is 0.08 bits, but that floor is out of reach for any code that writes one symbol after
        the other. Coding runs of the frequent value, as the gaps of lesson 03 do, or several symbols at once, gets
        there.""",
)

exercise.mistake("a", "a").says("""
    It does save nothing there, but the entropy says so too: four equally frequent values have an entropy of 2 bits,
    which is the fixed width. Asked for is a stream where more could be saved.""")
exercise.mistake("c", "c").says("""
    The frequent value gets 1 bit and the others 5 at most, where fixed width takes 4 for all: about 3 bits a symbol.
    That is a gain.""")
exercise.mistake("d", "d").says("""
    With shares of 1/2, 1/4, 1/8 and so on, codes of 1, 2, 3, ... bits meet the entropy of about 2 bits, and fixed width
    takes 4. That is where Huffman coding is at its best.""")
