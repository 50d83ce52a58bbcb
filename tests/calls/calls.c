#include "calls.h"

#include <stdio.h>
#include <string.h>

/* The memory that the calls may write to, and its contents after an expected failure. */
static struct {
    usbx_virtual_event virtual_event;
    usbx_device_info info;
    usbx_endpoint endpoints[2];
    usbx_interface interfaces[2];
    unsigned char data[64], configuration;
    char text[64];
    size_t count;
    void *pointer;
    int32_t fd, event;
    uint32_t allocated;
    uint64_t id;
    usbx_packet packets[1];
    usbx_completion completion;
    usbx_chunk chunk;
    usbx_stream_statistics statistics;
    usbx_replay_statistics replayed;
    usbx_capture_statistics captured;
} place;

void *open_handles[KINDS];

static int all(const void *bytes, size_t length, unsigned char value)
{
    const unsigned char *byte = (const unsigned char *)bytes;
    for (; length > 0; length--)
        if (*byte++ != value)
            return 0;
    return 1;
}

static usbx_status info(void *h) { return usbx_info(h, &place.info); }
static usbx_status get_configuration(void *h) { return usbx_get_configuration(h, &place.configuration); }
static usbx_status set_configuration(void *h) { return usbx_set_configuration(h, 1); }
static usbx_status claim(void *h) { return usbx_claim(h, 0); }
static usbx_status release(void *h) { return usbx_release(h, 0); }
static usbx_status set_alt_setting(void *h) { return usbx_set_alt_setting(h, 0, 0); }
static usbx_status detach(void *h) { return usbx_detach_kernel_driver(h, 0); }
static usbx_status kernel_driver(void *h) { return usbx_kernel_driver(h, 0, place.text, 64, &place.count); }
static usbx_status attach(void *h) { return usbx_attach_kernel_driver(h, 0); }
static usbx_status auto_detach(void *h) { return usbx_set_auto_detach(h, 0); }
static usbx_status endpoints(void *h) { return usbx_endpoints(h, place.endpoints, 2, &place.count); }
static usbx_status interfaces(void *h) { return usbx_interfaces(h, place.interfaces, 2, &place.count); }
static usbx_status get_descriptor(void *h) { return usbx_get_descriptor(h, 1, 0, place.data, 18, &place.count); }
static usbx_status get_string(void *h) { return usbx_get_string(h, 1, 0, place.text, 64, &place.count); }
static usbx_status control(void *h)
{
    return usbx_control(h, 0x80, 6, 0x0100, 0, place.data, 18, 1000, &place.count);
}
static usbx_status bulk_read(void *h) { return usbx_bulk_read(h, 0x83, place.data, 64, 1000, &place.count); }
static usbx_status bulk_write(void *h) { return usbx_bulk_write(h, 0x02, place.data, 64, 1000, &place.count); }
static usbx_status interrupt_read(void *h)
{
    return usbx_interrupt_read(h, 0x82, place.data, 16, 1000, &place.count);
}
static usbx_status interrupt_write(void *h)
{
    return usbx_interrupt_write(h, 0x04, place.data, 16, 1000, &place.count);
}
static usbx_status isochronous_read(void *h)
{
    return usbx_isochronous_read(h, 0x85, place.data, 64, place.packets, 1, 1000, &place.count);
}
static usbx_status isochronous_write(void *h)
{
    return usbx_isochronous_write(h, 0x05, place.data, 64, place.packets, 1, 1000, &place.count);
}
static usbx_status buffer_alloc(void *h) { return usbx_buffer_alloc(h, 64, &place.pointer); }
static const unsigned char loopback[] = {0x83, 0x02};
static usbx_status streams_alloc(void *h) { return usbx_bulk_streams_alloc(h, 16, loopback, 2, &place.allocated); }
static usbx_status streams_free(void *h) { return usbx_bulk_streams_free(h, loopback, 2); }
static usbx_status clear_halt(void *h) { return usbx_clear_halt(h, 0x83); }
static usbx_status reset(void *h) { return usbx_reset(h); }
static usbx_status cancel(void *h) { return usbx_cancel(h, 0x83); }
static usbx_status close_device(void *h) { return usbx_close(h); }
static usbx_status unplug_virtual(void *h) { return usbx_virtual_unplug(h); }
static usbx_status close_virtual(void *h) { return usbx_virtual_close(h); }

