# What the first program leaves out: text both ways, arrays of structs, queues, borrowed memory, a wrong handle, struct sizes;
# and that other threads continue during a call and have their own messages, and what a forked child sees.
$LOAD_PATH.unshift 'ruby'
require 'usbx'

def check(status)
  raise Usbx.usbx_last_error unless status == Usbx::USBX_OK
end

structs = Usbx.constants.map { |name| Usbx.const_get(name) }.select { |it| it.is_a?(Class) && it < FFI::Struct }
structs.to_h { |it| [it.name.sub('Usbx::', '').gsub(/[A-Z]/) { |c| "_#{c.downcase}" }, it.size] }.sort.each { |it| puts "usbx#{it.join(' ')}" }

count, opened = FFI::MemoryPointer.new(:size_t), FFI::MemoryPointer.new(:pointer)
check Usbx.usbx_virtual_open('acquisition', 'Gerät-1', opened)
check Usbx.usbx_open(0x1209, 1, 'Gerät-1', opened)
device = opened.read_pointer
info, text = Usbx::DeviceInfo.new, FFI::MemoryPointer.new(384)
check Usbx.usbx_info(device, info)
check Usbx.usbx_get_string(device, 3, 0, text, text.size, count)
puts "serial #{info[:serial].to_s}, string #{text.read_string} of #{count.read(:size_t)} bytes"

endpoints = FFI::MemoryPointer.new(Usbx::Endpoint, 64)
check Usbx.usbx_endpoints(device, endpoints, 64, count)
third = Usbx::Endpoint.new(endpoints[2])
printf("%d endpoints, the third 0x%02x with packets of %d bytes\n", count.read(:size_t), third[:address], third[:max_packet_size])

check Usbx.usbx_claim(device, 0)
check Usbx.usbx_bulk_write(device, 0x02, 'hello', 5, 1000, nil)
check Usbx.usbx_queue_open(opened)
queue, data = opened.read_pointer, FFI::MemoryPointer.new(512)
transfer, completion = Usbx::Transfer.new, Usbx::Completion.new
{ type: Usbx::USBX_TYPE_BULK, endpoint: 0x83, timeout_ms: 1000, data: data, length: data.size, user_data: 2**63 + 1 }.each { |name, value| transfer[name] = value }
check Usbx.usbx_submit(device, queue, transfer, nil)
check Usbx.usbx_queue_wait(queue, completion, 1, 1000, count)
puts "completion #{completion[:user_data]}: #{completion[:transferred]} bytes, #{data.read_bytes(completion[:transferred])}"

chunk = Usbx::Chunk.new
check Usbx.usbx_control(device, 0x40, 1, 0, 0, nil, 0, 1000, nil)
check Usbx.usbx_stream_open(device, 0x81, nil, opened)
check Usbx.usbx_stream_next(opened.read_pointer, 1000, chunk)
puts "chunk #{chunk[:sequence]}: #{chunk[:data].read_bytes(4)}"

puts Usbx.usbx_error_name(Usbx.usbx_claim(FFI::Pointer.new(12_345), 0))

# The read ends by the cancel of this thread, which could not come if the call held the others.
sentence = Usbx.usbx_last_error
reading = Thread.new do
  status = Usbx.usbx_bulk_read(device, 0x83, data, data.size, Usbx::USBX_NO_TIMEOUT, count)
  [Usbx.usbx_error_name(status), Usbx.usbx_last_error]
end
check Usbx.usbx_cancel(device, 0x83) until reading.join(0.005)
raise reading.value.inspect unless reading.value[0] == 'USBX_ERROR_CANCELLED' && reading.value[1].include?('0x83')
raise 'the sentence of another thread' unless Usbx.usbx_last_error == sentence

# A forked child does not have its parent's handles.
child = fork { exit!(Usbx.usbx_claim(device, 0) == Usbx::USBX_ERROR_FORKED) }
Process.wait(child)
raise 'the handle of a forked child' unless $?.success?
check Usbx.usbx_shutdown(count)
