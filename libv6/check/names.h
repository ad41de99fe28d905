/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check that the name still resolves to the address, and that policy allows the container. */
#ifndef V6_CHECK_NAMES_H
#define V6_CHECK_NAMES_H

struct v6_checked;
struct v6_checker;

void v6_check_names(struct v6_checked *c);
void v6_check_policy(struct v6_checked *c);

/* v6_check_pool() - whether this host can bring addresses of the configuration's pool; says nothing
 * where there is none
 */
void v6_check_pool(struct v6_checker *checker);

#endif
