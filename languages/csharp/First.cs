// The first program, in C#: find, open, claim, move data, close. Run it in this directory:
//   mcs First.cs Usbx.cs && USBX_VIRTUAL=acquisition mono First.exe
// or with .NET, in a project that has both files: USBX_VIRTUAL=acquisition dotnet run
using System;
using static Usbx;

static class First
{
    // Throws the message that says what failed and what to do.
    static void Check(int status)
    {
        if (status != USBX_OK)
            throw new InvalidOperationException(Text(usbx_last_error()));
    }

    static void Acquire(usbx_device device)
    {
        usbx_device_info info;
        Check(usbx_info(device, out info));
        Console.WriteLine("{0:x4}:{1:x4} at {2}: {3} {4}, serial {5}", info.vendor_id, info.product_id, info.path,
            info.manufacturer, info.product, info.serial);

        UIntPtr count;
        Check(usbx_claim(device, 0));
        // This device's requests: 3 sets the samples per second (0: as fast as we read), 1 starts.
        var rate = BitConverter.GetBytes(0u);
        Check(usbx_control(device, 0x40, 3, 0, 0, rate, 4, 1000, out count));
        Check(usbx_control(device, 0x40, 1, 0, 0, null, 0, 1000, out count));

        var report = new byte[16];
        Check(usbx_interrupt_read(device, 0x82, report, (UIntPtr)report.Length, 1000, out count));
        Console.WriteLine("status report: {0} bytes", count);

        // A stream keeps several reads in flight. The device's frames are 512 bytes, with their number at offset 4.
        usbx_stream stream;
        Check(usbx_stream_open(device, 0x81, IntPtr.Zero, out stream));
        using (stream)
        {
            var data = new byte[65536];
            long bytes = 0, frames = 0, lost = 0;
            while (bytes < 1048576)
            {
                var room = (UIntPtr)Math.Min(data.Length, 1048576 - bytes);
                Check(usbx_stream_read(stream, data, room, 1000, out count));
                for (int offset = 0; offset < (int)count; offset += 512)
                    lost = BitConverter.ToUInt32(data, offset + 4) - frames++;
                bytes += (long)count;
            }
            Console.WriteLine("stream: {0} bytes, {1} frames, {2} lost", bytes, frames, lost);
        }
    }

    static int Main()
    {
        try
        {
            usbx_device device;
            Check(usbx_open(0x1209, 0x0001, null, out device));
            using (device) // gives the interface back and closes
                Acquire(device);
            return 0;
        }
        catch (InvalidOperationException error)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }
}
