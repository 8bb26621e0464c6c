"""01.4 What a weight file lacks."""

from dc_lab.course.exercises import Question

exercise = Question(
    id="01.4",
    title="What a weight file lacks",
    minutes=5,
    kind="choice",
    prompt="You get the weights of a trained network as a file of named tensors. You want to remove most of them and "
    "keep the error. What else do you need?",
    choices={
        "a": "nothing: the weights are the network",
        "b": "the code of the network",
        "c": "the code of the network, and labelled training images",
        "d": "a pickle of the whole model",
    },
    stub="needed = ...",
    answer="c",
    hints=[
        "Two things have to happen after weights are removed. One of them is to measure the error.",
        "The other is to train on. What does training take?",
        "To run the network: its structure. To train it: images and labels.",
    ],
    why="Deep Compression takes three things: the weights, the structure and the data. Without data you can still "
    "round or code the weights, and what that gives is measured at the end of this lesson.",
)

exercise.mistake("the weights are the network", "a").says("""
    Names, shapes and values say nothing about how the layers are joined: where a ReLU or a pooling stands. Without
    that, you cannot run the network, let alone train it on.""")
exercise.mistake("structure without data", "b").says("""
    With code and weights you can run the network and set weights to zero. But pruning is followed by retraining, which
    takes images and their labels.""")
exercise.mistake("a pickle as a way out", "d").says("""
    A pickle of the whole model names the class, but does not hold its code, and holds no images either. And opening one
    from a stranger runs whatever it says.""")
