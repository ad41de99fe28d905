/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What annotations and configuration have in common. */
#ifndef V6_OCI_REQUEST_H
#define V6_OCI_REQUEST_H

#include <libv6/oci.h>

/**
 * v6_interface_parse() - Read the name of a link
 * @value:	A name as dev_valid_name() in linux/net/core/dev.c has it, or an alternative one,
 *		which may be longer; printable. Blanks around it are passed over
 * @ret_interface: Room for V6_INTERFACE_SIZE; set on success
 * @err:	NULL, or filled in on failure only; it begins with @value
 *
 * Return: 0 or -EINVAL
 */
int v6_interface_parse(const char *value, char *ret_interface, struct v6_error *err);

#endif
