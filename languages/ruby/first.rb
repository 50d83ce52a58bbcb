# The first program, in Ruby: find, open, claim, move data, close. The gem ffi is Debian's ruby-ffi. Run it in this directory:
#   USBX_VIRTUAL=acquisition ruby -I. first.rb
require 'usbx'

# Raises the message that says what failed and what to do.
def check(status)
  raise Usbx.usbx_last_error.force_encoding('UTF-8') unless status == Usbx::USBX_OK
end

def text(field)
  field.to_s.force_encoding('UTF-8')
end

def acquire(device)
  info = Usbx::DeviceInfo.new
  check Usbx.usbx_info(device, info)
  printf("%04x:%04x at %s: %s %s, serial %s\n", info[:vendor_id], info[:product_id], text(info[:path]),
         text(info[:manufacturer]), text(info[:product]), text(info[:serial]))

  check Usbx.usbx_claim(device, 0)
  # This device's requests: 3 sets the samples per second (0: as fast as we read), 1 starts.
  rate = FFI::MemoryPointer.new(:uint32).write_uint32(0)
  check Usbx.usbx_control(device, 0x40, 3, 0, 0, rate, rate.size, 1000, nil)
  check Usbx.usbx_control(device, 0x40, 1, 0, 0, nil, 0, 1000, nil)

  count = FFI::MemoryPointer.new(:size_t)
  report = FFI::MemoryPointer.new(16)
  check Usbx.usbx_interrupt_read(device, 0x82, report, report.size, 1000, count)
  puts "status report: #{count.read(:size_t)} bytes"

  # A stream keeps several reads in flight. The device's frames are 512 bytes, with their number at offset 4.
  opened = FFI::MemoryPointer.new(:pointer)
  check Usbx.usbx_stream_open(device, 0x81, nil, opened)
  stream = opened.read_pointer
  begin
    data = FFI::MemoryPointer.new(65_536)
    bytes = frames = lost = 0
    while bytes < 1_048_576
      check Usbx.usbx_stream_read(stream, data, [data.size, 1_048_576 - bytes].min, 1000, count)
      moved = count.read(:size_t)
      (0...moved).step(512) do |offset|
        lost = data.get_uint32(offset + 4) - frames
        frames += 1
      end
      bytes += moved
    end
    puts "stream: #{bytes} bytes, #{frames} frames, #{lost} lost"
  ensure
    Usbx.usbx_stream_close(stream)
  end
end

opened = FFI::MemoryPointer.new(:pointer)
begin
  check Usbx.usbx_open(0x1209, 0x0001, nil, opened)
  acquire(opened.read_pointer)
rescue RuntimeError => error
  abort error.message
ensure
  Usbx.usbx_close(opened.read_pointer) # gives the interface back; NULL is fine
end
