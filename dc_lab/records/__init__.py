"""Past the paper: networks of a few KB, made from nothing by a plan, and the board that holds them to their numbers.

`plan` is what decides a record, `answers` the moved images and what a teacher says about them, `slim` the network that
shrinks while it trains, `price` a price for bits, `small` a file made with it, `trim` what a finished network does not
need, `make` the way from nothing to a file, `board` the files, measured again or as stated, beside the published
records.
"""
