-- What the first program leaves out: text both ways, arrays of structs, queues, borrowed memory, a wrong handle, struct sizes.
package.path = 'lua/?.lua;' .. package.path
local ffi = require 'ffi'
local usbx = require 'usbx'
local C, check = usbx.C, usbx.check

for _, name in ipairs { 'capture_options', 'capture_statistics', 'chunk', 'completion', 'device_info', 'endpoint', 'fault', 'interface', 'packet', 'replay_statistics', 'share_options', 'stream_options', 'stream_statistics', 'transfer', 'virtual_event' } do
    print(('usbx_%s %d'):format(name, ffi.sizeof('usbx_' .. name)))
end

local plugged, opened, count = ffi.new('usbx_virtual *[1]'), ffi.new('usbx_device *[1]'), ffi.new('size_t[1]')
check(C.usbx_virtual_open('acquisition', 'Gerät-1', plugged))
check(C.usbx_open(0x1209, 1, 'Gerät-1', opened))
local device = opened[0]
local info, text = ffi.new('usbx_device_info'), ffi.new('char[384]')
check(C.usbx_info(device, info))
check(C.usbx_get_string(device, 3, 0, text, 384, count))
print(('serial %s, string %s of %d bytes'):format(ffi.string(info.serial), ffi.string(text), tonumber(count[0])))

local endpoints = ffi.new('usbx_endpoint[64]')
check(C.usbx_endpoints(device, endpoints, 64, count))
print(('%d endpoints, the third 0x%02x with packets of %d bytes'):format(tonumber(count[0]), endpoints[2].address,
    endpoints[2].max_packet_size))

check(C.usbx_claim(device, 0))
check(C.usbx_bulk_write(device, 0x02, 'hello', 5, 1000, nil))
local queue, data = ffi.new('usbx_queue *[1]'), ffi.new('uint8_t[512]')
check(C.usbx_queue_open(queue))
local transfer = ffi.new('usbx_transfer', { type = usbx.USBX_TYPE_BULK, endpoint = 0x83, timeout_ms = 1000, data = data,
    length = 512, user_data = 2ULL ^ 63 + 1 })
local completions = ffi.new('usbx_completion[4]')
check(C.usbx_submit(device, queue[0], transfer, nil))
check(C.usbx_queue_wait(queue[0], completions, 4, 1000, count))
print(('completion %s: %d bytes, %s'):format((tostring(completions[0].user_data):gsub('ULL', '')), tonumber(completions[0].transferred),
    ffi.string(data, completions[0].transferred)))

local stream, chunk = ffi.new('usbx_stream *[1]'), ffi.new('usbx_chunk')
check(C.usbx_control(device, 0x40, 1, 0, 0, nil, 0, 1000, nil))
check(C.usbx_stream_open(device, 0x81, nil, stream))
check(C.usbx_stream_next(stream[0], 1000, chunk))
print(('chunk %d: %s'):format(tonumber(chunk.sequence), ffi.string(chunk.data, 4)))

print(ffi.string(C.usbx_error_name(C.usbx_claim(ffi.cast('usbx_device *', 12345), 0))))
check(C.usbx_shutdown(count))
