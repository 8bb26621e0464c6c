"""The command line: one file a command, with its arguments and what it prints; `main` has the table of them."""
