/* libusb's multi-threaded patterns all at once: several threads handle events, others block, submit, resubmit, cancel, open and close. */
#include <libusb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKERS = 4, ROUNDS = 1500, HANDLERS = 2 };

static libusb_context *context;
static atomic_int stop, wrong, moved;

static void *handler(void *unused)
{
    struct timeval little = {0, 50000};
    while (!stop)
        if (libusb_handle_events_timeout_completed(context, &little, NULL) != 0)
            wrong++;
    return unused;
}

struct one {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int ended, again, status;
};

static void LIBUSB_CALL ended(struct libusb_transfer *t)
{
    struct one *one = t->user_data;
    moved += t->actual_length;
    if (t->status == LIBUSB_TRANSFER_COMPLETED && one->again-- > 0 && libusb_submit_transfer(t) == 0)
        return;
    pthread_mutex_lock(&one->mutex);
    one->status = t->status;
    one->ended = 1;
    pthread_cond_signal(&one->changed);
    pthread_mutex_unlock(&one->mutex);
}

static void *worker(void *serial)
{
    for (int round = 0; round < ROUNDS; round++) {
        libusb_device **list;
        libusb_device_handle *handle = NULL;
        ssize_t n = libusb_get_device_list(context, &list);
        for (ssize_t i = 0; i < n && !handle; i++) {
            unsigned char text[64];
            if (libusb_open(list[i], &handle) == 0 && (libusb_get_string_descriptor_ascii(handle, 3, text, sizeof text) < 0 || strcmp((char *)text, serial))) {
                libusb_close(handle);
                handle = NULL;
            }
        }
        libusb_free_device_list(list, 1);
        if (!handle || libusb_claim_interface(handle, 0) != 0) {
            wrong++;
            continue;
        }
        unsigned char out[64] = {1}, in[512];
        int count;
        struct one one = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .again = round % 4};
        struct libusb_transfer *write = libusb_alloc_transfer(0), *read = libusb_alloc_transfer(0);
        libusb_fill_bulk_transfer(write, handle, 0x02, out, sizeof out, ended, &one, 1000);
        int writes = one.again + 1;
        wrong += libusb_submit_transfer(write) != 0;
        pthread_mutex_lock(&one.mutex);
        while (!one.ended)
            pthread_cond_wait(&one.changed, &one.mutex);
        pthread_mutex_unlock(&one.mutex);
        wrong += one.status != LIBUSB_TRANSFER_COMPLETED;
        for (int i = 0; i < writes; i++)
            wrong += libusb_bulk_transfer(handle, 0x83, in, sizeof in, &count, 1000) != 0 || count != 64;
        struct one other = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
        libusb_fill_bulk_transfer(read, handle, 0x83, in, sizeof in, ended, &other, round % 3 == 0 ? 1 : 0);
        wrong += libusb_submit_transfer(read) != 0;
        int r = libusb_cancel_transfer(read);
        wrong += r != 0 && r != LIBUSB_ERROR_NOT_FOUND;
        pthread_mutex_lock(&other.mutex);
        while (!other.ended)
            pthread_cond_wait(&other.changed, &other.mutex);
        pthread_mutex_unlock(&other.mutex);
        wrong += other.status != LIBUSB_TRANSFER_CANCELLED && other.status != LIBUSB_TRANSFER_TIMED_OUT;
        libusb_free_transfer(write);
        libusb_free_transfer(read);
        libusb_close(handle);
    }
    return NULL;
}

int main(void)
{
    static char *serials[WORKERS] = {"A", "B", "C", "D"};
    pthread_t handlers[HANDLERS], workers[WORKERS];
    if (libusb_init(&context) != 0)
        return 2;
    for (int i = 0; i < HANDLERS; i++)
        pthread_create(&handlers[i], NULL, handler, NULL);
    for (int i = 0; i < WORKERS; i++)
        pthread_create(&workers[i], NULL, worker, serials[i]);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    stop = 1;
    libusb_interrupt_event_handler(context);
    for (int i = 0; i < HANDLERS; i++)
        pthread_join(handlers[i], NULL);
    libusb_exit(context);
    printf("moved %d, wrong %d\n", moved, wrong);
    return wrong != 0;
}
