// The devices that libusb lists, by koffi: what lists.c does, in Node. The argument is the name to load it by.
const koffi = require('koffi');

const libusb = koffi.load(process.argv[2]);
koffi.struct('libusb_device_descriptor', {
    length: 'uint8_t', type: 'uint8_t', usb: 'uint16_t', class: 'uint8_t', subclass: 'uint8_t', protocol: 'uint8_t', packet: 'uint8_t',
    vendor: 'uint16_t', product: 'uint16_t', device: 'uint16_t', manufacturer: 'uint8_t', name: 'uint8_t', serial: 'uint8_t',
    configurations: 'uint8_t',
});
const init = libusb.func('int libusb_init(_Out_ void **context)');
const getList = libusb.func('intptr_t libusb_get_device_list(void *context, _Out_ void **list)');
const freeList = libusb.func('void libusb_free_device_list(void *list, int unref)');
const getDescriptor = libusb.func('int libusb_get_device_descriptor(void *device, _Out_ libusb_device_descriptor *descriptor)');
const exit = libusb.func('void libusb_exit(void *context)');

const context = [null];
const list = [null];
if (init(context) !== 0) {
    process.exit(1);
}
const count = Number(getList(context[0], list));
for (const device of count > 0 ? koffi.decode(list[0], koffi.array('void *', count)) : []) {
    const found = {};
    getDescriptor(device, found);
    const hex = (number) => number.toString(16).padStart(4, '0');
    const strings = found.manufacturer + found.name + found.serial > 0 ? 1 : 0;
    console.log(`${hex(found.vendor)}:${hex(found.product)} with ${strings} strings`);
}
freeList(list[0], 1);
exit(context[0]);
