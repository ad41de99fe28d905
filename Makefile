# SPDX-License-Identifier: GPL-2.0-or-later
# make            build the programs              make check   all tests (root; installs what is missing)
# make demo       the story, in namespaces (root) make lint    formatters, analysers, rules of the house
# make install    DESTDIR= prefix= honoured       make bench   figures and plots in docs (root; a quarter of an hour)
# make deb, rpm   packages, in build-dist         make dist     the tarball that they are built from
# make fuzz       hostile input, FUZZ_SECONDS=60 for each kind; fuzz-coverage: what of parsers it reaches
# make check-faults  every call killed and failed once (root; an hour)
# make check-engines  real engines, as newer suites of Debian have them (root)
# make check-kernels  Debian's kernels in virtual machines, KERNELS=6.12 for one (root; half an hour)
# make check-suites   the essential part of check, in Debian 13 and forky (root)
# make soak       random steps, STEPS=1000 for each of SEEDS, and 10,000 services (root)
# SAN=1 builds with the address and undefined behaviour sanitizers; V=1 shows the commands.

VERSION = 0.2.0

prefix      = /usr/local
exec_prefix = $(prefix)
bindir      = $(exec_prefix)/bin
sbindir     = $(exec_prefix)/sbin
libexecdir  = $(exec_prefix)/libexec
datarootdir = $(prefix)/share
mandir      = $(datarootdir)/man
# Where shells look by themselves; Debian's own packages for zsh: vendor-completions
bashcompdir = $(datarootdir)/bash-completion/completions
zshcompdir  = $(datarootdir)/zsh/site-functions
fishcompdir = $(datarootdir)/fish/vendor_completions.d
# The one directory that podman reads by default, wherever we are installed: not below prefix.
hooksdir    = /usr/share/containers/oci/hooks.d
hookbindir  = $(libexecdir)/oci/hooks.d
dockerdir   = $(libexecdir)/oci-v6
unitdir     = $(prefix)/lib/systemd/system
tmpfilesdir = $(prefix)/lib/tmpfiles.d

INSTALL    = install
PKG_CONFIG = pkg-config
PACKAGES   = libnftnl libmnl yajl libcares

O = build$(if $(FUZZ),-fuzz$(if $(COVERAGE),-coverage),$(if $(SAN),-san))
Q = $(if $(V),,@)

# The packager's; ours are in BASE_*.
CFLAGS  ?= -O2 -g
BASE_CFLAGS = -std=gnu11 -fPIE -fvisibility=hidden -fstack-protector-strong \
	-fstack-clash-protection '-ffile-prefix-map=$(CURDIR)=.' \
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
	$(if $(CI),-Werror) $(if $(SAN),$(SAN_FLAGS))
BASE_CPPFLAGS = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 $(if $(SAN),,$(FORTIFY)) \
	-Iinclude -Ilibv6 -DV6_VERSION='"$(VERSION)"' $(PACKAGE_CFLAGS)
# The packager's level, where he has one
FORTIFY = $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
BASE_LDFLAGS = -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(if $(SAN),$(SAN_FLAGS))
# gcc 12 warns of truncation wrongly under the sanitizers
SAN_FLAGS = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
	-Wno-format-truncation

# Goals that need no compiler.
ifneq ($(filter-out clean uninstall dist lint-text,$(or $(MAKECMDGOALS),all)),)
ifneq ($(filter check demo bench lint deps fuzz fuzz-coverage fuzz-long soak deb rpm check-cross check-packages check-engines check-kernels check-suites,\
	$(MAKECMDGOALS)),)
# these install what they need before they build, by calling make again
else
PACKAGE_FOUND := $(shell $(PKG_CONFIG) --exists $(PACKAGES) && echo yes)
ifneq ($(PACKAGE_FOUND),yes)
$(error Missing libraries. Debian: apt install pkg-config libnftnl-dev libmnl-dev libyajl-dev \
libc-ares-dev; Fedora: dnf install pkgconf libnftnl-devel libmnl-devel yajl-devel c-ares-devel; \
or: packaging/deps build)
endif
PACKAGE_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES))
PACKAGE_LIBS   := $(shell $(PKG_CONFIG) --libs $(PACKAGES))
endif
endif

