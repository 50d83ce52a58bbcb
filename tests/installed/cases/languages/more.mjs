// What the first program leaves out: text both ways, arrays of structs, queues, borrowed memory, a wrong handle, struct sizes;
// and that a call on another thread leaves the event loop alone, and its sentence there.
import assert from 'node:assert';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import koffi from 'koffi';
import * as usbx from './usbx.mjs';

const check = (status) => assert.equal(status, 0, usbx.usbx_last_error());
const structs = Object.keys(usbx).filter((name) => typeof usbx[name] === 'object');
for (const name of structs.sort()) console.log(name, koffi.sizeof(usbx[name]));

const plugged = [null], opened = [null], count = [0];
check(usbx.usbx_virtual_open('acquisition', 'Gerät-1', plugged));
check(usbx.usbx_open(0x1209, 1, 'Gerät-1', opened));
const device = opened[0], info = {}, text = ['\0'.repeat(384)];
check(usbx.usbx_info(device, info));
check(usbx.usbx_get_string(device, 3, 0, text, 384, count));
console.log(`serial ${info.serial}, string ${text[0]} of ${count[0]} bytes`);

const endpoints = Array.from({ length: 64 }, () => ({}));
check(usbx.usbx_endpoints(device, endpoints, endpoints.length, count));
const third = endpoints[2];
console.log(`${count[0]} endpoints, the third 0x${third.address.toString(16).padStart(2, '0')} with packets of ${third.max_packet_size} bytes`);

check(usbx.usbx_claim(device, 0));
check(usbx.usbx_bulk_write(device, 0x02, Buffer.from('hello'), 5, 1000, null));
const queue = [null], data = koffi.alloc('uint8_t', 512);
check(usbx.usbx_queue_open(queue));
const transfer = { type: usbx.USBX_TYPE_BULK, endpoint: 0x83, timeout_ms: 1000, data, length: 512, user_data: 2n ** 63n + 1n };
const completions = [{}];
check(usbx.usbx_submit(device, queue[0], transfer, null));
check(usbx.usbx_queue_wait(queue[0], completions, 1, 1000, count));
const { user_data, transferred } = completions[0];
console.log(`completion ${user_data}: ${transferred} bytes, ${koffi.decode(data, 'char', transferred)}`);

const stream = [null], chunk = {};
check(usbx.usbx_control(device, 0x40, 1, 0, 0, null, 0, 1000, null));
check(usbx.usbx_stream_open(device, 0x81, null, stream));
check(usbx.usbx_stream_next(stream[0], 1000, chunk));
console.log(`chunk ${chunk.sequence}: ${Buffer.from(koffi.view(chunk.data, chunk.length)).toString('latin1', 0, 4)}`);

const wrong = usbx.usbx_claim(12345n, 0);
console.log(usbx.usbx_error_name(wrong));

// The read ends by the cancel of this thread, which could not come if the call held the event loop.
const sentence = usbx.usbx_last_error();
const cancelling = setInterval(() => check(usbx.usbx_cancel(device, 0x83)), 5);
const read = promisify(usbx.usbx_bulk_read.async);
const status = await read(device, 0x83, Buffer.alloc(512), 512, usbx.USBX_NO_TIMEOUT, count);
clearInterval(cancelling);
assert.equal(usbx.usbx_error_name(status), 'USBX_ERROR_CANCELLED');
assert.equal(usbx.usbx_last_error(), sentence, 'the sentence of another thread');

// A worker calls by itself, waits as it likes, and has its own sentences.
const worker = new Worker(`import('${new URL('./usbx.mjs', import.meta.url)}').then((usbx) => {
    const status = usbx.usbx_bulk_read(${device}n, 0x83, Buffer.alloc(512), 512, 20, null);
    require('node:worker_threads').parentPort.postMessage([usbx.usbx_error_name(status), usbx.usbx_last_error()]);
})`, { eval: true });
const [[name, why]] = await once(worker, 'message');
assert.equal(name, 'USBX_ERROR_TIMEOUT');
assert.match(why, /0x83/);
check(usbx.usbx_shutdown(count));
