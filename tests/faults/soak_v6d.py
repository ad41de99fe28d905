# SPDX-License-Identifier: GPL-2.0-or-later
"""soak_v6d.py - The random steps of soak.py beside v6d, which is killed, stopped and started; and relays

	SEED=7 STEPS=60 tests/lab/run /usr/bin/python3 tests/faults/soak_v6d.py

While v6d runs, it repairs by itself what a step broke. Meanwhile whoever answers is right, as in soak.py;
then there is nothing left for v6ctl reconcile, and the model is as after one. Without v6d all is as in soak.py.

Programs listen on IPv4, too, so that some services have a relay. There is one process for each of these,
which outlives v6d, and none of others.
"""
import os
import sys

import soak
from soak import BOXES, SINGLE, Soak, do, must, shell, soon

RELAYS = "/run/oci-v6/relays"


class WatchedSoak(Soak):
    def make_lab(self):
        super().make_lab()
        do("ip addr add 10.1.0.1/24 dev cni0")
        for number, name in enumerate(BOXES, 2):
            do("ip -n %s addr add 10.1.0.%d/24 dev eth0" % (name, number))
        self.v6d = False
        self.strays = set()  # whose relay may be there still: its file was removed while nobody could tell it
        self.v6d_start()

    # What v6d does beside each step

    def settle(self):
        """Wait until v6d has done all that a reconcile would do"""
        living = [c for c in self.model.all if c.recorded and c.alive]
        right = "%d live, 0 to be repaired; 0 dead to be collected, 0 orphans to be removed\n" % len(living)
        said = ""

        def is_right():
            nonlocal said
            said = do("v6ctl reconcile --dry-run")
            return said == right
        must(soon(is_right), "v6d leaves to be done: " + said)
        self.after_reconcile()
        must(soon(lambda: not self.table_fault()), self.table_fault())

    def meanwhile(self, service, port):
        """Of those that share, one that does not listen yet has its turn later"""
        return {c.name for c in self.model.holders(service, port) if c.share} if self.v6d else set()

    def after_reconcile(self):
        super().after_reconcile()
        if self.v6d:
            for c in self.model.all:
                c.relay_gone = False

    def check(self):
        if self.v6d:
            # who answers before v6d is done; an answer that is missing comes later
            self.all_answer()
            self.settle()
        super().check()
        must(soon(self.relays_are_right), "relays: %s, and how many processes: %d" % self.relays())

    def relay_for(self, asked):
        if self.v6d and asked.ports in SINGLE:
            return self.dice.choice(("on", "off"))
        return "off"

    def relays(self):
        """Processes of relays: ids of their containers, which have locked their files, and how many there are"""
        there = shell("pgrep -x oci-v6-relay")[1].split()
        locked = {line.split()[4]: line.split()[5].split(":")[2] for line in open("/proc/locks", encoding="ascii")
                  if " POSIX " in line}
        try:
            files = {str(os.stat(os.path.join(RELAYS, name)).st_ino): name
                     for name in os.listdir(RELAYS) if not name.startswith(".")}
        except FileNotFoundError:
            files = {}
        return {files.get(locked.get(pid), "?") for pid in there}, len(there)

    def relays_are_right(self):
        """Each has its own; nobody has one that does not ask for it"""
        ids, count = self.relays()
        right = {c.id for c in self.model.all if c.recorded and c.alive and c.relay == "on" and not c.relay_gone}
        return ids - {"?"} == right and len(right) <= count <= len(right) + len(self.strays)

    # Steps

    def v6d_start(self):
        if self.v6d:
            do("kill -HUP $(cat /run/lab/v6d.pid)")
            return "v6d: SIGHUP"
        do("box_v6d_start")
        self.v6d = True
        return "v6d starts"

    def v6d_end(self):
        if not self.v6d:
            return self.v6d_start()
        signal = self.dice.choice(("KILL", "TERM"))
        do("kill -%s $(cat /run/lab/v6d.pid); lab_stop v6d" % signal)
        self.v6d = False
        return "v6d: SIG" + signal

    def v6d_again(self):
        """It is killed at any moment of what it does, and the next one is there at once"""
        return self.v6d_end() + ", " + self.v6d_start()

    def kill_relay(self):
        c = self.any(lambda c: c.recorded and c.alive and c.relay == "on" and not c.relay_gone)
        if c is None:
            return "nothing"
        do("kill -KILL $(awk -v inode=:$(stat -c %%i %s/%s)$ '$2 == \"POSIX\" && $6 ~ inode { print $5 }' /proc/locks)" %
           (RELAYS, c.id))
        c.relay_gone = True
        return "relay of %s killed" % c.name

    def remove_proxy(self):
        """Of which the kernel tells nobody"""
        what = super().remove_proxy()
        return what + ", " + self.v6d_start() if self.v6d else what

    def forget(self):
        """What is published then stays until the next reconcile, as v6d says"""
        relayed = {c.id for c in self.model.all if c.alive and c.recorded and c.relay == "on"}
        what = super().forget()
        if not self.v6d:
            self.strays |= relayed
            return what
        do("lab_until eval 'grep -q :$(stat -c %i /run/oci-v6/v6d.lock) /proc/locks'")
        return what + ", " + self.v6d_start()

    STEPS = Soak.STEPS + (("v6d_start", 6), ("v6d_end", 4), ("v6d_again", 4), ("kill_relay", 5))


if __name__ == "__main__":
    sys.exit(soak.main(WatchedSoak))
