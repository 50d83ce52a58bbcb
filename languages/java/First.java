// The first program, in Java: find, open, claim, move data, close. JNA is Debian's libjna-java. Run it in this directory:
//   javac -cp /usr/share/java/jna.jar -d /tmp/first First.java usbx/Usbx.java
//   USBX_VIRTUAL=acquisition java -cp /usr/share/java/jna.jar:/tmp/first First
import static usbx.Usbx.*;

import com.sun.jna.Native;
import com.sun.jna.ptr.PointerByReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

public class First {
    /** Throws the message that says what failed and what to do. */
    static void check(int status) {
        if (status != USBX_OK) {
            throw new IllegalStateException(USBX.usbx_last_error());
        }
    }

    /** Memory that C can use directly; the numbers in it are in the device's byte order, little-endian. */
    static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    static void acquire(usbx_device device) {
        var info = new usbx_device_info();
        check(USBX.usbx_info(device, info));
        System.out.printf("%04x:%04x at %s: %s %s, serial %s%n", info.vendor_id, info.product_id, text(info.path),
                text(info.manufacturer), text(info.product), text(info.serial));

        check(USBX.usbx_claim(device, (byte) 0));
        // This device's requests: 3 sets the samples per second (0: as fast as we read), 1 starts.
        var rate = buffer(4);
        check(USBX.usbx_control(device, (byte) 0x40, (byte) 3, (short) 0, (short) 0, rate, (short) 4, 1000, null));
        check(USBX.usbx_control(device, (byte) 0x40, (byte) 1, (short) 0, (short) 0, null, (short) 0, 1000, null));

        var count = new SizeTByReference();
        var report = buffer(16);
        check(USBX.usbx_interrupt_read(device, (byte) 0x82, report, new SizeT(16), 1000, count));
        System.out.printf("status report: %d bytes%n", count.getValue());

        // A stream keeps several reads in flight. The device's frames are 512 bytes, with their number at offset 4.
        var opened = new PointerByReference();
        check(USBX.usbx_stream_open(device, (byte) 0x81, null, opened));
        var stream = new usbx_stream(opened.getValue());
        try {
            var data = buffer(65536);
            long bytes = 0, frames = 0, lost = 0;
            while (bytes < 1048576) {
                var room = new SizeT(Math.min(data.capacity(), 1048576 - bytes));
                check(USBX.usbx_stream_read(stream, data, room, 1000, count));
                for (int offset = 0; offset < count.getValue(); offset += 512) {
                    lost = Integer.toUnsignedLong(data.getInt(offset + 4)) - frames++;
                }
                bytes += count.getValue();
            }
            System.out.printf("stream: %d bytes, %d frames, %d lost%n", bytes, frames, lost);
        } finally {
            USBX.usbx_stream_close(stream);
        }
    }

    static String text(byte[] field) {
        return Native.toString(field, "UTF-8");
    }

    public static void main(String[] arguments) {
        try {
            var opened = new PointerByReference();
            check(USBX.usbx_open((short) 0x1209, (short) 0x0001, null, opened));
            var device = new usbx_device(opened.getValue());
            try {
                acquire(device);
            } finally {
                USBX.usbx_close(device); // gives the interface back
            }
        } catch (IllegalStateException error) {
            System.err.println(error.getMessage());
            System.exit(1);
        }
    }
}
