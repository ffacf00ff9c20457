# Two commands matter: `make demo` and `make test`. Everything else is a part of them.
# The build cache lives outside the checkout, so that a second clone builds in seconds.
CACHE ?= $(HOME)/.cache/tallyho
export CARGO_TARGET_DIR ?= $(CACHE)/target
export TALLYHO_CACHE = $(CACHE)
CARGO ?= cargo
LISTEN ?= 127.0.0.1:8080

.PHONY: duckdb help demo build test test-all check bench bench-tracker clean

help: ## Say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: build ## Seed a believable shop and serve it on $(LISTEN)
	./tallyho demo --listen $(LISTEN)

build: duckdb ## Build the release binary at ./tallyho
	scripts/build-dashboard
	$(CARGO) build --release --locked --package server
	cp -f $(CARGO_TARGET_DIR)/release/tallyho ./tallyho
	cp -fL .duckdb/libduckdb.so ./libduckdb.so

# Property tests draw the same cases every time; scripts/test-long draws others.
test: export PROPTEST_RNG_SEED ?= 1
test: duckdb ## Run every test (ten minutes with a warm cache on two cores)
	$(CARGO) test --locked --workspace --no-fail-fast
	scripts/test-clients
	scripts/test-tracker
	scripts/test-node
	scripts/test-dashboard firstrun

test-all: test ## Add what is long: every screen in Chromium, many crash rounds, power loss, fuzzing, proxies
	scripts/test-long
	scripts/test-dashboard
	scripts/test-proxies

check: duckdb ## Format, clippy, docs, licences, tidy
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" $(CARGO) doc --locked --workspace --no-deps --document-private-items
	scripts/deny
	$(CARGO) xtask tidy

bench-tracker: ## Measure our tracker beside others in Chromium and print the table of docs/tracker.md
	cd tracker && npm ci --silent && node build.mjs >/dev/null
	cd tracker/bench && npm ci --silent && node cost.mjs

bench: build ## Measure this machine and print the table of the README
	./tallyho bench

duckdb: # DuckDB's prebuilt library; does nothing when it is there
	@scripts/fetch-duckdb

clean: ## Remove what was built here; the cache stays
	rm -rf ./tallyho ./libduckdb.so .duckdb
