# What the first program leaves out: text both ways, arrays of structs, queues, borrowed memory, a wrong handle, struct sizes;
# and what a forked child sees.
use strict;
use warnings;
use lib 'perl';
use FFI::Platypus 2.00;
use FFI::Platypus::Buffer qw(scalar_to_pointer buffer_to_scalar);
use POSIX ();
use Usbx;

sub check { die usbx_last_error() if shift != USBX_OK }

my $ffi = FFI::Platypus->new(api => 2);
my %size;
for my $class (sort qw(CaptureOptions CaptureStatistics Chunk Completion DeviceInfo Endpoint Fault Interface Packet ReplayStatistics ShareOptions StreamOptions StreamStatistics Transfer VirtualEvent)) {
    $size{$class} = $ffi->sizeof("record(Usbx::$class)");
    print 'usbx', $class =~ s/([A-Z])/_\l$1/gr, " $size{$class}\n";
}

check usbx_virtual_open('acquisition', 'Gerät-1', \my $plugged);
check usbx_open(0x1209, 1, 'Gerät-1', \my $device);
my ($info, $text) = (Usbx::DeviceInfo->new, "\0" x 384);
check usbx_info($device, $info);
check usbx_get_string($device, 3, 0, scalar_to_pointer($text), length $text, \my $count);
printf "serial %s, string %s of %d bytes\n", map({ s/\0.*//sr } $info->serial, $text), $count;

my $endpoints = "\0" x (64 * $size{Endpoint});
check usbx_endpoints($device, scalar_to_pointer($endpoints), 64, \$count);
my ($address, undef, undef, undef, $packet) = unpack 'C4 S', substr $endpoints, 2 * $size{Endpoint};
printf "%d endpoints, the third 0x%02x with packets of %d bytes\n", $count, $address, $packet;

check usbx_claim($device, 0);
check usbx_bulk_write($device, 0x02, scalar_to_pointer(my $hello = 'hello'), 5, 1000, undef);
check usbx_queue_open(\my $queue);
my $data = "\0" x 512;
my $transfer = Usbx::Transfer->new(type => USBX_TYPE_BULK, endpoint => 0x83, timeout_ms => 1000, data => scalar_to_pointer($data),
    length => length $data, user_data => (1 << 63) + 1);
my $completion = "\0" x $size{Completion};
check usbx_submit($device, $queue, $transfer, undef);
check usbx_queue_wait($queue, scalar_to_pointer($completion), 1, 1000, \$count);
my (undef, $user_data, undef, $transferred) = unpack 'Q4', $completion;
printf "completion %u: %d bytes, %s\n", $user_data, $transferred, substr $data, 0, $transferred;

my $chunk = Usbx::Chunk->new;
check usbx_control($device, 0x40, 1, 0, 0, undef, 0, 1000, undef);
check usbx_stream_open($device, 0x81, undef, \my $stream);
check usbx_stream_next($stream, 1000, $chunk);
printf "chunk %d: %s\n", $chunk->sequence, buffer_to_scalar($chunk->data, 4);

print usbx_error_name(usbx_claim(12345, 0)), "\n";

# A forked child does not have its parent's handles.
my $child = fork // die $!;
POSIX::_exit(usbx_claim($device, 0) == USBX_ERROR_FORKED ? 0 : 1) if $child == 0;
waitpid $child, 0;
die 'the handle of a forked child' if $?;
check usbx_shutdown(\$count);
