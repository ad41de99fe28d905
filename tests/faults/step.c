/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * step: run a program and kill it, or let one of its system calls fail, at exactly one place.
 *
 *	step list PROGRAM ARG...		its system calls: CALL NAME
 *	step plan PROGRAM ARG...		what may fail of them: CALL ERRNO NAME
 *	step kill CALL PROGRAM ARG...		SIGKILL before that system call
 *	step fail CALL ERRNO PROGRAM ARG...	that call does nothing and fails; ERRNO -1: where it
 *						writes, it writes half
 *
 * CALL is a number: calls are counted from 1 at the program's entry point, as its loader is not our
 * affair. After some, something outside the process may be another: they are counted among
 * themselves, "!1" and so on, as they are as many each time, whereas answers come in more or fewer
 * pieces.
 *
 * Exit status: the program's, or 128 and the number of the signal that ended it; 2 on wrong usage.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define ERRORS_MAX 4
#define SHORT	   (-1)

#ifdef __x86_64__

/* struct kind - a system call, and how it may fail in life */
static const struct kind {
	long number;
	const char *name;
	bool changes;
	int errors[ERRORS_MAX];
} kinds[] = {
	{SYS_open, "open", false, {EMFILE, EIO}},
	{SYS_openat, "openat", false, {EMFILE, EIO}},
	{SYS_read, "read", false, {EIO, EINTR}},
	{SYS_pread64, "pread", false, {EIO}},
	{SYS_write, "write", true, {ENOSPC, EINTR, SHORT}},
	{SYS_writev, "writev", true, {EIO}},
	{SYS_mkdir, "mkdir", true, {ENOSPC, EROFS}},
	{SYS_mkdirat, "mkdirat", true, {ENOSPC, EROFS}},
	{SYS_mknodat, "mknodat", true, {ENOSPC, EROFS}},
	{SYS_clone, "clone", true, {EAGAIN, ENOMEM}},
	{SYS_pidfd_open, "pidfd_open", false, {EMFILE}},
	{SYS_epoll_ctl, "epoll_ctl", false, {ENOMEM, ENOSPC}},
	{SYS_unlink, "unlink", true, {EIO, EBUSY, EROFS}},
	{SYS_unlinkat, "unlinkat", true, {EIO, EBUSY, EROFS}},
	{SYS_rename, "rename", true, {EIO, ENOSPC}},
	{SYS_renameat, "renameat", true, {EIO, ENOSPC}},
	{SYS_renameat2, "renameat2", true, {EIO, ENOSPC}},
	{SYS_faccessat, "faccessat", false, {EIO}},
	{SYS_faccessat2, "faccessat2", false, {EIO}},
	{SYS_newfstatat, "fstatat", false, {EIO}},
	{SYS_fstat, "fstat", false, {EIO}},
	{SYS_fstatfs, "fstatfs", false, {EIO}},
	{SYS_readlinkat, "readlinkat", false, {EIO}},
	{SYS_getdents64, "getdents64", false, {EIO}},
	{SYS_ioctl, "ioctl", false, {EINTR}},
	{SYS_fcntl, "fcntl", false, {ENOMEM}},
	{SYS_flock, "flock", true, {EINTR, ENOLCK}},
	{SYS_socket, "socket", false, {EMFILE, ENOBUFS}},
	{SYS_bind, "bind", false, {ENOMEM}},
	{SYS_connect, "connect", false, {ECONNREFUSED, EAGAIN}},
	{SYS_getsockname, "getsockname", false, {ENOBUFS}},
	{SYS_getpeername, "getpeername", false, {ENOBUFS}},
	{SYS_setsockopt, "setsockopt", false, {ENOMEM}},
	{SYS_getsockopt, "getsockopt", false, {ENOMEM}},
	{SYS_sendto, "sendto", true, {EINTR, ENOBUFS, EPERM}},
	{SYS_sendmsg, "sendmsg", true, {EINTR, ENOBUFS, EPERM}},
	{SYS_sendmmsg, "sendmmsg", true, {EINTR, ENOBUFS, EPERM}},
	{SYS_recvfrom, "recvfrom", false, {EINTR, ENOBUFS, EAGAIN, ENOMEM}},
	{SYS_recvmsg, "recvmsg", false, {EINTR, ENOBUFS, EAGAIN, ENOMEM}},
	{SYS_poll, "poll", false, {EINTR}},
	{SYS_ppoll, "ppoll", false, {EINTR}},
	{SYS_setns, "setns", true, {EPERM, ENOMEM}},
	{SYS_mmap, "mmap", false, {ENOMEM}},
	{SYS_mremap, "mremap", false, {ENOMEM}},
};

