# Thin: each line is a command anyone can type. PYTHON chooses the Python that .venv is made with; PIP_ARGS goes to
# pip (for example a wheel folder without network: make demo PIP_ARGS="--no-index --find-links wheels").
PYTHON ?= python3
PIP_ARGS ?=
ifeq ($(OS),Windows_NT)
BIN := .venv/Scripts
PATH_SEPARATOR := ;
else
BIN := .venv/bin
PATH_SEPARATOR := :
endif
READY := .venv/.ready
# The site has a folder of its own: what makes it needs no torch, and learners need none of it.
SITE_BIN := $(subst .venv,.venv-site,$(BIN))
SITE_READY := .venv-site/.ready

.PHONY: install demo test check lab notebooks bench wheels lint format site site-test slides clean

demo: $(READY)
	$(BIN)/python -m dc_lab demo

install: $(READY)

test: $(READY)
	$(BIN)/python -m pytest

check: $(READY)
	$(BIN)/python -m pytest tests -m "not slow" -p no:cacheprovider

# In its terminals and cells, too, `dc-lab` and `python` are those of .venv.
lab: export PATH := $(abspath $(BIN))$(PATH_SEPARATOR)$(PATH)
lab: $(READY)
	$(BIN)/python -m dc_lab start --next nothing
	$(BIN)/python -m jupyterlab --ServerApp.root_dir=work work/00_start_here.ipynb

notebooks: $(READY)
	$(BIN)/python -m dc_lab.course.execute

bench: $(READY)
	$(BIN)/python -m dc_lab bench

# Needs no .venv. For another system: make wheels PLATFORM=win_amd64 PYTHON_VERSION=3.11
wheels:
	$(PYTHON) -m dc_lab wheels $(if $(PLATFORM),--platform $(PLATFORM)) $(if $(PYTHON_VERSION),--python-version $(PYTHON_VERSION)) $(if $(PIP_ARGS),-- $(PIP_ARGS))

lint: $(READY)
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m mypy

format: $(READY)
	$(BIN)/python -m ruff check --fix
	$(BIN)/python -m ruff format

# The course as web pages, in site/, from the notebooks as they are stored.
site: $(SITE_READY)
	$(SITE_BIN)/python docs/build.py site

# A deck of each lesson's figures, in slides/: open slides/index.html. Needs no network, neither now nor then.
slides: $(READY)
	$(BIN)/python -m dc_lab slides

# Opens every page in Chromium: the system's, the one that CHROMIUM names, or playwright's own.
site-test: export DC_LAB_SITE_TEST := 1
site-test: $(SITE_READY)
	$(SITE_BIN)/python -m pytest -o addopts= --noconftest -v tests/test_site.py

$(SITE_READY): docs/requirements.txt
	$(PYTHON) -m venv .venv-site
	$(SITE_BIN)/python -m pip install --disable-pip-version-check $(PIP_ARGS) -r docs/requirements.txt
	$(SITE_BIN)/python -c "import pathlib; pathlib.Path('$(SITE_READY)').touch()"

# A Python that is too old is refused before anything is made; a .venv that another Python made is made anew.
# Reinstalls only when the pinned set or the package's own metadata changed.
$(READY): requirements.txt pyproject.toml setup.py
	@echo "Making .venv and installing into it: some minutes, and 1.6 GB with torch's CPU build (5 GB with CUDA, pip's default on Linux)."
	$(PYTHON) dc_lab/support/pythons.py .venv $(MAKECMDGOALS)
	$(BIN)/python -m pip install --disable-pip-version-check $(PIP_ARGS) -r requirements.txt
	$(BIN)/python -c "import pathlib; pathlib.Path('$(READY)').touch()"

clean:
	$(PYTHON) -c "import shutil; [shutil.rmtree(p, ignore_errors=True) for p in ('.venv', '.venv-site', 'site', 'slides', 'runs')]"
