/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check that a container leaves by its service address. */
#ifndef V6_CHECK_EGRESS_H
#define V6_CHECK_EGRESS_H

struct v6_checked;

/* v6_check_egress() - says nothing of a container that does not ask for it */
void v6_check_egress(struct v6_checked *c);

#endif
