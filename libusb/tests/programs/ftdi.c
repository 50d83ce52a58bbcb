/* libftdi's interface on an FT232 (QEMU's usb-serial): settings, modem status, bytes written at once and by a transfer under way. */
#include <ftdi.h>
#include <stdio.h>
#include <string.h>

static struct ftdi_context *ftdi;

static int say(const char *what, int result)
{
    printf("%s: %d%s%s\n", what, result, result < 0 ? " " : "", result < 0 ? ftdi_get_error_string(ftdi) : "");
    return result;
}

int main(void)
{
    struct ftdi_device_list *list;
    char maker[64], product[64], serial[64];
    unsigned char data[4096], latency = 0;
    unsigned short status = 0;
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)('a' + i % 26);
    ftdi = ftdi_new();
    if (!ftdi || say("found", ftdi_usb_find_all(ftdi, &list, 0x0403, 0x6001)) < 1)
        return 1;
    say("strings", ftdi_usb_get_strings(ftdi, list->dev, maker, sizeof maker, product, sizeof product, serial, sizeof serial));
    printf("%s, %s, %s\n", maker, product, serial);
    ftdi_list_free(&list);
    if (say("open", ftdi_usb_open(ftdi, 0x0403, 0x6001)) != 0)
        return 1;
    say("reset", ftdi_usb_reset(ftdi));
    say("baud", ftdi_set_baudrate(ftdi, 115200));
    say("line", ftdi_set_line_property(ftdi, BITS_8, STOP_BIT_1, NONE));
    say("flow", ftdi_setflowctrl(ftdi, SIO_DISABLE_FLOW_CTRL));
    say("latency", ftdi_set_latency_timer(ftdi, 16));
    say("latency", ftdi_get_latency_timer(ftdi, &latency));
    say("modem", ftdi_poll_modem_status(ftdi, &status));
    printf("%d %04x\n", latency, status);
    say("bits", ftdi_set_bitmode(ftdi, 0xff, BITMODE_BITBANG));
    say("write", ftdi_write_data(ftdi, data, 1000));
    say("write", ftdi_write_data(ftdi, data, sizeof data));
    struct ftdi_transfer_control *under_way = ftdi_write_data_submit(ftdi, data, 3000);
    say("under way", under_way ? ftdi_transfer_data_done(under_way) : -1);
    ftdi->usb_read_timeout = 200;
    say("read", ftdi_read_data(ftdi, data, sizeof data));
    say("close", ftdi_usb_close(ftdi));
    ftdi_free(ftdi);
    return 0;
}
