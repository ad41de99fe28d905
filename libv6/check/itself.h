/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check that a container reaches its own service. */
#ifndef V6_CHECK_ITSELF_H
#define V6_CHECK_ITSELF_H

struct v6_checked;

/* v6_check_itself() - says nothing where it does; clients elsewhere need not mind where it does not
 */
void v6_check_itself(struct v6_checked *c);

#endif
