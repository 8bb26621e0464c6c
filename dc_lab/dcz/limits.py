"""How large things in a file may be. Limits of one form or kind alone stand with it."""

MAX_NAME = 1024
"""Bytes of a tensor's name."""

MAX_DIMENSIONS = 32

MAX_CODEBOOK = 2**16 - 1
"""Values that tensors may share; one more code stands for zero."""

MAX_METADATA = 2**20
"""Bytes of all metadata of a file together."""

TABLE_ENTRIES, TABLE_ENTRIES_A_BYTE = 2**20, 128
"""Most entries of rANS tables that reading a file may take, and how many more for each of its bytes: a table of 65,536
entries may stand for a stream of some twenty bytes, and building it takes longer than reading all that follows.
Our writer keeps to this in each stream by itself, so that whatever it writes can be read."""

MAX_DECISIONS = 2**20
"""Most decisions that the adaptive forms of a file may take together: some seconds in Python. A small file may take as
many: a map of a million zeros has 26 bytes, and our writer chooses it where that is smallest."""

MAX_LEVEL_DECISIONS = 2**18
"""The same in a file of version 5, where one takes some four times as long, since more contexts are mixed."""
