# SPDX-License-Identifier: Apache-2.0
"""Ranges of a plan's JSON: [start, end) in bytes, as lists of two numbers."""
PAGE = 4096
DEVICE = ("device", "device_nc")  # types of mappings


def is_ram(mapping):
    return mapping["region"] is None and mapping["type"] not in (*DEVICE, "reserved_rw")


def ram_of(domain):
    """What it has of the machine's RAM: its own, what it sees of regions, and of what firmware keeps."""
    return [mapping for mapping in domain["mappings"] if mapping["type"] not in DEVICE]


def overlap(left, right):
    return left[0] < right[1] and right[0] < left[1]


def show(pair):
    return f"{pair[0]:#x}-{pair[1]:#x}"


def merged(ranges):
    """Sorted, and neighbours joined; overlapping ranges stay apart, so that they are seen."""
    joined = []
    for start, end in sorted(ranges):
        if joined and joined[-1][1] == start:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    return joined


def disjoint(what, ranges):
    """Findings about overlaps among (range, name)."""
    ranges = sorted(ranges)
    for (left, one), (right, other) in zip(ranges, ranges[1:]):
        if left[0] < left[1] and overlap(left, right):
            yield f"{what}: {one} {show(left)} overlaps {other} {show(right)}"


def host_of(mapping):
    return [mapping["host"], mapping["host"] + mapping["guest"][1] - mapping["guest"][0]]


def host_slices(region, offset, size):
    """Host ranges of [offset, offset + size) of a region, in order."""
    at = 0
    for start, end in region["host"]:
        low, high = max(offset, at), min(offset + size, at + end - start)
        if low < high:
            yield [start + low - at, start + high - at]
        at += end - start


def pages(pair):
    """The whole pages that hold it."""
    return [pair[0] // PAGE * PAGE, -(-pair[1] // PAGE) * PAGE]


def merged_views(parts):
    """Joins neighbours of one region, with the same rights, at the same distance of guest and host."""
    keys = {part[:3] for part in parts}
    return {key: merged(part[3:] for part in parts if part[:3] == key) for key in keys}
