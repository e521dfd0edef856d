# make test needs Go, git and make only. make e2e and make shellcheck install what they need (Debian packages, Go modules).

export GOTOOLCHAIN := local
GO ?= go

.PHONY: all build image test golden lint bench fuzz e2e screenshot clean

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
# you commit it.
golden:
	UPDATE=1 $(GO) test ./...

lint:
	@test -z "$$(gofmt -l .)" || { echo "gofmt would change:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod tidy -diff

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...
	sh e2e/bench.sh

# Runs every fuzz target for a while.
FUZZTIME ?= 60s
fuzz:
	@for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "== $$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
	  done; \
	done

# Real programs: kustomize, shellcheck, jq.
e2e:
	sh e2e/run.sh

# The picture of a report in docs/review.md: look at it before you commit it. Needs Debian's chromium.
screenshot:
	SCREENSHOT=1 $(GO) test -C e2e -count=1 -run '^TestScreenshot$$' .

clean:
	rm -rf bin out
