# make and make install for Windows, TARGET=x86_64-pc-windows-gnu: included by the Makefile. rustc's own DLL exports the header's
# functions alone, and versions of symbols are not known there, so that it is installed as it is. The command's manual pages, libusb's
# functions and the static library are left out.
all:
	$(FLAGS) $(CROSSED) $(CARGO) build --profile $(PROFILE) $(FEATURES) --package usbx --package usbx-cli
	@mkdir -p $(BUILT)/clean
	$(NOTICES)

install: all
	install -d $(DESTDIR)$(INCLUDEDIR)/usbx $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(LIBDIR)/cmake/usbx \
		$(DESTDIR)$(BINDIR) $(DESTDIR)$(DOCDIR)
	install -m 644 include/usbx.h include/usbx.hpp $(DESTDIR)$(INCLUDEDIR)
	install -m 644 $(wildcard include/usbx/*.hpp) $(DESTDIR)$(INCLUDEDIR)/usbx
	install -m 755 $(BUILT)/usbx.dll $(BUILT)/usbx.exe $(DESTDIR)$(BINDIR)
	install -m 644 $(BUILT)/libusbx.dll.a $(DESTDIR)$(LIBDIR)
	$(STRIP) --strip-unneeded $(DESTDIR)$(BINDIR)/usbx.dll $(DESTDIR)$(BINDIR)/usbx.exe
	$(SUBSTITUTE) packaging/windows/usbx.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/usbx.pc
	$(SUBSTITUTE) -e 's|@BINDIR_FROM_LIBDIR@|$(subst $() ,,$(patsubst %,../,$(subst /, ,$(LIBDIR:$(PREFIX)/%=%))))$(BINDIR:$(PREFIX)/%=%)|' \
		packaging/windows/usbx-config.cmake.in >$(DESTDIR)$(LIBDIR)/cmake/usbx/usbx-config.cmake
	$(SUBSTITUTE) packaging/usbx-config-version.cmake.in >$(DESTDIR)$(LIBDIR)/cmake/usbx/usbx-config-version.cmake
	install -m 644 $(LICENCES) docs/windows.md $(DESTDIR)$(DOCDIR)
