# SPDX-License-Identifier: GPL-2.0-or-later
# The tarball, the packages that are built from it, and checks of both

DIST = oci-v6-hook-$(VERSION)

dist:
	@echo "  DIST    build-dist/$(DIST).tar.gz"
	$(Q)packaging/dist $(DIST) build-dist

deb rpm: dist
	$(Q)packaging/deps $@
	$(Q)packaging/build $@ build-dist/$(DIST).tar.gz build-dist/$@

# Real packages, built again, and in fresh roots of distributions
check-packages:
	$(Q)packaging/deps packages
	$(Q)$(MAKE) --no-print-directory deb rpm
	$(Q)packaging/check/next $(VERSION)
	$(Q)packaging/check/roots bookworm trixie trixie-build
	$(Q)prove --timer --failures --comments --exec tests/exec \
		$(or $(TESTS),$(sort $(wildcard packaging/check/*.bats)))
	$(if $(TESTS),,$(Q)LAB_ROOT=trixie-build prove --timer --failures --comments --exec tests/exec \
		packaging/check/builder/trixie.bats)

# For machines of 32 bits, and of the other byte order
ARCHITECTURES = armhf i386 s390x

check-cross:
	$(Q)packaging/deps cross
	$(Q)packaging/check/cross $(ARCHITECTURES)

.PHONY: dist deb rpm check-packages check-cross