static usbx_status plug_virtual(void *h) { return usbx_virtual_plug(h); }
static usbx_status path_virtual(void *h) { return usbx_virtual_path(h, place.text, sizeof place.text, &place.count); }
static usbx_status string_virtual(void *h) { return usbx_virtual_string(h, 1, 0x0409, "x"); }
static usbx_status descriptor_virtual(void *h) { return usbx_virtual_descriptor(h, 15, 0, 0, "x", 1); }
static usbx_status standard_virtual(void *h) { return usbx_virtual_answer_standard_requests(h, 1); }
static usbx_status next_virtual(void *h)
{
    return usbx_virtual_next(h, 1000, &place.virtual_event, place.data, 64, &place.count);
}
static usbx_status reply_virtual(void *h) { return usbx_virtual_reply(h, "x", 1); }
static usbx_status stall_virtual(void *h) { return usbx_virtual_stall(h, 0); }
static usbx_status write_virtual(void *h) { return usbx_virtual_write(h, 0x83, "x", 1, 1000, &place.count); }
static usbx_status read_virtual(void *h) { return usbx_virtual_read(h, 0x02, place.data, 64, 1000, &place.count); }
static usbx_status fd_virtual(void *h) { return usbx_virtual_fd(h, &place.fd); }
static usbx_status replay_stats(void *h)
{
    return usbx_virtual_replay_stats(h, &place.replayed, place.text, sizeof place.text, &place.count);
}
static usbx_status fault_virtual(void *h) { return usbx_virtual_fault(h, 0x83, NULL); }

static usbx_status submit(usbx_device *device, usbx_queue *queue)
{
    usbx_transfer transfer;
    memset(&transfer, 0, sizeof transfer);
    transfer.type = USBX_TYPE_CONTROL;
    transfer.request_type = 0x80;
    transfer.request = 6;
    transfer.value = 0x0100;
    transfer.data = place.data;
    transfer.length = 18;
    return usbx_submit(device, queue, &transfer, &place.id);
}
static usbx_status submit_of(void *h) { return submit(h, open_handles[QUEUE]); }
static usbx_status submit_to(void *h) { return submit(open_handles[DEVICE], h); }
static usbx_status queue_wait(void *h) { return usbx_queue_wait(h, &place.completion, 1, 1000, &place.count); }
static usbx_status queue_cancel(void *h) { return usbx_queue_cancel(h, 0); }
static usbx_status queue_fd(void *h) { return usbx_queue_fd(h, &place.fd); }
static usbx_status queue_close(void *h) { return usbx_queue_close(h); }

static usbx_status stream_open(void *h)
{
    usbx_stream *stream = (usbx_stream *)(void *)&place;
    usbx_status status = usbx_stream_open(h, 0x81, NULL, &stream);
    CHECK(stream == NULL);
    return status;
}
static usbx_status stream_next(void *h) { return usbx_stream_next(h, 1000, &place.chunk); }
static usbx_status stream_read(void *h) { return usbx_stream_read(h, place.data, 64, 1000, &place.count); }
static usbx_status stream_write(void *h) { return usbx_stream_write(h, place.data, 64, 1000, &place.count); }
static usbx_status stream_space(void *h) { return usbx_stream_space(h, 1000, &place.pointer, &place.count); }
static usbx_status stream_commit(void *h) { return usbx_stream_commit(h, 0); }
static usbx_status stream_flush(void *h) { return usbx_stream_flush(h, 1000); }
static usbx_status stream_stats(void *h) { return usbx_stream_stats(h, &place.statistics); }
static usbx_status stream_fd(void *h) { return usbx_stream_fd(h, &place.fd); }
static usbx_status stream_close(void *h) { return usbx_stream_close(h); }
static usbx_status watch_next(void *h) { return usbx_watch_next(h, 1000, &place.event, &place.info); }
static usbx_status watch_fd(void *h) { return usbx_watch_fd(h, &place.fd); }
static usbx_status watch_close(void *h) { return usbx_watch_close(h); }
static usbx_status capture_stats(void *h) { return usbx_capture_stats(h, &place.captured); }
static usbx_status capture_close(void *h) { return usbx_capture_close(h); }
static usbx_status share_add(void *h) { return usbx_share_add(h, "virtual/1", "1-1"); }
static usbx_status share_address(void *h) { return usbx_share_address(h, place.text, sizeof place.text, &place.count); }
static usbx_status share_close(void *h) { return usbx_share_close(h); }

