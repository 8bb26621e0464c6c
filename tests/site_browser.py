"""The browser that the site is tested with."""

import os
import shutil
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def launch(playwright: Any) -> Any:
    """Chromium: the one that CHROMIUM names, one of the system, or playwright's own.

    The last comes with `python -m playwright install chromium`.
    """
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    # The pages are our own, and the sandbox needs rights that containers do not have.
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
