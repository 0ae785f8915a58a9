// SPDX-License-Identifier: Apache-2.0
// debug_checks ROLE ROUNDS: has the kernel use the CPU's debug registers, as debuggers and
// profilers do, and counts exactly: ptrace's single step, breakpoint and watchpoint on a child,
// perf's events of a breakpoint, a watchpoint and a uprobe. ROLE 0 or 1 says at which of two
// places; both run through both, and so do guests beside it that have this program at the same
// addresses.
#define _GNU_SOURCE
#include <asm/ptrace.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOPS = 20, HW_BREAK = 0x402, HW_WATCH = 0x403 };

static volatile uint64_t words[2];
static int failures;

/* Two places to stop at, and a stretch to step through: 20 NOPs, a system call, and RET. */
__asm__(
    ".text\n"
    ".global place0, place1, stretch\n"
    "place0: nop\n ret\n"
    "place1: nop\n ret\n"
    "stretch:\n .rept 20\n nop\n .endr\n mov x8, #172\n svc #0\n ret\n"); /* getpid */
extern void place0(void), place1(void), stretch(void);
static void (*const places[2])(void) = {place0, place1};

static void report(const char* name, int passed, long seen) {
    printf("debug: %s %s (%ld)\n", name, passed ? "ok" : "FAILED", seen);
    fflush(stdout);
    failures += !passed;
}

static void run_through(void) {
    for (int which = 0; which < 2; ++which) {
        places[which]();
        words[which] += 1;
    }
}

static long registers_pc(pid_t child) {
    struct user_regs_struct registers;
    struct iovec part = {&registers, sizeof(registers)};
    return ptrace(PTRACE_GETREGSET, child, NT_PRSTATUS, &part) == 0 ? (long)registers.pc : -errno;
}

/* The child stops, runs `body`, and ends; it is stopped when this returns. */
static pid_t traced(void (*body)(void)) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        body();
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return child;
}

/* 1: stopped by SIGTRAP, whose si_code and address are given; 0: it has ended. */
static int stopped(pid_t child, int* code, long* address) {
    int status;
    siginfo_t info;
    waitpid(child, &status, 0);
    if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
        return 0;
    ptrace(PTRACE_GETSIGINFO, child, 0, &info);
    *code = info.si_code;
    *address = (long)info.si_addr;
    return 1;
}

static void check_step(void) {
    pid_t child = traced(stretch);
    long start = (long)stretch, previous = 0;
    int code, nops = 0, all = 0;
    long address;
    while (ptrace(PTRACE_SINGLESTEP, child, 0, 0) == 0 && stopped(child, &code, &address)) {
        long pc = registers_pc(child);
        nops += previous >= start && previous < start + 4 * NOPS && pc == previous + 4;
        previous = pc;
        if (++all > 100000)
            break;
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    report("step", nops == NOPS && all > NOPS + 3 && all < 100000, all);
}

static int set_pair(pid_t child, int set, uint64_t address, uint32_t control) {
    struct user_hwdebug_state state;
    struct iovec part = {&state, sizeof(state)};
    memset(&state, 0, sizeof(state));
    state.dbg_regs[0].addr = address;
    state.dbg_regs[0].ctrl = control;
    part.iov_len = offsetof(struct user_hwdebug_state, dbg_regs) + sizeof(state.dbg_regs[0]);
    return (int)ptrace(PTRACE_SETREGSET, child, set, &part);
}

static int rounds;
static void many_rounds(void) {
    for (int i = 0; i < rounds; ++i)
        run_through();
}

/* What was hit is off for a step, as debuggers do. */
static void check_pair(const char* name, int set, uint64_t address, uint32_t control, int role) {
    pid_t child = traced(many_rounds);
    int code, hits = 0, wrong = set_pair(child, set, address, control) != 0;
    long at;
    while (!wrong && ptrace(PTRACE_CONT, child, 0, 0) == 0 && stopped(child, &code, &at)) {
        ++hits;
        wrong = code != TRAP_HWBKPT || at != (long)address ||
                (set == HW_BREAK && registers_pc(child) != (long)places[role]) ||
                set_pair(child, set, address, control & ~1U) != 0 ||
                ptrace(PTRACE_SINGLESTEP, child, 0, 0) != 0 || !stopped(child, &code, &at) ||
                set_pair(child, set, address, control) != 0;
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    report(name, !wrong && hits == rounds, hits);
}

static long counted(struct perf_event_attr* what) {
    uint64_t count = 0;
    what->size = sizeof(*what);
    what->disabled = 1;
    what->exclude_kernel = 1;
    what->exclude_hv = 1;
    long file = syscall(SYS_perf_event_open, what, 0, -1, -1, 0);
    if (file < 0)
        return -errno;
    ioctl((int)file, PERF_EVENT_IOC_ENABLE, 0);
    many_rounds();
    ioctl((int)file, PERF_EVENT_IOC_DISABLE, 0);
    if (read((int)file, &count, sizeof(count)) != sizeof(count))
        return -1;
    close((int)file);
    return (long)count;
}

static void check_perf(int role) {
    struct perf_event_attr execute = {.type = PERF_TYPE_BREAKPOINT,
                                      .bp_type = HW_BREAKPOINT_X,
                                      .bp_addr = (uint64_t)places[role],
                                      .bp_len = sizeof(long)};
    struct perf_event_attr write = {.type = PERF_TYPE_BREAKPOINT,
                                    .bp_type = HW_BREAKPOINT_W,
                                    .bp_addr = (uint64_t)&words[role],
                                    .bp_len = HW_BREAKPOINT_LEN_8};
    long hits = counted(&execute);
    report("perf-breakpoint", hits == rounds, hits);
    hits = counted(&write);
    report("perf-watchpoint", hits == rounds, hits);
}

/* A place of this very file: the program is linked at 0x400000 and mapped from its beginning. */
static void check_uprobe(int role) {
    int type = -1;
    FILE* file = fopen("/sys/bus/event_source/devices/uprobe/type", "r");
    if (!file || fscanf(file, "%d", &type) != 1) {
        report("uprobe", 0, -1);
        return;
    }
    fclose(file);
    struct perf_event_attr probe = {.type = (uint32_t)type,
                                    .config1 = (uint64_t)"/bin/debug_checks",
                                    .config2 = (uint64_t)places[role] - 0x400000};
    long hits = counted(&probe);
    report("uprobe", hits == rounds, hits);
}

int main(int count, char** words_given) {
    int role = count > 1 && words_given[1][0] == '1';
    rounds = count > 2 ? atoi(words_given[2]) : 10;
    /* Enabled, at EL0; all four bytes of the instruction, all eight of the word. */
    check_step();
    check_pair("breakpoint", HW_BREAK, (uint64_t)places[role], 1 | 2 << 1 | 0xf << 5, role);
    check_pair("watchpoint", HW_WATCH, (uint64_t)&words[role], 1 | 2 << 1 | 2 << 3 | 0xff << 5,
               role);
    check_perf(role);
    check_uprobe(role);
    printf("debug: done, %d FAILED\n", failures);
    return failures != 0;
}
