"""The course's own file for lab 12. `lab_decoder` reads it, `dc_lab.records.linear` made it.

A random code of a classifier of edges: numbers of candidates, two bytes each.
"""

import base64

FILE = base64.b85decode(
    "NqUVKmKznrJ%?rhbQotX5kt<LD>l^?pHn%?MevfBx`mSa;AOp$whO(<C%;iRI|L>d7s<22RarBaml29PD`MZ&FX#~@3Znmvzx733555aTr;7"
)


def encode(training):
    return FILE
