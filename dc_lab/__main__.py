"""`python -m dc_lab`: the command line, which is `dc_lab/cli/`, one file a command."""

import sys

from dc_lab.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
