# SPDX-License-Identifier: Apache-2.0
"""What the keys of a configuration (docs/make.md) make of the boot tree."""
import hashlib
import re
import subprocess

from conftest import PROGRAM, ROOT, isthmus

from made import config, made_source, node_of  # noqa: F401: a fixture


def test_addresses_that_are_given(config, tmp_path):
    source = made_source(config, tmp_path,
                         ('size = "64 KiB"', 'size = "64 KiB"\nhost = 0x7000_0000\nguest = 0x1_0000_0000'),
                         ('memory = "3 GiB"', 'memory = "128 MiB"'))
    assert source.count("xen,shared-mem = <0x0 0x70000000 0x1 0x0 0x0 0x10000>;") == 2


def test_what_is_chosen_avoids_what_is_given(config, tmp_path):
    """The region of the given addresses lies where the first one would have been put."""
    plain = made_source(config, tmp_path)
    host, guest = re.search(r'"mailbox";\s+xen,shared-mem = <\S+ (\S+) (\S+ \S+) ', plain).groups()
    numbers = [int(word, 16) for word in guest.split()]
    source = made_source(config, tmp_path, ('size = "4 MiB"', f'size = "4 MiB"\nhost = {int(host, 16) & ~0x1fffff:#x}\n'
                                            f'guest = {(numbers[0] << 32) + numbers[1]:#x}'))
    assert f"0x0 {host} {guest}" not in source


def test_memory_that_is_told_by_the_tree(config, tmp_path):
    source = made_source(config, tmp_path,
                         ('memory = "64 MiB"', 'memory = "64 MiB"\nstatic-memory = '
                          '[{ address = 0x8000_0000, size = "32 MiB" }, { address = 0x9000_0000, size = "32 MiB" }]'),
                         ('memory = "3 GiB"', 'memory = "1 GiB"\nstatic-memory = true'),
                         ('args =', 'static-heap = [{ address = 0x7000_0000, size = "128 MiB" }]\nargs ='))
    a, b = node_of(source, "a"), node_of(source, "b")
    assert "xen,static-mem = <0x0 0x80000000 0x0 0x2000000>, <0x0 0x90000000 0x0 0x2000000>;" in a
    assert "xen,static-mem = <0x0 0xc0000000 0x0 0x40000000>;" in b, "1 GiB, in one block"
    assert "xen,static-heap = <0x0 0x70000000 0x0 0x8000000>;" in source


def test_digests(config, tmp_path):
    """--digests: each module's, as sha256sum says it; the tree is refused with any other file."""
    assert "isthmus,sha256" not in made_source(config, tmp_path)
    file = config()
    isthmus("make", file, "-o", tmp_path / "out", "--digests")
    source = (tmp_path / "out/boot.dts").read_text()
    said = re.findall(r'isthmus,sha256 = "([0-9a-f]{64})";', source)
    files = [other for other in file.parent.iterdir() if other.is_file()]
    assert said and set(said) <= {hashlib.sha256(other.read_bytes()).hexdigest() for other in files}
    assert len(said) == source.count("multiboot,kernel") + source.count("multiboot,ramdisk")


def test_a_domain_says_more(config, tmp_path):
    source = made_source(config, tmp_path,
                         ('uart = false', 'uart = false\nspis = 64\naffinity = ["2-3", "1"]\nproperties = '
                          '{ passthrough = "disabled", trap-unmapped-accesses = true, max_grant_frames = 1 }'),
                         ('bootargs', 'affinity = "0"\nbootargs'),
                         ('args =', 'properties = { "some,list" = [1, "two"] }\nargs ='))
    b = node_of(source, "b")
    for text in ("nr_spis = <64>;", 'passthrough = "disabled";', "\ttrap-unmapped-accesses;",
                 "max_grant_frames = <1>;"):
        assert text in b, b
    assert re.findall(r'id = <(\d)>;\s+hard-affinity = "(.*)";', b) == [("0", "2-3"), ("1", "1")]
    assert re.findall(r'id = <(\d)>;\s+hard-affinity = "(.*)";', node_of(source, "a")) == [("0", "0")]
    assert 'some,list = <1>, "two";' in source
    text = isthmus("plan", tmp_path / "out" / "boot.dtb").stdout
    assert re.search(r"^d1 +a +64 MiB +1 +0 ", text, re.MULTILINE), text
    assert re.search(r"^d2 +b +3 GiB +2 +[23],1 ", text, re.MULTILINE), text


