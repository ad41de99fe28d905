/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check that our table is whole, and forwards each claim to the container. */
#ifndef V6_CHECK_TABLE_H
#define V6_CHECK_TABLE_H

struct v6_checked;

void v6_check_table(struct v6_checked *c);
void v6_check_claims(struct v6_checked *c);

#endif
