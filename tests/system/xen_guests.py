# SPDX-License-Identifier: Apache-2.0
"""Guests with Xen's interface: their nodes in the tree, and stock Linux kernels that use it."""
import pathlib

import initramfs
import launch
from systems import domain, region

ROOT = launch.ROOT
PORTS = {"a": 5, "b": 9}
AT = 0x6000_0000  # guest address of the shared page
ENHANCED = 'xen,enhanced = "no-xenstore";'
# A kernel that an emulator keeps waiting is not stuck.
PATIENT = "rcupdate.rcu_cpu_stall_timeout=240 watchdog_thresh=60"


def channel(side: str, ports: dict[str, int] = PORTS) -> str:
    """One end of the channel between the sides a and b."""
    other = "b" if side == "a" else "a"
    return f"""
            ec_{side}: evtchn@{ports[side]:x} {{
                compatible = "xen,evtchn-v1";
                xen,evtchn = <{ports[side]} &ec_{other}>;
            }};"""


def page() -> str:
    return region("page", 0x7000_0000, AT, 0x1000)


def linux(name: str, words: str, *, side: str = "", console: str = "console=ttyAMA0", cpus: int = 1,
          uart: bool = True, kernel: str = "kernel", ramdisk: str = "ramdisk") -> str:
    """`words` as tests/guests/linux/xen-init.sh has them; `side`: of the channel, with the page beside it."""
    extra = ENHANCED + (channel(side) if side else "")
    if side:
        words += f" xen.ring={side} xen.port={PORTS[side]} xen.at={AT:#x}"
    return domain(name, kernel, memory_mib=256, cpus=cpus, ramdisk=ramdisk, uart=uart, extra=extra,
                  regions=(page(),) if side else (), bootargs=f"{console} {PATIENT} {words}".strip())


def bare(name: str, words: str, *, side: str = "", cpus: int = 1, uart: bool = True,
         more: str = "") -> str:
    """`words` as tests/guests/events.cpp has them."""
    if side:
        words += f" role={side} port={PORTS[side]} at={AT:#x}"
    return domain(name, "events", cpus=cpus, uart=uart, extra=ENHANCED + more + (channel(side) if side else ""),
                  regions=(page(),) if side else (), bootargs=words)


def modules(folder: pathlib.Path, kernel: initramfs.Linux = initramfs.LINUX_6_12) -> dict[str, pathlib.Path]:
    """Kernel and ramdisk, the latter with the module and programs of tests/guests/linux."""
    target = folder / f"xen-{kernel.folder}.cpio"
    more = {"modules/xen-evtchn.ko": kernel.module("drivers/xen/xen-evtchn.ko"),
            "bin/event_ring": (launch.build_folder() / "guests/linux/event_ring").read_bytes()}
    init = (ROOT / "tests/guests/linux/xen-init.sh").read_bytes()
    target.write_bytes(initramfs.archive((initramfs.PACKAGES / "busybox").read_bytes(), init, more))
    return {"kernel": kernel.image(), "ramdisk": target}