def test_pools_of_cpus(config, tmp_path):
    source = made_source(config, tmp_path, ('uart = false', 'uart = false\ncpupool = "together"'),
                         ('[[region]]', '[[cpupool]]\nname = "together"\ncpus = [3, 1]\nscheduler = "rr"\n[[region]]'))
    assert "cpupool-cpus = <&{/cpus/cpu@3} &{/cpus/cpu@1}>;" in node_of(source, "together")
    assert "domain-cpupool = <&{/chosen/together}>;" in node_of(source, "b")
    assert "domain-cpupool" not in node_of(source, "a")
    text = isthmus("plan", tmp_path / "out" / "boot.dtb").stdout
    assert re.search(r"^d1 +a +64 MiB +1 +[02] ", text, re.MULTILINE), text
    assert re.search(r"^d2 +b +3 GiB +2 +[13],[13] ", text, re.MULTILINE), text


def test_signals(config, tmp_path):
    source = made_source(config, tmp_path, ('uart = false', 'uart = false\nxen = true'),
                         ('readers = ["b"]', 'readers = ["b"]\ndoorbells = true\nstatus = true'),
                         ('[[region]]', '[[channel]]\nbetween = ["a", "b"]\n[[channel]]\nbetween = ["b", "a"]\n'
                          'ports = [1, 7]\n[[region]]'))
    assert 'xen,enhanced = "no-xenstore";' in node_of(source, "b")
    assert "xen,enhanced" not in node_of(source, "a")
    assert "xen,evtchn = <1 &{/chosen/b/channel0}>;" in node_of(source, "a")
    assert "xen,evtchn = <7 &{/chosen/b/channel1}>;" in node_of(source, "a")
    assert "xen,evtchn = <2 &{/chosen/a/channel0}>;" in node_of(source, "b"), "1 is taken by the other channel"
    assert source.count("isthmus,doorbell;") >= 2
    assert source.count("isthmus,status;") == source.count("isthmus,doorbell;")
    text = isthmus("plan", tmp_path / "out" / "boot.dtb", "--domain", "b").stdout
    assert re.search(r"^  channel +port 2 to port 1 of a ", text, re.MULTILINE), text
    assert re.search(r"^  doorbell +0 to a ", text, re.MULTILINE), text


def test_what_follows_an_end(config, tmp_path):
    source = made_source(config, tmp_path,
                         ('uart = false', 'uart = false\nwatchdog = true\non-poweroff = "stop"\non-reset = "stop-group"\n'
                          'on-crash = "restart"\non-watchdog = "halt-machine"\nrestart-limit = [3, 60]\n'
                          'on-restart-limit = "reset-machine"\ngroup = "cabin"'),
                         ('bootargs', 'group = "cabin"\nbootargs'),
                         ('readers = ["b"]\npresentation = "pmem"', '[[region.use]]\ndomain = "b"\non-restart = "clear"'))
    b = node_of(source, "b")
    for text in ('isthmus,on-poweroff = "stop";', 'isthmus,on-reset = "stop-group";', 'isthmus,on-crash = "restart";',
                 'isthmus,on-watchdog = "halt-machine";', "isthmus,restart-limit = <3 60>;",
                 'isthmus,on-restart-limit = "reset-machine";', 'isthmus,group = "cabin";'):
        assert text in b, b
    assert "isthmus,on-panic" not in b
    assert 'isthmus,on-restart = "clear";' in b[b.index("shm-pool"):]
    assert "isthmus,on-" not in node_of(source, "a")


def test_a_domain_reads_statistics(config, tmp_path):
    source = made_source(config, tmp_path, ('uart = false', 'uart = false\nstatistics = true'))
    assert "isthmus,statistics;" in node_of(source, "b")
    assert "isthmus,statistics" not in node_of(source, "a")
    text = isthmus("plan", tmp_path / "out" / "boot.dtb", "--domain", "b").stdout
    assert "Isthmus's statistics" in text, text


