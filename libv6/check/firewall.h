/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check that no rule of this host drops what goes in or out. */
#ifndef V6_CHECK_FIREWALL_H
#define V6_CHECK_FIREWALL_H

struct v6_checked;

void v6_check_firewall(struct v6_checked *c);

#endif
