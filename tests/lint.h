/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For cppcheck, which reads no system headers: the macros among them that look like no C. */
#define mnl_attr_for_each(attr, message, offset) \
	for (attr = first(message, offset); attr; attr = next(attr))
#define mnl_attr_for_each_nested(attr, nest) for (attr = first(nest, 0); attr; attr = next(attr))