def test_a_domain_says_where_it_uses_a_region(config, tmp_path):
    source = made_source(config, tmp_path, ('readers = ["b"]\npresentation = "pmem"', """presentation = "pmem"

[[region.use]]
domain = "a"
access = "ro"

[[region.use]]
domain = "b"
offset = "4 KiB"
size = "8 KiB"
presentation = "reserved"

[[region.use]]
domain = "b"
offset = 0x10_0000
size = "64 KiB"
guest = 0x1_0000_0000
properties = { "isthmus,note" = "kept" }
"""))
    a, b = node_of(source, "a"), node_of(source, "b")
    pool = a[a.index("shm-pool"):]
    assert 'role = "owner";' in pool and 'isthmus,access = "ro";' in pool and '"pmem"' in pool
    first, second = (part.split("}")[0] for part in b.split("shm-pool@")[1:])
    assert "isthmus,offset = <0x0 0x1000>;" in first and '"reserved"' in first
    assert "isthmus,offset = <0x0 0x100000>;" in second and 'isthmus,note = "kept";' in second
    assert second.startswith("100000000 ")
    start = int(re.search(r"pool@(\w+)", a)[1], 16)
    assert first.startswith(f"{start + 0x1000:x} "), "a window lies where the whole would"


def test_the_dialects(config, tmp_path):
    source = made_source(config, tmp_path, ('size = "64 KiB"', 'size = "64 KiB"\nhost = "at-boot"'),
                         ('size = "4 MiB"', 'size = "4 MiB"\nid = 0x17\nhost = 0x7000_0000'))
    assert re.search(r'"mailbox";\s+xen,shared-mem = <\S+ \S+ 0x0 0x10000>;', source)
    assert re.search(r'xen,shm-id = <0x17>;\s+xen,shared-mem = <0x0 0x70000000 0x0 0x400000 ', source)


def test_another_board_and_its_choices(config, tmp_path):
    board = tmp_path / "other"
    board.mkdir()
    original = (ROOT / "boards" / "qemu-virt" / "board.toml").read_text()
    (board / "board.toml").write_text('overlay = "more.dts"\n' + original.replace("cpus = 2", "cpus = 3"))
    (board / "more.dts").write_text('/ { from-the-overlay; };')
    made_source(config, tmp_path, ("3 GiB", "128 MiB"), command=["--board", board, "--set", "gic=2"])
    script = (tmp_path / "out" / "qemu.sh").read_text()
    assert "-smp '3'" in script and "gic-version=2" in script
    assert "from-the-overlay;" in (tmp_path / "out" / "boot.dts").read_text()
    for word in ("gic", "gic=", "disks=2", "memory=much"):
        status = 64 if word == "gic" else 1
        said = isthmus("make", config(), "--board", board, "--set", word, status=status).stderr
        assert "--set" in said
    (board / "board.toml").write_text(original.replace("machine =", "machines ="))
    assert f"{board}/board.toml:" in isthmus("make", config(), "--board", board, status=1).stderr


def test_a_board_whose_kernel_option_is_not_used(config, tmp_path):
    """Everything is loaded where make says, and a few instructions hand over."""
    board = tmp_path / "other"
    board.mkdir()
    original = (ROOT / "boards" / "qemu-virt" / "board.toml").read_text()
    (board / "board.toml").write_text(original.replace('start = "kernel"', 'start = "entry"')
                                      .replace("cpus = 2", "cpus = 4"))
    made_source(config, tmp_path, ("3 GiB", "128 MiB"), command=["--board", board])
    script = (tmp_path / "out" / "qemu.sh").read_text()
    assert "-kernel" not in script and "-dtb" not in script
    data = {int(at, 16): int(value, 16)
            for at, value in re.findall(r"loader,addr=(\w+),data=(\w+),data-len=8", script)}
    files = {file: int(at, 16) for at, file in re.findall(r"addr=(\w+),file=([^']*?)'", script)}
    entry = int(re.search(r"cpu-num=0,addr=(\w+)", script)[1], 16)
    image = next(at for file, at in files.items() if file.endswith("/isthmus"))
    assert sorted(data) == [entry, entry + 8, entry + 16, entry + 24]
    assert (data[entry + 16], data[entry + 24]) == (files["boot.dtb"], image)


def test_direct_map_takes_the_hosts_addresses(config, tmp_path):
    """The planner of this version may refuse it: what make asks for is looked at in the finding."""
    file = config(config().read_text().replace('memory = "64 MiB"', 'memory = "64 MiB"\ndirect-map = true'))
    done = subprocess.run([PROGRAM, "make", file, "-o", tmp_path / "out"], capture_output=True, text=True)
    assert done.returncode == 0 or "/chosen/a direct-map" in done.stderr, done.stderr
    if done.returncode == 0:
        a = node_of((tmp_path / "out" / "boot.dts").read_text(), "a")
        assert "direct-map;" in a and "xen,static-mem = <" in a
        for host, guest in re.findall(r"xen,shared-mem = <(\S+ \S+) (\S+ \S+) ", a):
            assert host == guest


