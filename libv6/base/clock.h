/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clocks for how long things take, which nobody sets. */
#ifndef V6_BASE_CLOCK_H
#define V6_BASE_CLOCK_H

#include <stdint.h>

/* v6_now_ms() - milliseconds since some moment before this process, never fewer than before;
 * CLOCK_MONOTONIC
 */
int64_t v6_now_ms(void);

/* v6_uptime_s() - seconds since the machine was booted, those that it slept included;
 * CLOCK_BOOTTIME. What lives no longer than the boot is dated by it: nobody sets it
 */
int64_t v6_uptime_s(void);

/* v6_now_ns() - the same in nanoseconds */
int64_t v6_now_ns(void);

#endif
