/* Runs the table: one case for each ending. */
#define _POSIX_C_SOURCE 200809L
#include "table.h"

#include <signal.h>
#include <unistd.h>

enum { TRIES = 12 };

static cell current;
static size_t ran, runs;
static double worst;
static cell worst_cell;

static void say_where(int signal_number)
{
    print_cell(&current); /* whatever that is worth in a handler: the process is lost */
    printf("#   signal %d: memory was touched that had been given back\n", signal_number);
    fflush(stdout);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void watch(int on)
{
    static const int signals[] = {SIGSEGV, SIGBUS};
    static struct sigaction before[COUNT(signals)];
    struct sigaction action;
    size_t i;
    memset(&action, 0, sizeof action);
    action.sa_handler = say_where;
    action.sa_flags = (int)SA_RESETHAND;
    for (i = 0; i < COUNT(signals); i++)
        sigaction(signals[i], on ? &action : &before[i], on ? &before[i] : NULL);
}

/* Whether the ending may have come before the call had begun, and has to come again. */
static int may_be_missed(const cell *c)
{
    return c->way == BLOCKING && status_before(c) == USBX_OK && c->ending != TIMEOUT && !ends_nothing(c);
}

static void see_out(job *j)
{
    double began = seconds_now();
    int button = ends_nothing(&j->c) && j->endpoint == ACQ_HID, again = may_be_missed(&j->c) || button;
    if (!j->has_thread) {
        fetch(j);
        j->ended_at = seconds_now();
        return;
    }
    while (!wait_until_ended(j, again ? 20 : HANG)) {
        if (!again || seconds_now() - began > HANG / 1000) {
            printf("# it does not end\n");
            print_cell(&j->c);
            abort();
        }
        button ? finish(j) : (void)end_it(j);
    }
    pthread_join(j->thread, NULL);
    j->has_thread = 0;
}

/* After a failed check: nothing of the transfer may continue. */
static void give_up(job *j)
{
    if (!j->has_thread && !j->has_mover)
        return;
    start_over();
    j->device = NULL;
    if (j->has_thread)
        pthread_join(j->thread, NULL);
    join_mover(j);
}

/* An ended stream says why every time; one that delivered all it had says it then. */
static void check_every_time(job *j)
{
    const cell *c = &j->c;
    int goes_on = ends_nothing(c) || c->ending == TIMEOUT, i;
    usbx_status expected = c->ending == UNPLUG ? of_unplugging(j->status) : j->status;
    usbx_chunk chunk;
    if (j->stream == NULL || !keeps_handles(c) || j->status == USBX_ERROR_TIMEOUT || c->phase == BEFORE)
        return;
    if (j->status == USBX_OK && !(c->phase == COMPLETE && c->type == BULK_IN)) /* where time brings no more */
        return;
    if (j->status == USBX_OK)
        expected = goes_on ? USBX_ERROR_TIMEOUT : status_in_flight(c);
    for (i = 0; i < 2; i++)
        EXPECT(is_in(c) ? usbx_stream_next(j->stream, goes_on ? USBX_NO_WAIT : HANG, &chunk)
                        : usbx_stream_flush(j->stream, HANG),
               expected);
}

static int run_it(job *j, double pause)
{
    const cell *c = &j->c;
    if (c->phase == BEFORE) {
        if (!end_it(j))
            return 0;
        if (start(j))
            see_out(j);
        return 1;
    }
    if (!CHECK(start(j)) || !bring_to_phase(j, pause))
        return 0;
    if (c->ending != TIMEOUT)
        j->began = seconds_now();
    else
        j->began += (double)j->timeout_ms * 1e-3;
    if (!end_it(j))
        return 0;
    if (ends_nothing(c))
        finish(j);
    if (j->queue != NULL && !j->has_thread && (c->ending == CLOSE || !keeps_handles(c)))
        forbid_writing(&j->data);
    see_out(j);
    join_mover(j);
    while (comes_in_parts(c) && c->phase == RACING && c->type == BULK_IN && j->moved < j->length)
        if (!EXPECT(take_chunks(j), USBX_OK)) /* what came too late for one call comes with the next */
            break;
    check_every_time(j);
    return 1;
}

/* The bytes that may not be touched any more, and the bytes after a transfer without a count. */
static void check_memory(job *j, const uint8_t *as_it_was)
{
    if (j->is_known) {
        CHECK(is_as_given_back(&j->data));
        return;
    }
    CHECK(memcmp(j->data.data, as_it_was, j->length) == 0);
    if (j->c.type == BULK_IN && j->queue != NULL && device_keeps_its_data(&j->c))
        CHECK(is_pattern(j->data.data, 0, j->moved) &&
              is_untouched(j->data.data + j->moved, j->length - j->moved));
}

/* One second is the promise; a busy computer gets more. */
static void note_time(const cell *c, double took)
{
    CHECK(took * 1000 < HANG);
    if (took > worst) {
        worst = took;
        worst_cell = *c;
    }
}

static int attempt(const cell *c, int round, double pause)
{
    static uint8_t as_it_was[ROOM * PACKET];
    job j;
    int done;
    if (!prepare(&j, c, round))
        return 1;
    done = run_it(&j, pause);
    if (!done)
        give_up(&j);
    else if (c->phase != BEFORE && !ends_nothing(c))
        note_time(c, j.ended_at - j.began);
    done = done && check_bytes(&j);
    if (j.is_known) {
        give_back(&j.data);
        if (j.table.pages != NULL)
            give_back(&j.table);
    } else {
        memcpy(as_it_was, j.data.data, j.length);
    }
    if (keeps_handles(c)) {
        EXPECT(usbx_stream_close(j.stream), USBX_OK);
        EXPECT(usbx_queue_close(j.queue), USBX_OK);
    } else if (c->ending == OWN_CLOSE) {
        EXPECT(j.queue != NULL ? usbx_queue_close(j.queue) : usbx_stream_close(j.stream), USBX_ERROR_INVALID_HANDLE);
    }
    recover(&j);
    check_device(&j);
    check_memory(&j, as_it_was);
    if (j.is_known && j.table.pages != NULL)
        CHECK(is_as_given_back(&j.table));
    release_memory(&j.data);
    if (j.table.pages != NULL)
        release_memory(&j.table);
    pthread_mutex_destroy(&j.lock);
    pthread_cond_destroy(&j.changed);
    EXPECT(usbx_close(j.device), USBX_OK);
    return done;
}

static void clean_up(void)
{
    usbx_device *device;
    start_over();
    device = open_test_device();
    EXPECT(usbx_reset(device), USBX_OK);
    EXPECT(usbx_close(device), USBX_OK);
}

/* Once for each phase; several times for a race. If the ending came too early or too late, it is repeated, with more time in
 * between. */
static void run_cell(const cell *c)
{
    int rounds = c->phase != RACING || c->ending == EXIT ? 1 : getenv("USBX_TEST_DEVICE") == NULL ? 4 : 2, round, tries;
    for (round = 0; round < rounds; round++) {
        int done = 0, failures = failures_of_this_case();
        double pause = 0.5;
        current = *c;
        for (tries = 0; tries < TRIES && !done && failures_of_this_case() == failures; tries++, pause *= pause < 64 ? 2 : 1) {
            if (c->ending != EXIT)
                done = attempt(c, round, pause);
            else
                done = (note_time(c, run_in_child(c)), 1);
            runs++;
        }
        if (failures_of_this_case() == failures && CHECK(done))
            continue;
        print_cell(c);
        clean_up();
        return;
    }
    ran++;
}

static int next_cell(cell *c)
{
    if ((c->phase = (transfer_phase)(c->phase + 1)) < PHASES)
        return 1;
    c->phase = BEFORE;
    if ((c->way = (transfer_way)(c->way + 1)) < WAYS)
        return 1;
    c->way = BLOCKING;
    return (c->type = (transfer_type)(c->type + 1)) < TYPES;
}

static void run_ending(transfer_ending ending)
{
    size_t possible = 0, impossible = 0;
    cell c = {CONTROL, BLOCKING, BEFORE, CANCEL};
    double began = seconds_now();
    c.ending = ending;
    if (getenv("USBX_TEST_DEVICE") != NULL && ending == UNPLUG && (!getenv("USBX_TEST_UNPLUG") || !getenv("USBX_TEST_PLUG"))) {
        skip_case("USBX_TEST_UNPLUG and USBX_TEST_PLUG are not set");
        return;
    }
    ran = runs = 0;
    worst = 0;
    watch(1);
    do {
        if (why_impossible(&c) != NULL) {
            impossible++;
        } else if (failures_of_this_case() < 20) {
            possible++;
            run_cell(&c);
        }
    } while (next_cell(&c));
    watch(0);
    printf("# %lu of %lu cells ran, in %lu attempts and %.1f s; %lu are impossible; the slowest ended after %.0f ms\n",
           (unsigned long)ran, (unsigned long)possible, (unsigned long)runs, seconds_now() - began,
           (unsigned long)impossible, worst * 1e3);
    if (worst > 0)
        print_cell(&worst_cell);
    EQUAL(ran, possible);
}

static void table_is_whole(void)
{
    size_t possible = 0, impossible = 0, reasons = 0, i, counts[40];
    const char *said[40];
    cell c = {CONTROL, BLOCKING, BEFORE, CANCEL};
    do {
        int ending;
        for (ending = 0; ending < ENDINGS; ending++) {
            const char *why;
            c.ending = (transfer_ending)ending;
            why = why_impossible(&c);
            possible += why == NULL;
            impossible += why != NULL;
            for (i = 0; why != NULL && i < reasons && said[i] != why; i++) {
            }
            if (why == NULL)
                continue;
            if (i == reasons)
                said[i] = why, counts[i] = 0, reasons++;
            counts[i]++;
        }
    } while (next_cell(&c));
    EQUAL(possible + impossible, TYPES * WAYS * PHASES * ENDINGS);
    printf("# %lu cells, of which %lu are possible\n", (unsigned long)(possible + impossible), (unsigned long)possible);
    for (i = 0; i < reasons; i++)
        printf("#   %lu are impossible: %s\n", (unsigned long)counts[i], said[i]);
}

#define ENDING(name, ending) \
    static void name(void)   \
    {                        \
        run_ending(ending);  \
    }
ENDING(table_cancel, CANCEL)
ENDING(table_queue_cancel, QUEUE_CANCEL)
ENDING(table_queue_cancel_all, QUEUE_CANCEL_ALL)
ENDING(table_close_of_queue_or_stream, OWN_CLOSE)
ENDING(table_close, CLOSE)
ENDING(table_shutdown, SHUTDOWN)
ENDING(table_release, RELEASE)
ENDING(table_set_alt_setting, SET_ALT_SETTING)
ENDING(table_set_configuration, SET_CONFIGURATION)
ENDING(table_clear_halt, CLEAR_HALT)
ENDING(table_reset, RESET)
ENDING(table_stall, STALL)
ENDING(table_timeout, TIMEOUT)
ENDING(table_unplug, UNPLUG)
ENDING(table_exit, EXIT)

const test_case table_cases[] = {
    {"table_is_whole", table_is_whole},
    {"table_cancel", table_cancel},
    {"table_queue_cancel", table_queue_cancel},
    {"table_queue_cancel_all", table_queue_cancel_all},
    {"table_close_of_queue_or_stream", table_close_of_queue_or_stream},
    {"table_close", table_close},
    {"table_shutdown", table_shutdown},
    {"table_release", table_release},
    {"table_set_alt_setting", table_set_alt_setting},
    {"table_set_configuration", table_set_configuration},
    {"table_clear_halt", table_clear_halt},
    {"table_reset", table_reset},
    {"table_stall", table_stall},
    {"table_timeout", table_timeout},
    {"table_unplug", table_unplug},
    {"table_exit", table_exit},
};
const size_t table_count = COUNT(table_cases);
