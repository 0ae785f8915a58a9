// SPDX-License-Identifier: Apache-2.0
// A talk that outlasts the ends of one side. `role=a` asks, with numbered messages over the region
// `id=`, and has each of them answered; `role=b` answers, and keeps the number of the last one that
// it has answered in the region `journal=`, which keeps its bytes over a restart. When B is another
// than the one that was asked, A asks again.
//
// B ends in each life but the last: `lives=N`, `end=` reset, crash, panic, watchdog or all of them
// in turn; each time its second CPU does it, after up to `within=MICROSECONDS` of a life that
// answers, at any instruction of the first. `quiet=yes`: A does not say what it sees of B.
//
// What is lost is seen by both: B finds a number missing, A another answer than it waits for.
#include "isthmus_guest/isthmus_shm.hpp"
#include "runtime/checksum.hpp"
#include "runtime/cpus.hpp"
#include "runtime/mmio.hpp"
#include "runtime/mmu.hpp"
#include "runtime/peer_bell.hpp"
#include "runtime/runtime.hpp"
#include "runtime/smccc.hpp"
#include "runtime/system_register.hpp"
#include "runtime/timer.hpp"

namespace isthmus::guest {
namespace {

constexpr u64 last_question = ~u64{0};  ///< whoever gets it ends
constexpr u32 filler_words = 24;

struct Message {
    u64 number = 0;
    u64 start = 0;  ///< of B, in an answer
    u64 filler[filler_words]{};
    u64 sum = 0;

    void fill() {
        for (u64 i = 0; i < filler_words; ++i) {
            filler[i] = number * 0x9e37'79b9'7f4a'7c15 + i;
        }
        sum = checksum(std::as_bytes(std::span(this, 1)).first(offsetof(Message, sum)));
    }
    bool is_whole() const {
        return sum == checksum(std::as_bytes(std::span(this, 1)).first(offsetof(Message, sum)));
    }
};

std::span<const std::byte> bytes_of(const Message& message) {
    return std::as_bytes(std::span(&message, 1));
}
/// Status::corrupt, too, when it is not a message of this talk.
template <class Bell>
Status receive(Channel& channel, Bell& bell, Message& message, u32 session) {
    const Received received =
        channel.receive(std::as_writable_bytes(std::span(&message, 1)), bell, session);
    const bool is_one = received.length == sizeof(Message) && message.is_whole();
    return received && !is_one ? Status::corrupt : received.status;
}

SharedRegion region_of(std::string_view option, std::string_view otherwise) {
    const auto region = find_shared_region(tree().blob(), tree().option(option, otherwise));
    if (!region) {
        die("lasting: FAILED: a region is missing");
    }
    return *region;
}

// --- A ---

class Asker {
  public:
    Asker() : region_(region_of("id", "talk")), peer_(region_.shown.party == 0 ? 1 : 0) {
        const auto* page = reinterpret_cast<const void*>(region_.shown.status);
        if (region_.shown.parties != 2 ||
            isthmus_peers_open(&peers_, page, region_.shown.status_size) != ISTHMUS_OK ||
            channel_.open(region_.bytes, 2, region_.shown.party, peer_) != Status::ok) {
            die("lasting: FAILED: no channel, or no status page");
        }
        bell_.open(region_, peer_);
    }

    bool ask(u64 number) {
        Message question{.number = number};
        question.fill();
        for (;;) {
            look();
            Status status = channel_.send(bytes_of(question), *this);
            const u32 session = channel_.session();
            Message answer;
            if (status == Status::ok) {
                status = receive(channel_, *this, answer, session);
            }
            if (status == Status::ok) {
                start_ = answer.start;
                return answer.number == number;
            }
            if (status != Status::not_ready) {
                say("lasting: question {}: {}", number, text_of(status));
                return false;
            }
            ++again_;
            tell("lasting: question {} goes out again", number);
        }
    }

    u64 start() const { return start_; }  ///< of B, as it has answered last
    u64 again() const { return again_; }

    // The bell that the channel waits by: each wake is a look at the peer.
    void ring() { bell_.ring(); }
    Status wait() {
        const Status status = bell_.wait();
        look();
        return status;
    }

