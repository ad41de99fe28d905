# SPDX-License-Identifier: GPL-2.0-or-later
# Test programs, and the goals that run tests of the tree

UNIT_TESTS   = $(patsubst %.c,$O/%,$(sort $(wildcard tests/unit/test_*.c)))
PLATFORM_TESTS = $(patsubst %.c,$O/%,$(sort $(wildcard tests/platform/test_*.c)))
PRELOADS     = $O/tests/net/clock.so $O/tests/net/oldkernel.so $O/tests/net/walks.so \
	$O/tests/faults/nomem.so
TOOLS        = $(filter-out $(PRELOADS:.so=),$(patsubst %.c,$O/%, \
	$(sort $(wildcard tests/net/*.c tests/bench/*.c tests/faults/*.c)))) $(PRELOADS)

$O/tests/unit/test_%: $O/tests/unit/test_%.o $(LIB)
	@echo "  LD      $@"
	$(Q)$(CC) $(BASE_LDFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) \
		$(PACKAGE_LIBS) -lcmocka

# What is v6ctl's own, its main() apart
$(filter $O/tests/unit/test_ctl_%,$(UNIT_TESTS)): \
	$(filter-out $O/ctl/main.o,$(call objects,$(CTL_SOURCES)))

# What is the shim's own, its main() apart
RUNTIME_PARTS = $(patsubst %,$O/runtime/%.o,bundle command real splice wishes)
$(filter $O/tests/unit/test_runtime_%,$(UNIT_TESTS)): $(RUNTIME_PARTS)

$(PRELOADS): %.so: %.o
	@echo "  LD      $@"
	$(Q)$(CC) -shared $(CFLAGS) $(LDFLAGS) -o $@ $^

$(PLATFORM_TESTS) $(filter-out $(PRELOADS),$(TOOLS)): %: %.o $(LIB)
	@echo "  LD      $@"
	$(Q)$(CC) $(BASE_LDFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS)

$(PRELOADS:.so=.o): BASE_CFLAGS += -fPIC -fvisibility=default -fno-sanitize=all

tools: $(TOOLS) $(UNIT_TESTS) $(PLATFORM_TESTS)

# A file of shell tests runs in a machine of its own; prove counts everything together. They wait more
# than they work: on two cores, three at once leave some of them idle
PROVE_JOBS = 3
SHELL_TESTS = $(sort $(wildcard tests/*/*.bats))

# The fuzz targets have a build of their own; briefly in all tests, or where they are named
FUZZ_TOO = $(if $(SAN),,$(if $(TESTS),$(filter tests/fuzz/run,$(TESTS)),yes))

check:
	$(Q)packaging/deps check
	$(Q)$(MAKE) --no-print-directory -j2 all tools
	$(if $(FUZZ_TOO),$(Q)$(MAKE) --no-print-directory -j2 FUZZ=1 fuzzers)
	$(Q)tests/run $O $(PROVE_JOBS) $(TESTS)

# What tests/faults tries some of in check
check-faults:
	$(Q)packaging/deps check
	$(Q)$(MAKE) --no-print-directory -j2 all tools
	$(Q)FAULTS=all TEST_SECONDS=14400 tests/run $O $(PROVE_JOBS) \
		tests/faults/crash.bats tests/faults/fails.bats

# What tests/engines has for any machine, and for one distribution alone, in roots with engines: all of
# Debian 13's, and Docker of forky, which is to be Debian 14
ENGINE_TESTS_trixie = $(sort $(wildcard tests/engines/*.bats tests/engines/trixie/*.bats))
ENGINE_TESTS_forky  = $(sort $(wildcard tests/engines/docker-*.bats tests/engines/forky/*.bats))
ENGINE_SUITES = trixie forky

check-engines: $(ENGINE_SUITES:%=check-engines-%)

engines-ready:
	$(Q)packaging/deps check engines
	$(Q)$(MAKE) --no-print-directory -j2 all tools

check-engines-%: engines-ready
	$(Q)packaging/check/roots $*-engines
	$(Q)LAB_ROOT=$*-engines tests/run $O $(PROVE_JOBS) $(or $(TESTS),$(ENGINE_TESTS_$*))

# What needs neither root nor anything but the build: for build machines of distributions. Without
# root some of it is skipped, which prove would take for failures of cmocka's.
check-unit: $(UNIT_TESTS)
	$(Q)for test in $(UNIT_TESTS); do \
		echo "  TEST    $$test"; \
		$(EMULATOR) $$test >$O/tests/unit/log 2>&1 || { cat $O/tests/unit/log; exit 1; }; \
	done

# A seed that found something is seen again by SEEDS=it, and ends at its step
SEEDS = $(shell shuf -i 1-1000000000 -n 4)
STEPS = 1000

soak:
	$(Q)packaging/deps check
	$(Q)$(MAKE) --no-print-directory -j2 all tools
	$(Q)V6_BUILD=$O CROWD=10000 tests/lab/run bats tests/faults/crowd.bats
	$(Q)for seed in $(SEEDS); do \
		V6_BUILD=$O SEED=$$seed STEPS=$(STEPS) \
			tests/lab/run /usr/bin/python3 tests/faults/soak.py || exit; \
	done

demo:
	$(Q)packaging/deps demo
	$(Q)$(MAKE) --no-print-directory -j2 all
	$(Q)tests/lab/run tests/lab/demo $O

lint:
	$(Q)packaging/deps lint
	$(Q)tests/lint

.PHONY: tools check check-faults check-engines engines-ready check-unit soak demo lint
