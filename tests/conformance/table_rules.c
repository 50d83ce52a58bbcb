/* What the header promises for each cell of the table. */
#include "table.h"

static const char *const types[] = {"control",      "bulk IN",        "bulk OUT",       "interrupt IN",
                                    "interrupt OUT", "isochronous IN", "isochronous OUT"};
static const char *const ways[] = {"blocking", "queued", "queued and waited for", "streamed", "streamed and waited for"};
static const char *const phases[] = {"before it", "in flight", "partly moved", "racing", "complete"};
static const char *const endings[] = {
    "usbx_cancel",  "usbx_queue_cancel",    "usbx_queue_cancel of all", "close of queue or stream", "usbx_close",
    "usbx_shutdown", "usbx_release",        "usbx_set_alt_setting",     "usbx_set_configuration",   "usbx_clear_halt",
    "usbx_reset",   "a stall",              "a timeout",                "unplugging",               "exit",
    "dlclose"};

void print_cell(const cell *c)
{
    printf("#   in the cell: %s, %s, %s, ended by %s\n", types[c->type], ways[c->way], phases[c->phase],
           endings[c->ending]);
}

int is_streamed(const cell *c)
{
    return c->way == STREAMED || c->way == STREAMED_WAITED;
}

static int is_queued(const cell *c)
{
    return c->way == QUEUED || c->way == QUEUED_WAITED;
}

int is_waited(const cell *c)
{
    return c->phase != BEFORE && (c->way == BLOCKING || c->way == QUEUED_WAITED || c->way == STREAMED_WAITED);
}

int is_in(const cell *c)
{
    return c->type != BULK_OUT && c->type != INTERRUPT_OUT && c->type != ISOCHRONOUS_OUT;
}

static int is_isochronous(const cell *c)
{
    return c->type == ISOCHRONOUS_IN || c->type == ISOCHRONOUS_OUT;
}

const char *why_impossible(const cell *c)
{
    if (c->ending == DLCLOSE)
        return "this program has the library linked: nothing unloads it";
    if (c->type == INTERRUPT_OUT || c->type == ISOCHRONOUS_OUT)
        return "the device has no such endpoint";
    if (c->type == CONTROL && is_streamed(c))
        return "no stream is of control requests";
    if (c->type == CONTROL && (c->phase == IDLE || c->phase == PART))
        return "the device answers a request at once";
    if (c->way == BLOCKING && c->phase == COMPLETE)
        return "a blocking call fetches its own result";
    if (c->way != BLOCKING && is_waited(c) && c->phase == COMPLETE)
        return "who waits has fetched it";
    if ((c->way == QUEUED_WAITED || c->way == STREAMED_WAITED) && c->phase == BEFORE)
        return "a transfer that has not begun has no waiting thread";
    if ((c->ending == QUEUE_CANCEL || c->ending == QUEUE_CANCEL_ALL) && !is_queued(c))
        return "only a queue has usbx_queue_cancel";
    if (c->ending == QUEUE_CANCEL && c->phase == BEFORE)
        return "it has its number from its submission on";
    if (c->ending == OWN_CLOSE && c->way == BLOCKING)
        return "a blocking call has no queue and no stream";
    if (c->ending == OWN_CLOSE && is_streamed(c) && is_in(c) && c->phase == BEFORE)
        return "an IN stream is in flight from its opening on";
    if (c->ending == TIMEOUT && c->phase == BEFORE)
        return "its time begins with it";
    if (c->ending == TIMEOUT && is_streamed(c) && c->phase == COMPLETE)
        return "a stream's time is for waiting, and there is nothing to wait for";
    if (c->ending == EXIT && c->phase == BEFORE)
        return "no thread is left to call";
    if ((c->ending == STALL || c->ending == CLEAR_HALT) && is_isochronous(c))
        return "isochronous endpoints have no halt (USB 2.0 section 5.6.5)";
    if (c->ending == CLEAR_HALT && c->type == CONTROL)
        return "endpoint 0 has no halt to be cleared";
    if (c->ending == STALL && c->type == CONTROL && c->phase != BEFORE)
        return "a request is refused as a whole";
    return NULL;
}

