# SPDX-License-Identifier: GPL-2.0-or-later
"""soak_dns.py - The random steps of soak_v6d.py, of services with names, which v6d publishes in real DNS

	SEED=7 STEPS=60 tests/lab/run /usr/bin/python3 tests/faults/soak_dns.py

Whenever v6d has done all that there is to do, the zone has the names of just those services that are up,
and have a container that has its turn; so do v6d's notes.
"""
import json
import os
import sys

import soak
from soak import SERVICES, do, must, soon
from soak_v6d import WatchedSoak

NAMES = ("blog", "shop", "mail")
NOTES = "/var/lib/oci-v6/dns"
KEY = "/etc/oci-v6/dns.key"
SERVER = "2001:db8::54"
CONFIG = {"pool": "2001:db8::/64", "announce": 83, "resolve": {"timeout_ms": 2000}, "publish": {
    "dns": {"server": SERVER, "zone": "example.org", "key": KEY, "names": ["*"], "ttl": 1}}}


class PublishedSoak(WatchedSoak):
    def make_names(self):
        self.configure("address")
        for number, name in enumerate(NAMES):
            SERVICES[number] = json.loads(do("v6ctl resolve --json " + name))["addresses"][0]["address"]
        do(". tests/lab/nameservers.sh; zone_unpack knot knotd; zone_address %s; zone_files; "
           "(umask 077; zone_key oci-v6 >%s); knot_start %s" % (SERVER, KEY, KEY))

    @staticmethod
    def configure(attach):
        with open("/etc/oci-v6/config.json", "w", encoding="ascii") as file:
            json.dump({**CONFIG, "attach": attach}, file)

    @staticmethod
    def binding(asked):
        text = WatchedSoak.binding(asked)
        for name, service in zip(NAMES, SERVICES):
            text = text.replace(service, name)
        return text

    def published(self):
        said = do("dig +time=1 +tries=1 @%s %s" % (SERVER, " ".join(n + ".example.org AAAA" for n in NAMES)))
        return {line.split()[0].split(".")[0]: line.split()[4] for line in said.splitlines()
                if "\tAAAA\t" in line and not line.startswith(";")}

    def check(self):
        super().check()
        if not self.v6d:
            return
        right = {name: service for name, service in zip(NAMES, SERVICES) if any(
            c.recorded and c.alive and service in c.services and not c.drained for c in self.model.all)}
        must(soon(lambda: self.published() == right and
                  (os.path.isdir(NOTES) and len(os.listdir(NOTES))) == len(right)),
             "DNS: %s, right: %s" % (self.published(), right))


if __name__ == "__main__":
    sys.exit(soak.main(PublishedSoak))
