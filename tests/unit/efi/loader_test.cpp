// SPDX-License-Identifier: Apache-2.0
#include "efi/loader.hpp"

#include <gtest/gtest.h>

#include "efi/firmware.hpp"
#include "tests/unit/efi/fake_firmware.hpp"
#include "tests/unit/support/opened_tree.hpp"

namespace isthmus::efi {
namespace {

using test::FakeFirmware;

constexpr const char* memory_node =
    "memory@40000000 { device_type = \"memory\"; reg = <0 0x40000000 0 0x4000000>; };";

std::string guest(const std::string& name, const std::string& more = "") {
    return name + " { compatible = \"xen,domain\"; #address-cells = <2>; #size-cells = <2>; " +
           more + " module@0 { xen,uefi-binary = \"" + name + ".bin\"; }; };";
}
test::Blob machine(const std::string& chosen, const std::string& memory = memory_node) {
    return test::compile_dts("/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; " + memory +
                             " chosen { #address-cells = <2>; #size-cells = <2>; " + chosen +
                             " }; };");
}

struct EfiLoader : testing::Test {
    FakeFirmware fake;
    std::optional<Prepared> prepared;

    EfiLoader() {
        fake.add_file("guest-a.bin", "the program of A");
        fake.add_file("guest-b.bin", "B's");
    }
    bool run() {
        Firmware firmware(fake.handle(), fake.table());
        prepared = prepare(firmware);
        return prepared.has_value();
    }
    /// Nothing is started, for this reason, and nothing is lost.
    void fails_with(const std::string& reason) {
        EXPECT_FALSE(run());
        EXPECT_NE(fake.said.find(reason), std::string::npos) << fake.said;
        EXPECT_FALSE(fake.is_allocated());
        EXPECT_EQ(fake.open_files, 0u);
        EXPECT_FALSE(fake.has_exited);
    }
    static std::span<const std::byte> bytes(HostRange range) {
        return {reinterpret_cast<const std::byte*>(range.start().raw()), range.size()};
    }
    std::string tree() const {
        const auto blob = bytes(prepared->tree);
        return test::decompile({blob.begin(), blob.end()});
    }
    bool tree_has(const std::string& part) const { return tree().find(part) != std::string::npos; }
};

TEST_F(EfiLoader, LoadsWhatFirmwaresTreeNames) {
    fake.set_tree(machine(guest("guest-a") + guest("guest-b")));
    ASSERT_TRUE(run()) << fake.said;
    EXPECT_TRUE(fake.has_exited);
    EXPECT_EQ(fake.open_files, 0u);
    EXPECT_TRUE(tree_has("reg = <0x00 0x40000000 0x00 0x10>"));
    EXPECT_TRUE(tree_has("reg = <0x00 0x40200000 0x00 0x03>"));
    EXPECT_EQ(std::memcmp(reinterpret_cast<void*>(0x4000'0000), "the program of A", 16), 0);
    EXPECT_EQ(prepared->image.start().raw(), 0x4040'0000u);
    EXPECT_EQ(prepared->image.size(), fake.image.size());
    EXPECT_EQ(bytes(prepared->image)[0x2fff], std::byte{0x5a});
    EXPECT_EQ(prepared->tree.start().raw(), 0x4060'0000u);
    EXPECT_NE(fake.said.find("/chosen/guest-b/module@0: guest-b.bin at 0x40200000-0x40200003\r\n"),
              std::string::npos)
        << fake.said;
}

TEST_F(EfiLoader, PutsNothingWhereTheTreeHasSomething) {
    fake.set_tree(
        machine(guest("guest-a",
                      "xen,static-mem = <0 0x40000000 0 0x200000>; shm { xen,shm-id = \"x\"; "
                      "xen,shared-mem = <0 0x40400000 0 0x50000000 0 0x10000>; };")));
    fake.keep(6, *HostRange::from(HostAddress(0x4060'0000), 0x1000));
    ASSERT_TRUE(run()) << fake.said;
    EXPECT_TRUE(tree_has("reg = <0x00 0x40200000 0x00 0x10>"));
    EXPECT_EQ(prepared->image.start().raw(), 0x4080'0000u);
}

TEST_F(EfiLoader, ReservesWhatFirmwareKeeps) {
    fake.set_tree(machine(guest("guest-a")));
    fake.keep(6, *HostRange::from(HostAddress(0x4300'0000), 0x4000));
    fake.keep(4, *HostRange::from(HostAddress(0x4200'0000), 0x4000));
    ASSERT_TRUE(run());
    EXPECT_TRUE(tree_has("efi-firmware@43000000"));
    EXPECT_TRUE(tree_has("reg = <0x00 0x43000000 0x00 0x4000>"));
    EXPECT_FALSE(tree_has("efi-firmware@42000000"));
    EXPECT_NE(fake.said.find("firmware keeps 0x43000000-0x43004000"), std::string::npos);
}

TEST_F(EfiLoader, RamComesFromFirmwareWhereTheTreeHasNone) {
    fake.set_tree(machine(guest("guest-a"), ""));
    fake.keep(6, *HostRange::from(HostAddress(0x4300'0000), 0x4000));
    ASSERT_TRUE(run()) << fake.said;
    EXPECT_TRUE(tree_has("reg = <0x00 0x40000000 0x00 0x4000000>"));
    EXPECT_TRUE(tree_has("efi-firmware@43000000"));
}

TEST_F(EfiLoader, AMapThatChangesIsReadAgain) {
    fake.set_tree(machine(guest("guest-a")));
    fake.exits_that_fail = 1;
    ASSERT_TRUE(run());
    EXPECT_TRUE(tree_has("efi-firmware@43f00000"));  // what came with the change
}

TEST_F(EfiLoader, AMapThatNeverRestsIsGivenUp) {
    fake.set_tree(machine(guest("guest-a")));
    fake.exits_that_fail = 100;
    EXPECT_FALSE(run());
    EXPECT_FALSE(fake.is_allocated());
}

TEST_F(EfiLoader, AFileGoesBeforeFirmwaresTree) {
    fake.set_tree(machine("from-firmware {};"));
    fake.add_file("isthmus.dtb", machine("from-file {};"));
    fake.add_file("other.dtb", machine("from-config {};"));
    ASSERT_TRUE(run());
    EXPECT_TRUE(tree_has("from-file"));
}

TEST_F(EfiLoader, TheConfigurationGoesBeforeBoth) {
    fake.add_file("isthmus.dtb", machine("from-file {};"));
    fake.add_file("\\trees\\other.dtb", machine(guest("guest-a")));
    fake.add_file("guests.dtbo",
                  test::compile_dts("/dts-v1/; /plugin/; / { fragment@0 { target-path = "
                                    "\"/chosen\"; __overlay__ { " +
                                    guest("guest-b") + " }; }; };"));
    fake.add_file("isthmus.cfg",
                  "tree = /trees/other.dtb\noverlay = guests.dtbo\n"
                  "module = /chosen/guest-a/module@0 guest-b.bin\nsave = booted.dtb\n");
    fake.add_file("booted.dtb", std::string(100'000, 'x'));
    ASSERT_TRUE(run()) << fake.said;
    EXPECT_TRUE(tree_has("reg = <0x00 0x40000000 0x00 0x03>"));
    EXPECT_TRUE(tree_has("reg = <0x00 0x40200000 0x00 0x03>"));
    const auto blob = bytes(prepared->tree);
    EXPECT_EQ(fake.files[u"\\EFI\\BOOT\\booted.dtb"], test::Blob(blob.begin(), blob.end()));
}

TEST_F(EfiLoader, SaysThatThereIsNoTree) {
    fails_with("firmware has no device tree for it: put one beside it as isthmus.dtb");
}
TEST_F(EfiLoader, SaysThatThereAreNoFiles) {
    fake.has_file_system = false;
    fake.set_tree(machine(guest("guest-a")));
    fails_with("file guest-a.bin is not there: firmware gave no file system");
}
TEST_F(EfiLoader, SaysWhichFileIsMissing) {
    fake.files.erase(u"\\EFI\\BOOT\\guest-b.bin");
    fake.set_tree(machine(guest("guest-a") + guest("guest-b")));
    fails_with("file guest-b.bin is not there");
    EXPECT_NE(fake.said.find("it is the module /chosen/guest-b/module@0"), std::string::npos);
}
TEST_F(EfiLoader, SaysWhichLineIsWrong) {
    fake.add_file("isthmus.cfg", "# mine\nkernel = x\n");
    fails_with("isthmus.cfg, line 2: kernel: known words are");
}
TEST_F(EfiLoader, SaysThatATreeIsNone) {
    fake.add_file("isthmus.dtb", "no tree at all, but longer than the header of one");
    fails_with("isthmus.dtb is no flattened device tree");
}
TEST_F(EfiLoader, SaysThatAnOverlayDoesNotFit) {
    fake.set_tree(machine(""));
    fake.add_file("isthmus.cfg", "overlay = o.dtbo");
    fake.add_file("o.dtbo", "none");
    fails_with("overlay o.dtbo cannot be applied");
}
TEST_F(EfiLoader, SaysThatANodeIsMissing) {
    fake.set_tree(machine(""));
    fake.add_file("isthmus.cfg", "module = /chosen/x guest-a.bin");
    fails_with("the tree has no node /chosen/x for file guest-a.bin");
}
TEST_F(EfiLoader, SaysThatThereIsNoRoom) {
    fake.set_tree(machine(guest("guest-a") + "m { reg = <0 0x40000000 0 0x4000000>; };"));
    fails_with("no 16 bytes of RAM are free");
}
TEST_F(EfiLoader, SaysThatCellsAreTooNarrow) {
    fake.set_tree(
        machine("a { #address-cells = <0>; #size-cells = <0>; module@0 { "
                "xen,uefi-binary = \"guest-a.bin\"; }; };"));
    fails_with("/chosen/a/module@0: the #address-cells and #size-cells of its parent");
}
TEST_F(EfiLoader, SaysThatItCannotSave) {
    fake.set_tree(machine(""));
    fake.can_write = false;
    fake.add_file("isthmus.cfg", "save = booted.dtb");
    fails_with("file booted.dtb cannot be written");
}
TEST_F(EfiLoader, SaysThatAFileIsTooLarge) {
    fake.set_tree(machine(""));
    fake.add_file("isthmus.cfg", std::string(70'000, '#'));
    fails_with("file isthmus.cfg has 70000 bytes, more than 64 KiB");
}

TEST(EfiProtocol, TablesAreTheSpecifications) {
    static_assert(offsetof(SystemTable, console) == 64);
    static_assert(offsetof(SystemTable, boot_services) == 96);
    static_assert(offsetof(SystemTable, tables) == 112);
    static_assert(offsetof(BootServices, allocate_pages) == 40);
    static_assert(offsetof(BootServices, get_memory_map) == 56);
    static_assert(offsetof(BootServices, handle_protocol) == 152);
    static_assert(offsetof(BootServices, exit_boot_services) == 232);
    static_assert(offsetof(LoadedImage, device) == 24);
    static_assert(offsetof(LoadedImage, image_base) == 64);
    static_assert(offsetof(File, set_position) == 56);
}

}  // namespace
}  // namespace isthmus::efi
