// What the first program leaves out: text both ways, arrays of structs, queues, borrowed memory, a wrong handle, struct sizes;
// and that every thread has its own sentences.
import static usbx.Usbx.*;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.ptr.PointerByReference;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import usbx.Usbx;

public class More {
    static void check(int status) {
        if (status != USBX_OK) {
            throw new IllegalStateException(USBX.usbx_last_error());
        }
    }

    static void sizes() throws ReflectiveOperationException {
        var classes = Arrays.stream(Usbx.class.getDeclaredClasses()).filter(Structure.class::isAssignableFrom)
                .sorted(Comparator.comparing(Class::getSimpleName)).toList();
        for (var it : classes) {
            System.out.printf("%s %d%n", it.getSimpleName(), ((Structure) it.getConstructor().newInstance()).size());
        }
    }

    public static void main(String[] arguments) throws Exception {
        sizes();
        var opened = new PointerByReference();
        var count = new SizeTByReference();
        check(USBX.usbx_virtual_open("acquisition", "Gerät-1", opened));
        check(USBX.usbx_open((short) 0x1209, (short) 1, "Gerät-1", opened));
        var device = new usbx_device(opened.getValue());
        var info = new usbx_device_info();
        var text = new byte[384];
        check(USBX.usbx_info(device, info));
        check(USBX.usbx_get_string(device, (byte) 3, (short) 0, text, new SizeT(text.length), count));
        System.out.printf("serial %s, string %s of %d bytes%n", Native.toString(info.serial, "UTF-8"), Native.toString(text, "UTF-8"),
                count.getValue());

        var endpoints = (usbx_endpoint[]) new usbx_endpoint().toArray(64);
        check(USBX.usbx_endpoints(device, endpoints, new SizeT(endpoints.length), count));
        System.out.printf("%d endpoints, the third 0x%02x with packets of %d bytes%n", count.getValue(), endpoints[2].address,
                endpoints[2].max_packet_size);

        check(USBX.usbx_claim(device, (byte) 0));
        check(USBX.usbx_bulk_write(device, (byte) 0x02, ByteBuffer.wrap("hello".getBytes()), new SizeT(5), 1000, null));
        check(USBX.usbx_queue_open(opened));
        var queue = new usbx_queue(opened.getValue());
        var data = new Memory(512);
        var transfer = new usbx_transfer();
        transfer.type = USBX_TYPE_BULK;
        transfer.endpoint = (byte) 0x83;
        transfer.timeout_ms = 1000;
        transfer.data = data;
        transfer.length = new SizeT(data.size());
        transfer.user_data = Long.MIN_VALUE + 1; // 2^63 + 1
        var completions = (usbx_completion[]) new usbx_completion().toArray(4);
        check(USBX.usbx_submit(device, queue, transfer, null));
        check(USBX.usbx_queue_wait(queue, completions, new SizeT(4), 1000, count));
        var moved = completions[0].transferred.intValue();
        System.out.printf("completion %s: %d bytes, %s%n", Long.toUnsignedString(completions[0].user_data), moved,
                new String(data.getByteArray(0, moved)));

        var chunk = new usbx_chunk();
        check(USBX.usbx_control(device, (byte) 0x40, (byte) 1, (short) 0, (short) 0, null, (short) 0, 1000, null));
        check(USBX.usbx_stream_open(device, (byte) 0x81, null, opened));
        check(USBX.usbx_stream_next(new usbx_stream(opened.getValue()), 1000, chunk));
        System.out.printf("chunk %d: %s%n", chunk.sequence, new String(chunk.data.getByteArray(0, 4)));

        System.out.println(USBX.usbx_error_name(USBX.usbx_claim(new usbx_device(new Pointer(12345)), (byte) 0)));
        threads(device);
        check(USBX.usbx_shutdown(count));
    }

    static void threads(usbx_device device) throws Exception {
        var before = USBX.usbx_last_error();
        var reading = CompletableFuture.supplyAsync(() -> {
            var data = ByteBuffer.allocateDirect(512);
            var status = USBX.usbx_bulk_read(device, (byte) 0x83, data, new SizeT(512), USBX_NO_TIMEOUT, null);
            return status == USBX_ERROR_CANCELLED ? USBX.usbx_last_error() : "status " + status;
        });
        while (true) {
            check(USBX.usbx_cancel(device, (byte) 0x83));
            try {
                var sentence = reading.get(5, TimeUnit.MILLISECONDS);
                if (!sentence.contains("0x83") || !USBX.usbx_last_error().equals(before)) {
                    throw new IllegalStateException(sentence);
                }
                return;
            } catch (TimeoutException notYet) {
                continue;
            }
        }
    }
}