const handle_call handle_calls[] = {
    {"usbx_info", DEVICE, info},
    {"usbx_get_configuration", DEVICE, get_configuration},
    {"usbx_set_configuration", DEVICE, set_configuration},
    {"usbx_claim", DEVICE, claim},
    {"usbx_release", DEVICE, release},
    {"usbx_set_alt_setting", DEVICE, set_alt_setting},
    {"usbx_detach_kernel_driver", DEVICE, detach},
    {"usbx_kernel_driver", DEVICE, kernel_driver},
    {"usbx_attach_kernel_driver", DEVICE, attach},
    {"usbx_set_auto_detach", DEVICE, auto_detach},
    {"usbx_endpoints", DEVICE, endpoints},
    {"usbx_interfaces", DEVICE, interfaces},
    {"usbx_get_descriptor", DEVICE, get_descriptor},
    {"usbx_get_string", DEVICE, get_string},
    {"usbx_control", DEVICE, control},
    {"usbx_bulk_read", DEVICE, bulk_read},
    {"usbx_bulk_write", DEVICE, bulk_write},
    {"usbx_interrupt_read", DEVICE, interrupt_read},
    {"usbx_interrupt_write", DEVICE, interrupt_write},
    {"usbx_isochronous_read", DEVICE, isochronous_read},
    {"usbx_isochronous_write", DEVICE, isochronous_write},
    {"usbx_buffer_alloc", DEVICE, buffer_alloc},
    {"usbx_bulk_streams_alloc", DEVICE, streams_alloc},
    {"usbx_bulk_streams_free", DEVICE, streams_free},
    {"usbx_clear_halt", DEVICE, clear_halt},
    {"usbx_reset", DEVICE, reset},
    {"usbx_cancel", DEVICE, cancel},
    {"usbx_close", DEVICE, close_device},
    {"usbx_virtual_unplug", VIRTUAL, unplug_virtual},
    {"usbx_virtual_close", VIRTUAL, close_virtual},
    {"usbx_virtual_plug", VIRTUAL, plug_virtual},
    {"usbx_virtual_path", VIRTUAL, path_virtual},
    {"usbx_virtual_string", VIRTUAL, string_virtual},
    {"usbx_virtual_descriptor", VIRTUAL, descriptor_virtual},
    {"usbx_virtual_answer_standard_requests", VIRTUAL, standard_virtual},
    {"usbx_virtual_next", VIRTUAL, next_virtual},
    {"usbx_virtual_reply", VIRTUAL, reply_virtual},
    {"usbx_virtual_stall", VIRTUAL, stall_virtual},
    {"usbx_virtual_write", VIRTUAL, write_virtual},
    {"usbx_virtual_read", VIRTUAL, read_virtual},
    {"usbx_virtual_fd", VIRTUAL, fd_virtual},
    {"usbx_virtual_fault", VIRTUAL, fault_virtual},
    {"usbx_virtual_replay_stats", VIRTUAL, replay_stats},
    {"usbx_submit, its device", DEVICE, submit_of},
    {"usbx_submit, its queue", QUEUE, submit_to},
    {"usbx_queue_wait", QUEUE, queue_wait},
    {"usbx_queue_cancel", QUEUE, queue_cancel},
    {"usbx_queue_fd", QUEUE, queue_fd},
    {"usbx_queue_close", QUEUE, queue_close},
    {"usbx_stream_open", DEVICE, stream_open},
    {"usbx_stream_next", STREAM, stream_next},
    {"usbx_stream_read", STREAM, stream_read},
    {"usbx_stream_write", STREAM, stream_write},
    {"usbx_stream_space", STREAM, stream_space},
    {"usbx_stream_commit", STREAM, stream_commit},
    {"usbx_stream_flush", STREAM, stream_flush},
    {"usbx_stream_stats", STREAM, stream_stats},
    {"usbx_stream_fd", STREAM, stream_fd},
    {"usbx_stream_close", STREAM, stream_close},
    {"usbx_watch_next", WATCH, watch_next},
    {"usbx_watch_fd", WATCH, watch_fd},
    {"usbx_watch_close", WATCH, watch_close},
    {"usbx_capture_stats", CAPTURE, capture_stats},
    {"usbx_capture_close", CAPTURE, capture_close},
    {"usbx_share_add", SHARE, share_add},
    {"usbx_share_address", SHARE, share_address},
    {"usbx_share_close", SHARE, share_close},
};
const size_t handle_call_count = COUNT(handle_calls);

