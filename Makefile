# Two commands matter: `make demo` and `make test`. Each sets everything up by itself.
PY := .venv/bin/python
# Of the cameras' room what asks for no clock: it runs beside the others.
PURE := $(addprefix tests/ingest/,$(addsuffix .py,test_minutes \
	$(addprefix codec/test_,decoding recode slice_qp) $(addprefix source/test_,capture_clock rtp state) \
	$(addprefix look/test_,detecting diagnosis gate packets sampler watch) $(addprefix evidence/test_,clip desk ring snapshot) live/test_tap))

.PHONY: help demo demo-reset test check gates setup format bench soak fuzz containers clean

help:            ## this list
	@grep -E '^[a-z-]+: .*##' Makefile | sed 's/:.*##/\t/'

demo:            ## set up and run the county of the demo; Ctrl-C stops it
	@python3 tools/setup.py demo
	@exec $(PY) -m demo

demo-reset:      ## forget what earlier demos left (database, evidence, trails)
	rm -rf run/demo

test:            ## set up (system packages too, as root) and run every test
	@python3 tools/setup.py test
	@$(MAKE) --no-print-directory gates
	@cd console/web && npm run --silent check
	@echo "tests in four parts: rooms side by side, which wait more than they work; browsers and cameras, two at a time; then what needs the whole machine"
	@$(PY) -m pytest -q -n 3 --dist loadfile -m "not browser" tests/lianqin tests/detect tests/bench tests/console tests/patrol tests/demo tests/fuzz $(PURE)
	@$(PY) -m pytest -q -n 2 --dist loadfile -m browser tests/console
	@$(PY) -m pytest -q -n 2 --dist loadfile --durations=8 $(filter-out $(PURE),$(sort $(shell find tests/ingest -name "test_*.py")))
	@$(PY) -m pytest -q --durations=8 tests/e2e tests/chaos

check:           ## the quick gate: lint, types, imports, unit tests
	@python3 tools/setup.py check
	@$(MAKE) --no-print-directory gates
	@cd console/web && npm run --silent check
	@$(PY) -m pytest -q -m "not e2e and not chaos and not browser" tests/lianqin tests/detect -n 2

gates:
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check -q .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@$(PY) -m tools.contract --check

setup:           ## set up only
	@python3 tools/setup.py test

soak:            ## half an hour of cameras that fail in every way
	@python3 tools/setup.py check
	@$(PY) -m bench.soak

containers:      ## root on Debian 12: build the images, run the compose file's county, kill one container of each kind, count
	@python3 tools/setup.py demo
	@$(PY) -m tools.containers

fuzz:            ## an hour of odd input for every parser of foreign bytes (MINUTES=5 is shorter)
	@python3 tools/setup.py check
	@$(PY) -m tests.fuzz --minutes $(or $(MINUTES),60)

format:          ## format the code
	.venv/bin/ruff check --fix . && .venv/bin/ruff format .

bench:           ## every benchmark, as a table
	@python3 tools/setup.py demo
	@$(PY) -m bench

clean:           ## remove what set-up and runs made
	rm -rf .venv .cache run console/web/node_modules console/web/dist
