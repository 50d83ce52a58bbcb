// What the first program leaves out: text both ways, arrays of structs, queues, borrowed memory, a wrong handle, struct sizes;
// and that every thread has its own sentences.
using System;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Tasks;
using static Usbx;

static class More
{
    static void Check(int status)
    {
        if (status != USBX_OK)
            throw new InvalidOperationException(Text(usbx_last_error()));
    }

    static void Main()
    {
        var types = typeof(Usbx).Assembly.GetTypes().Where(it => it.IsValueType && it.Name.StartsWith("usbx_"));
        foreach (var it in types.OrderBy(it => it.Name, StringComparer.Ordinal))
            Console.WriteLine("{0} {1}", it.Name, Marshal.SizeOf(it));

        usbx_virtual plugged;
        usbx_device device;
        UIntPtr count;
        Check(usbx_virtual_open("acquisition", "Gerät-1", out plugged));
        Check(usbx_open(0x1209, 1, "Gerät-1", out device));
        usbx_device_info info;
        var text = new byte[384];
        Check(usbx_info(device, out info));
        Check(usbx_get_string(device, 3, 0, text, (UIntPtr)text.Length, out count));
        Console.WriteLine("serial {0}, string {1} of {2} bytes", info.serial, Encoding.UTF8.GetString(text, 0, (int)count), count);

        var endpoints = new usbx_endpoint[64];
        Check(usbx_endpoints(device, endpoints, (UIntPtr)endpoints.Length, out count));
        Console.WriteLine("{0} endpoints, the third 0x{1:x2} with packets of {2} bytes", count, endpoints[2].address,
            endpoints[2].max_packet_size);

        Check(usbx_claim(device, 0));
        Check(usbx_bulk_write(device, 0x02, Encoding.ASCII.GetBytes("hello"), (UIntPtr)5, 1000, out count));
        usbx_queue queue;
        Check(usbx_queue_open(out queue));
        var data = Marshal.AllocHGlobal(512);
        var transfer = new usbx_transfer { type = (byte)USBX_TYPE_BULK, endpoint = 0x83, timeout_ms = 1000, data = data,
            length = (UIntPtr)512, user_data = (1ul << 63) + 1 };
        ulong id;
        var completions = new usbx_completion[4];
        Check(usbx_submit(device, queue, ref transfer, out id));
        Check(usbx_queue_wait(queue, completions, (UIntPtr)completions.Length, 1000, out count));
        var moved = (int)completions[0].transferred;
        Console.WriteLine("completion {0}: {1} bytes, {2}", completions[0].user_data, moved, Marshal.PtrToStringAnsi(data, moved));

        usbx_stream stream;
        usbx_chunk chunk;
        Check(usbx_control(device, 0x40, 1, 0, 0, null, 0, 1000, out count));
        Check(usbx_stream_open(device, 0x81, IntPtr.Zero, out stream));
        Check(usbx_stream_next(stream, 1000, out chunk));
        Console.WriteLine("chunk {0}: {1}", chunk.sequence, Marshal.PtrToStringAnsi(chunk.data, 4));

        Console.WriteLine(Text(usbx_error_name(usbx_close((IntPtr)12345))));
        Threads(device);
        Check(usbx_shutdown(out count));
    }

    static void Threads(usbx_device device)
    {
        var before = Text(usbx_last_error());
        var reading = Task.Run(() =>
        {
            UIntPtr count;
            var status = usbx_bulk_read(device, 0x83, new byte[512], (UIntPtr)512, USBX_NO_TIMEOUT, out count);
            return status == USBX_ERROR_CANCELLED ? Text(usbx_last_error()) : "status " + status;
        });
        do
            Check(usbx_cancel(device, 0x83));
        while (!reading.Wait(5));
        if (!reading.Result.Contains("0x83") || Text(usbx_last_error()) != before)
            throw new InvalidOperationException(reading.Result);

        // Closing by the token ends what another thread waits for, where Dispose would wait for it; Dispose has nothing left to do.
        var waiting = Task.Run(() =>
        {
            UIntPtr count;
            return usbx_bulk_read(device, 0x83, new byte[512], (UIntPtr)512, USBX_NO_TIMEOUT, out count);
        });
        Check(usbx_close(device.DangerousGetHandle()));
        if (waiting.Result != USBX_ERROR_CLOSED && waiting.Result != USBX_ERROR_INVALID_HANDLE)
            throw new InvalidOperationException("status " + waiting.Result);
        device.Dispose();
    }
}
