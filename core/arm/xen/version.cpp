// SPDX-License-Identifier: Apache-2.0
// xen_version and hvm_op: what a guest asks before it does anything.
#include <algorithm>
#include <string_view>

#include "core/arm/xen/calls_inside.hpp"
#include "core/domain/domain.hpp"

namespace isthmus::core::xen {
namespace {

/// That of the interface which is offered here, as the `hypervisor` node has it, too.
constexpr i64 version_4_17 = 4 << 16 | 17;

template <usize Size>
std::array<char, Size> text(std::string_view words) {
    std::array<char, Size> result{};
    std::copy_n(words.data(), std::min(words.size(), Size - 1), result.begin());
    return result;
}

template <class T>
i64 give(const Domain& domain, u64 address, const T& object) {
    return write_guest(domain, address, std::as_bytes(std::span(&object, 1))) ? 0 : efault;
}

CompileInfo compile_info() {
    return {text<64>("C++23"), text<16>("isthmus"), text<32>("isthmus"), text<32>("")};
}

i64 features(const Domain& domain, u64 address) {
    return with_structure<FeatureInfo>(domain, address, [&](FeatureInfo& info) -> i64 {
        if (info.index != 0) {
            return einval;
        }
        info.bits = feature::auto_translated_physmap | feature::smccc | feature::not_direct_mapped |
                    (domain.plan->is_dom0() ? feature::dom0 : 0);
        return 0;
    });
}

/// The domain's UUID: nobody gave it one, so its number stands at the end.
i64 handle(const Domain& domain, u64 address) {
    std::array<u8, 16> bytes{};
    bytes[15] = static_cast<u8>(domain.plan->id);
    return give(domain, address, bytes);
}

i64 get_param(const Guest& guest, HvmParam& param) {
    const dom0less::XenPlan& plan = guest.domain->plan->xen;
    switch (param.index) {
        case hvm::callback_irq:
            param.value = hvm::callback_ppi;
            return 0;
        case hvm::store_pfn:
        case hvm::store_evtchn:
            param.value = 0;  // there is no store
            return 0;
        case hvm::console_pfn:
            param.value = plan.console.start().raw() / page_bytes;
            return 0;
        case hvm::console_evtchn:
            param.value = plan.console_port;
            return 0;
        default:
            return einval;
    }
}

/// Nothing of it can change: the callback is the interrupt of the tree.
i64 set_param(const HvmParam& param) {
    if (param.index == hvm::callback_irq) {
        return param.value == hvm::callback_ppi ? 0 : einval;
    }
    return eperm;
}

}  // namespace

i64 xen_version(Vcpu& vcpu, u32 command, u64 argument) {
    const Domain& domain = *vcpu.domain;
    switch (command) {
        case version::version:
            return version_4_17;
        case version::extraversion:
            return give(domain, argument, text<16>(".isthmus"));
        case version::compile_info:
            return give(domain, argument, compile_info());
        case version::capabilities:
            return give(domain, argument, text<1024>("xen-3.0-aarch64 "));
        case version::changeset:
            return give(domain, argument, text<64>(""));
        case version::platform_parameters:
            return give(domain, argument, u64{0});
        case version::get_features:
            return features(domain, argument);
        case version::pagesize:
            return argument == 0 ? i64{page_bytes} : einval;
        case version::guest_handle:
            return handle(domain, argument);
        case version::commandline:
            return give(domain, argument, text<1024>("<denied>"));
        case version::build_id:
            return eperm;
        default:
            return enosys;
    }
}

i64 hvm_op(Vcpu& vcpu, u32 command, u64 argument) {
    const Guest& guest = *vcpu.domain->xen;
    const auto of_self = [&](const HvmParam& param) -> i64 {
        return names_self(guest, param.domain) ? 0 : eperm;
    };
    switch (command) {
        case hvm::set_param:
            return with_input<HvmParam>(*vcpu.domain, argument, [&](const HvmParam& param) {
                return of_self(param) == 0 ? set_param(param) : eperm;
            });
        case hvm::get_param:
            return with_structure<HvmParam>(*vcpu.domain, argument, [&](HvmParam& param) {
                return of_self(param) == 0 ? get_param(guest, param) : eperm;
            });
        default:
            return enosys;
    }
}

}  // namespace isthmus::core::xen
