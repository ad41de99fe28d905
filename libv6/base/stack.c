/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Run a program on a stack of its own, where its caller's limit leaves it too little. */
#include <pthread.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/stack.h"

/* makecontext() passes no pointers on */
static struct {
	int (*run)(int argc, char **argv);
	int argc, status;
	char **argv;
} program;

static void run_program(void)
{
	program.status = program.run(program.argc, program.argv);
}

/* stack_limit() - what glibc read from the kernel when it started, which saves us asking again */
static size_t stack_limit(void)
{
	pthread_attr_t attributes;
	size_t size = 0;

	if (pthread_attr_init(&attributes) != 0)
		return 0;
	pthread_attr_getstacksize(&attributes, &size);
	pthread_attr_destroy(&attributes);
	return size;
}

int v6_stack_run(int (*run)(int argc, char **argv), int argc, char **argv)
{
	ucontext_t outer, inner;
	size_t guard = (size_t)sysconf(_SC_PAGESIZE);
	char *stack;

	if (stack_limit() >= V6_STACK_SIZE)
		return run(argc, argv);
	stack = mmap(NULL, guard + V6_STACK_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED || mprotect(stack, guard, PROT_NONE) < 0 || getcontext(&inner) < 0)
		return run(argc, argv);
	program.run = run;
	program.argc = argc;
	program.argv = argv;
	inner.uc_stack.ss_sp = stack + guard;
	inner.uc_stack.ss_size = V6_STACK_SIZE;
	inner.uc_link = &outer;
	makecontext(&inner, run_program, 0);
	swapcontext(&outer, &inner);
	return program.status;
}
