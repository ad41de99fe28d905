/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Give up rights: user, groups, capabilities, limits, system calls. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sandbox.h"

/* The kernel's own overflow user: it has no files */
#define NOBODY 65534

/* Descriptors beside two for each connection: doors, pipes of slow readers, and what else is open
 */
#define OTHER_FILES 1024

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__i386__)
#define ARCHITECTURE AUDIT_ARCH_I386
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define ARCHITECTURE AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined(__s390x__)
#define ARCHITECTURE AUDIT_ARCH_S390X
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCHITECTURE AUDIT_ARCH_PPC64LE
#endif

/* Sanitizers want more than this; and where we don't know the architecture, there is no filter */
#if defined(ARCHITECTURE) && !defined(__SANITIZE_ADDRESS__)
#define HAS_FILTER 1
#endif

#ifdef HAS_FILTER
#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned int)offsetof(struct seccomp_data, field))
#define RETURN(action)	      BPF_STMT(BPF_RET | BPF_K, (action))
#define SKIP_UNLESS(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)(value), 0, (n))
#define ALLOW(call)	      SKIP_UNLESS(call, 1), RETURN(SECCOMP_RET_ALLOW)
/* with this one value of an argument; of both byte orders, the half that an int is in */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW_HALF 4
#else
#define LOW_HALF 0
#endif
#define ALLOW_WITH(call, argument, value)                                                         \
	SKIP_UNLESS(call, 4),                                                                     \
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,                                                \
			 (unsigned int)offsetof(struct seccomp_data, args[argument]) + LOW_HALF), \
		SKIP_UNLESS(value, 1), RETURN(SECCOMP_RET_ALLOW),                                 \
		RETURN(SECCOMP_RET_ERRNO | EPERM)

/* In the order of how often they are called */
static struct sock_filter filter[] = {
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
	RETURN(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
	ALLOW(SYS_splice),
#ifdef SYS_epoll_wait
	ALLOW(SYS_epoll_wait),
#endif
	ALLOW(SYS_epoll_pwait),
	ALLOW(SYS_accept4),
	ALLOW_WITH(SYS_socket, 0, AF_INET),
	ALLOW(SYS_connect),
	ALLOW(SYS_epoll_ctl),
	ALLOW(SYS_setsockopt),
	ALLOW(SYS_getsockopt),
	ALLOW(SYS_shutdown),
	ALLOW(SYS_close),
	ALLOW(SYS_sendto),
	ALLOW(SYS_recvfrom),
#ifdef SYS_send
	ALLOW(SYS_send),
#endif
#ifdef SYS_recv
	ALLOW(SYS_recv),
#endif
	ALLOW(SYS_bind),
	ALLOW_WITH(SYS_ioctl, 1, SIOCGIFADDR),
	ALLOW(SYS_pipe2),
	ALLOW_WITH(SYS_fcntl, 1, F_GETPIPE_SZ),
#ifdef SYS_fcntl64
	ALLOW_WITH(SYS_fcntl64, 1, F_GETPIPE_SZ),
#endif
	ALLOW(SYS_read),
	ALLOW(SYS_write),
	ALLOW(SYS_writev),
	ALLOW(SYS_fstat),
#ifdef SYS_newfstatat
	ALLOW(SYS_newfstatat),
#endif
#ifdef SYS_fstat64
	ALLOW(SYS_fstat64),
#endif
#ifdef SYS_fstatat64
	ALLOW(SYS_fstatat64),
#endif
#ifdef SYS_statx
	ALLOW(SYS_statx),
#endif
	ALLOW(SYS_clock_gettime),
#ifdef SYS_clock_gettime64
	ALLOW(SYS_clock_gettime64),
#endif
	ALLOW(SYS_rt_sigreturn),
	ALLOW(SYS_restart_syscall),
	ALLOW(SYS_exit_group),
	RETURN(SECCOMP_RET_ERRNO | EPERM),
};

static int filter_calls(void)
{
	struct sock_fprog program = {V6_ARRAY_SIZE(filter), filter};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 ? -errno : 0;
}
#else
static int filter_calls(void)
{
	return 0;
}
#endif

static int become_nobody(void)
{
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return -errno;
	return 0;
}

/* set_limit() - for good */
static int set_limit(int what, rlim_t value)
{
	struct rlimit limit = {value, value};

	return setrlimit((__rlimit_resource_t)what, &limit) < 0 ? -errno : 0;
}

/* limit_files() - two descriptors for each connection, as far as v6d has left that many */
static int limit_files(unsigned int *connections)
{
	rlim_t wanted = 2 * (rlim_t)*connections + OTHER_FILES;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	if (wanted > limit.rlim_max) {
		wanted = limit.rlim_max;
		*connections = wanted > 2 * OTHER_FILES ? (unsigned int)((wanted - OTHER_FILES) / 2)
							: (unsigned int)wanted / 4;
	}
	return set_limit(RLIMIT_NOFILE, wanted);
}

int sandbox_enter(unsigned int *connections, struct v6_error *err)
{
	int ret = become_nobody();

	if (ret < 0)
		return v6_fail(
			err, ret,
			"cannot become the user nobody: %s; give v6d CAP_SETUID and CAP_SETGID",
			v6_strerror(ret));
	ret = limit_files(connections);
	if (ret == 0)
		ret = set_limit(RLIMIT_CORE, 0);
	if (ret == 0)
		ret = set_limit(RLIMIT_NPROC, 0);
	if (ret == 0 &&
	    (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0))
		ret = -errno;
	if (ret == 0)
		ret = filter_calls();
	return ret < 0 ? v6_fail(err, ret, "cannot give up rights: %s", v6_strerror(ret)) : 0;
}
