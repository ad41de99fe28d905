/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Check that DNS servers have the names that are published there. */
#ifndef V6_CHECK_PUBLISHED_H
#define V6_CHECK_PUBLISHED_H

#include "check/checker.h"

/* v6_check_published() - whether the server has each name of a container that it should have */
void v6_check_published(struct v6_checked *c);

/* v6_check_publishing() - whether the server answers, and takes the key; says nothing if no names
 * are published there. If not, v6_check_published() says no more
 */
void v6_check_publishing(struct v6_checker *checker);

#endif
