/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stare [-1] ADDRESS PORT...: connect to each port over and over, and print what answers; for ever,
 * or once
 *
 * One line each time: "PORT ANSWER". Who does not answer within some milliseconds is not waited
 * for; what refuses is passed over.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 30
#define PAUSE_US    3000

static int becomes(int fd, short event)
{
	struct pollfd ready = {.fd = fd, .events = event};

	return poll(&ready, 1, PATIENCE_MS) > 0 && (ready.revents & event);
}

static void look(const struct in6_addr *address, const char *port)
{
	struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_addr = *address};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
	char line[256];
	ssize_t n = -1;

	name.sin6_port = htons((uint16_t)atoi(port));
	connect(fd, (struct sockaddr *)&name, sizeof(name));
	if (becomes(fd, POLLOUT) && send(fd, "hello\n", 6, MSG_NOSIGNAL) > 0 && becomes(fd, POLLIN))
		n = recv(fd, line, sizeof(line), 0);
	if (n > 0) {
		printf("%s %.*s", port, (int)n, line);
		fflush(stdout);
	}
	close(fd);
}

int main(int argc, char *argv[])
{
	int i, once = argc > 1 && strcmp(argv[1], "-1") == 0;
	struct in6_addr address;

	if (argc < 3 + once || inet_pton(AF_INET6, argv[1 + once], &address) != 1) {
		fputs("usage: stare [-1] ADDRESS PORT...\n", stderr);
		return 2;
	}
	do {
		for (i = 2 + once; i < argc; i++)
			look(&address, argv[i]);
		usleep(once ? 0 : PAUSE_US);
	} while (!once);
	return 0;
}
