// The first program, in Node: find, open, claim, move data, close. Run it in this directory:
//   npm install && USBX_VIRTUAL=acquisition node first.mjs
import { promisify } from 'node:util';
import * as usbx from './usbx.mjs';

/** Throws the message that says what failed and what to do. */
function check(status) {
    if (status !== usbx.USBX_OK) throw new Error(usbx.usbx_last_error());
}

/** Calls on a thread of koffi's pool, so that the event loop continues. usbx_last_error() knows this thread's failures, not those
 *  of that thread: use the status. */
async function wait(call, ...args) {
    const status = await promisify(call.async)(...args);
    if (status !== usbx.USBX_OK) throw new Error(`${call.name}: ${usbx.usbx_error_text(status)}`);
}

async function acquire(device) {
    const info = {};
    check(usbx.usbx_info(device, info));
    const id = [info.vendor_id, info.product_id].map((number) => number.toString(16).padStart(4, '0')).join(':');
    console.log(`${id} at ${info.path}: ${info.manufacturer} ${info.product}, serial ${info.serial}`);

    check(usbx.usbx_claim(device, 0));
    // This device's requests: 3 sets the samples per second (0: as fast as we read), 1 starts.
    const rate = Buffer.alloc(4);
    check(usbx.usbx_control(device, 0x40, 3, 0, 0, rate, rate.length, 1000, null));
    check(usbx.usbx_control(device, 0x40, 1, 0, 0, null, 0, 1000, null));

    const count = [0];
    const report = Buffer.alloc(16);
    await wait(usbx.usbx_interrupt_read, device, 0x82, report, report.length, 1000, count);
    console.log(`status report: ${count[0]} bytes`);

    // A stream keeps several reads in flight. The device's frames are 512 bytes, with their number at offset 4.
    const stream = [null];
    check(usbx.usbx_stream_open(device, 0x81, null, stream));
    try {
        const data = Buffer.alloc(65536);
        let bytes = 0, frames = 0, lost = 0;
        while (bytes < 1048576) {
            await wait(usbx.usbx_stream_read, stream[0], data, Math.min(data.length, 1048576 - bytes), 1000, count);
            for (let offset = 0; offset < count[0]; offset += 512) {
                lost = data.readUInt32LE(offset + 4) - frames++;
            }
            bytes += count[0];
        }
        console.log(`stream: ${bytes} bytes, ${frames} frames, ${lost} lost`);
    } finally {
        usbx.usbx_stream_close(stream[0]);
    }
}

const device = [null];
try {
    check(usbx.usbx_open(0x1209, 0x0001, null, device));
    await acquire(device[0]);
} catch (error) {
    console.error(error.message);
    process.exitCode = 1;
} finally {
    usbx.usbx_close(device[0]); // gives the interface back; null is fine
}
