-- The first program, in LuaJIT: find, open, claim, move data, close. Run it in this directory:
--   USBX_VIRTUAL=acquisition luajit first.lua
local ffi = require 'ffi'
local usbx = require 'usbx'
local C, check = usbx.C, usbx.check

local function acquire(device)
    local info = ffi.new('usbx_device_info')
    check(C.usbx_info(device, info))
    print(('%04x:%04x at %s: %s %s, serial %s'):format(info.vendor_id, info.product_id, ffi.string(info.path),
        ffi.string(info.manufacturer), ffi.string(info.product), ffi.string(info.serial)))

    check(C.usbx_claim(device, 0))
    -- This device's requests: 3 sets the samples per second (0: as fast as we read), 1 starts.
    local rate = ffi.new('uint32_t[1]', 0)
    check(C.usbx_control(device, 0x40, 3, 0, 0, rate, ffi.sizeof(rate), 1000, nil))
    check(C.usbx_control(device, 0x40, 1, 0, 0, nil, 0, 1000, nil))

    local count = ffi.new('size_t[1]')
    local report = ffi.new('uint8_t[16]')
    check(C.usbx_interrupt_read(device, 0x82, report, ffi.sizeof(report), 1000, count))
    print(('status report: %d bytes'):format(tonumber(count[0])))

    -- A stream keeps several reads in flight. The device's frames are 512 bytes, with their number at offset 4.
    local stream = ffi.new('usbx_stream *[1]')
    check(C.usbx_stream_open(device, 0x81, nil, stream))
    local data = ffi.new('uint8_t[?]', 65536)
    local bytes, frames, lost = 0, 0, 0
    while bytes < 1048576 do
        check(C.usbx_stream_read(stream[0], data, math.min(65536, 1048576 - bytes), 1000, count))
        for offset = 0, tonumber(count[0]) - 1, 512 do
            local number = ffi.cast('uint32_t *', data + offset + 4)[0]
            lost, frames = number - frames, frames + 1
        end
        bytes = bytes + tonumber(count[0])
    end
    check(C.usbx_stream_close(stream[0]))
    print(('stream: %d bytes, %d frames, %d lost'):format(bytes, frames, lost))
end

local device = ffi.new('usbx_device *[1]')
local done, why = pcall(function()
    check(C.usbx_open(0x1209, 0x0001, nil, device))
    acquire(device[0])
end)
C.usbx_close(device[0]) -- gives the interface back; NULL is fine
if not done then
    io.stderr:write(why, '\n')
    os.exit(1)
end