static const struct kind *kind_of(long number)
{
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].number == number)
			return &kinds[i];
	return NULL;
}

/* struct plan - what to do about the calls of the program, or about one of them */
struct plan {
	enum { LIST, PLAN, KILL, FAIL } what;
	const char *at;
	int code;
};

/* struct count - calls so far, those of them that change something, and the name of the last one */
struct count {
	unsigned long calls, changes;
	char at[sizeof("!18446744073709551615")];
};

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static long check(long value, const char *what)
{
	if (value == -1 && errno)
		die(what);
	return value;
}

/* trace() - ptrace() that must succeed; results are in errno's care, as a word may be -1 */
static long trace(int request, pid_t pid, uintptr_t where, uintptr_t data)
{
	errno = 0;
	return check(ptrace(request, pid, (void *)where, (void *)data), "ptrace");
}

static uintptr_t entry_of(pid_t pid)
{
	char path[64];
	Elf64_auxv_t item = {.a_type = AT_NULL};
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/auxv", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(path);
	while (read(fd, &item, sizeof(item)) == sizeof(item) && item.a_type != AT_ENTRY)
		;
	close(fd);
	return item.a_un.a_val;
}

static int await(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0)
		die("waitpid");
	return status;
}

/* run_to_entry() - past the loader, by a breakpoint */
static void run_to_entry(pid_t pid)
{
	uintptr_t entry = entry_of(pid);
	long word = trace(PTRACE_PEEKTEXT, pid, entry, 0);
	struct user_regs_struct regs;

	trace(PTRACE_POKETEXT, pid, entry, (uintptr_t)((word & ~0xffL) | 0xcc));
	trace(PTRACE_CONT, pid, 0, 0);
	if (!WIFSTOPPED(await(pid))) {
		fputs("step: it ended before it began\n", stderr);
		exit(2);
	}
	trace(PTRACE_POKETEXT, pid, entry, (uintptr_t)word);
	trace(PTRACE_GETREGS, pid, 0, (uintptr_t)&regs);
	regs.rip = entry;
	trace(PTRACE_SETREGS, pid, 0, (uintptr_t)&regs);
}

static bool opens_for_change(const struct user_regs_struct *regs)
{
	unsigned long flags = regs->orig_rax == SYS_open ? regs->rsi : regs->rdx;

	return (regs->orig_rax == SYS_open || regs->orig_rax == SYS_openat) &&
	       (flags & (O_CREAT | O_TRUNC));
}

/* only_asks() - of netlink: RTM_GETLINK and each fourth after it, IPCTNL_MSG_CT_GET and
 * NFT_MSG_GETTABLE and each third after it. What is sent elsewhere may look so too
 */
static bool only_asks(pid_t pid, const struct user_regs_struct *regs)
{
	unsigned int type;

	if (regs->orig_rax != SYS_sendto || regs->rdx < sizeof(struct nlmsghdr))
		return false;
	/* behind the message's length */
	type = (unsigned long)trace(PTRACE_PEEKDATA, pid, regs->rsi, 0) >> 32 & 0xffff;
	return type < 0x100 ? type % 4 == 2 : (type & 0xff) % 3 == 1;
}

static bool changes(pid_t pid, const struct user_regs_struct *regs)
{
	const struct kind *kind = kind_of((long)regs->orig_rax);

	return regs->orig_rax == SYS_exit_group || opens_for_change(regs) ||
	       (kind && kind->changes && !only_asks(pid, regs));
}

/* is_message() - what people are told must not fail, as we want to see it */
static bool is_message(const struct user_regs_struct *regs)
{
	return (regs->orig_rax == SYS_write || regs->orig_rax == SYS_fstat ||
		regs->orig_rax == SYS_newfstatat) &&
	       (regs->rdi == STDOUT_FILENO || regs->rdi == STDERR_FILENO);
}

static void print_errors(const char *at, const struct kind *kind, bool makes)
{
	size_t i;

	for (i = 0; i < ERRORS_MAX && kind->errors[i]; i++)
		printf("%s %d %s\n", at, kind->errors[i], kind->name);
	if (makes)
		printf("%s %d %s\n%s %d %s\n", at, ENOSPC, kind->name, at, EROFS, kind->name);
}

