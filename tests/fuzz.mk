# SPDX-License-Identifier: GPL-2.0-or-later
# Fuzz targets, which have a build of their own: FUZZ=1 builds the library as libFuzzer needs it

FUZZ_CC = clang
ifdef FUZZ
CC := $(FUZZ_CC)
SAN = 1
SAN_FLAGS = -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
endif
# COVERAGE=1 beside it: without sanitizers, and each line notes that it was reached
ifdef COVERAGE
SAN_FLAGS = -fsanitize=fuzzer-no-link -fprofile-instr-generate -fcoverage-mapping
endif

# WRAP: functions of libc, libmnl or libv6 that a fuzz target replaces
FUZZERS = $(patsubst %.c,$O/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_SHARED = $O/tests/fuzz/shared.a
REPLIES = mnl_socket_sendto mnl_socket_recvfrom recv
$(addprefix $O/tests/fuzz/fuzz_,rtnetlink nftables flows events ruleset): WRAP = $(REPLIES)
$O/tests/fuzz/fuzz_events: WRAP += recvmsg
$O/tests/fuzz/fuzz_flows: WRAP += v6_nl_close
$O/tests/fuzz/fuzz_listeners: WRAP = $(REPLIES) v6_netns_call v6_nl_close
$O/tests/fuzz/fuzz_neigh: WRAP = recvmsg
$O/tests/fuzz/fuzz_dns: WRAP = socket close connect sendmsg recvfrom
$O/tests/fuzz/fuzz_ask: WRAP = connect sendmsg recv v6_link_follow
$O/tests/fuzz/fuzz_config: WRAP = getpwuid getpwnam getgrnam getgrouplist
$O/tests/fuzz/fuzz_engines: WRAP = open64 access scandir64
$O/tests/fuzz/fuzz_lxc: WRAP = getenv geteuid log_line v6_failure_note v6_failure_forget
$O/tests/fuzz/fuzz_proc: WRAP = v6_file_read_at
$O/tests/fuzz/fuzz_record: WRAP = v6_link_follow
$O/tests/fuzz/fuzz_runtime: WRAP = getenv setenv v6_file_read
$O/tests/fuzz/fuzz_ruleset: WRAP += v6_listener_open

$(addprefix $O/tests/fuzz/fuzz_,splice runtime): $(RUNTIME_PARTS)
$O/tests/fuzz/fuzz_lxc: $(filter-out $O/ctl/main.o,$(call objects,$(CTL_SOURCES)))

fuzzers: $(FUZZERS)

# Of which a target gets what it calls
$(FUZZ_SHARED): $(call objects,$(sort $(filter-out tests/fuzz/fuzz_%,$(wildcard tests/fuzz/*.c))))
	@echo "  AR      $@"
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

$(FUZZERS): %: %.o $(FUZZ_SHARED) $(LIB)
	@echo "  LD      $@"
	$(Q)$(CC) $(BASE_LDFLAGS) -fsanitize=fuzzer $(WRAP:%=-Wl,--wrap=%) $(CFLAGS) $(LDFLAGS) \
		-o $@ $(filter %.o,$^) $(FUZZ_SHARED) $(LIB) $(PACKAGE_LIBS)

# Not every clang comes with it
$O/libfuzzer:
	@mkdir -p $(@D)
	$(Q)echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | \
		$(CC) -fsanitize=fuzzer,address,undefined -x c -o $@ - 2>/dev/null || \
		{ echo "fuzz: $(CC) has no libFuzzer; Debian: apt install clang libclang-rt-dev llvm," \
		"Fedora: dnf install clang compiler-rt llvm; or name another with FUZZ_CC" >&2; exit 1; }

# What reaches something new stays in build-fuzz/corpus for the next time
FUZZ_SECONDS = 60
FUZZ_JOBS = 2

fuzz:
	$(Q)packaging/deps fuzz
	$(Q)$(MAKE) --no-print-directory -j2 FUZZ=1 fuzzers
	$(Q)FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_JOBS=$(FUZZ_JOBS) FUZZ_GROWN=build-fuzz/corpus \
		tests/fuzz/run
	$(Q)$(MAKE) --no-print-directory fuzz-coverage

# How much of each parser the inputs of the tree reach; with those in build-fuzz/corpus, too:
# FUZZ_GROWN=build-fuzz/corpus
fuzz-coverage:
	$(Q)packaging/deps fuzz
	$(Q)$(MAKE) --no-print-directory -j2 FUZZ=1 COVERAGE=1 fuzzers
	$(Q)tests/fuzz/coverage

# Over 50 million inputs: hours, of which the least busy are best
fuzz-long:
	$(Q)packaging/deps fuzz
	$(Q)$(MAKE) --no-print-directory -j2 FUZZ=1 fuzzers
	$(Q)nice -n 19 tests/fuzz/long

.PHONY: fuzzers fuzz fuzz-coverage fuzz-long
