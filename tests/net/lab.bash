# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lab.bash - What every bats file here loads: the lab's network and boxes, from the checkout's root

load_lab() {
	cd "$BATS_TEST_DIRNAME/../.." || return
	. tests/lab/topology.sh
	. tests/net/box.sh
}
