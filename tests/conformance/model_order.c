/* Devices that a program answers for: what its program learns in which order. */
#include "model_fixture.h"
#include "suite.h"

static uint8_t got[16 * PACKET];

/* What ended the program's transfers is known to it before any other byte moves there. */
static void nothing_moves_between_a_reset_and_its_event(void)
{
    static const int32_t expected[] = {USBX_VIRTUAL_RESET, USBX_VIRTUAL_CONFIGURED, USBX_VIRTUAL_ALT_SETTING};
    size_t i;
    for (i = 0; i < COUNT(expected); i++) {
        bench b = new_bench();
        usbx_virtual_event event;
        usbx_completion done;
        size_t moved = 99;
        uint64_t id;
        if (i == 1) {
            EXPECT(usbx_release(b.device, 0), USBX_OK);
            drop_events(b.model);
        }
        EXPECT(i == 0   ? usbx_reset(b.device)
               : i == 1 ? usbx_set_configuration(b.device, 7)
                        : usbx_set_alt_setting(b.device, 0, 1),
               USBX_OK);
        if (i == 1)
            EXPECT(usbx_claim(b.device, 0), USBX_OK);
        id = submit_to(b.device, b.queue, BULK_IN, got, PACKET);
        /* It is what the program had before: the host does not get it. */
        EXPECT(usbx_virtual_write(b.model, BULK_IN, "old", 3, USBX_NO_WAIT, &moved), USBX_ERROR_TIMEOUT);
        EQUAL(moved, 0);
        EQUAL(next_event(b.model).event, expected[i]);
        /* And now the host is seen to wait. */
        event = next_event(b.model);
        EQUAL(event.event, USBX_VIRTUAL_IN);
        EQUAL(event.endpoint, BULK_IN);
        EXPECT(usbx_virtual_write(b.model, BULK_IN, "new!", 4, USBX_NO_WAIT, &moved), USBX_OK);
        done = completed(b.queue);
        COMPLETED(done, id, USBX_OK, 4);
        EQUAL(memcmp(got, "new!", 4), 0);
        free_bench(&b);
    }
}

typedef struct {
    usbx_virtual *model;
    usbx_status status;
} writer;

static void *write_for_long(void *argument)
{
    writer *w = (writer *)argument;
    w->status = usbx_virtual_write(w->model, BULK_IN, "old", 3, LONG, NULL);
    return NULL;
}

/* What began too early ends when the program learns why, at the latest. */
static void what_began_before_the_event_was_taken_ends_with_it(void)
{
    bench b = new_bench();
    writer w = {b.model, USBX_OK};
    pthread_t thread;
    EXPECT(usbx_reset(b.device), USBX_OK);
    thread = run_thread(write_for_long, &w);
    submit_to(b.device, b.queue, BULK_IN, got, PACKET);
    is_empty(b.queue);
    /* It began before the event or after it: then the host has its bytes. */
    EQUAL(next_event(b.model).event, USBX_VIRTUAL_RESET);
    pthread_join(thread, NULL);
    CHECK(w.status == USBX_ERROR_CANCELLED || w.status == USBX_OK);
    free_bench(&b);
}

const test_case model_order_cases[] = {
    {"nothing_moves_between_a_reset_and_its_event", nothing_moves_between_a_reset_and_its_event},
    {"what_began_before_the_event_was_taken_ends_with_it", what_began_before_the_event_was_taken_ends_with_it},
};
const size_t model_order_count = COUNT(model_order_cases);
