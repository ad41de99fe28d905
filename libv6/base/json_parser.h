/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of this room that see yajl share. */
#ifndef V6_BASE_JSON_PARSER_H
#define V6_BASE_JSON_PARSER_H

#include <yajl/yajl_parse.h>

/* What yajl allocates for a parser, and for 64 KiB to be written; it does not check what it gets
 * before it writes there
 */
#define V6_JSON_ROOM 262144

static inline void v6_json_parser_cleanup(yajl_handle *parser)
{
	if (*parser)
		yajl_free(*parser);
}

#endif
