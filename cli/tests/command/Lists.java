import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;

/** The devices that libusb lists, by JNA: what lists.c does, in Java. The argument is the name to load it by. */
public class Lists {
    public interface Libusb extends Library {
        int libusb_init(PointerByReference context);
        long libusb_get_device_list(Pointer context, PointerByReference list);
        void libusb_free_device_list(Pointer list, int unref);
        int libusb_get_device_descriptor(Pointer device, Pointer descriptor);
        void libusb_exit(Pointer context);
    }

    public static void main(String[] arguments) {
        Libusb libusb = Native.load(arguments[0], Libusb.class);
        PointerByReference context = new PointerByReference(), list = new PointerByReference();
        if (libusb.libusb_init(context) != 0) {
            System.exit(1);
        }
        long count = libusb.libusb_get_device_list(context.getValue(), list);
        for (long at = 0; at < count; at++) {
            Memory found = new Memory(18);
            libusb.libusb_get_device_descriptor(list.getValue().getPointer(at * Native.POINTER_SIZE), found);
            int strings = found.getByte(14) + found.getByte(15) + found.getByte(16) > 0 ? 1 : 0;
            System.out.printf("%04x:%04x with %d strings%n", found.getShort(8), found.getShort(10), strings);
        }
        libusb.libusb_free_device_list(list.getValue(), 1);
        libusb.libusb_exit(context.getValue());
    }
}
