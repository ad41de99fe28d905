/* SPDX-License-Identifier: GPL-2.0-or-later */
/* datagrams PATH: make a socket there and print what is sent to it, a line each; for ever */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char line[4096];
	ssize_t n;

	if (argc != 2 || strlen(argv[1]) >= sizeof(name.sun_path)) {
		fputs("usage: datagrams PATH\n", stderr);
		return 2;
	}
	memcpy(name.sun_path, argv[1], strlen(argv[1]));
	unlink(argv[1]);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0) {
		perror(argv[1]);
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((n = recv(fd, line, sizeof(line), 0)) >= 0)
		printf("%.*s\n", (int)n, line);
	return 0;
}
