// SPDX-License-Identifier: Apache-2.0
#include "tools/boot_tree.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include "dom0less/kernel/check.hpp"
#include "dom0less/memory/arena_place.hpp"
#include "dom0less/plan/module_digest.hpp"
#include "dom0less/read/arguments.hpp"
#include "fdt/host_scan.hpp"
#include "isthmus/limits.hpp"

namespace isthmus::tools {

class BootTree::Files final : public dom0less::ModuleReader {
  public:
    Files(std::span<const ModuleFile> modules, std::vector<std::string>& errors)
        : modules_(modules), errors_(errors) {}

    std::span<const std::byte> copy(HostRange module, usize most, Arena& arena) override {
        for (const ModuleFile& each : modules_) {
            if (each.address != module.start()) {
                continue;
            }
            const auto file = read_file(each.file);
            const usize size = file ? std::min<u64>({file->size(), module.size(), most}) : 0;
            const std::span<u64> copy = arena.allocate<u64>(align_up(size, 8) / 8);
            if (file && !copy.empty()) {
                std::memcpy(copy.data(), file->data(), size);
                return std::as_bytes(copy).first(size);
            }
            return {};
        }
        TextBuffer<32> where;
        print(where, "{x}", module.start().raw());
        errors_.push_back("the device tree module at " + std::string(where.view()) +
                          " is part of the plan: give its file by --module " +
                          std::string(where.view()) + "=FILE");
        return {};
    }

  private:
    std::span<const ModuleFile> modules_;
    std::vector<std::string>& errors_;
};

BootTree::BootTree(Bytes blob, const LoadedAt& loaded, std::span<const ModuleFile> modules)
    : blob_(std::move(blob)),
      memory_(std::make_unique<std::byte[]>(limits::arena_bytes)),
      arena_(std::span(memory_.get(), limits::arena_bytes)),
      findings_(arena_) {
    const dom0less::ArenaPlace place = dom0less::find_arena(blob_, loaded.image, loaded.tree);
    dom0less::check_arena_place(place, findings_);
    tree_ = fdt::Tree::open(blob_, arena_, findings_);
    if (!tree_) {
        return;
    }
    Files files(modules, module_errors_);
    options_ = dom0less::read_options(*tree_, arena_, findings_);
    host_ = fdt::read_host(*tree_, options_.dtuart, arena_, findings_);
    config_ = dom0less::read_config({*tree_, host_, options_, &files}, arena_, findings_);
    plan_ = dom0less::make_plan(
        {host_, config_, options_, loaded.image, place.boot_tree, place.range}, arena_, findings_);
    if (plan_) {
        digest_ = dom0less::digest_plan(*plan_);
        dom0less::check_digest(*tree_, digest_, arena_, findings_);
        check_modules(modules);
    }
}

void BootTree::check_modules(std::span<const ModuleFile> modules) {
    std::map<u64, Bytes> files;
    for (const ModuleFile& module : modules) {
        if (auto file = read_file(module.file)) {
            check_module(module, file->size());
            files[module.address.raw()] = std::move(*file);
        } else {
            module_errors_.push_back("cannot read " + module.file);
        }
    }
    dom0less::KernelChecker checker(arena_, findings_);
    // In the order of the domains, as the machine looks at them.
    using Content = std::optional<std::span<const std::byte>>;
    const auto content_of = [&](const dom0less::ModulePlan& module) -> Content {
        const auto found = files.find(module.host.start().raw());
        if (found == files.end()) {
            return std::nullopt;
        }
        const std::span<const std::byte> file = found->second;
        return file.first(std::min<u64>(file.size(), module.host.size()));
    };
    for (const dom0less::DomainPlan& domain : plan_->domains) {
        if (const Content kernel = content_of(domain.kernel)) {
            dom0less::check_module_digest(domain.kernel, *kernel, arena_, findings_);
            checker.check(domain, *kernel);
        }
    }
    for (const dom0less::DomainPlan& domain : plan_->domains) {
        const Content ramdisk = domain.ramdisk ? content_of(*domain.ramdisk) : std::nullopt;
        if (ramdisk) {
            dom0less::check_module_digest(*domain.ramdisk, *ramdisk, arena_, findings_);
        }
    }
}

void BootTree::check_module(const ModuleFile& module, u64 bytes) {
    std::optional<HostRange> place;
    for (const dom0less::DomainConfig& domain : config_.domains) {
        for (const auto& known : {domain.kernel, domain.ramdisk, domain.device_tree}) {
            if (known && known->host.start() == module.address) {
                place = known->host;
            }
        }
    }
    TextBuffer<64> where;
    print(where, "{}", module.address);
    if (!place) {
        module_errors_.push_back("the tree has no module at " + std::string(where.view()));
    } else if (bytes > place->size()) {
        module_errors_.push_back(module.file + " has " + std::to_string(bytes) +
                                 " bytes, the module at " + std::string(where.view()) +
                                 " has room for " + std::to_string(place->size()));
    }
}

}  // namespace isthmus::tools
