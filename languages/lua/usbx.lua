-- usbx for LuaJIT. The header itself is the declaration: ffi.cdef reads its C, and its #defines become numbers here.
-- usbx.C has the functions, usbx.USBX_... the constants. docs/languages.md explains it.
-- SPDX-License-Identifier: MIT OR Apache-2.0
local ffi = require 'ffi'

local pkg_config = io.popen('pkg-config --variable=includedir usbx')
local directory = pkg_config:read('*l') or '/usr/local/include'
pkg_config:close()
local file = assert(io.open(directory .. '/usbx.h'))
local header = file:read('*a')
file:close()

local usbx = { C = ffi.load('libusbx.so.0') }
ffi.cdef((header:gsub('#ifdef __cplusplus.-#endif', ''):gsub('\n#[^\n]*', '')))
for name, value in header:gmatch('#define (USBX_[%u_]+) (%-?%w+)') do
    usbx[name] = tonumber((value:gsub('u$', '')))
end

-- Raises the sentence that says what failed and what to do; otherwise returns nothing.
function usbx.check(status)
    if status ~= usbx.USBX_OK then
        error(ffi.string(usbx.C.usbx_last_error()), 0)
    end
end

return usbx