int closes(const handle_call *call)
{
    return call->call == close_device || call->call == close_virtual || call->call == queue_close ||
           call->call == stream_close || call->call == watch_close || call->call == capture_close ||
           call->call == share_close;
}

void expect_refused(const handle_call *call, const void *handle, const char *which, usbx_status expected)
{
    int has_fd = call->call == queue_fd || call->call == stream_fd || call->call == watch_fd ||
                 call->call == fd_virtual;
    int has_text = call->call == get_string || call->call == kernel_driver || call->call == path_virtual ||
                   call->call == replay_stats ||
                   call->call == share_address;
    int has_pointer = call->call == stream_space || call->call == buffer_alloc;
    int has_id = call->call == submit_of || call->call == submit_to;
    int good;
    memset(&place, 0xa5, sizeof place);
    good = EXPECT(call->call((void *)(size_t)handle), expected);
    good &= CHECK(strlen(usbx_last_error()) > 10);
    good &= CHECK(all(&place.info, sizeof place.info, call->call == info || call->call == watch_next ? 0 : 0xa5));
    good &= CHECK(all(&place.event, sizeof place.event, call->call == watch_next ? 0 : 0xa5));
    good &= CHECK(all(&place.virtual_event, sizeof place.virtual_event, call->call == next_virtual ? 0 : 0xa5));
    good &= CHECK(place.configuration == (call->call == get_configuration ? 0 : 0xa5));
    good &= CHECK(place.count == 0 || all(&place.count, sizeof place.count, 0xa5));
    good &= CHECK(all(place.endpoints, sizeof place.endpoints, 0xa5) && all(place.data, sizeof place.data, 0xa5));
    good &= CHECK(place.text[0] == (has_text ? 0 : (char)0xa5)); /* a string is always terminated */
    good &= CHECK(all(place.text + 1, sizeof place.text - 1, 0xa5));
    good &= CHECK(all(&place.pointer, sizeof place.pointer, has_pointer ? 0 : 0xa5));
    good &= CHECK(all(&place.allocated, sizeof place.allocated, call->call == streams_alloc ? 0 : 0xa5));
    good &= CHECK(all(&place.fd, sizeof place.fd, has_fd ? 0xff : 0xa5));
    good &= CHECK(all(&place.id, sizeof place.id, has_id ? 0 : 0xa5));
    good &= CHECK(all(&place.completion, sizeof place.completion, 0xa5)); /* an array of the caller's */
    good &= CHECK(all(place.packets, sizeof place.packets, 0xa5));
    good &= CHECK(all(&place.chunk, sizeof place.chunk, call->call == stream_next ? 0 : 0xa5));
    good &= CHECK(all(&place.statistics, sizeof place.statistics, call->call == stream_stats ? 0 : 0xa5));
    good &= CHECK(all(&place.replayed, sizeof place.replayed, call->call == replay_stats ? 0 : 0xa5));
    good &= CHECK(all(&place.captured, sizeof place.captured, call->call == capture_stats ? 0 : 0xa5));
    if (!good)
        printf("#   of %s with a handle that is %s\n", call->name, which);
}
