// SPDX-License-Identifier: Apache-2.0
// What the fake machine shows of the guest that runs on it, and what is done to that guest.
#include <algorithm>
#include <cstring>

#include "core/domain/domain.hpp"
#include "isthmus/arch/guest.hpp"
#include "isthmus/arch/host_map.hpp"
#include "isthmus/panic.hpp"
#include "tests/unit/support/fake_machine.hpp"

namespace isthmus::arch {

using test::fake;

u64 guest_pc() {
    return fake().pc;
}
u64 guest_stack_pointer() {
    return fake().sp;
}
void set_guest_stack_pointer(u64 value) {
    fake().sp = value;
}
bool guest_runs_a64() {
    return fake().runs_a64;
}
u64 guest_fault_address() {
    return fake().fault_address;
}
TakenException guest_exception() {
    return test::fake().taken;
}
Result<GuestAddress> guest_translation(u64 address, GuestAccess access) {
    const u64 end = access == GuestAccess::write ? fake().read_only_from : fake().unmapped_from;
    return address < end && address < fake().unmapped_from
               ? Result<GuestAddress>(GuestAddress(address))
               : fail(Error::not_mapped);
}
HostAddress guest_host_translation(u64 address) {
    const HostAddress nowhere(~u64{0});
    const Result<GuestAddress> at = guest_translation(address, GuestAccess::read);
    if (!at) {
        return nowhere;
    }
    const auto leaf = core::this_cpu().current->domain->map->translate(*at);
    return leaf ? leaf->host + (*at - leaf->input) : nowhere;
}
bool guest_refuses_load(u64) {
    return fake().refuses_load;
}
u32 peek_word(HostAddress address) {
    u32 word = 0;
    std::memcpy(&word, fake().ram(address), sizeof(word));
    return word;
}
void peek(HostAddress address, std::span<std::byte> bytes) {
    check((address - address.align_down(page_size)) + bytes.size() <= page_size, "one page");
    std::memcpy(bytes.data(), fake().ram(address), bytes.size());
}
void poke(HostAddress address, std::span<const std::byte> bytes) {
    std::memcpy(fake().ram(address), bytes.data(), bytes.size());
}
void inject_undefined() {
    fake().exceptions.push_back({});
}
void inject_data_abort(bool write, FaultStatus status) {
    fake().exceptions.push_back({test::GuestException::Kind::data_abort, write, status});
}
void inject_instruction_abort(FaultStatus status) {
    fake().exceptions.push_back({test::GuestException::Kind::instruction_abort, false, status});
}
u64 guest_id_register(unsigned, unsigned) {
    return 0;
}

}  // namespace isthmus::arch
