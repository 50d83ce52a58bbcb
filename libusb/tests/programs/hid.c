/* hidapi, its flavour on libusb, on a tablet (QEMU's usb-tablet). */
#include <hidapi.h>
#include <stdio.h>
#include <wchar.h>

static void say(const char *what, int result) { printf("%s: %d\n", what, result); }

int main(void)
{
    wchar_t text[128];
    unsigned char report[65] = {0};
    say("init", hid_init());
    struct hid_device_info *all = hid_enumerate(0x0627, 0x0001);
    for (struct hid_device_info *one = all; one; one = one->next)
        printf("%s: %04hx:%04hx %ls, %ls, %ls; interface %d, usage %hx/%hx\n", one->path, one->vendor_id, one->product_id, one->manufacturer_string, one->product_string, one->serial_number,
               one->interface_number, one->usage_page, one->usage);
    hid_device *device = all ? hid_open_path(all->path) : NULL;
    hid_free_enumeration(all);
    if (!device)
        return 1;
    say("manufacturer", hid_get_manufacturer_string(device, text, 128));
    printf("%ls\n", text);
    say("product", hid_get_product_string(device, text, 128));
    printf("%ls\n", text);
    say("string 1", hid_get_indexed_string(device, 1, text, 128));
    say("read", hid_read_timeout(device, report, sizeof report, 100));
    say("nonblocking", hid_set_nonblocking(device, 1));
    say("read", hid_read(device, report, sizeof report));
    say("feature", hid_get_feature_report(device, report, sizeof report));
    say("write", hid_write(device, report, 5));
    hid_close(device);
    say("exit", hid_exit());
    return 0;
}
