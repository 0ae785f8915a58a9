# SPDX-License-Identifier: Apache-2.0
"""Devices of QEMU's `virt` for guests: partial trees, and the modules that hold them."""
import pathlib

import launch
from systems import cells, module

PAGE = 0x1000
TRANSPORTS, TRANSPORT_SIZE, LINES = 0x0A00_0000, 0x200, 16  # virtio-mmio, one beside the other
RTC, RTC_LINE = 0x0901_0000, 2


def device(name: str, host: str, address: int, size: int, interrupt: str, more: str) -> str:
    """A node whose registers are where the machine has them; the guest gets their pages."""
    page = address // PAGE * PAGE
    return f"""
        {name}@{address:x} {{
            {more}
            reg = <{cells(address)} {cells(size)}>;
            interrupt-parent = <&gic>;
            interrupts = <{interrupt}>;
            xen,path = "{host}@{address:x}";
            xen,reg = <{cells(page)} {cells(PAGE)} {cells(page)}>;
            xen,force-assign-without-iommu;
        }};"""


def transport(number: int) -> str:
    """QEMU gives devices to the transports from the last, 31, downwards."""
    return device("virtio", "/virtio_mmio", TRANSPORTS + number * TRANSPORT_SIZE, TRANSPORT_SIZE,
                  f"0 {LINES + number} 1", 'compatible = "virtio,mmio"; dma-coherent;')


def rtc() -> str:
    return device("rtc", "/pl031", RTC, PAGE, f"0 {RTC_LINE} 4", 'compatible = "test,rtc";')


def partial_tree(target: pathlib.Path, *nodes: str) -> pathlib.Path:
    source = target.with_suffix(".dts")
    source.write_text(f"""/dts-v1/;
/ {{
    #address-cells = <2>;
    #size-cells = <2>;
    gic: gic {{ #interrupt-cells = <3>; interrupt-controller; }};
    passthrough {{
        compatible = "simple-bus";
        #address-cells = <2>;
        #size-cells = <2>;
        ranges;
        {"".join(nodes)}
    }};
}};
""")
    launch.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", str(target), str(source)])
    return target


def tree_module(name: str) -> str:
    """The module's node, for a domain."""
    return module("device-tree", f"${{{name}.address}} ${{{name}.size}}", 2)
