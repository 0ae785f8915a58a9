# SPDX-License-Identifier: Apache-2.0
"""The part of the second opinion that is about regions which Isthmus writes: nobody else may, nobody owns them, and
who sees one is party to what it is about."""
PAGE, DOM_IO = 4096, 0x7FF1


def is_of(regions, mapping):
    """A part of a region that Isthmus writes: it is somewhere else than on the host in every guest."""
    return mapping["region"] is not None and regions[mapping["region"]]["role"] != "shared"


def status(region, subject):
    if subject is None or subject["role"] != "shared":
        yield "is the status of no region of guests"
    elif region["parties"] != subject["parties"] or region["size"] != PAGE or len(region["host"]) != 1:
        yield "is not a page for the region's parties"


def statistics(region, domains, cpus):
    """A header of 128 bytes, 256 for a domain, 64 for a CPU; from the next page on 16 KiB for a CPU."""
    size = -(-(128 + 256 * domains + 64 * cpus) // PAGE) * PAGE + 0x4000 * cpus
    if region["subject"] is not None:
        yield "is about one region"
    if region["size"] != size or len(region["host"]) != 1:
        yield "is not one piece of the size that its domains and CPUs take"


def of_all(plan):
    regions = {region["index"]: region for region in plan["regions"]}
    subjects = [region["subject"] for region in plan["regions"] if region["role"] == "status"]
    if len(set(subjects)) != len(subjects):
        yield "two status pages are about one region"
    if sum(region["role"] == "statistics" for region in plan["regions"]) > 1:
        yield "there are two regions of statistics"
    for region in plan["regions"]:
        if region["role"] == "shared":
            continue
        name = f"region {region['id']}"
        if region["owner"] != DOM_IO or region["has_doorbells"]:
            yield f"{name}: somebody owns it, or rings by it"
        views = [view for domain in plan["domains"] for view in domain["views"] if view["region"] == region["index"]]
        if any(view["writable"] or view["event_ports"] for view in views):
            yield f"{name}: a guest may write it, or rings by it"
        problems = (status(region, regions.get(region["subject"])) if region["role"] == "status" else
                    statistics(region, len(plan["domains"]), len(plan["machine"]["cpus"])))
        yield from (f"{name} {what}" for what in problems)
