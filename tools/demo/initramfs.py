# SPDX-License-Identifier: Apache-2.0
"""Packs a static busybox, an /init script, modules of the kernel and programs into an initramfs: a
cpio archive of format "newc" (Linux, Documentation/driver-api/early-userspace/buffer-format.rst).
Written here and not by cpio, because /dev/console must be in it and making a device node would need
root."""
import lzma
import os
import pathlib
import stat
import subprocess
import tempfile
from dataclasses import dataclass, replace

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build"
PACKAGES = BUILD / "packages"
CONSOLE = (5, 1)  # major and minor number of /dev/console


def entry(number: int, name: str, mode: int, data: bytes = b"", device=(0, 0)) -> bytes:
    fields = [number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % value for value in fields) + name.encode() + b"\0"
    return pad(head) + pad(data)


def pad(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


@dataclass(frozen=True)
class Linux:
    """A kernel that tools/fetch_packages.sh has fetched."""
    package: str
    folder: str
    ramdisk: str  # the file in build/demo that the configurations name
    modules: tuple[str, ...]  # those that make a disk of a region, or drive Dom0's

    def image(self) -> pathlib.Path:
        return PACKAGES / self.folder / "Image"

    def version(self) -> str:
        """As `uname -r` says it."""
        return (PACKAGES / "stamps" / self.package).read_text().strip().removeprefix("linux-image-")

    def module(self, path: str) -> bytes:
        """A module, decompressed: insmod of a small system takes nothing else."""
        kernel = PACKAGES / "arm64/lib/modules" / self.version() / "kernel"
        plain = kernel / path
        if plain.exists():
            return plain.read_bytes()
        return lzma.decompress(plain.with_name(plain.name + ".xz").read_bytes())


PMEM = tuple(f"drivers/nvdimm/{name}.ko" for name in ("libnvdimm", "nd_btt", "nd_pmem", "of_pmem"))
LINUX_6_1 = Linux("linux-image-cloud-arm64", "linux", "initramfs.cpio",
                  ("drivers/dax/dax.ko", *PMEM))
LINUX_6_12 = Linux("linux-image-6.12-cloud-arm64", "linux-6.12", "initramfs-6.12.cpio", PMEM)
VIRTIO = ("virtio_ring", "virtio", "virtio_pci_legacy_dev", "virtio_pci_modern_dev", "virtio_pci")
DOM0 = replace(LINUX_6_1, ramdisk="dom0.cpio", modules=(*(f"drivers/virtio/{name}.ko" for name in VIRTIO),
                                                        "drivers/block/virtio_blk.ko"))
DISK = BUILD / "demo" / "dom0-disk.img"
GREETING = "This is the disk of Dom0.\n"
PROGRAMS = ("shm_messages", "shm_talk", "shm_bell", "dax_word")  # tests/guests/linux


def archive(busybox: bytes, init: bytes, more: dict[str, bytes]) -> bytes:
    """`more`: files in folders that are there."""
    folder, program = stat.S_IFDIR | 0o755, stat.S_IFREG | 0o755
    members = [
        ("bin", folder, b"", (0, 0)),
        ("dev", folder, b"", (0, 0)),
        ("lib", folder, b"", (0, 0)),
        ("modules", folder, b"", (0, 0)),
        ("dev/console", stat.S_IFCHR | 0o600, b"", CONSOLE),
        ("bin/busybox", program, busybox, (0, 0)),
        ("bin/sh", stat.S_IFLNK | 0o777, b"busybox", (0, 0)),
        ("init", program, init, (0, 0)),
        *((name, program, data, (0, 0)) for name, data in more.items()),
    ]
    out = b"".join(entry(number, name, mode, data, device)
                   for number, (name, mode, data, device) in enumerate(members, 1))
    return out + entry(0, "TRAILER!!!", 0)


def make(target: pathlib.Path, linux: Linux = LINUX_6_1) -> pathlib.Path:
    programs = BUILD / "arm64" / "guests" / "linux"
    more = {f"modules/{pathlib.Path(path).name}": linux.module(path) for path in linux.modules}
    more |= {f"bin/{name}": (programs / name).read_bytes() for name in PROGRAMS}
    target.parent.mkdir(parents=True, exist_ok=True)
    # Another demo may be reading the one that is there.
    whole = target.with_suffix(f".{os.getpid()}")
    whole.write_bytes(archive((PACKAGES / "busybox").read_bytes(),
                              (HERE / "linux-init.sh").read_bytes(), more))
    return whole.replace(target)


def prepare(linux: Linux = LINUX_6_1) -> None:
    """The file that the demos' configurations name."""
    make(BUILD / "demo" / linux.ramdisk, linux)


def prepare_dom0() -> None:
    """The same for Dom0, and its disk."""
    prepare(DOM0)
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "greeting").write_text(GREETING)
        DISK.unlink(missing_ok=True)
        # mke2fs is where only root's PATH leads.
        path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", folder, str(DISK), "8M"], check=True,
                       stdout=subprocess.DEVNULL, env=os.environ | {"PATH": path})
