# SPDX-License-Identifier: Apache-2.0
"""A UART's driver stands in two places that know each other by its name only: fdt/uart_binding.cpp has the nodes that
ask for it, and a file of arch/arm64/uart has the driver, and lists it."""
import re

import repository

BINDINGS = "fdt/uart_binding.cpp"


def bound(text):
    return set(re.findall(r'\{"[^"]+",\s*"([^"]+)"', text))


def drivers(text):
    """Names of the drivers in a file that are listed."""
    named = dict(re.findall(r'UartDriver (\w+)\{\s*"([^"]+)"', text))
    listed = re.findall(r"ISTHMUS_UART_DRIVER\((\w+)\)", text)
    assert set(listed) == set(named), f"{set(listed) ^ set(named)} not listed, or no driver"
    return set(named.values())


def test_each_name_has_nodes_and_a_driver():
    wanted = bound(repository.read(BINDINGS))
    found = set()
    for path in repository.files(".cpp"):
        if str(path.parent) == "arch/arm64/uart":
            found |= drivers(repository.read(path))
    assert wanted and wanted == found


def test_each_driver_has_a_unit_test():
    tests = "".join(repository.read(path) for path in repository.files("_test.cpp")
                    if path.name.startswith("uart_") and "arch" in path.parts)
    untested = {name for name in bound(repository.read(BINDINGS)) if f'"{name}"' not in tests}
    assert not untested, f"no tests/unit/arch/uart_*_test.cpp asks for {sorted(untested)}"


def test_what_is_read():
    assert bound('    {"arm,pl011", "pl011"},\n    {"ns16550a", "ns16550", true, 0, 1},') == {"pl011", "ns16550"}
    assert drivers('constexpr UartDriver a{"a", open};\nISTHMUS_UART_DRIVER(a);') == {"a"}
