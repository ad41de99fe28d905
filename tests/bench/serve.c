/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * serve PORT: answer each connection with one short page, and close it; for ever
 *
 * As little work as can be done for a request, so that what is measured is the way to it. One
 * request is read, in one piece; who does not send one holds up the others.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096

static const char page[] =
	"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\n"
	"hello\n";

static int listen_on(int port)
{
	struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 || listen(fd, BACKLOG) < 0)
		return -1;
	return fd;
}

int main(int argc, char *argv[])
{
	int server = argc == 2 ? listen_on(atoi(argv[1])) : -1, client;
	char request[4096];

	if (server < 0) {
		perror("usage: serve PORT");
		return 2;
	}
	for (;;) {
		client = accept(server, NULL, NULL);
		if (client < 0)
			continue;
		if (recv(client, request, sizeof(request), 0) > 0)
			(void)!send(client, page, sizeof(page) - 1, MSG_NOSIGNAL);
		close(client);
	}
}
