/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check that the service addresses are where they should be. */
#ifndef V6_CHECK_ADDRESSES_H
#define V6_CHECK_ADDRESSES_H

struct v6_checked;

void v6_check_addresses(struct v6_checked *c);

#endif
