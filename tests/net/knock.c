/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * knock: at v6d's door, in ways that the hook does not, for tests.
 *
 *	knock send [TIMES]	stdin as one message, on as many connections one after the other
 *	knock pieces		each line of stdin as a message of its own
 *	knock files COUNT	stdin, and so many descriptors with it
 *	knock hold COUNT	so many connections that ask for nothing, until the end; one line
 *				when they are there
 *	knock deaf COUNT	so many that ask with stdin and never read the answer; likewise
 *
 *	knock listen COMMAND...	be the service manager that holds the socket, and run COMMAND
 *
 * The answer's messages are printed, a line each.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <libv6/ipc.h>

#define FILES_MAX 250 /* SCM_MAX_FD in linux/include/net/scm.h is 253 */

static char message[2 * V6_SOCKET_SIZE_MAX];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int knock(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = V6_SOCKET_PATH};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0)
		die("connect");
	return fd;
}

static size_t read_message(void)
{
	size_t size = fread(message, 1, sizeof(message), stdin);

	if (ferror(stdin))
		die("stdin");
	return size;
}

static void put(int fd, const void *text, size_t size)
{
	if (send(fd, text, size, MSG_NOSIGNAL) < 0)
		printf("send: %s\n", strerror(errno));
}

/* hear() - who answers, and closes before he has read all, is heard of as a reset first, and then
 * what he had answered
 */
static ssize_t hear(int fd, char *answer, size_t size)
{
	ssize_t n = recv(fd, answer, size, 0);

	return n < 0 && errno == ECONNRESET ? recv(fd, answer, size, 0) : n;
}

static void print_answer(int fd)
{
	static char answer[V6_SOCKET_SIZE_MAX + 1];
	ssize_t size;

	while ((size = hear(fd, answer, sizeof(answer))) > 0)
		printf("%.*s\n", (int)size, answer);
	if (size < 0)
		printf("recv: %s\n", strerror(errno));
	close(fd);
}

static void send_times(long times)
{
	size_t size = read_message();
	int fd;

	while (times-- > 0) {
		fd = knock();
		put(fd, message, size);
		print_answer(fd);
	}
}

static void send_pieces(void)
{
	int fd = knock();

	while (fgets(message, sizeof(message), stdin))
		put(fd, message, strlen(message));
	print_answer(fd);
}

static void send_files(long count)
{
	size_t size = read_message();
	struct iovec text = {message, size};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(FILES_MAX * sizeof(int))];
	} control = {{0}};
	struct msghdr with_files = {
		.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int)),
	};
	int fd = knock(), *files = (int *)(void *)CMSG_DATA(&control.header);
	long i;

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
	for (i = 0; i < count; i++)
		files[i] = STDIN_FILENO;
	if (sendmsg(fd, &with_files, MSG_NOSIGNAL) < 0)
		die("sendmsg");
	print_answer(fd);
}

static void hold(long count, size_t size)
{
	struct rlimit limit = {(rlim_t)count + 16, (rlim_t)count + 16};
	int fd;

	setrlimit(RLIMIT_NOFILE, &limit);
	while (count-- > 0) {
		fd = knock();
		if (size > 0)
			put(fd, message, size);
	}
	puts("there");
	fflush(stdout);
	for (;;)
		pause();
}

static void listen_for(char *command[])
{
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = V6_SOCKET_PATH};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	char pid[16];

	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
	    chmod(V6_SOCKET_PATH, 0666) < 0 || listen(fd, 16) < 0 || dup2(fd, 3) < 0)
		die("listen");
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	execvp(command[0], command);
	die(command[0]);
}

int main(int argc, char *argv[])
{
	const char *verb = argc > 1 ? argv[1] : "";
	long count = argc > 2 ? strtol(argv[2], NULL, 10) : 1;

	if (strcmp(verb, "send") == 0)
		send_times(count);
	else if (strcmp(verb, "pieces") == 0)
		send_pieces();
	else if (strcmp(verb, "files") == 0 && count <= FILES_MAX)
		send_files(count);
	else if (strcmp(verb, "listen") == 0 && argc > 2)
		listen_for(&argv[2]);
	else if (strcmp(verb, "hold") == 0)
		hold(count, 0);
	else if (strcmp(verb, "deaf") == 0)
		hold(count, read_message());
	else
		return 2;
	return 0;
}
