/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets that listen, as sock_diag lists them. */
#include <errno.h>

#include <libv6/kernel.h>

#include "kernel/listeners.h"
#include "kernel/netns.h"
#include "reply.h"

static struct fuzz_input input;

/* In place of ours, which would enter a namespace: the socket that is opened there is the stand-in
 */
int __wrap_v6_netns_call(int fd, int (*call)(void *data, struct v6_error *err), void *data,
			 struct v6_error *err);

int __wrap_v6_netns_call(int fd, int (*call)(void *data, struct v6_error *err), void *data,
			 struct v6_error *err)
{
	must(fd == 0 && call && err);
	*(struct v6_nl *)data = *reply_begin(input);
	return 0;
}

/* The stand-in lives on */
void __wrap_v6_nl_close(struct v6_nl *nl);

void __wrap_v6_nl_close(struct v6_nl *nl)
{
	nl->socket = NULL;
}

static int visit(const struct v6_listener *listener, void *data)
{
	must(data && listener->port != 0 && listener->protocol == IPPROTO_TCP);
	v6_listener_hears(listener, &in6addr_loopback, 80);
	return listener->port == 77 ? -ECANCELED : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct v6_listener found = {.port = 0};
	struct v6_error err = {0};

	input = (struct fuzz_input){data, size};
	fuzz_check(v6_listeners_each(0, IPPROTO_TCP, 0, visit, &input, &err), &err);
	reply_end();
	if (v6_listener_find(reply_begin(input), IPPROTO_UDP, &in6addr_loopback, 80, 1, &found) ==
	    0)
		must(found.port != 0 && found.protocol == IPPROTO_UDP);
	reply_end();
	return 0;
}
