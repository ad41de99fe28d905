/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tell the time that passes while the machine runs. */
#include <time.h>

#include "base/clock.h"

int64_t v6_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int64_t v6_now_ms(void)
{
	return v6_now_ns() / 1000000;
}

int64_t v6_uptime_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}