DOM0 = '[dom0]\nkernel = "kernel,1"\nramdisk = "it\'s a disk"\nmemory = "256 MiB"\ncpus = 1\nbootargs = "x=1"\n\n'


def test_dom0(config, tmp_path):
    source = made_source(config, tmp_path, ('[[domain]]', DOM0 + '[[domain]]'), ("3 GiB", "128 MiB"),
                         ('borrowers = ["a", "b"]', 'borrowers = ["Dom0", "a", "b"]'),
                         ('readers = ["b"]', 'readers = ["Dom0"]'))
    chosen = source[source.index("By isthmus make"):]
    assert 'xen,xen-bootargs = "on-last-off=poweroff dom0_mem=262144K dom0_max_vcpus=1";' in chosen
    modules = chosen[:chosen.index("\t\ta {")]
    assert re.search(r'kernel@\w+ {\s+compatible = "multiboot,kernel", "multiboot,module";', modules)
    assert 'bootargs = "x=1";' in modules and "ramdisk@" in modules
    shared = re.findall(r'shm-id = "(\w+)";\s+xen,shared-mem = <(\S+ \S+) (\S+ \S+) ', modules)
    assert [name for name, _, _ in shared] == ["mailbox", "pool"] and all(host == guest for _, host, guest in shared)
    guests = re.findall(r'"mailbox";\s+xen,shared-mem = <\S+ \S+ (\S+ \S+) ', chosen)
    assert guests[1:] == ["0x0 0x50000000"] * 2, "guests see it above their RAM, whatever Dom0's is"
    text = isthmus("plan", tmp_path / "out" / "boot.dtb").stdout
    assert re.search(r"^d0 +Dom0 +256 MiB +1 +\S+ +uart ", text, re.MULTILINE), text
    assert re.search(r'^Dom0 .* foreign ro +"pool"$', text, re.MULTILINE), text


def test_dom0_reads_statistics(config, tmp_path):
    source = made_source(config, tmp_path, ('[[domain]]', DOM0.replace("cpus = 1", "statistics = true") + '[[domain]]'),
                         ("3 GiB", "128 MiB"))
    assert source.count("isthmus,statistics;") == 1
    assert source.index("isthmus,statistics;") < source.index("kernel@"), "of /chosen"


def test_dom0_alone_and_by_default(config, tmp_path):
    text = config().read_text()
    base = text[:text.index("[[domain]]")]
    isthmus("make", config(base + '[dom0]\nkernel = "kernel,1"\n'), "-o", tmp_path / "out")
    source = (tmp_path / "out" / "boot.dts").read_text()
    assert '"on-last-off=poweroff dom0_mem=524288K";' in source
    plan = isthmus("plan", tmp_path / "out" / "boot.dtb").stdout
    assert re.search(r"^d0 +Dom0 +512 MiB +4 ", plan, re.MULTILINE), plan


def test_dom0_on_a_tree_that_counts_otherwise(config, machine_text, tmp_path):
    """/chosen then counts as the root does."""
    board = machine_text(4, 3)
    text = config().read_text()
    (tmp_path / "system" / "board.dts").write_text(board)
    base = '[base]\ntree = "board.dts"\n' + DOM0
    isthmus("make", config(base + text[text.index("[isthmus]"):].replace("3 GiB", "128 MiB")), "-o", tmp_path / "out")
    counts = re.findall(r"#(?:address|size)-cells = <(\w+)>;", (tmp_path / "out" / "boot.dts").read_text()[len(board):])
    assert counts[:2] == ["2", "2"]


def test_more_words_for_qemu(config, tmp_path):
    words = 'qemu = ["-device", "loader,addr=0x4f000000,file={folder}/kernel,,1", "-name", "it\'s"]'
    file = config(config().read_text().replace("cpus = 4", f"cpus = 4\n{words}"))
    isthmus("make", file, "-o", tmp_path / "out")
    script = (tmp_path / "out" / "qemu.sh").read_text()
    assert f"-device 'loader,addr=0x4f000000,file={file.parent}/kernel,,1'" in script and "-name 'it'\\''s'" in script