LIB_SOURCES  = $(sort $(wildcard libv6/*/*.c))
HOOK_SOURCES = $(sort $(wildcard hook/*.c))
# v6ctl is LXC's hook, too
CTL_SOURCES  = $(sort $(wildcard ctl/*.c)) hook/log.c
DAEMON_SOURCES = $(sort $(wildcard daemon/*.c))
# In the log of v6d, as v6d
RELAY_SOURCES = $(sort $(wildcard relay/*.c)) daemon/log.c
RUNTIME_SOURCES = $(sort $(wildcard runtime/*.c)) hook/log.c

objects = $(patsubst %.c,$O/%.o,$(1))
LIB = $O/libv6.a
PROGRAMS = $O/oci-v6-hook $O/oci-v6-runtime $O/oci-v6-relay $O/v6ctl $O/v6d

all: $(PROGRAMS)

$O/oci-v6-hook: $(call objects,$(HOOK_SOURCES)) $(LIB)
$O/v6ctl: $(call objects,$(CTL_SOURCES)) $(LIB)
$O/v6d: $(call objects,$(DAEMON_SOURCES)) $(LIB)
$O/oci-v6-relay: $(call objects,$(RELAY_SOURCES)) $(LIB)
$O/oci-v6-runtime: $(call objects,$(RUNTIME_SOURCES)) $(LIB)
$(PROGRAMS):
	@echo "  LD      $@"
	$(Q)$(CC) $(BASE_LDFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PACKAGE_LIBS)

$(LIB): $(call objects,$(LIB_SOURCES))
	@echo "  AR      $@"
	$(Q)rm -f $@ && $(AR) rcsD $@ $^

$O/%.o: %.c Makefile $(if $(FUZZ),tests/fuzz.mk) | $(if $(FUZZ),$O/libfuzzer)
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) $(BASE_CPPFLAGS) $(CPPFLAGS) $(BASE_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# A copy of the sources alone builds and installs, too
include $(sort $(wildcard tests/*.mk packaging/*.mk))

.SECONDARY:

-include $(shell test -d $O && find $O -name '*.d' -type f)

UNITS = $(notdir $(sort $(wildcard $(addprefix packaging/systemd/*.,service socket timer))))

# Users, who often have no sbin in their PATH, run v6ctl, too; scripts may know it there. Some
# distributions have one directory for both. The JSON goes in last and out first: podman skips a hook
# whose program is missing, but one broken file stops every container.
install: all
	for dir in "$(hookbindir)" "$(bindir)" "$(sbindir)" "$(mandir)/man5" "$(mandir)/man8" "$(hooksdir)" \
		"$(bashcompdir)" "$(zshcompdir)" "$(fishcompdir)" "$(unitdir)" "$(tmpfilesdir)" \
		"$(dockerdir)"; do \
		$(INSTALL) -d "$(DESTDIR)$$dir" || exit 1; \
	done
	$(INSTALL) -m 755 $O/oci-v6-hook "$(DESTDIR)$(hookbindir)/oci-v6-hook"
	$(INSTALL) -m 755 $O/oci-v6-runtime "$(DESTDIR)$(hookbindir)/oci-v6-runtime"
	for name in runtime crun; do \
		ln -sfr "$(DESTDIR)$(hookbindir)/oci-v6-runtime" "$(DESTDIR)$(sbindir)/oci-v6-$$name" || \
			exit 1; \
	done
	$(INSTALL) -m 755 $O/v6d "$(DESTDIR)$(sbindir)/"
	$(INSTALL) -m 755 $O/v6ctl "$(DESTDIR)$(bindir)/"
	test "$(DESTDIR)$(sbindir)/v6ctl" -ef "$(DESTDIR)$(bindir)/v6ctl" || \
		ln -sfr "$(DESTDIR)$(bindir)/v6ctl" "$(DESTDIR)$(sbindir)/v6ctl"
	$(INSTALL) -m 644 hook/oci-v6-hook.8 runtime/oci-v6-runtime.8 ctl/v6ctl.8 daemon/v6d.8 \
		"$(DESTDIR)$(mandir)/man8/"
	ln -sf oci-v6-runtime.8 "$(DESTDIR)$(mandir)/man8/oci-v6-crun.8"
	$(INSTALL) -m 644 hook/oci-v6.json.5 "$(DESTDIR)$(mandir)/man5/"
	$(INSTALL) -m 644 ctl/completions/v6ctl.bash "$(DESTDIR)$(bashcompdir)/v6ctl"
	$(INSTALL) -m 644 ctl/completions/_v6ctl "$(DESTDIR)$(zshcompdir)/_v6ctl"
	$(INSTALL) -m 644 ctl/completions/v6ctl.fish "$(DESTDIR)$(fishcompdir)/v6ctl.fish"
	$(INSTALL) -m 644 packaging/systemd/oci-v6.tmpfiles "$(DESTDIR)$(tmpfilesdir)/oci-v6.conf"
	$(INSTALL) -m 755 packaging/docker/docker-user "$(DESTDIR)$(dockerdir)/"
	$(INSTALL) -m 755 $O/oci-v6-relay "$(DESTDIR)$(dockerdir)/"
	for unit in $(UNITS); do \
		sed 's|@bindir@|$(bindir)|; s|@sbindir@|$(sbindir)|; s|@dockerdir@|$(dockerdir)|' packaging/systemd/$$unit | \
			$(INSTALL) -m 644 /dev/stdin "$(DESTDIR)$(unitdir)/$$unit" || exit 1; \
	done
	for stage in unbind bind; do \
		sed 's|@hook@|$(hookbindir)/oci-v6-hook|' hooks.d/99-oci-v6-$$stage.json | \
			$(INSTALL) -m 644 /dev/stdin "$(DESTDIR)$(hooksdir)/.99-oci-v6-$$stage.tmp" && \
		mv "$(DESTDIR)$(hooksdir)/.99-oci-v6-$$stage.tmp" \
			"$(DESTDIR)$(hooksdir)/99-oci-v6-$$stage.json" || exit 1; \
	done

# $(call remove,DIRECTORY,NAME...)
remove = for name in $(2); do rm -f "$(DESTDIR)$(1)/$$name" || exit 1; done

# A rule in Docker's chain is the one thing of ours on a host that v6ctl clear does not take away
uninstall:
	[ -n "$(DESTDIR)" ] || [ ! -x "$(dockerdir)/docker-user" ] || "$(dockerdir)/docker-user" remove
	$(call remove,$(hooksdir),99-oci-v6-bind.json 99-oci-v6-unbind.json)
	$(call remove,$(hookbindir),oci-v6-hook oci-v6-runtime)
	$(call remove,$(sbindir),oci-v6-runtime oci-v6-crun v6ctl v6d)
	$(call remove,$(bindir),v6ctl)
	$(call remove,$(mandir)/man8,oci-v6-hook.8 oci-v6-runtime.8 oci-v6-crun.8 v6ctl.8 v6d.8)
	$(call remove,$(mandir)/man5,oci-v6.json.5)
	$(call remove,$(tmpfilesdir),oci-v6.conf)
	$(call remove,$(dockerdir),docker-user oci-v6-relay)
	rmdir "$(DESTDIR)$(dockerdir)" 2>/dev/null || :
	$(call remove,$(unitdir),$(UNITS))
	$(call remove,$(bashcompdir),v6ctl)
	$(call remove,$(zshcompdir),_v6ctl)
	$(call remove,$(fishcompdir),v6ctl.fish)

clean:
	rm -rf build build-san build-fuzz build-fuzz-coverage build-cross-* build-deps build-dist

.PHONY: all install uninstall clean
