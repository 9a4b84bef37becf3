# Two commands on a fresh machine: `make demo` and `make test`. Each sets up what it needs.

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_PORT ?= 8765

.PHONY: help demo test lint unit simulation crash-short end-to-end page test-bench bench-crash bench-recovery bench-soak bench-fuzz bench-security crash simulate benchmark format clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: .venv/demo ## the main job before your eyes, then its page until Ctrl-C (ONCE=1: ends instead)
	@$(BIN)/imogi-finance demo $(if $(ONCE),--once) --port $(DEMO_PORT)

test: .venv/test ## everything that must pass, in about five minutes
	@scripts/test

lint: .venv/test ## ruff, mypy and the import rules
	@scripts/test lint

page: .venv/test ## the page's own unit tests
	@scripts/test page

unit: .venv/test ## unit, property and contract tests
	@scripts/test unit

simulation: .venv/test ## 2,000 seeds of the deterministic simulation
	@scripts/test simulation

end-to-end: .venv/test ## the sandbox with real processes and a real browser
	@scripts/test sandbox

crash-short: .venv/test ## kills at every fault point
	@scripts/test crash

crash: .venv/test ## the long form: at least 500 kills
	@IMOGI_CRASH_ROUNDS=4 $(BIN)/python -m pytest tests/crash -n 2 --dist load

N ?= 100000
simulate: .venv/test ## N=100000 seeds of the simulation, of reconciliations and of orders
	@$(BIN)/python -m tests.simulation --seeds $(N) --jobs $$(nproc)
	@$(BIN)/python -m tests.simulation --orders --seeds $(N) --jobs $$(nproc)

benchmark: .venv/test ## ratios against named baselines (QUICK=1: smaller; LARGE=10000: up to so many)
	@$(BIN)/python -m benchmarks $(if $(QUICK),--quick) $(if $(LARGE),--large $(LARGE))

test-bench: .venv/test ## on a real bench: FRAPPE_BENCH (~/frappe-bench) and FRAPPE_SITE
	@scripts/test-bench

bench-crash: N = 500
bench-crash: .venv/test ## on a bench: N=500 kills of workers, connections, Redis and MariaDB
	@$(BIN)/python -m tests.bench.proof.crash --kills $(N)

bench-recovery: N = 10
bench-recovery: .venv/test ## on a bench: N=10 kills of each kind, and how soon the run goes on
	@$(BIN)/python -m tests.bench.proof.recovery --kills $(N)

bench-security: .venv/test ## on a bench: what intruders could try, over HTTP and sockets
	@$(BIN)/python -m tests.bench.proof.security

bench-soak: N = 10000
bench-soak: .venv/test ## on a bench: N=10000 invoices in one run, and as many under kills; 1,000 orders; races, many runs at once
	@$(BIN)/python -m tests.bench.proof.soak --invoices $(N) $(SOAK)

bench-fuzz: N = 500
bench-fuzz: SEED = 1
bench-fuzz: .venv/test ## on a bench: N=500 random sequences of what users do, from SEED=1
	@$(BIN)/python -m tests.bench.proof.fuzz --sequences $(N) --seed $(SEED) $(FUZZ)

format: .venv/test ## lay the code out
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format .

clean: ## remove what the commands above made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache artefacts *.egg-info

.venv/demo: pyproject.toml scripts/set-up
	@scripts/set-up demo "$(PYTHON)"
	@touch $@

.venv/test: pyproject.toml scripts/set-up
	@scripts/set-up test "$(PYTHON)"
	@touch .venv/demo $@
