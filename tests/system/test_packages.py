# SPDX-License-Identifier: Apache-2.0
"""The Debian packages: built, looked at by lintian, unpacked into a fresh folder, and used there."""
import os
import subprocess

import pytest

from isthmus_qemu import ROOT

FOLDER = ROOT / "build" / "debian"
NAMES = {"isthmus-tools", "isthmus-hypervisor", "isthmus-dev"}
# Whoever publishes packages puts an address of their own into debian/control and debian/changelog.
LEFT_OPEN = "bogus-mail-host,bogus-mail-host-in-debian-changelog"


def run(*words, **options):
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
    assert done.returncode == 0, f"{words}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def packages():
    run(ROOT / "tools" / "package.sh")
    found = {file.name.split("_")[0]: file for file in FOLDER.glob("*.deb")}
    assert {name for name in found if not name.endswith("-dbgsym")} == NAMES
    return found


@pytest.fixture(scope="module")
def unpacked(packages, tmp_path_factory):
    folder = tmp_path_factory.mktemp("root")
    for name in NAMES:
        run("dpkg-deb", "-x", packages[name], folder)
    return folder / "usr"


def test_lintian_has_nothing_to_say(packages):
    said = run("lintian", "--allow-root", "--suppress-tags", LEFT_OPEN, *(packages[name] for name in sorted(NAMES)))
    assert not said, said


def test_the_packages_say_what_they_need(packages):
    depends = run("dpkg-deb", "-f", packages["isthmus-tools"], "Depends")
    assert "device-tree-compiler" in depends and "libc6" in depends
    for name in ("isthmus-hypervisor", "isthmus-dev"):
        assert run("dpkg-deb", "-f", packages[name], "Architecture").strip() == "all"


def test_they_are_used(unpacked, tmp_path):
    """A boot tree from nothing but what was unpacked; the image and its symbols are those that were built."""
    program = unpacked / "bin" / "isthmus"
    version = run("dpkg-parsechangelog", "-S", "Version", cwd=ROOT).strip()
    assert run(program, "--version") == f"isthmus {version}\n"
    for name in ("isthmus", "isthmus.elf"):
        assert (unpacked / "lib/isthmus" / name).read_bytes() == (ROOT / "build/arm64" / name).read_bytes()
    guest = ROOT / "build/arm64/guests/hello.bin"
    (tmp_path / "one.toml").write_text(f'[base]\nboard = "qemu-virt"\n[[domain]]\nname = "a"\nkernel = "{guest}"\n'
                                       'memory = "64 MiB"\n')
    run(program, "make", tmp_path / "one.toml", "-o", tmp_path / "out")
    assert str(unpacked / "lib/isthmus/isthmus") in (tmp_path / "out" / "qemu.sh").read_text()
    assert run(program, "check", "--strict", tmp_path / "out" / "boot.dtb") == ""
    assert (unpacked / "share/man/man1/isthmus.1.gz").exists()
    assert (unpacked / "share/bash-completion/completions/isthmus").exists()
    flags = run("pkg-config", "--cflags", "isthmus-guest",
                env=os.environ | {"PKG_CONFIG_PATH": str(unpacked / "share/pkgconfig")}).split()
    example = unpacked / "share/doc/isthmus-dev/examples/averages"
    run("aarch64-linux-gnu-gcc", "-static", *flags, example / "reader.c", "-o", tmp_path / "reader")
