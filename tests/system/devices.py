# SPDX-License-Identifier: Apache-2.0
"""Linux with devices of the machine: QEMU's virtio disk and network card, the file that a server
offers, and the ramdisk whose /init (tests/guests/linux/devices-init.sh) tries them."""
import contextlib
import functools
import http.server
import pathlib
import subprocess
import sys
import threading
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "machine"), str(ROOT / "tools" / "demo")]

import initramfs  # noqa: E402
import launch  # noqa: E402
import systems  # noqa: E402

LINUX = initramfs.LINUX_6_1
# In the order in which each finds the symbols of those before it.
DRIVERS = {
    "virtio_ring": "drivers/virtio", "virtio": "drivers/virtio",
    "virtio_pci_legacy_dev": "drivers/virtio", "virtio_pci_modern_dev": "drivers/virtio",
    "virtio_pci": "drivers/virtio", "virtio_mmio": "drivers/virtio", "virtio_blk": "drivers/block",
    "failover": "net/core", "net_failover": "drivers/net", "virtio_net": "drivers/net"}
HELLO = "hello from the disk"
OFFERED = "hello from the server"
SERVER = "10.0.2.2"  # QEMU's name for this machine on the network that it makes up


def ramdisk(target: pathlib.Path) -> pathlib.Path:
    messages = launch.build_folder() / "guests/linux/shm_messages"
    more = {f"modules/{name}.ko": LINUX.module(f"{folder}/{name}.ko")
            for name, folder in DRIVERS.items()}
    more["bin/shm_messages"] = messages.read_bytes()
    init = (ROOT / "tests/guests/linux/devices-init.sh").read_bytes()
    target.write_bytes(initramfs.archive((initramfs.PACKAGES / "busybox").read_bytes(), init, more))
    return target


def modules(folder: pathlib.Path) -> dict[str, pathlib.Path]:
    return {"kernel": LINUX.image(), "ramdisk": ramdisk(folder / "ramdisk.cpio")}


def words(**keys: object) -> str:
    """For a kernel's command line; `keys` as devices-init.sh has them."""
    drivers = {"modules": ",".join(DRIVERS)} if keys.pop("drivers", True) else {}
    return " ".join(["console=ttyAMA0 quiet",
                     *(f"devices.{key}={value}" for key, value in (drivers | keys).items())])


def dom0(bootargs: str, regions: tuple[str, ...] = ()) -> str:
    """Dom0's part of /chosen, for systems.system()."""
    return (systems.module("kernel", "${kernel.address} ${kernel.size}", 0,
                           f"bootargs = {systems.quoted(bootargs)};")
            + systems.module("ramdisk", "${ramdisk.address} ${ramdisk.size}", 1)
            + "".join(regions))


CELLS = "#address-cells = <2>; #size-cells = <2>;"  # of /chosen, for Dom0's modules


def disk(target: pathlib.Path, mib: int = 16) -> pathlib.Path:
    """An ext4 file system with the file "hello"."""
    files = target.parent / "files"
    files.mkdir(exist_ok=True)
    (files / "hello").write_text(HELLO + "\n")
    launch.run(["truncate", "-s", f"{mib}M", str(target)])
    launch.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-d", str(files), str(target)])
    return target


def file_on(image: pathlib.Path, name: str) -> str:
    """What the file system holds by now."""
    done = subprocess.run(["/sbin/debugfs", "-R", f"cat {name}", str(image)], check=True,
                          capture_output=True, text=True)
    return done.stdout


def qemu(bus: str, image: pathlib.Path, number: int = 0, *, translated: bool = False) -> tuple[str, ...]:
    """QEMU's words for the disk and a card; `bus` is pci or mmio. QEMU's virtio devices pass an SMMU by unless
    `translated`."""
    kind = {"pci": ("pci", ",romfile="), "mmio": ("device", "")}[bus]
    more = kind[1] + (",disable-legacy=on,iommu_platform=on" if translated else "")
    return ("-drive", f"if=none,file={image},format=raw,id=disk{number}",
            "-device", f"virtio-blk-{kind[0]},drive=disk{number}{more}",
            "-netdev", f"user,id=net{number}",
            "-device", f"virtio-net-{kind[0]},netdev=net{number}{more}")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def server(folder: pathlib.Path, large_mib: int = 1) -> Iterator[str]:
    """Offers the files "hello" and "large" to guests; yields HOST:PORT as they see it."""
    folder.mkdir(exist_ok=True)
    (folder / "hello").write_text(OFFERED + "\n")
    (folder / "large").write_bytes(bytes(large_mib << 20))
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        yield f"{SERVER}:{service.server_port}"
        service.shutdown()
