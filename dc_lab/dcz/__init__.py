"""The `.dcz` file from the inside; FORMAT.md specifies it, `dc_lab.archive` is the front door.

In the order of the file:

    frame      what stands around the tensors: magic, version, checksum
    headers    name, kind, dtype and shape of each tensor
    tensors    the data of a tensor: the table of all kinds, and the choice among them
    kinds/     one file for each kind, a way to store a tensor
    parts/     what kinds are made of: plain values, gaps, codebook and codes
    streams    rows of small integers: the table of all forms, and the choice among them
    forms/     one file for each form of a stream

A kind and a form say side by side what they cost, how they are written and how they are read. To add one, write its
file and enter it in its table. `writing` and `reading` go through a whole file, `contents` is what reading finds.
Beneath all that:

    survey     what the writer looks at before it chooses a kind
    patterns   a tensor as bit patterns
    values     dtypes, and values as bytes
    cursor     reads bytes one after the other, and says where an error is
    varint     whole numbers in as few bytes as they need
    limits     how large things may be
"""
