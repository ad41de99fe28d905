/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * oldkernel.so: to be preloaded; a kernel without what ours can't be told to be without. OLDKERNEL
 * names it: "nf_tables", or "force_forwarding" (6.17).
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int lacks(const char *feature)
{
	const char *lacking = getenv("OLDKERNEL");

	return lacking && strcmp(lacking, feature) == 0;
}

int socket(int domain, int type, int protocol)
{
	int (*real)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");

	if (domain == AF_NETLINK && protocol == NETLINK_NETFILTER && lacks("nf_tables")) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	return real(domain, type, protocol);
}

int open(const char *path, int flags, ...)
{
	int (*real)(const char *, int, ...) =
		(int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
	va_list ap;
	int mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? va_arg(ap, int) : 0;
	va_end(ap);
	if (strstr(path, "/force_forwarding") && lacks("force_forwarding")) {
		errno = ENOENT;
		return -1;
	}
	return real(path, flags, mode);
}
