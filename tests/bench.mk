# SPDX-License-Identifier: GPL-2.0-or-later
# The figures of docs/performance.md and docs/measurements.md, and docs/plots

# SUBJECTS="start path" for some of it
bench:
	$(Q)packaging/deps bench
	$(Q)$(MAKE) --no-print-directory -j2 all tools
	$(Q)tests/bench/run $O $(SUBJECTS)

.PHONY: bench
