# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# sharing.bash - Clients of a service that several containers share, and which of them has it; after lab.bash

# load_start - 16 clients, each with one request after the other and a connection for each
load_start() {
	rm -f /run/lab/load.log /run/lab/steps.log
	lab_start load ip netns exec client python3 tests/net/load.py 2001:db8::203 80
	lab_until load_has 1
}

# load_has N - that many requests have ended
load_has() {
	[ "$(wc -l </run/lab/load.log)" -ge "$1" ]
}

# heard NAME N - so many requests were answered by that container
heard() {
	[ "$(grep -c " $1\$" /run/lab/load.log)" -ge "$2" ]
}

# load_end - and all requests were answered; if not, errors stand between the steps of their time,
# how many there were in a millisecond first
load_end() {
	lab_stop load
	echo "$(wc -l </run/lab/load.log) requests: $(cut -d' ' -f2- /run/lab/load.log | sort | uniq -c | tr -s ' \n' ' ')"
	grep -q error /run/lab/load.log || return 0
	grep error /run/lab/load.log | cut -c1-80 | uniq -c | sort -n -k 2 - <(sed 's/^/      0 /' /run/lab/steps.log)
	return 1
}

# step TEXT - what is about to be done, when, and how many parts of the clients each replica has
step() {
	echo "$(date +%s%3N) ----- $*; parts: $(nft list map ip6 oci-v6 shared 2>/dev/null |
		grep -o '[0-9a-f]\{64\}' | cut -c1-12 | sort | uniq -c | tr -s ' \n' ' ')" >>/run/lab/steps.log
}

# talk NAME PROTO PORT - a client that stays, over one socket
talk() {
	rm -f "/run/lab/$1.fifo" && mkfifo "/run/lab/$1.fifo"
	lab_start "talk-$1" sh -c "PEER_SECONDS=10 exec nsenter --net=/run/netns/client $peer hold $2 2001:db8::203 $3 </run/lab/$1.fifo"
	exec {pipe}>"/run/lab/$1.fifo"
	eval "pipe_$1=$pipe"
}

# says NAME TEXT - what it hears now
says() {
	local pipe=pipe_$1

	: >"/run/lab/talk-$1.log"
	echo >&"${!pipe}"
	lab_until grep -q "$2" "/run/lab/talk-$1.log"
}

# ends NAME - its connection ends, perhaps a moment after others have what it was connected to
ends() {
	lab_until has_ended "$1"
}

has_ended() {
	local pipe=pipe_$1

	! grep -q "^error" "/run/lab/talk-$1.log" || return 0
	echo >&"${!pipe}"
	return 1
}

# owner - whose the claims are
owner() {
	nft list map ip6 oci-v6 services | grep -o 'comment "[^"]*"' | tr -d '"' | sed 's/.* //' | sort -u
}

# slots_of ID - how many parts of the clients a replica has
slots_of() {
	nft list map ip6 oci-v6 shared 2>/dev/null | grep -o 'comment "[^"]*"' | grep -c " $1"
}

# is_idle NETNS-FILE - no client is connected to what is in there
is_idle() {
	[ -z "$(nsenter --net="$1" ss -Hnt state established state syn-recv)" ]
}
