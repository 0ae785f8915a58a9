# SPDX-License-Identifier: Apache-2.0
"""The kit: what `cmake --install` puts into a folder is enough to build and boot a system outside the tree."""
import os
import re
import shutil
import subprocess

import pytest

from isthmus_qemu import ROOT, Isthmus

PACKAGES = ROOT / "build" / "packages"


def run(*words, **options):
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    """Installed under one name, then moved: nothing in it knows where it lies."""
    folder = tmp_path_factory.mktemp("kit")
    for preset in ("host", "arm64"):
        run("cmake", "--install", ROOT / "build" / preset, "--prefix", folder / "first")
    return (folder / "first").rename(folder / "second")


@pytest.fixture
def example(kit, tmp_path):
    folder = tmp_path / "averages"
    shutil.copytree(kit / "share/doc/isthmus-dev/examples/averages", folder)
    return folder


class MadeByKit:
    """Built and made by the commands of the example's README."""

    def __init__(self, kit, example):
        self.kit, self.example = kit, example

    def command(self, _folder):
        shutil.copyfile(PACKAGES / "linux" / "Image", self.example / "Image")
        shutil.copy(PACKAGES / "busybox", self.example / "busybox")
        readme = (self.example / "README.md").read_text()
        shown = re.findall(r"^    ((?:cmake|mkdir|cp|ln|\(cd|isthmus make) .*?)(?:  +#.*)?$", readme, re.MULTILINE)
        assert len(shown) == 8, shown
        environment = os.environ | {"PATH": f"{self.kit}/bin:{os.environ['PATH']}", "CMAKE_PREFIX_PATH": str(self.kit)}
        run("sh", "-ec", "\n".join(shown), cwd=self.example, env=environment)
        return [str(self.example / "out" / "qemu.sh")]


def test_a_project_outside_the_tree(kit, example, tmp_path):
    machine = Isthmus(MadeByKit(kit, example), tmp_path)
    try:
        machine.wait_guest("linux", "reader: ok", timeout=150)
        assert machine.wait_end() == 0
        assert machine.guest("sensor") == ["sent readings: 40"]
        assert machine.guest("filter") == ["sent averages: 10"]
        averages = [sum(n * n for n in range(first, first + 4)) // 4 for first in range(1, 41, 4)]
        said = [line for line in machine.guest("linux") if line.startswith("reader: average")]
        assert said == [f"reader: average {average}" for average in averages]
        assert not machine.findings()
        assert str(kit / "lib/isthmus/isthmus") in (example / "out" / "qemu.sh").read_text()
    finally:
        print(machine.text()[-3000:])
        machine.close()


def test_pkg_config(kit, example):
    flags = run("pkg-config", "--cflags", "isthmus-guest",
                env=os.environ | {"PKG_CONFIG_PATH": str(kit / "share/pkgconfig")}).split()
    examples = kit / "share/doc/isthmus-dev/examples"
    for source in (example / "reader.c", examples / "statistics" / "isthmus_top.c"):
        run("aarch64-linux-gnu-gcc", "-static", *flags, source, "-o", example / "by-hand")
    version = run(kit / "bin/isthmus", "--version").split()[1]
    assert run("pkg-config", "--modversion", "isthmus-guest",
               env=os.environ | {"PKG_CONFIG_PATH": str(kit / "share/pkgconfig")}).strip() == version


def test_nothing_in_the_kit_knows_this_folder(kit):
    """The hypervisor's symbols name its sources from the top of the tree."""
    found = [str(file.relative_to(kit)) for file in kit.rglob("*")
             if file.is_file() and file.name != "isthmus" and str(ROOT).encode() in file.read_bytes()]
    assert not found
    assert {"bin", "include", "lib", "share"} == {path.name for path in kit.iterdir()}
