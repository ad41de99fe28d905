/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peer: one end of a conversation, for tests.
 *
 *	peer serve tcp|udp PORT TEXT [ON]
 *		answer each client with "TEXT ADDRESS-OF-CLIENT"; for ever, on all addresses or on
 *		one, which may be of IPv4
 *	peer ask tcp|udp ADDR PORT [FROM]
 *		print one answer; within 2 s, or PEER_SECONDS
 *	peer hold tcp|udp ADDR PORT [FROM]
 *		print an answer for each line of stdin, over one socket
 *	peer watch udp ADDR PORT
 *		ask every 10 ms, over one socket; for ever
 *
 * "ask" and "hold" print "error: ..." where there is no answer, and go on. "watch" prints a line
 * for each time it asked, "MILLISECONDS-SINCE-1970 ANSWER", the answer being "-" where there is
 * none.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int type_of(const char *protocol)
{
	return strcmp(protocol, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM;
}

static struct sockaddr_in6 name_of(const char *address, const char *port)
{
	struct sockaddr_in6 name = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET6, address, &name.sin6_addr) != 1) {
		fprintf(stderr, "peer: no IPv6 address: %s\n", address);
		exit(2);
	}
	name.sin6_port = htons((uint16_t)atoi(port));
	return name;
}

static int must(int value, const char *what)
{
	if (value < 0) {
		perror(what);
		exit(1);
	}
	return value;
}

static size_t greet(char *line, size_t size, const char *text, const struct sockaddr_in6 *client)
{
	char address[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &client->sin6_addr, address, sizeof(address));
	return (size_t)snprintf(line, size, "%s %s\n", text, address);
}

static void serve_udp(int fd, const char *text)
{
	struct sockaddr_in6 client;
	socklen_t size = sizeof(client);
	char line[256];

	while (recvfrom(fd, line, sizeof(line), 0, (struct sockaddr *)&client, &size) >= 0)
		sendto(fd, line, greet(line, sizeof(line), text, &client), 0,
		       (struct sockaddr *)&client, size);
}

/* one client to a process: each stays connected for as long as it likes */
static void serve_tcp(int fd, const char *text)
{
	struct sockaddr_in6 client;
	socklen_t size = sizeof(client);
	char line[256], from[256];
	int one;

	for (;;) {
		one = must(accept(fd, (struct sockaddr *)&client, &size), "accept");
		if (fork() == 0) {
			while (read(one, from, sizeof(from)) > 0)
				if (write(one, line, greet(line, sizeof(line), text, &client)) < 0)
					break;
			exit(0);
		}
		close(one);
	}
}

/* bound() - a socket that listens on an address, of IPv6 or IPv4 */
static int bound(const char *protocol, const char *address, const char *port)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	int is_four = inet_pton(AF_INET, address, &four.sin_addr) == 1, one = 1;
	int fd = must(socket(is_four ? AF_INET : AF_INET6, type_of(protocol), 0), "socket");
	struct sockaddr_in6 six;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (is_four) {
		must(bind(fd, (struct sockaddr *)&four, sizeof(four)), "bind");
		return fd;
	}
	six = name_of(address, port);
	must(bind(fd, (struct sockaddr *)&six, sizeof(six)), "bind");
	return fd;
}

static void serve(const char *protocol, const char *port, const char *text, const char *address)
{
	int fd = bound(protocol, address, port);

	if (type_of(protocol) == SOCK_DGRAM) {
		serve_udp(fd, text);
		return;
	}
	must(listen(fd, 64), "listen");
	signal(SIGCHLD, SIG_IGN);
	serve_tcp(fd, text);
}

static void say(int fd)
{
	char line[256];
	ssize_t n = send(fd, "hello\n", 6, MSG_NOSIGNAL);

	if (n >= 0)
		n = recv(fd, line, sizeof(line), 0);
	if (n > 0)
		printf("%.*s", (int)n, line);
	else
		printf("error: %s\n", n == 0 ? "closed" : strerror(errno));
	fflush(stdout);
}

static int reach(const char *protocol, const char *address, const char *port, const char *from)
{
	const struct sockaddr_in6 own = from ? name_of(from, "0") : (struct sockaddr_in6){0};
	struct sockaddr_in6 name = name_of(address, port);
	const char *seconds = getenv("PEER_SECONDS");
	struct timeval limit = {.tv_sec = seconds ? atoi(seconds) : 2};
	int fd = must(socket(AF_INET6, type_of(protocol), 0), "socket");

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (from)
		must(bind(fd, (struct sockaddr *)&own, sizeof(own)), "bind");
	if (connect(fd, (struct sockaddr *)&name, sizeof(name)) < 0) {
		printf("error: %s\n", strerror(errno));
		exit(1);
	}
	return fd;
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void watch(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	char line[256];
	long long next;
	ssize_t n, last;

	for (;;) {
		next = now_ms() + 10;
		send(fd, "hello\n", 6, 0);
		last = -1;
		poll(&ready, 1, 10);
		/* no answer is kept for the next question: of those that were late, the latest */
		while ((n = recv(fd, line, sizeof(line), MSG_DONTWAIT)) > 0)
			last = n;
		if (last > 0)
			printf("%lld %.*s", now_ms(), (int)last, line);
		else
			printf("%lld -\n", now_ms());
		fflush(stdout);
		if (next > now_ms())
			usleep((useconds_t)(next - now_ms()) * 1000);
	}
}

int main(int argc, char *argv[])
{
	char line[256];
	int fd;

	if ((argc == 5 || argc == 6) && strcmp(argv[1], "serve") == 0) {
		serve(argv[2], argv[3], argv[4], argc == 6 ? argv[5] : "::");
		return 1;
	}
	if ((argc == 5 || argc == 6) && strcmp(argv[1], "ask") == 0) {
		say(reach(argv[2], argv[3], argv[4], argv[5]));
		return 0;
	}
	if ((argc == 5 || argc == 6) && strcmp(argv[1], "hold") == 0) {
		fd = reach(argv[2], argv[3], argv[4], argv[5]);
		while (fgets(line, sizeof(line), stdin))
			say(fd);
		return 0;
	}
	if (argc == 5 && strcmp(argv[1], "watch") == 0) {
		watch(reach(argv[2], argv[3], argv[4], NULL));
		return 1;
	}
	fprintf(stderr,
		"usage: peer serve PROTO PORT TEXT [ON] | ask|hold|watch PROTO ADDR PORT [FROM]\n");
	return 2;
}
