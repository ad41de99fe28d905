/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether routing daemons find a record's addresses. */
#ifndef V6_CHECK_ANNOUNCED_H
#define V6_CHECK_ANNOUNCED_H

struct v6_checked;

void v6_check_announced(struct v6_checked *c);

#endif
