# The shop's commands. `make demo` starts a shop, `make test` proves it.

.DEFAULT_GOAL := help
.PHONY: help demo test processes hard topologies lint types borders bench drill chaos soak fuzz simulate lock sbom audit-dependencies clean

PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

help:
	@echo "make demo     start a shop at http://127.0.0.1:8000 (PORT), its files in var/ (DATA_DIR)"
	@echo "make test     the whole suite, on SQLite and on PostgreSQL if there is one"
	@echo "make processes     what starts processes of its own: servers, workers, extracted modules, other releases"
	@echo "make hard     races, kills, restores, attacks and the simulation, in their short forms; on PostgreSQL"
	@echo "make topologies    the journeys in real processes of every topology; needs Redis and RabbitMQ"
	@echo "make lint | types | borders    ruff | mypy | the nets around the modules"
	@echo "make bench    what a call costs, and the load of a running server"
	@echo "make simulate    SEEDS=1000 (FROM=0) days of a shop in one process, with faults everywhere; SEED=7 tells one"
	@echo "make drill    payments leaves a running shop and comes back while CHECKOUTS=2000 people buy"
	@echo "make fuzz     REQUESTS=20000 made of the OpenAPI document, as every role; SEED=... sends the same again"
	@echo "make chaos    CHECKOUTS=10000 people buy under faults, TOPOLOGY=monolith, DATABASE=postgresql; SEED=7 plans the same again"
	@echo "make soak     HOURS=8 at half of what the shop bears, TOPOLOGY=monolith, RATE=visits a second: what grows is told"
	@echo "make lock | sbom    the hashes of every file that production installs | its bill of materials, from these"
	@echo "make audit-dependencies    known vulnerabilities of what the lock names; asks the index over the network"
	@echo "make clean    remove the environment and what tools left; var/ stays"

demo: export PORT := $(or $(PORT),8000)
demo: export DATA_DIR := $(or $(DATA_DIR),var)
demo: $(VENV)/runtime.stamp
	@exec $(BIN)/python manage.py demo

test: $(VENV)/dev.stamp
	@PYTHON=$(BIN)/python bash .ci/suite

processes: $(VENV)/dev.stamp
	@PYTHON=$(BIN)/python bash .ci/suite processes

hard: $(VENV)/dev.stamp
	@PYTHON=$(BIN)/python bash .ci/suite hard

topologies: $(VENV)/dev.stamp
	@PYTHON=$(BIN)/python bash .ci/suite topologies

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .

types: $(VENV)/dev.stamp
	$(BIN)/mypy

borders: $(VENV)/dev.stamp
	$(BIN)/lint-imports --config importlinter.ini
	$(BIN)/python -m storefront.boundaries
	$(BIN)/python manage.py check --tag storefront

bench: $(VENV)/runtime.stamp
	$(BIN)/python -m benchmarks

simulate: $(VENV)/dev.stamp
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),1000) --from $(or $(FROM),0))

drill: $(VENV)/runtime.stamp
	@$(BIN)/python -m drill --checkouts $(or $(CHECKOUTS),2000)

chaos: $(VENV)/dev.stamp
	@$(BIN)/python -m drill.chaos --checkouts $(or $(CHECKOUTS),10000) --topology $(or $(TOPOLOGY),monolith) \
		--database $(or $(DATABASE),postgresql) $(if $(SEED),--seed $(SEED))

soak: $(VENV)/dev.stamp
	@$(BIN)/python -m drill.soak --hours $(or $(HOURS),8) --topology $(or $(TOPOLOGY),monolith) \
		$(if $(RATE),--rate $(RATE))

fuzz: export FUZZ_REQUESTS := $(or $(REQUESTS),20000)
fuzz: export FUZZ_SEED := $(or $(SEED),20260101)
fuzz: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest tests/fuzz/test_roles.py -q -n 2 -p no:randomly --topology=monolith --capture=sys

RELEASE := $(VENV)/release
LOCKED := $(VENV)/locked

lock: $(RELEASE)/stamp
	$(RELEASE)/bin/uv pip compile requirements.txt --output-file requirements.lock --upgrade --quiet \
		--generate-hashes --no-annotate --python-version 3.11 --python-platform linux

sbom: $(RELEASE)/stamp
	rm -rf $(LOCKED)
	$(PYTHON) -m venv --without-pip $(LOCKED)
	$(RELEASE)/bin/python -m pip --disable-pip-version-check --python $(LOCKED)/bin/python install --quiet \
		--require-hashes --no-deps --only-binary :all: -r requirements.lock
	$(RELEASE)/bin/cyclonedx-py environment $(LOCKED)/bin/python --pyproject pyproject.toml --output-reproducible \
		--output-format JSON --output-file $(LOCKED)/listed.json
	$(LOCKED)/bin/python -m tests.deploy.supply < $(LOCKED)/listed.json > $(LOCKED)/sbom.json
	mv $(LOCKED)/sbom.json deploy/sbom.cdx.json

# Strict: a package that could not be asked about fails it, as one with a flaw does.
audit-dependencies: $(RELEASE)/stamp
	$(RELEASE)/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements.lock --progress-spinner off

clean:
	rm -rf $(VENV) .reports .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime.stamp: requirements.txt | $(BIN)/python
	@echo "Installing what the shop needs into $(VENV), once:"
	$(PIP) install -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements.txt requirements-dev.txt | $(BIN)/python
	@echo "Installing what the tests need into $(VENV), once:"
	$(PIP) install -r requirements-dev.txt
	@touch $@ $(VENV)/runtime.stamp

$(RELEASE)/stamp: requirements-release.txt | $(BIN)/python
	@echo "Installing what locks and lists the shop's packages into $(RELEASE), once:"
	$(PYTHON) -m venv $(RELEASE)
	$(RELEASE)/bin/python -m pip --disable-pip-version-check install --quiet -r requirements-release.txt
	@touch $@
