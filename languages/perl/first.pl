# The first program, in Perl: find, open, claim, move data, close. FFI::Platypus is Debian's libffi-platypus-perl, with
# FFI::Platypus::Record in it. Run it in this directory:
#   USBX_VIRTUAL=acquisition perl -I. first.pl
use strict;
use warnings;
use FFI::Platypus::Buffer 'scalar_to_pointer';
use List::Util 'min';
use Usbx;

# Dies with the message that says what failed and what to do.
sub check {
    my ($status) = @_;
    die usbx_last_error() . "\n" if $status != USBX_OK;
}

sub acquire {
    my ($device) = @_;
    my $info = Usbx::DeviceInfo->new;
    check usbx_info($device, $info);
    my @texts = map { s/\0.*//sr } $info->path, $info->manufacturer, $info->product, $info->serial;
    printf "%04x:%04x at %s: %s %s, serial %s\n", $info->vendor_id, $info->product_id, @texts;

    check usbx_claim($device, 0);
    # This device's requests: 3 sets the samples per second (0: as fast as we read), 1 starts.
    my $rate = pack 'V', 0;
    check usbx_control($device, 0x40, 3, 0, 0, scalar_to_pointer($rate), length $rate, 1000, undef);
    check usbx_control($device, 0x40, 1, 0, 0, undef, 0, 1000, undef);

    # A buffer is a string of the right size.
    my $report = "\0" x 16;
    check usbx_interrupt_read($device, 0x82, scalar_to_pointer($report), length $report, 1000, \my $count);
    print "status report: $count bytes\n";

    # A stream keeps several reads in flight. The device's frames are 512 bytes, with their number at offset 4.
    check usbx_stream_open($device, 0x81, undef, \my $stream);
    my $data = "\0" x 65536;
    my ($bytes, $frames, $lost) = (0, 0, 0);
    while ($bytes < 1048576) {
        check usbx_stream_read($stream, scalar_to_pointer($data), min(length $data, 1048576 - $bytes), 1000, \$count);
        for (my $offset = 0; $offset < $count; $offset += 512) {
            $lost = unpack('V', substr $data, $offset + 4, 4) - $frames++;
        }
        $bytes += $count;
    }
    check usbx_stream_close($stream);
    print "stream: $bytes bytes, $frames frames, $lost lost\n";
}

my $device;
my $done = eval {
    check usbx_open(0x1209, 0x0001, undef, \$device);
    acquire $device;
    1;
};
my $why = $@;
usbx_close($device); # gives the interface back; undef is fine
unless ($done) {
    print STDERR $why;
    exit 1;
}
