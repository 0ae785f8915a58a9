# SPDX-License-Identifier: Apache-2.0
"""The part of the second opinion that is about doorbells and event channels: who can ring whom. A guest rings
only parties of its own regions, or the other end of its own channels; and each knows the other."""
from plan_ranges import overlap


def bells(domain, by_id, regions):
    for number, bell in enumerate(domain["doorbells"]):
        name = f"{domain['name']}: doorbell {number}"
        peer, region = by_id.get(bell["peer"]), regions.get(bell["region"])
        if peer is None or region is None or peer is domain:
            yield f"{name} rings nobody"
            continue
        views = {view["region"] for view in domain["views"]} & {view["region"] for view in peer["views"]}
        if bell["region"] not in views or not region["has_doorbells"]:
            yield f"{name} rings {peer['name']} by a region that the two do not share, or that has none"
        back = peer["doorbells"][bell["peer_bell"]] if bell["peer_bell"] < len(peer["doorbells"]) else {}
        if (back.get("peer"), back.get("peer_bell"), back.get("region")) != (domain["id"], number, bell["region"]):
            yield f"{name}: {peer['name']} has another one back"
    wanted = sorted((region["index"], party) for region in regions.values() if region["has_doorbells"]
                    and domain["id"] in region["parties"] for party in region["parties"] if party != domain["id"])
    if sorted((bell["region"], bell["peer"]) for bell in domain["doorbells"]) != wanted:
        yield f"{domain['name']}: its doorbells are not one to each other party"
    rows = {bell["region"]: bell["intid"] for bell in domain["doorbells"]}
    others = [number for device in domain["emulated_devices"] for number in device["interrupts"]]
    if len(set(rows.values())) != len(rows) or set(rows.values()) & set(others):
        yield f"{domain['name']}: two regions, or a device, ring by one interrupt"
    if any(bell["intid"] != rows[bell["region"]] for bell in domain["doorbells"]):
        yield f"{domain['name']}: one region rings by two interrupts"


def channels(domain, by_id):
    ports = [end["port"] for end in domain["xen"]["channels"]]
    if ports != sorted(set(ports)) or not all(0 < port < 4096 for port in ports):
        yield f"{domain['name']}: its ports {ports}"
    if domain["xen"]["console_port"] in ports:
        yield f"{domain['name']}: its console's port is an event channel's"
    for end in domain["xen"]["channels"]:
        peer = by_id.get(end["peer"])
        back = [] if peer is None or peer is domain else [
            other for other in peer["xen"]["channels"] if other["port"] == end["peer_port"]]
        if [(other["peer"], other["peer_port"]) for other in back] != [(domain["id"], end["port"])]:
            yield f"{domain['name']}: nobody is at the other end of port {end['port']}"
    for view in domain["views"]:
        if any(port and port not in ports for port in view["event_ports"]):
            yield f"{domain['name']}: a region names a port that is no channel's"


def inside(inner, outer):
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def interface(domain):
    """Where there is a node, grant tables have a place with nothing in it, and the console a page of RAM that no
    image lies in. Dom0's console is a hypercall."""
    xen, name = domain["xen"], domain["name"]
    has_node, console, grants = xen["interface"] == "node", xen["console"], xen["grants"]
    if (xen["interface"] == "none") != (not xen["channels"] and not has_node):
        yield f"{name}: its interface {xen['interface']} does not fit its event channels"
    if (console[0] < console[1]) != (has_node and domain["id"] != 0) or (grants[0] < grants[1]) > has_node:
        yield f"{name}: its interface {xen['interface']} does not fit its console or its grant tables"
    if console[0] < console[1]:
        ram = [mapping["guest"] for mapping in domain["mappings"] if mapping["type"] == "ram_rw"]
        images = [domain[part] for part in ("kernel_window", "ramdisk_target", "tree_target")]
        if not any(inside(console, part) for part in ram) or any(overlap(console, image) for image in images):
            yield f"{name}: its console's page is no page of RAM that is free"
    if any(overlap(grants, mapping["guest"]) for mapping in domain["mappings"] if grants[0] < grants[1]):
        yield f"{name}: something is mapped where grant tables would be"
    numbers = {}
    for device in domain["emulated_devices"]:
        numbers.setdefault(device["kind"], []).append(device["number"])
    if any(found != list(range(len(found))) for found in numbers.values()):
        yield f"{name}: its emulated devices are not numbered by kind"


def of_all(plan):
    by_id = {domain["id"]: domain for domain in plan["domains"]}
    regions = {region["index"]: region for region in plan["regions"]}
    for region in plan["regions"]:
        seen = [domain["id"] for domain in plan["domains"]
                if any(view["region"] == region["index"] for view in domain["views"])]
        if region["parties"] != seen:
            yield f"region {region['id']}: parties {region['parties']}, but {seen} see it"
    for domain in plan["domains"]:
        yield from bells(domain, by_id, regions)
        yield from channels(domain, by_id)
        yield from interface(domain)
