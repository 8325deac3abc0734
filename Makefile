# Every chore has one name, the same here and in CI. `make ask Q="…"` needs nothing but Python and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
Q ?= How many prisoners were freed?
# What the golden cases reach today, less one case or so: another processor may round one answer otherwise.
GATES ?= faithfulness=0.98,coverage=0.98,citation_recall=0.98,citation_precision=0.76,quote_exactness=1,source_accuracy=0.8,answer_accuracy=0.78,follow_up_accuracy=0.72,answer_rate=0.9,abstention_precision=0.74,abstention_recall=0.7,disagreement_precision=0.6,disagreement_recall=0.7,hit_at_1=0.88,hit_at_4=0.98,mrr_at_10=0.93,ndcg_at_10=0.91,vector_recall=0.99

.PHONY: ask chat index test check eval bench figures lock clean

# On Linux without a GPU, `make ask TORCH_INDEX=https://download.pytorch.org/whl/cpu` saves gigabytes.
TORCH_INDEX ?=
TORCH := $(shell sed -n 's/^\(torch==[^ ]*\).*/\1/p' constraints.txt)
UV := $(shell sed -n 's/^# installer: \(uv==.*\)/\1/p' constraints.in)

$(VENV)/.ready: pyproject.toml constraints.txt constraints.in
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dateline needs Python 3.11 or newer: make PYTHON=python3.11 ask")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) $(TORCH) $(UV)
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[dev]'
	touch $@

ask: $(VENV)/.ready
	@$(BIN)/dateline index || [ $$? -eq 3 ]  # 3: done, some files skipped
	@$(BIN)/dateline ask -- '$(subst ','\'',$(Q))'

chat: $(VENV)/.ready
	@$(BIN)/dateline index || [ $$? -eq 3 ]  # 3: done, some files skipped
	@$(BIN)/dateline chat

index: $(VENV)/.ready
	@$(BIN)/dateline index || [ $$? -eq 3 ]  # 3: done, some files skipped

test: $(VENV)/.ready
	$(BIN)/python -m pytest

check: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/test_architecture.py

# The golden cases over corpus/, held to what is reached today and must not be lost.
eval: $(VENV)/.ready
	@$(BIN)/dateline index --corpus corpus --index .dateline/golden > /dev/null
	@$(BIN)/dateline eval tests/golden/corpus.jsonl --corpus corpus --index .dateline/golden --fail-under $(GATES)

# Beside llama-index, Haystack and txtai, each in an environment that this makes: N articles of RealTimeQA, or corpus/.
N ?= 400
bench: $(VENV)/.ready
	@TORCH_INDEX='$(TORCH_INDEX)' $(BIN)/python -m benchmarks rivals --articles $(N)

# Every part, one after the other.
figures: $(VENV)/.ready
	$(BIN)/python -m benchmarks

# Pins are compiled, since pip's own resolver takes minutes over ranges as loose as these.
lock: $(VENV)/.ready
	$(BIN)/uv pip compile pyproject.toml constraints.in --all-extras --universal --no-annotate --no-header --quiet -o constraints.txt

clean:
	rm -rf $(VENV) .dateline