  private:
    template <class... Args>
    void tell(std::string_view format, const Args&... args) {
        if (!is_quiet_) {
            say(format, args...);
        }
    }
    void look() {
        isthmus_peer found{};
        if (isthmus_peer_look(&peers_, peer_, &found) == ISTHMUS_OK &&
            (found.state != seen_.state || found.starts != seen_.starts)) {
            tell("lasting: {} is {}, start {}", isthmus_party_name(&region_.shown, peer_),
                 std::string_view(isthmus_peer_text(found.state)), found.starts);
            seen_ = found;
        }
    }
    SharedRegion region_;
    u32 peer_;
    isthmus_peers peers_{};
    isthmus_peer seen_{};
    Channel channel_;
    PeerBell bell_;
    u64 start_ = 0;
    u64 again_ = 0;
    bool is_quiet_ = tree().option("quiet") == "yes";
};

void ask_all() {
    Asker asker;
    const u64 count = tree().number_option("count", 100);
    const u64 lives = tree().number_option("lives", 1);
    u64 number = 0;
    while (number < count || asker.start() < lives) {
        if (!asker.ask(++number)) {
            say("lasting: FAILED: question {} has another answer", number);
            return;
        }
    }
    const bool ended = asker.ask(last_question);
    say("lasting: {} questions answered, {} asked again, in {} lives of the other side", number,
        asker.again(), asker.start());
    say(ended ? "lasting: ok" : "lasting: FAILED");
}

// --- B ---

struct Journal {
    u64 lives;
    u64 answered;
};

constinit volatile bool has_answered = false;
constinit u64 life = 0;

[[noreturn]] void end(std::string_view how) {
    constexpr std::string_view ways[] = {"reset", "crash", "panic", "watchdog"};
    if (how == "all") {
        how = ways[life % std::size(ways)];
    }
    if (how == "reset") {
        hvc(psci::system_reset);
    } else if (how == "crash") {
        // No vectors, and no tables that would keep the fetch of them within EL1.
        GUEST_WRITE_SYSREG(vbar_el1, 0);
        GUEST_WRITE_SYSREG(sctlr_el1, GUEST_READ_SYSREG(sctlr_el1) & ~u64{1});
        isb();
        asm volatile("udf #0");
    } else if (how == "panic") {
        write8(tree().reg(tree().find_compatible("qemu,pvpanic-mmio"))->start().raw(), 1);
    } else if (how == "watchdog") {
        const u64 control = tree().reg(tree().find_compatible("arm,sbsa-gwdt"))->start().raw();
        write32(control + 0x8, static_cast<u32>(milliseconds(1)));  // WOR
        write32(control, 1);                                        // WCS.EN
    }
    wait_until(now() + milliseconds(10'000));
    die("lasting: FAILED, it lives on");
}

void end_at_random() {
    while (!has_answered) {
        relax();
    }
    const u64 mixed = (now() ^ life) * 0x9e37'79b9'7f4a'7c15;
    wait_until(now() + milliseconds(tree().number_option("within", 1000)) / 1000 *
                           (mixed >> 48 & 0xff) / 256);
    end(tree().option("end", "reset"));
}

void answer_all() {
    const SharedRegion region = region_of("id", "talk");
    auto& journal = *static_cast<volatile Journal*>(
        static_cast<void*>(region_of("journal", "journal").bytes.data()));
    life = journal.lives + 1;
    journal.lives = life;
    Channel channel;
    PeerBell bell;
    const u32 peer = region.shown.party == 0 ? 1 : 0;
    if (region.shown.parties != 2 ||
        channel.open(region.bytes, 2, region.shown.party, peer) != Status::ok) {
        die("lasting: FAILED: no channel");
    }
    bell.open(region, peer);
    if (life < tree().number_option("lives", 1) && start_cpu(1, end_at_random) != 0) {
        die("lasting: FAILED: no second CPU");
    }
    for (;;) {
        Message message;
        Status status = receive(channel, bell, message, 0);
        if (status != Status::ok) {
            say("lasting: FAILED: {}", text_of(status));
            return;
        }
        const u64 answered = journal.answered;
        if (message.number != answered && message.number != answered + 1 &&
            message.number != last_question) {
            say("lasting: FAILED: question {}, but the last that was answered is {}",
                message.number, answered);
            return;
        }
        if (message.number != last_question) {
            journal.answered = message.number;
        }
        message.start = life;
        message.fill();
        status = channel.send(bytes_of(message), bell);
        if (status != Status::ok) {
            say("lasting: FAILED: {}", text_of(status));
            return;
        }
        if (message.number == last_question) {
            say("lasting: ok");
            return;
        }
        has_answered = true;
    }
}

}  // namespace

void guest_main() {
    enable_mmu();
    tree().option("role", "a") == "a" ? ask_all() : answer_all();
}

}  // namespace isthmus::guest