static void tell(const struct plan *plan, const char *at, const struct user_regs_struct *regs)
{
	const struct kind *kind = kind_of((long)regs->orig_rax);

	if (plan->what == LIST)
		printf("%s %s\n", at, kind ? kind->name : "other");
	else if (plan->what == PLAN && kind && !is_message(regs))
		print_errors(at, kind, opens_for_change(regs));
}

static void count_call(struct count *n, bool change)
{
	n->calls++;
	n->changes += change;
	snprintf(n->at, sizeof(n->at), change ? "!%lu" : "%lu", change ? n->changes : n->calls);
}

/* leave_call() - to where the call that was begun has ended */
static bool leave_call(pid_t pid, int *status)
{
	trace(PTRACE_SYSCALL, pid, 0, 0);
	*status = await(pid);
	return WIFSTOPPED(*status);
}

/* fail_call() - a call without a number does nothing; its result is whatever we say */
static bool fail_call(pid_t pid, struct user_regs_struct *regs, int code, int *status)
{
	if (code == SHORT) {
		regs->rdx /= 2;
		trace(PTRACE_SETREGS, pid, 0, (uintptr_t)regs);
		return leave_call(pid, status);
	}
	regs->orig_rax = (unsigned long)-1;
	trace(PTRACE_SETREGS, pid, 0, (uintptr_t)regs);
	if (!leave_call(pid, status))
		return false;
	trace(PTRACE_GETREGS, pid, 0, (uintptr_t)regs);
	regs->rax = (unsigned long)-code;
	trace(PTRACE_SETREGS, pid, 0, (uintptr_t)regs);
	return true;
}

/* meet_call() - the program is about to make its next call; false: it is no more */
static bool meet_call(pid_t pid, const struct plan *plan, struct count *n, int *status)
{
	struct user_regs_struct regs;

	trace(PTRACE_GETREGS, pid, 0, (uintptr_t)&regs);
	count_call(n, changes(pid, &regs));
	tell(plan, n->at, &regs);
	if (plan->what == KILL && strcmp(plan->at, n->at) == 0) {
		kill(pid, SIGKILL);
		*status = await(pid);
		return false;
	}
	if (plan->what == FAIL && strcmp(plan->at, n->at) == 0)
		return fail_call(pid, &regs, plan->code, status);
	return leave_call(pid, status);
}

static int follow(pid_t pid, const struct plan *plan)
{
	struct count n = {0};
	int status, signal = 0;

	for (;;) {
		trace(PTRACE_SYSCALL, pid, 0, (uintptr_t)signal);
		status = await(pid);
		if (!WIFSTOPPED(status))
			break;
		/* with TRACESYSGOOD a call is told from a signal */
		signal = WSTOPSIG(status) == (SIGTRAP | 0x80) ? 0 : WSTOPSIG(status);
		if (signal == 0 && !meet_call(pid, plan, &n, &status))
			break;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run(const struct plan *plan, char *argv[])
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		/* what we tell stands alone */
		if (plan->what == LIST || plan->what == PLAN)
			dup2(STDERR_FILENO, STDOUT_FILENO);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(2);
	}
	if (!WIFSTOPPED(await(pid)))
		exit(2);
	trace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	run_to_entry(pid);
	return follow(pid, plan);
}

int main(int argc, char *argv[])
{
	struct plan plan = {.what = LIST};
	const char *what = argc > 2 ? argv[1] : "";

	if (strcmp(what, "list") == 0)
		return run(&plan, argv + 2);
	plan.what = PLAN;
	if (strcmp(what, "plan") == 0)
		return run(&plan, argv + 2);
	plan.at = argv[2];
	plan.what = KILL;
	if (strcmp(what, "kill") == 0 && argc > 3)
		return run(&plan, argv + 3);
	plan.what = FAIL;
	if (strcmp(what, "fail") == 0 && argc > 4) {
		plan.code = atoi(argv[3]);
		return run(&plan, argv + 4);
	}
	fputs("usage: step list|plan|kill CALL|fail CALL ERRNO PROGRAM ARG...\n", stderr);
	return 2;
}

#else

int main(void)
{
	fputs("step: it knows x86_64 only\n", stderr);
	return 2;
}

#endif
