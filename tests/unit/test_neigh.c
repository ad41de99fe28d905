/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A socket for answers of neighbours that can't be set up: this program's own socket functions come
 * before those of the C library.
 */
#include <netinet/in.h>
#include <sys/socket.h>

#include "kernel/neigh.h"
#include "scratch.h"

int socket(int domain, int type, int protocol)
{
	(void)domain;
	(void)type;
	(void)protocol;
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	(void)fd;
	(void)level;
	(void)value;
	(void)size;
	if (name != IPV6_RECVHOPLIMIT)
		return 0;
	errno = ENOPROTOOPT;
	return -1;
}

/* it would be closed again at the end, whosever it is by then */
static void listen_that_fails_leaves_no_descriptor(void **state)
{
	int fd = -1;

	(void)state;
	assert_int_equal(v6_neigh_listen(&fd), -ENOPROTOOPT);
	assert_int_equal(fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listen_that_fails_leaves_no_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
