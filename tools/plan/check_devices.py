# SPDX-License-Identifier: Apache-2.0
"""The part of check_plan.py that is about devices: the machine's have one user each, and none is Isthmus's;
interrupts of emulated ones are made by Isthmus."""
from plan_ranges import DEVICE, disjoint, host_of, overlap, pages, show

FIRST_SPI = 32


def is_cpu_interface(domain, mapping):
    """With a GICv2: the CPU that makes the access reaches its own, so all domains have the same pages."""
    return domain["gic"]["version"] == 2 and mapping["guest"] == domain["gic"]["cpu_interface"]


def of(domain):
    """Its mappings of devices that it alone has."""
    return [mapping for mapping in domain["mappings"]
            if mapping["type"] in DEVICE and not is_cpu_interface(domain, mapping)]


def covered(pair, ranges):
    """No part of it is outside of the ranges, which may overlap."""
    at = pair[0]
    for start, end in sorted(ranges):
        if start <= at < end:
            at = end
    return at >= pair[1]


def kept_away(domain, plan):
    """No device is executable, a region, RAM, or a device that Isthmus keeps."""
    name = domain["name"]
    for mapping in domain["mappings"]:
        if mapping["type"] not in DEVICE:
            continue
        host = host_of(mapping)
        if mapping["executable"] or mapping["region"] is not None:
            yield f"{name}: a device that is executable, or a region"
        if any(overlap(host, bank["range"]) for bank in plan["machine"]["memory"]):
            yield f"{name}: the device at host {show(host)} lies in RAM"
        for own in plan["machine"]["kept"]:
            if overlap(host, pages(own["range"])):
                yield f"{name}: the device at host {show(host)} is {own['path']}, which Isthmus keeps"


def mapped(domain):
    """A window is mapped where it says; and a guest has no page that none of its windows asks for."""
    name, found = domain["name"], of(domain)
    asked = []
    for device in domain["devices"]:
        for window in device["windows"]:
            guest, distance = pages(window["guest"]), window["host"] - window["guest"][0]
            same = [mapping["guest"] for mapping in found if mapping["host"] - mapping["guest"][0] == distance]
            asked.append(guest)
            if not covered(guest, same):
                yield f"{name}: the device {device['path']} is not mapped at {show(guest)}"
        if bool(device["asked_by"]) == domain["is_dom0"]:
            yield f"{name}: the device {device['path']} was asked for by {device['asked_by'] or 'nobody'}"
    for mapping in found:
        if not domain["is_dom0"] and not covered(mapping["guest"], asked):
            yield f"{name}: nobody asked for the device at {show(mapping['guest'])}"


def reserved(domain, plan):
    """What firmware keeps is seen by Dom0 alone."""
    kept = [pages(one["range"]) for one in plan["machine"]["reserved"]]
    for mapping in domain["mappings"]:
        if mapping["type"] == "reserved_rw":
            if not domain["is_dom0"]:
                yield f"{domain['name']}: reserved memory at {show(mapping['guest'])}"
            if not covered(host_of(mapping), kept):
                yield f"{domain['name']}: {show(host_of(mapping))} is not reserved memory"


def of_domain(domain, plan):
    name = domain["name"]
    yield from kept_away(domain, plan)
    yield from mapped(domain)
    yield from reserved(domain, plan)
    interfaces = [mapping for mapping in domain["mappings"] if is_cpu_interface(domain, mapping)]
    if len(interfaces) != (domain["gic"]["version"] == 2):
        yield f"{name}: its devices and its CPU interface do not fit"
    if domain["is_dom0"] != (domain["id"] == 0) or domain["is_dom0"] > domain["direct_map"]:
        yield f"{name}: only domain 0 is Dom0, and it is direct-mapped"
    if domain["direct_map"] and any(mapping["guest"][0] != mapping["host"] for mapping in of(domain)):
        yield f"{name}: it is direct-mapped, but the guest address of a device is no host address"
    numbers = [route["virtual_intid"] for route in domain["interrupts"]]
    if len(set(numbers)) != len(numbers):
        yield f"{name}: two interrupts of one number"
    if any(number >= FIRST_SPI + domain["gic"]["spis"] for number in numbers):
        yield f"{name}: an interrupt that its GIC does not have"
    made = [number for device in domain["emulated_devices"] for number in device["interrupts"]]
    made += {bell["intid"] for bell in domain["doorbells"]}
    if sorted(made) != sorted(route["virtual_intid"] for route in domain["interrupts"] if route["host_intid"] is None):
        yield f"{name}: the interrupts of its emulated devices are not those that Isthmus makes"
    if any(route["virtual_intid"] != route["host_intid"] for route in lines(domain)):
        yield f"{name}: a line of the machine has another number there"


def lines(domain):
    """Shared lines of the machine; those below are each CPU's own."""
    return [route for route in domain["interrupts"] if (route["host_intid"] or 0) >= FIRST_SPI]


def of_all(plan):
    domains = plan["domains"]
    yield from disjoint("devices", [(host_of(mapping), domain["name"]) for domain in domains for mapping in of(domain)])
    for smmu in sorted({part["smmu"] for domain in domains for part in domain["streams"]}):
        yield from disjoint(f"streams of {smmu}", [([part["first"], part["first"] + part["count"]], domain["name"])
                                                   for domain in domains for part in domain["streams"]
                                                   if part["smmu"] == smmu])
    paths = [device["path"] for domain in domains for device in domain["devices"] if device["path"]]
    for path in sorted({path for path in paths if paths.count(path) > 1}):
        yield f"devices: {path} has two users"
    for domain in domains:
        for device in domain["devices"]:
            if domain["is_dom0"] and device["path"] in plan["not_for_dom0"]:
                yield f"{domain['name']}: it has {device['path']}, which is not for Dom0"
    owned = [route["host_intid"] for domain in domains for route in lines(domain)]
    if len(set(owned)) != len(owned):
        yield "interrupts: one line of the machine goes to two places"
