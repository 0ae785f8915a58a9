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


def of_all(plan):
    regions = {region["index"]: region for region in plan["regions"]}
    subjects = [region["subject"] for region in plan["regions"] if region["role"] == "status"]
    if len(set(subjects)) != len(subjects):
        yield "two status pages are about one region"
    for region in plan["regions"]:
        if region["role"] == "shared":
            continue
        name = f"region {region['id']}"
        if region["owner"] != DOM_IO or region["has_doorbells"]:
            yield f"{name}: somebody owns it, or rings by it"
        views = [view for domain in plan["domains"] for view in domain["views"] if view["region"] == region["index"]]
        if any(view["writable"] or view["event_ports"] for view in views):
            yield f"{name}: a guest may write it, or rings by it"
        yield from (f"{name} {what}" for what in status(region, regions.get(region["subject"])))
