# make test needs Go, git and make only. make e2e and make faults install what they need (Debian packages, Go modules).

export GOTOOLCHAIN := local
GO ?= go

.PHONY: all build image test golden lint bench bench-fleet fuzz e2e faults screenshot clean

all: lint test

build:
	$(GO) build -trimpath -o bin/meshtopo ./cmd/meshtopo

# The KRM function as a container image, named meshtopo.
image:
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/meshtopo ./cmd/meshtopo
	docker build -t meshtopo .

test:
	$(GO) test ./...

# Rewrites every expectation: golden trees, want comments, script outputs, generated documentation. Read the difference before
# you commit it. Tests that hold no expectations in files are left to make test.
golden:
	UPDATE=1 $(GO) test -skip '^(Test(Hostile|Bad|Limits|EveryString|Same|LocalOverlays|Interrupted|Probe|BigList)|Fuzz)' ./...

lint:
	@test -z "$$(gofmt -l .)" || { echo "gofmt would change:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	sh e2e/vuln/vuln.sh ./...
	$(GO) mod tidy -diff

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...
	sh e2e/bench.sh

# Fleets of 10, 100 and 1,000 clusters beside loops of kustomize and helm. Writes docs/benchmarks.md.
bench-fleet:
	sh e2e/bench-fleet.sh

# Runs every fuzz target for a while, one package after the other, and goes on after one that fails. An input that shows something new is made smaller for a few runs only: by default that
# takes a minute, all of the time of a target that is slow.
FUZZTIME ?= 60s
fuzz:
	@failed=; \
	for pkg in $$($(GO) list ./...); do \
	  targets=$$($(GO) test -list '^Fuzz' $$pkg) || { echo "$$targets"; exit 1; }; \
	  for f in $$(echo "$$targets" | grep '^Fuzz'); do \
	    echo "== $$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 20x $$pkg || failed="$$failed $$f"; \
	  done; \
	done; \
	test -z "$$failed" || { echo "failed:$$failed"; exit 1; }

# Real programs: kustomize, shellcheck, jq.
e2e:
	sh e2e/run.sh

# Kills, full disks, mounts, strace: needs root on Debian, installs the rest.
faults:
	sh e2e/faults.sh

# The picture of a report in docs/review.md: look at it before you commit it. Needs Debian's chromium.
screenshot:
	SCREENSHOT=1 $(GO) test -C e2e -count=1 -run '^TestScreenshot$$' .

clean:
	rm -rf bin out