/* It is not what they are about, or they find nothing to change. */
int ends_nothing(const cell *c)
{
    return c->ending == SET_CONFIGURATION ||
           (c->type == CONTROL && (c->ending == RELEASE || c->ending == SET_ALT_SETTING));
}

/* Isochronous packets come with their transfer. */
int comes_in_parts(const cell *c)
{
    return c->ending == TIMEOUT && is_streamed(c) && is_in(c) && !is_isochronous(c);
}

int keeps_handles(const cell *c)
{
    return c->ending != OWN_CLOSE && c->ending != SHUTDOWN;
}

int device_keeps_its_data(const cell *c)
{
    int its_own = getenv("USBX_TEST_DEVICE") != NULL; /* and not the library's, which shutdown takes with it */
    /* How much a process that is gone had moved is unknown. */
    return c->ending != RESET && c->ending != UNPLUG && c->ending != EXIT && (c->ending != SHUTDOWN || its_own);
}

usbx_status status_before(const cell *c)
{
    /* A queue is there before; so is an OUT stream, which submits nothing until it is written to. */
    int was_open = c->way != BLOCKING && !(is_streamed(c) && is_in(c));
    switch (c->ending) {
    case CLOSE: return is_streamed(c) && was_open ? USBX_ERROR_CLOSED : USBX_ERROR_INVALID_HANDLE;
    case OWN_CLOSE:
    case SHUTDOWN: return USBX_ERROR_INVALID_HANDLE;
    case RELEASE: /* it is in setting 0 then, which has no such endpoint; and vendor requests need no claim */
        return is_isochronous(c) ? USBX_ERROR_INVALID_PARAM : c->type == CONTROL ? USBX_OK : USBX_ERROR_NOT_CLAIMED;
    case SET_ALT_SETTING: return is_isochronous(c) ? USBX_ERROR_INVALID_PARAM : USBX_OK;
    case STALL: return USBX_ERROR_PIPE;
    case UNPLUG: return USBX_ERROR_NO_DEVICE;
    default: return USBX_OK;
    }
}

usbx_status status_in_flight(const cell *c)
{
    if (ends_nothing(c))
        return c->type == INTERRUPT_IN && c->phase == IDLE ? USBX_ERROR_CANCELLED /* no button is pressed */ : USBX_OK;
    switch (c->ending) {
    case CLOSE: return USBX_ERROR_CLOSED;
    case OWN_CLOSE:
    case SHUTDOWN: return is_waited(c) ? USBX_ERROR_CLOSED : USBX_ERROR_INVALID_HANDLE;
    case STALL: return USBX_ERROR_PIPE;
    case TIMEOUT: return comes_in_parts(c) && c->phase == PART ? USBX_OK : USBX_ERROR_TIMEOUT;
    case UNPLUG: return USBX_ERROR_NO_DEVICE;
    default: return USBX_ERROR_CANCELLED;
    }
}

int is_wanted(const cell *c, usbx_status got)
{
    got = c->ending == UNPLUG ? of_unplugging(got) : got;
    switch (c->phase) {
    case BEFORE: return got == status_before(c);
    case IDLE:
    case PART: return got == status_in_flight(c);
    case RACING: return is_allowed(c, got);
    default: return got == (keeps_handles(c) ? USBX_OK : USBX_ERROR_INVALID_HANDLE); /* as it was */
    }
}

int is_allowed(const cell *c, usbx_status got)
{
    /* The device's own time ends these, and may be quicker. */
    int by_itself = c->type == ISOCHRONOUS_IN || (c->type == INTERRUPT_IN && c->phase == PART);
    /* A reset empties the device: a call that had not begun by then finds room. */
    int too_late = c->ending == RESET && c->type == BULK_OUT && c->way == BLOCKING;
    got = c->ending == UNPLUG ? of_unplugging(got) : got;
    if (c->phase == BEFORE || c->phase == COMPLETE)
        return is_wanted(c, got);
    return got == status_in_flight(c) || (got == USBX_OK && (c->phase == RACING || by_itself || too_late)) ||
           (is_waited(c) && got == status_before(c) && got != USBX_OK);
}
