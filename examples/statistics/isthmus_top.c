/* SPDX-License-Identifier: Apache-2.0
 *
 * What all domains do, as Isthmus shows it to the one that has `isthmus,statistics` in its node
 * (docs/statistics.md): like top, or as a trace for Perfetto's viewer or chrome://tracing.
 *
 *     isthmus_top [-n TIMES] [-d SECONDS] [--trace FILE]
 *
 * Prints a table every SECONDS (1) for TIMES (without end); the terminal is cleared in between when
 * it is one. With --trace the events of that time go to FILE, as JSON of Chrome's trace-event
 * format, a process for each CPU of the machine and one for each domain; the rings are emptied ten
 * times a second, and the last line says how many events were written, and lost. Exit status 1: the
 * file cannot be written; 2: no statistics.
 */
#include "isthmus_guest/isthmus_linux.h"
#include "isthmus_guest/isthmus_statistics.h"

#define MOST_CPUS 128u
#define MOST_DOMAINS 80u
#define CPU_PROCESS 1000u /* and the CPU's number; a domain's process is its number and 1 */

struct viewer {
    struct isthmus_statistics all;
    struct isthmus_domain_statistics last[MOST_DOMAINS];
    struct isthmus_trace traces[MOST_CPUS];
    uint32_t runs[MOST_CPUS]; /* 1 and the domain whose turn is open, 0: none */
    FILE* file;
    unsigned long long written;
};

static struct viewer viewer;

static double seconds(uint64_t ticks) {
    return (double)ticks / (double)viewer.all.frequency;
}

static const char* state_of(const struct isthmus_domain_statistics* domain) {
    return domain->paused ? "paused" : isthmus_peer_text(domain->state);
}

static const char* name_of(uint32_t domain) {
    return domain < viewer.all.domains ? viewer.last[domain].name : "?";
}

static void print_table(void) {
    if (isatty(STDOUT_FILENO))
        printf("\033[H\033[2J");
    printf("%-16s %-11s %6s %5s %7s %9s %9s %9s %9s %9s %8s %6s\n", "domain", "state", "start",
           "vCPUs", "CPU %", "exits/s", "hcall/s", "memory/s", "irq/s", "inject/s", "rings/s",
           "faults");
    for (uint32_t i = 0; i < viewer.all.domains; ++i) {
        struct isthmus_domain_statistics now;
        struct isthmus_domain_statistics* last = &viewer.last[i];
        isthmus_statistics_domain(&viewer.all, i, &now);
        double took = seconds(now.updated - last->updated);
        double each = took > 0 ? 1 / took : 0;
        printf("%-16s %-11s %6u %2u/%-2u %7.1f %9.0f %9.0f %9.0f %9.0f %9.0f %8.0f %6llu\n",
               now.name, state_of(&now), now.starts, now.vcpus_on, now.vcpus,
               100 * seconds(now.ran - last->ran) * each,
               (double)(isthmus_domain_exits(&now) - isthmus_domain_exits(last)) * each,
               (double)(now.hypercalls - last->hypercalls) * each,
               (double)(now.memory - last->memory) * each,
               (double)(now.interrupts - last->interrupts) * each,
               (double)(now.injected - last->injected) * each,
               (double)(now.rings - last->rings) * each, (unsigned long long)now.violations);
        *last = now;
    }
    fflush(stdout);
}

/* One JSON object; names hold no character that JSON would have to escape. */
static void begin(const char* phase, const struct isthmus_event* event, uint32_t process,
                  uint32_t thread) {
    fprintf(viewer.file, "%s\n{\"ph\":\"%s\",\"ts\":%.3f,\"pid\":%u,\"tid\":%u",
            viewer.written++ == 0 ? "" : ",", phase, seconds(event->time) * 1e6, process, thread);
}

static void write_turn(const struct isthmus_event* event, uint32_t cpu) {
    if (event->kind == ISTHMUS_EVENT_RUN) {
        begin("B", event, CPU_PROCESS + cpu, 0);
        fprintf(viewer.file, ",\"name\":\"%s vcpu%u\"}", name_of(event->domain), event->vcpu);
        viewer.runs[cpu] = event->domain + 1;
    } else if (viewer.runs[cpu] != 0) { /* else its beginning was lost */
        begin("E", event, CPU_PROCESS + cpu, 0);
        fprintf(viewer.file, ",\"args\":{\"cut\":%u}}", event->argument);
        viewer.runs[cpu] = 0;
    }
}

