// SPDX-License-Identifier: Apache-2.0
#include "core/operator/answer.hpp"

#include "core/audit/doorbells.hpp"
#include "core/console/console.hpp"
#include "core/device/doorbells.hpp"
#include "core/device/statistics.hpp"
#include "core/domain/lifecycle.hpp"
#include "core/memory/machine_memory.hpp"
#include "core/run/flight_recorder.hpp"
#include "core/run/per_cpu.hpp"
#include "isthmus/arch/time.hpp"

namespace isthmus::core {
namespace {

constexpr u64 pages_at_once = 64;
constexpr u64 events_of_each_cpu = 16;

std::string_view state_text(const Domain& domain) {
    const Domain::State state = domain.state.load();
    return state == Domain::State::running && domain.is_paused() ? "paused" : state_word(state);
}

/// When a domain's share was asked for last; of the CPU that has the UART.
constinit std::array<ShareSample, limits::domains + 1> samples{};

/// Of one CPU's time since it was asked last, or since boot: hundredths.
u64 share_since(ShareSample& last, u64 ran, u64 now) {
    const u64 ticks = now - last.at;
    const u64 share = ticks == 0 || ran < last.ran ? 0 : (ran - last.ran) * 100 / ticks;
    last = {ran, now};
    return share;
}

u64 time_on_cpus(const Domain& domain) {
    u64 ticks = 0;
    for (const Vcpu& vcpu : domain.vcpus) {
        ticks += glance(vcpu.ran);
    }
    return ticks;
}

u64 milliseconds(u64 ticks) {
    return ticks / (arch::counter_frequency() / 1000);
}

}  // namespace

bool OperatorAnswer::step() {
    switch (command_) {
        case Command::help:
            return show_help();
        case Command::domains:
            return show_domain();
        case Command::regions:
            return show_region();
        case Command::log:
            return show_log();
        case Command::cpus:
            return show_cpu();
        case Command::trace:
            return part_ == 0 ? show_change() : show_event();
        case Command::audit:
            return audit_piece();
        case Command::stop:
        case Command::start:
        case Command::restart:
        case Command::pause:
        case Command::resume:
            break;
    }
    order();
    return false;
}

bool OperatorAnswer::show_help() {
    const CommandWord& word = command_words()[at_++];
    const bool allowed =
        !word.controls || plan().options.prompt == dom0less::Options::Prompt::control;
    say("  {-8}{-6}{}{}", word.name, word.takes_name ? "NAME" : "", word.what,
        allowed ? "" : " (not allowed here)");
    return at_ < command_words().size();
}

/// Two lines for each domain.
bool OperatorAnswer::show_domain() {
    if (at_ == domains().size()) {
        return false;
    }
    const Domain& domain = domains()[at_];
    ExitCounts exits;
    for (const Vcpu& vcpu : domain.vcpus) {
        exits.hypercalls += glance(vcpu.exits.hypercalls);
        exits.smc += glance(vcpu.exits.smc);
        exits.registers += glance(vcpu.exits.registers);
        exits.memory += glance(vcpu.exits.memory);
        exits.interrupts += glance(vcpu.exits.interrupts);
        exits.other += glance(vcpu.exits.other);
    }
    if (part_++ == 0) {
        const u64 share = share_since(samples[at_], time_on_cpus(domain), arch::counter());
        TextBuffer<80> last;
        if (const u64 at = domain.last_violation_at.load(); at != 0) {
            print(last, ", the last {} ms ago at pc {x}", milliseconds(arch::counter() - at),
                  domain.last_violation_pc.load());
        }
        say("  {-12} {}, start {}, {} vCPUs on, {} % of a CPU, violations {}{}", domain.plan->name,
            state_text(domain), domain.starts.load(), domain.vcpus_on.load(), share,
            domain.violations.load(), last.view());
        return true;
    }
    say("  {-12} exits {}: hypercall {}, smc {}, register {}, memory {}, interrupt {}, other {}",
        "", exits.total(), exits.hypercalls, exits.smc, exits.registers, exits.memory,
        exits.interrupts, exits.other);
    part_ = 0;
    return ++at_ < domains().size();
}

/// `part_` is the domain, `seen_` its doorbell.
bool OperatorAnswer::show_doorbell() {
    if (part_ == domains().size()) {
        return false;
    }
    const Domain& domain = domains()[part_];
    if (seen_ == doorbell_count(domain)) {
        seen_ = 0;
        ++part_;
        return true;
    }
    LogText out(LogKind::error);
    print_doorbell(out, domain, seen_++);
    return true;
}

/// The region, when all of its pages have been looked at.
bool OperatorAnswer::show_region() {
    if (at_ == plan().regions.size()) {
        return show_doorbell();
    }
    if (seen_ == 0) {
        walk_ = RegionWalk(static_cast<u32>(at_));
        seen_ = 1;
    }
    if (!walk_.step(pages_at_once)) {
        LogText out(LogKind::error);
        print_account(out, static_cast<u32>(at_), walk_.account());
        seen_ = 0;
        ++at_;
    }
    return true;
}

bool OperatorAnswer::show_log() {
    const bool more = subject_->console.show_log(place_);
    if (!more && !place_.begun) {
        say("{} has written no whole line yet", subject_->plan->name);
    }
    return more;
}

bool OperatorAnswer::show_cpu() {
    for (; at_ < limits::cpus && per_cpu(at_).online.load() == 0; ++at_) {
    }
    if (at_ == limits::cpus) {
        return false;
    }
    if (per_cpu(at_).recorder != nullptr && part_ == 0) {
        LogText out(LogKind::error);
        print_recorder(out, at_);
        part_ = 1;
        return true;
    }
    part_ = 0;
    TextBuffer<240> line;
    for (const Domain& domain : domains()) {
        for (const Vcpu& vcpu : domain.vcpus) {
            if (vcpu.host_cpu == at_ && vcpu.is_on()) {
                print(line, "; {} vcpu{} {} ms", domain.plan->name, vcpu.id,
                      milliseconds(glance(vcpu.ran)));
            }
        }
    }
    say("  CPU {}{}", at_, line.view().empty() ? "; no vCPU is on" : line.view());
    return ++at_ < limits::cpus;
}

bool OperatorAnswer::show_change() {
    if (at_ == domains().size()) {
        return begin_events();
    }
    const Domain& domain = domains()[at_++];
    say("  {-12} {} since {} ms, start {}", domain.plan->name, state_text(domain),
        milliseconds(arch::counter() - domain.changed_at.load()), domain.starts.load());
    return true;
}

bool OperatorAnswer::begin_events() {
    if (!has_statistics()) {
        say("  no events are kept: no domain has isthmus,statistics");
        return false;
    }
    events_ = RecentEvents(events_of_each_cpu);
    part_ = 1;
    return true;
}

bool OperatorAnswer::show_event() {
    if (const auto event = events_.next()) {
        const u64 ago = events_.asked() - event->time;
        say("  {10} us ago, CPU {}: {}", ago / (arch::counter_frequency() / 1'000'000), event->cpu,
            text_of(*event).view());
        return true;
    }
    if (events_.lost() != 0) {
        say("  {} events were written over meanwhile", events_.lost());
    }
    return false;
}

bool OperatorAnswer::audit_piece() {
    if (audit_.step()) {
        return true;
    }
    say("audit: {} pages looked at, {} have another owner than planned, or none", audit_.pages(),
        audit_.wrong_pages());
    say("audit: {} mappings of guests looked at, {} differences from the plan", audit_.mappings(),
        audit_.wrong_mappings());
    return false;
}

void OperatorAnswer::order() {
    bool (*const orders[])(Domain&) = {order_stop, order_start, order_restart, pause_domain,
                                       resume_domain};
    const auto index = static_cast<usize>(command_) - static_cast<usize>(Command::stop);
    const CommandWord& word = command_words()[static_cast<usize>(command_)];
    const bool done = orders[index](*subject_);
    say("{} {}: {}", word.name, subject_->plan->name,
        done ? "ordered" : "nothing to do, or it cannot be");
}

}  // namespace isthmus::core
