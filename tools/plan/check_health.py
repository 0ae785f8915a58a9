# SPDX-License-Identifier: Apache-2.0
"""The part of the second opinion that is about the ends of domains: who can be built again, what follows, and what
becomes of regions then."""
from plan_ranges import PAGE, overlap

ANSWERS = ("on_power_off", "on_reset", "on_crash", "on_watchdog", "on_panic", "on_restart_limit")


def answers(domain):
    health, name = domain["health"], domain["name"]
    given = [health[key] for key in ANSWERS]
    if domain["id"] == 0 and (given[:2] != ["poweroff-machine", "reset-machine"] or health["can_restart"]):
        yield f"{name}: its end is not the machine's"
    if not health["can_restart"] and "restart" in given:
        yield f"{name}: it is restarted, and cannot be"
    if health["on_restart_limit"] == "restart":
        yield f"{name}: a restart follows the last one"
    if not health["group"] and "stop-group" in given:
        yield f"{name}: it ends a group, and is in none"
    if (health["restart_count"] == 0) != (health["restart_seconds"] == 0) or health["restart_count"] > 1000 \
            or health["restart_seconds"] > 604800:
        yield f"{name}: its limit is {health['restart_count']} restarts in {health['restart_seconds']} s"


def devices(domain):
    """DMA that goes on while memory is cleared and filled."""
    free = [device["path"] for device in domain["devices"] if not device["is_behind_smmu"]]
    if domain["health"]["can_restart"] and free:
        yield f"{domain['name']}: it can be restarted, but nobody holds back {free}"


def views(domain, regions):
    for view in domain["views"]:
        if view["clear_on_restart"] and not view["writable"]:
            yield f"{domain['name']}: it clears region {regions[view['region']]['id']}, which it may only read"


def modules(plan):
    """What a restart copies again is still there: nobody else has it."""
    for domain in plan["domains"]:
        for part in ("kernel", "ramdisk"):
            start, end = domain.get(part, {}).get("host", (0, 0))
            pages = [start // PAGE * PAGE, -(-end // PAGE) * PAGE]
            for entry in plan["host_map"]:
                if overlap(entry["range"], pages) and entry["use"] != "module":
                    yield f"{domain['name']}: its {part} lies in memory that is {entry['use']}"


def of_all(plan):
    regions = {region["index"]: region for region in plan["regions"]}
    for domain in plan["domains"]:
        yield from answers(domain)
        yield from devices(domain)
        yield from views(domain, regions)
    yield from modules(plan)
