# `make help` lists what there is. All it makes is in .dev; `make clean` deletes that.

# The first Python that is new enough and not too new for Odoo 19; `make PYTHON=...` overrides.
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 /usr/bin/python3; do \
	"$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	2>/dev/null && { echo "$$python"; break; }; done)

DEV = @test -n "$(PYTHON)" || { \
	echo "Python 3.11, 3.12 or 3.13 is needed: install python3 and python3-venv." >&2; exit 1; }; \
	ONLY="$(ONLY)" "$(PYTHON)" -m dev

.DEFAULT_GOAL := help
.PHONY: help run test quick bench corpora fuzz lint shell psql stop clean

help:     ## this list
	@sed -n 's/^\([a-z]*\): *## /\1 /p' Makefile | while read -r name text; do \
		printf '  make %-8s %s\n' "$$name" "$$text"; done

run:      ## start Odoo with demo data and a mail server
	$(DEV) run

test:     ## run all tests; ONLY=lint|unit|corpora|fuzz|road|life|odoo|stock|others chooses
	$(DEV) test

quick:    ## run the tests that take less than a minute
	$(DEV) quick

bench:    ## measure against stock Odoo
	$(DEV) bench

corpora:  ## read the mails of other projects' test suites
	$(DEV) corpora

fuzz:     ## look for mails that break the parser, for ten minutes
	$(DEV) fuzz

lint:     ## check style and types
	$(DEV) lint

shell:    ## open an Odoo shell on the demo database
	$(DEV) shell

psql:     ## open psql on the demo database
	$(DEV) psql

stop:     ## stop what runs in the background
	$(DEV) stop

clean:    ## stop everything and delete .dev
	$(DEV) clean
