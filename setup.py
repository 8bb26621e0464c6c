"""The one thing that pyproject.toml has no word for: two folders that stand beside the package are installed inside it.

`data` and `notebooks` become dc_lab/data and dc_lab/notebooks in a wheel; pyproject.toml says which of their files.
`dc_lab.support.places` finds them in either place.
"""

from setuptools import find_packages, setup

INSIDE = {"dc_lab.data": "data", "dc_lab.notebooks": "notebooks"}

setup(packages=[*find_packages(include=["dc_lab*"]), *INSIDE], package_dir=INSIDE)
