"""`python -m dc_lab`: the command line, which is `dc_lab/cli/`, one file a command."""

import sys

from dc_lab.support import pythons

if __name__ == "__main__":
    if pythons.is_too_old():  # it could not even read the commands
        sys.exit(f"dc-lab: {pythons.wrong()}")
    from dc_lab.cli.main import main

    sys.exit(main())