static void write_event(const struct isthmus_event* event, uint32_t cpu) {
    if (event->kind == ISTHMUS_EVENT_RUN || event->kind == ISTHMUS_EVENT_LEAVE) {
        write_turn(event, cpu);
        return;
    }
    if (event->kind == ISTHMUS_EVENT_EXITS || event->kind == ISTHMUS_EVENT_INJECT) {
        const char* what = isthmus_event_text(event->kind);
        begin("C", event, event->domain + 1, event->vcpu);
        fprintf(viewer.file, ",\"name\":\"%s of vcpu%u\",\"args\":{\"%s\":%u}}", what, event->vcpu,
                what, event->argument);
        return;
    }
    begin("i", event, event->domain + 1, event->vcpu);
    if (event->kind == ISTHMUS_EVENT_STATE)
        fprintf(viewer.file, ",\"s\":\"p\",\"name\":\"%s\"",
                isthmus_event_state_text(event->argument));
    else
        fprintf(viewer.file, ",\"s\":\"t\",\"name\":\"%s %u\"", isthmus_event_text(event->kind),
                event->argument);
    fprintf(viewer.file, ",\"args\":{\"cpu\":%u}}", cpu);
}

static void empty_rings(void) {
    struct isthmus_event event;
    for (uint32_t cpu = 0; viewer.file != NULL && cpu < viewer.all.cpus; ++cpu)
        while (isthmus_trace_next(&viewer.all, &viewer.traces[cpu], &event) == ISTHMUS_OK)
            write_event(&event, cpu);
}

static void name_process(uint32_t process, const char* name) {
    struct isthmus_event none = {0, 0, 0, 0, 0};
    begin("M", &none, process, 0);
    fprintf(viewer.file, ",\"name\":\"process_name\",\"args\":{\"name\":\"%s\"}}", name);
}

static int begin_trace(const char* path) {
    viewer.file = fopen(path, "w");
    if (viewer.file == NULL)
        return 0;
    fprintf(viewer.file, "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
    for (uint32_t cpu = 0; cpu < viewer.all.cpus; ++cpu) {
        viewer.traces[cpu].cpu = cpu; /* from now on, not from what the ring holds */
        viewer.traces[cpu].next = isthmus_trace_head(&viewer.all, cpu);
        char name[16];
        snprintf(name, sizeof name, "CPU %u", cpu);
        name_process(CPU_PROCESS + cpu, name);
    }
    for (uint32_t i = 0; i < viewer.all.domains; ++i)
        name_process(i + 1, viewer.last[i].name);
    return 1;
}

static int end_trace(void) {
    unsigned long long lost = 0;
    for (uint32_t cpu = 0; cpu < viewer.all.cpus; ++cpu)
        lost += viewer.traces[cpu].lost;
    fprintf(viewer.file, "\n],\"otherData\":{\"lost\":%llu}}\n", lost);
    int failed = ferror(viewer.file);
    failed = fclose(viewer.file) != 0 || failed;
    printf("isthmus_top: %llu records written, %llu events lost\n", viewer.written, lost);
    return failed ? 1 : 0;
}

static int open_region(void) {
    struct isthmus_region region;
    void* tree = NULL;
    void* mapped = NULL;
    size_t size = 0;
    memset(&region, 0, sizeof region);
    int status = isthmus_linux_read_tree(&tree, &size);
    if (status == ISTHMUS_OK)
        status = isthmus_find_statistics(tree, size, &region.address, &region.size);
    if (status == ISTHMUS_OK)
        status = isthmus_linux_map(&region, &mapped);
    if (status == ISTHMUS_OK)
        status = isthmus_statistics_open(&viewer.all, mapped, region.size);
    free(tree);
    if (viewer.all.domains > MOST_DOMAINS || viewer.all.cpus > MOST_CPUS)
        status = ISTHMUS_INVALID;
    return status;
}

int main(int argc, char** argv) {
    unsigned long times = 0;
    double pause = 1;
    const char* path = NULL;
    for (int i = 1; i < argc; ++i) {
        if (i + 1 < argc && strcmp(argv[i], "-n") == 0)
            times = strtoul(argv[++i], NULL, 0);
        else if (i + 1 < argc && strcmp(argv[i], "-d") == 0)
            pause = strtod(argv[++i], NULL);
        else if (i + 1 < argc && strcmp(argv[i], "--trace") == 0)
            path = argv[++i];
        else {
            fprintf(stderr, "usage: isthmus_top [-n TIMES] [-d SECONDS] [--trace FILE]\n");
            return 2;
        }
    }
    int status = open_region();
    if (status != ISTHMUS_OK) {
        fprintf(stderr, "isthmus_top: %s\n", isthmus_status_text(status));
        return 2;
    }
    for (uint32_t i = 0; i < viewer.all.domains; ++i)
        isthmus_statistics_domain(&viewer.all, i, &viewer.last[i]);
    if (path != NULL && !begin_trace(path)) {
        fprintf(stderr, "isthmus_top: %s: %s\n", path, strerror(errno));
        return 1;
    }
    for (unsigned long done = 0; times == 0 || done < times; ++done) {
        for (double left = pause; left > 0; left -= 0.1) {
            struct timespec nap = {0, left < 0.1 ? (long)(left * 1e9) : 100000000};
            nanosleep(&nap, NULL);
            empty_rings();
        }
        print_table();
    }
    return path != NULL ? end_trace() : 0;
}
