#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A second opinion about a plan: proves from `isthmus plan FILE --json` alone that nobody sees what is not
theirs, that shared regions are seen with the planned rights, and that the sums are right.

    isthmus plan board.dtb --json | tools/plan/check_plan.py

Prints what is wrong, one a line; exit status 1 then. Shares no code with the planner."""
import json
import sys

import check_devices
import check_health
import check_signals
import check_system
from plan_ranges import (PAGE, disjoint, host_of, host_slices, is_ram, merged, merged_views, overlap, ram_of,
                         show)

SCHEMA = 1  # of the JSON (docs/kit.md); another one has other members
DOM_IO, ISTHMUS, NOBODY = 0x7FF1, 0x7FF2, 0x7FF4
FOREIGN = {"foreign_rw", "foreign_ro"}


class Checker:
    def __init__(self, plan):
        self.plan = plan
        self.domains = plan["domains"]
        self.regions = {region["index"]: region for region in plan["regions"]}

    def findings(self):
        if self.plan["schema"] != SCHEMA:
            yield f"the plan has schema {self.plan['schema']}, not {SCHEMA}: nothing more can be said"
            return
        yield from self.host_map()
        yield from self.cpus()
        for region in self.regions.values():
            yield from self.region(region)
        for domain in self.domains:
            yield from self.guest_space(domain)
            yield from self.ownership(domain)
            yield from self.views(domain)
            yield from check_devices.of_domain(domain, self.plan)
        yield from check_devices.of_all(self.plan)
        yield from check_signals.of_all(self.plan)
        yield from check_health.of_all(self.plan)
        yield from check_system.of_all(self.plan)
        yield from self.strangers()

    def host_map(self):
        entries = [entry["range"] for entry in self.plan["host_map"]]
        yield from disjoint("host map", [(entry, "an entry") for entry in entries])
        if merged(entries) != merged(bank["range"] for bank in self.plan["machine"]["memory"]):
            yield "host map: it does not cover RAM exactly"
        for entry in self.plan["host_map"]:
            if entry["range"][0] % PAGE or entry["range"][1] % PAGE:
                yield f"host map: {show(entry['range'])} is not in whole pages"
            named = {domain["id"] for domain in self.domains}
            fits = {"domain_ram": named, "shared": named | {DOM_IO}}.get(entry["use"], {ISTHMUS, NOBODY})
            if entry["owner"] not in fits:
                yield f"host map: {show(entry['range'])} {entry['use']} is owned by {entry['owner']}"

    def cpus(self):
        pools = self.plan["pools"]
        if sorted(cpu for pool in pools for cpu in pool["cpus"]) != list(range(len(self.plan["machine"]["cpus"]))):
            yield "CPUs: the pools do not divide them"
        users = [(vcpu["host_cpu"], pools[domain["pool"]]) for domain in self.domains for vcpu in domain["vcpus"]]
        alone = [cpu for cpu, pool in users if pool["scheduler"] == "null"]
        if len(set(alone)) != len(alone):
            yield "CPUs: two vCPUs share one"
        if any(cpu not in pool["cpus"] for cpu, pool in users):
            yield "CPUs: a vCPU is on a CPU that is not its pool's"
        for domain in self.domains:
            if len({vcpu["mpidr"] for vcpu in domain["vcpus"]}) != len(domain["vcpus"]):
                yield f"{domain['name']}: two vCPUs with one MPIDR"

    def region(self, region):
        name = f"region {region['id']}"
        yield from disjoint(name, [(piece, "a piece") for piece in region["host"]])
        if sum(end - start for start, end in region["host"]) != region["size"]:
            yield f"{name}: its pieces do not add up to its size"
        kept = [entry for entry in self.plan["host_map"] if entry["use"] == "shared"
                and entry["region"] == region["index"]]
        if merged(entry["range"] for entry in kept) != merged(region["host"]):
            yield f"{name}: the host map keeps other pages for it"
        if any(entry["owner"] != region["owner"] for entry in kept):
            yield f"{name}: its pages are somebody else's"
        views = [(domain["id"], view) for domain in self.domains for view in domain["views"]
                 if view["region"] == region["index"]]
        borrowers = sorted({number for number, view in views if not view["is_owner"]})
        if borrowers != region["borrowers"]:
            yield f"{name}: borrowers {region['borrowers']}, but {borrowers} see it"
        if any(view["is_owner"] != (number == region["owner"]) for number, view in views):
            yield f"{name}: a view and the region disagree about the owner"
        is_whole = all(view["guest"][1] - view["guest"][0] == region["size"] for _, view in views)
        foreign = sum(not view["is_owner"] for _, view in views)
        if is_whole and region["references_per_page"] != 1 + foreign:
            yield f"{name}: {region['references_per_page']} references, but {foreign} foreign views"

    def guest_space(self, domain):
        parts = [(mapping["guest"], "memory") for mapping in ram_of(domain)]
        parts += [(mapping["guest"], "a device") for mapping in check_devices.of(domain)]
        parts += [(domain["gic"][part], part) for part in ("distributor", "redistributors", "cpu_interface")
                  if domain["gic"][part][0] < domain["gic"][part][1]]
        parts += [(frame, device["name"]) for device in domain["emulated_devices"] for frame in device["registers"]]
        yield from disjoint(f"{domain['name']}: guest space", parts)
        ram = merged(mapping["guest"] for mapping in domain["mappings"] if is_ram(mapping))
        images = [(domain[part], part) for part in ("kernel_window", "ramdisk_target", "tree_target")
                  if domain[part][0] < domain[part][1]]
        yield from disjoint(f"{domain['name']}: images", images)
        if domain["direct_map"] and any(mapping["guest"][0] != mapping["host"] for mapping in ram_of(domain)
                                        if not check_system.is_of(self.regions, mapping)):
            yield f"{domain['name']}: it is direct-mapped, but a guest address is no host address"
        for image, part in images:
            if not any(bank[0] <= image[0] and image[1] <= bank[1] for bank in ram):
                yield f"{domain['name']}: {part} {show(image)} is not in its RAM"

    def ownership(self, domain):
        """Its own RAM is exactly what the host map keeps for it, each page once; rights fit the type."""
        own = [host_of(mapping) for mapping in domain["mappings"] if is_ram(mapping)]
        kept = [entry["range"] for entry in self.plan["host_map"]
                if entry["use"] == "domain_ram" and entry["owner"] == domain["id"]]
        yield from disjoint(f"{domain['name']}: own RAM", [(part, "a page range") for part in own])
        if merged(own) != merged(kept):
            yield f"{domain['name']}: its RAM is not what the host map keeps for it"
        if sum(end - start for start, end in own) != domain["memory_bytes"]:
            yield f"{domain['name']}: its RAM does not add up"
        for mapping in ram_of(domain):
            kinds = {"ram_rw", "ram_ro", "reserved_rw"}  # the last: check_devices
            if mapping["region"] is not None:
                is_owner = self.regions[mapping["region"]]["owner"] == domain["id"]
                kinds = {"shared_rw", "ram_ro"} if is_owner else FOREIGN
            if mapping["type"] not in kinds:
                yield f"{domain['name']}: {show(mapping['guest'])} is mapped as {mapping['type']}"
            if mapping["executable"] != (mapping["type"] == "ram_rw"):
                yield f"{domain['name']}: {show(mapping['guest'])} and the right to execute"
            if mapping["writable"] != (not mapping["type"].endswith("_ro")):
                yield f"{domain['name']}: {show(mapping['guest'])} and the right to write"

    def views(self, domain):
        """Each view is mapped, with its rights, to the right pages; and no mapping is without a view."""
        wanted, found = [], []
        for view in domain["views"]:
            at, size = view["guest"][0], view["guest"][1] - view["guest"][0]
            for start, end in host_slices(self.regions[view["region"]], view["offset"], size):
                wanted.append((view["region"], view["writable"], at - start, start, end))
                at += end - start
            if at != view["guest"][1]:
                yield f"{domain['name']}: a view of region {view['region']} is larger than the region"
        for mapping in domain["mappings"]:
            if mapping["region"] is not None:
                start, end = host_of(mapping)
                found.append((mapping["region"], mapping["writable"], mapping["guest"][0] - start, start, end))
        if merged_views(wanted) != merged_views(found):
            yield f"{domain['name']}: its mappings of regions are not its views"

    def strangers(self):
        """No host page is reached by two domains, or by one and somebody's module, but through one region."""
        reached = [(host_of(mapping), domain["name"], mapping["region"])
                   for domain in self.domains for mapping in ram_of(domain)]
        modules = [(domain[part]["host"], f"{part} of {domain['name']}", None)
                   for domain in self.domains for part in ("kernel", "ramdisk") if part in domain]
        for index, (left, one, region) in enumerate(reached):
            for right, other, other_region in reached[index + 1:] + modules:
                if overlap(left, right) and (region is None or region != other_region):
                    yield f"{one} at host {show(left)} reaches {other} {show(right)}"


if __name__ == "__main__":
    wrong = list(Checker(json.load(sys.stdin)).findings())
    print("\n".join(wrong) or "plan: ok")
    sys.exit(1 if wrong else 0)
