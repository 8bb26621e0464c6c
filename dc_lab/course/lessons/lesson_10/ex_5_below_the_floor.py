"""10.5 Below the floor."""

from dc_lab.course.exercises import Question

exercise = Question(
    id="10.5",
    title="Below the floor",
    minutes=5,
    kind="choice",
    prompt="conv5_2 of VGG-16 takes fewer bytes in the paper than the floor for its density and its bits a code, "
    "however these were rounded. Why can that be?",
    stub="reason = ...",
    answer="c",
    choices={
        "a": "Huffman coding goes below the entropy where a stream is long enough.",
        "b": "The paper's codes are shared by all layers, so that each layer takes less.",
        "c": "The positions that training keeps are not independent of one another.",
        "d": "The paper keeps the large weights, ours are kept by chance.",
    },
    hints=[
        "What did the floor assume? Go back to exercise 10.2.",
        "Lesson 03 shuffled the positions of a trained layer. What happened to its long runs of zeros?",
        "If some kernels or channels keep much more than others, knowing one position says something of the next.",
    ],
    why="""The floor is the entropy of independent positions. In a trained network whole channels matter less than
        others, so that positions come in clusters, and a coder of gaps gains from that. Drawn weights have no channels
        that matter: their files cannot be as small, and to say so is the point of printing the floor.""",
)

exercise.mistake("a", "a").says("""
    No code of single symbols goes below the entropy of their counts, however long the stream is; Huffman coding comes
    near it from above. The floor itself must be another one.""")
exercise.mistake("b", "b").says("""
    Each layer has its own codebook in the paper (section 3), and the table gives its bits a code. What is open are the
    positions.""")
exercise.mistake("d", "d").says("""
    Ours are the largest, too: drawn, and pruned by magnitude. But large weights that are drawn stand anywhere,
    independently. What is different in a trained layer?""")
