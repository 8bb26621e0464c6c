"""How large things in a file may be. Limits of one form or kind alone stand with it."""

MAX_NAME = 1024
"""Bytes of a tensor's name."""

MAX_DIMENSIONS = 32

MAX_CODEBOOK = 2**16 - 1
"""Values that tensors may share; one more code stands for zero."""

MAX_DECISIONS = 2**20
"""Most decisions that the adaptive forms of a file may take together: some ten seconds in Python."""
