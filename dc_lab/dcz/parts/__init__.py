"""What kinds of tensors are made of: plain values, gaps, codebook and codes. Each file has cost, write and read."""
