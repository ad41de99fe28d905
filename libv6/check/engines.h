/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check which engines there are, and whether they find our hook. */
#ifndef V6_CHECK_ENGINES_H
#define V6_CHECK_ENGINES_H

struct v6_checker;

void v6_check_engines(struct v6_checker *checker);

#endif
