# Links @PROGRAM@ again, with the usbx and the libusb that you name:
#   make USBX=/home/me/lib/libusbx.a                    usbx with a changed libusb inside
#   make USBX='/home/me/lib/libusbx.a -lusb-1.0'        usbx built with the system's libusb, and any libusb
# Both are built from the sources that came with this kit.
LIBS = -lgcc_s -lutil -lrt -lpthread -lm -ldl

@PROGRAM@: @PROGRAM@.o
	$(CC) @PROGRAM@.o -o @PROGRAM@ $(USBX) $(LIBS)
