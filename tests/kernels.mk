# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's kernels in virtual machines, two at once; forky's is the newest. KERNELS=6.12 for one of them

KERNELS = 5.10 6.1 6.12 forky
KERNEL_JOBS = 2

check-kernels:
	$(Q)packaging/deps check kernels
	$(Q)$(MAKE) --no-print-directory -j2 all tools
	$(Q)packaging/check/kernels $(KERNELS)
	$(Q)tests/kernels/run $O $(KERNEL_JOBS) $(KERNELS) $(if $(TESTS),-- $(TESTS))

.PHONY: check-kernels
