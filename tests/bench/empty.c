/* SPDX-License-Identifier: GPL-2.0-or-later */
/* empty: do nothing, with the four libraries of the hook loaded; what any such program costs. */
#include <ares.h>
#include <libmnl/libmnl.h>
#include <libnftnl/common.h>
#include <yajl/yajl_gen.h>

typedef void any_function(void);

/* One of each, or --as-needed drops the library; bound at load, never called */
__attribute__((used)) static any_function *const needed[] = {
	(any_function *)nftnl_batch_begin,
	(any_function *)mnl_socket_close,
	(any_function *)yajl_gen_free,
	(any_function *)ares_destroy,
};

int main(void)
{
	return 0;
}
