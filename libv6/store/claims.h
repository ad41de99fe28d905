/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The claims of a record, counted: a service address times a port, or times a wide range. */
#ifndef V6_STORE_CLAIMS_H
#define V6_STORE_CLAIMS_H

#include <libv6/store.h>

/* v6_claims_per_map() - how many claims a mapping makes on each service address
 * v6_claims_per_address() - how many all mappings of a record do
 */
size_t v6_claims_per_map(const struct v6_port_map *map);
size_t v6_claims_per_address(const struct v6_record *record);

/* v6_claims_count() - claims of a record, each one element: its addresses times its ports, a wide
 * range or a whole address being one
 */
size_t v6_claims_count(const struct v6_record *record);

/* v6_claims_of_map() - how many of them one mapping on one service address is; the first is
 * @ret_first
 */
size_t v6_claims_of_map(const struct v6_record *record, size_t service, size_t map,
			size_t *ret_first);

/* v6_claims_are_wide() - whether a record claims wide ranges or whole addresses, which may be in
 * the way of claims with other keys
 */
bool v6_claims_are_wide(const struct v6_record *record);

/* v6_claims_are_apart() - whether the elements of a record's claims have other keys than those of
 * single ports, so that the kernel does not see which are at odds
 */
bool v6_claims_are_apart(const struct v6_record *record);

#endif
