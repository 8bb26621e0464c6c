"""Numbers into bytes and back: packed bits, prefix codes in lanes, and two coders past the floor of a bit a symbol."""
