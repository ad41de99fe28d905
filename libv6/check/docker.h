/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tell of what stands for services in Docker's own chain. */
#ifndef V6_CHECK_DOCKER_H
#define V6_CHECK_DOCKER_H

struct v6_checker;

void v6_check_docker(struct v6_checker *checker);

#endif
