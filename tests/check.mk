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
		tests/faults/crash.bats tests/faults/fails.bats tests/faults/relay.bats tests/faults/publish.bats

# What tests/engines has for any machine, and what Debian 12 can't have, in roots with the engines of a
# suite. LXC 7, Incus 7, podman 6 and systemd 262 have control groups of version 2 only; in SUITE-v2 the
# lab has no others. experimental differs from forky in podman, netavark, runc and Incus.
ENGINE_TESTS = $(sort $(wildcard tests/engines/*.bats tests/engines/newer/*.bats))
NEEDS_V2     = %/lxc.bats %/lxc-page.bats %/incus.bats %/quadlet-crun.bats %/quadlet-runc.bats %/units.bats
ENGINE_TESTS_trixie = $(filter-out %/units.bats,$(ENGINE_TESTS))
ENGINE_TESTS_forky  = $(filter-out $(NEEDS_V2),$(ENGINE_TESTS))
ENGINE_TESTS_forky-v2 = $(ENGINE_TESTS)
ENGINE_TESTS_experimental-v2 = $(filter-out %/docker-crun.bats %/docker-runc.bats %/docker-page.bats \
	%/containerd-crun.bats %/containerd-runc.bats %/containerd-page.bats %/lxc.bats %/lxc-page.bats \
	%/units.bats,$(ENGINE_TESTS))
ENGINE_SUITES = trixie forky forky-v2 experimental-v2

check-engines: $(ENGINE_SUITES:%=check-engines-%)

engines-ready:
	$(Q)packaging/deps check engines
	$(Q)$(MAKE) --no-print-directory -j2 all tools

check-engines-%: engines-ready
	$(Q)packaging/check/roots $(*:-v2=)-engines
	$(Q)LAB_ROOT=$(*:-v2=)-engines LAB_CGROUPS=$(if $(filter %-v2,$*),v2) \
		tests/run $O $(PROVE_JOBS) $(or $(TESTS),$(ENGINE_TESTS_$*))

# The essential part on other releases than the one that make check runs on: built and run there, one after
# the other, by what these have. TESTS= for some of it, with programs named as build/tests/unit/test_json
CHECK_SUITES = trixie forky
SUITE_TESTS  = $(UNIT_TESTS) $(PLATFORM_TESTS) tests/engines/podman-crun.bats \
	$(sort $(wildcard tests/net/*.bats))

check-suites:
	$(Q)for suite in $(CHECK_SUITES); do \
		$(MAKE) --no-print-directory check-suite-$$suite || exit; \
	done

check-suite-%: dist
	$(Q)packaging/deps demo engines
	$(Q)packaging/check/roots $*-check
	$(Q)LAB_ROOT=$*-check tests/lab/run packaging/check/suite build-dist/$(DIST).tar.gz \
		$(or $(TESTS),$(SUITE_TESTS))

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
		V6_BUILD=$O SEED=$$seed STEPS=$(STEPS) \
			tests/lab/run /usr/bin/python3 tests/faults/soak_v6d.py || exit; \
		V6_BUILD=$O SEED=$$seed STEPS=$(STEPS) \
			tests/lab/run /usr/bin/python3 tests/faults/soak_dns.py || exit; \
	done

demo:
	$(Q)packaging/deps demo
	$(Q)$(MAKE) --no-print-directory -j2 all
	$(Q)tests/lab/run tests/lab/demo $O

lint:
	$(Q)packaging/deps lint
	$(Q)tests/lint

.PHONY: tools check check-faults check-engines engines-ready check-suites check-unit soak demo lint
