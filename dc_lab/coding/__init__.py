"""Numbers into bytes and back: packed bits, and the two coders past Huffman's floor of one bit a symbol."""
