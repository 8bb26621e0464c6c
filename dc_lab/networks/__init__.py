"""What is compressed: MNIST, the networks, their training, and the paper's tables to hold them against."""
