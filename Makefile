# make, make demo, make test; make install PREFIX=/usr DESTDIR=root LIBDIR=/usr/lib/x86_64-linux-gnu; make uninstall
# FEATURES=--no-default-features takes the system's libusb instead of the one built in.
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
BINDIR ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
DOCDIR ?= $(DATADIR)/doc/usbx
CARGO ?= cargo
STRIP ?= strip
FEATURES ?=
# Symbols of a compiler's runtime that nothing refers to, as tests/coverage has one.
KEEP ?=
STAGE ?= $(CURDIR)/target/stage

VERSION := $(shell sed -n '/^version = /{s/.*"\(.*\)"/\1/p;q}' Cargo.toml)
# Another number says that programs have to be built anew: abi/README.md.
SONAME := libusbx.so.0
BUILT := $(or $(CARGO_TARGET_DIR),target)/release
FUNCTIONS = $(shell sed -n 's/^[a-z].*[ *]\(usbx_[a-z_]*\)(.*)*/\1/p' include/usbx.h)
EXAMPLES := $(patsubst examples-c/%.c,target/examples-c/%,$(wildcard examples-c/*.c))
EXAMPLES_CPP := $(if $(shell command -v $(CXX)),$(patsubst examples-cpp/%.cpp,target/examples-cpp/%,$(wildcard examples-cpp/*.cpp)))
WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Werror
LINK := -I$(STAGE)/include -L$(STAGE)/lib -Wl,-rpath,$(STAGE)/lib
# What the static library needs besides libgcc, which the compiler adds itself: the shared one, or with -static the other.
SYSTEM_LIBS := -lutil -lrt -lpthread -lm -ldl
LIBUSB := $(if $(findstring --no-default-features,$(FEATURES)),$(shell pkg-config --libs libusb-1.0))

.PHONY: all install stage examples conformance demo wheel test bench header declarations notices uninstall abi deb site clean

# A Rust static library shows every symbol of all that is in it, libusb's too, and an application's own libusb would clash
# with ours: link it to one object that shows the header's functions and nothing else. The shared library is the same object:
# rustc's own would have no symbol versions. It stays loaded (nodelete), as a host may dlclose it while a thread of the host's
# still has our thread-local destructor to run.
all:
	$(CARGO) build --release $(FEATURES) --package usbx --package usbx-cli
	@mkdir -p $(BUILT)/clean
	@rm -rf $(BUILT)/clean/*
	ld -r --gc-sections $(patsubst %,-u %,$(FUNCTIONS) $(KEEP)) $(BUILT)/libusbx.a -o $(BUILT)/clean/usbx.o
	objcopy --remove-section=.llvmbc --remove-section=.llvmcmd --wildcard --keep-global-symbol='usbx_*' $(BUILT)/clean/usbx.o
	ar rcs $(BUILT)/clean/libusbx.a $(BUILT)/clean/usbx.o
	$(CC) -shared $(LDFLAGS) $(BUILT)/clean/usbx.o -o $(BUILT)/clean/libusbx.so -Wl,-soname,$(SONAME) \
		-Wl,--version-script=abi/usbx.map -Wl,--gc-sections -Wl,--build-id -Wl,-z,defs,-z,relro,-z,now,-z,nodelete \
		-Wl,--as-needed $(LIBUSB) $(SYSTEM_LIBS)
	man/section3 include/usbx.h $(VERSION) $(BUILT)/clean/man3
	$(BUILT)/usbx generate $(BUILT)/clean/command

SUBSTITUTE = sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@SONAME@|$(SONAME)|' \
	-e 's|@PC_LIBDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))|' \
	-e 's|@PC_INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|' \
	-e 's|@INCLUDEDIR_FROM_LIBDIR@|$(FROM_LIBDIR)|' -e 's|@POINTER_BYTES@|$(POINTER_BYTES)|' \
	-e 's|@SYSTEM_LIBS@|$(SYSTEM_LIBS)|' -e 's|@LIBUSB@|$(LIBUSB)|'
# ../../include for the LIBDIR prefix/lib/multiarch, so that what is installed can be moved; absolute if it is elsewhere.
FROM_LIBDIR = $(subst $() ,,$(if $(and $(filter $(PREFIX)/%,$(LIBDIR)),$(filter $(PREFIX)/%,$(INCLUDEDIR))),$(patsubst \
	%,../,$(subst /, ,$(LIBDIR:$(PREFIX)/%=%)))$(INCLUDEDIR:$(PREFIX)/%=%),$(INCLUDEDIR)))
POINTER_BYTES = $(shell echo __SIZEOF_POINTER__ | $(CC) -E -P -)

# Under sudo what `make` built is installed: root may have no cargo.
install: $(if $(and $(SUDO_USER),$(wildcard $(BUILT)/clean/libusbx.so)),,all)
	install -d $(DESTDIR)$(INCLUDEDIR)/usbx $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(LIBDIR)/cmake/usbx \
		$(DESTDIR)$(MANDIR)/man3 $(DESTDIR)$(DOCDIR)
	install -m 644 include/usbx.h include/usbx.hpp $(DESTDIR)$(INCLUDEDIR)
	install -m 644 $(wildcard include/usbx/*.hpp) $(DESTDIR)$(INCLUDEDIR)/usbx
	install -m 755 $(BUILT)/clean/libusbx.so $(DESTDIR)$(LIBDIR)/libusbx.so.$(VERSION)
	install -m 644 $(BUILT)/clean/libusbx.a $(DESTDIR)$(LIBDIR)/libusbx.a
	$(STRIP) --strip-unneeded $(DESTDIR)$(LIBDIR)/libusbx.so.$(VERSION)
	$(STRIP) --strip-debug $(DESTDIR)$(LIBDIR)/libusbx.a
	ln -sf libusbx.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libusbx.so
	for file in usbx.pc usbx-static.pc; do \
		$(SUBSTITUTE) packaging/$$file.in >$(DESTDIR)$(LIBDIR)/pkgconfig/$$file || exit; done
	for file in usbx-config.cmake usbx-config-version.cmake; do \
		$(SUBSTITUTE) packaging/$$file.in >$(DESTDIR)$(LIBDIR)/cmake/usbx/$$file || exit; done
	install -m 644 $(BUILT)/clean/man3/* $(DESTDIR)$(MANDIR)/man3
	install -m 644 packaging/70-usbx.rules $(wildcard LICENSE-*) $(DESTDIR)$(DOCDIR)
	install -D -m 755 $(BUILT)/usbx $(DESTDIR)$(BINDIR)/usbx
	$(STRIP) $(DESTDIR)$(BINDIR)/usbx
	install -d $(DESTDIR)$(MANDIR)/man1
	install -m 644 $(BUILT)/clean/command/*.1 $(DESTDIR)$(MANDIR)/man1
	install -D -m 644 $(BUILT)/clean/command/usbx.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/usbx
	install -D -m 644 $(BUILT)/clean/command/_usbx $(DESTDIR)$(DATADIR)/zsh/site-functions/_usbx
	install -D -m 644 $(BUILT)/clean/command/usbx.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/usbx.fish

# With the same PREFIX, LIBDIR and so on: it takes away what an installation to an empty directory has.
uninstall:
	rm -rf $(BUILT)/uninstall
	$(MAKE) install DESTDIR=$(abspath $(BUILT))/uninstall >/dev/null
	cd $(BUILT)/uninstall && find . ! -type d -exec sh -c 'rm -f "$(DESTDIR)/$$1"' sh {} \;
	-rmdir $(DESTDIR)$(INCLUDEDIR)/usbx $(DESTDIR)$(LIBDIR)/cmake/usbx $(DESTDIR)$(DOCDIR)

# What the tests and examples are built against: an installation, with debug information.
stage:
	@$(MAKE) --no-print-directory install PREFIX=$(STAGE) LIBDIR=$(STAGE)/lib INCLUDEDIR=$(STAGE)/include \
		BINDIR=$(STAGE)/bin DATADIR=$(STAGE)/share DESTDIR= STRIP=:

# Renews what this version promises; one that is released is left as it is.
abi:
	@grep -q '^## \[$(VERSION)\], not released yet' CHANGELOG.md || { echo 'abi: $(VERSION) is released (CHANGELOG.md)'; exit 1; }
	abi/snapshot include/usbx.h >target/abi.c
	mv target/abi.c abi/usbx-$(basename $(VERSION)).c

# libusbx0, libusbx-dev and usbx-tools for Debian and its kin, in target/deb; needs debhelper.
deb:
	@rm -rf target/deb && mkdir -p target/deb
	DEB_DESTINATION=$(CURDIR)/target/deb FEATURES=$(FEATURES) dpkg-buildpackage -us -uc -b \
		--buildinfo-option=-u$(CURDIR)/target/deb --changes-option=-u$(CURDIR)/target/deb \
		--buildinfo-file=$(CURDIR)/target/deb/usbx.buildinfo --changes-file=$(CURDIR)/target/deb/usbx.changes

examples: stage
	@$(MAKE) --no-print-directory $(EXAMPLES) $(EXAMPLES_CPP)

target/examples-c/%: examples-c/%.c $(wildcard examples-c/*.h) include/usbx.h
	@mkdir -p $(@D)
	$(CC) -std=c99 -O2 -g $(WARNINGS) $(CFLAGS) $< -o $@ $(LINK) $(LDFLAGS) -lusbx

target/examples-cpp/%: examples-cpp/%.cpp examples-c/acquisition.h include/usbx.h include/usbx.hpp $(wildcard include/usbx/*.hpp)
	@mkdir -p $(@D)
	$(CXX) -std=c++17 -O2 -g $(WARNINGS) $(CXXFLAGS) -Iexamples-c $< -o $@ $(LINK) $(LDFLAGS) -lusbx

conformance: stage
	$(CC) -std=c99 -O2 -g $(WARNINGS) $(CFLAGS) -Iexamples-c tests/conformance/*.c -o target/conformance $(LINK) $(LDFLAGS) -lusbx -lm -pthread

demo: examples
	@echo
	@echo '$$ USBX_VIRTUAL=acquisition target/examples-c/list'
	@USBX_VIRTUAL=acquisition target/examples-c/list
	@echo
	@echo '$$ target/examples-c/acquire -t 3 -r 50000 -o target/demo.csv'
	@target/examples-c/acquire -t 3 -r 50000 -o target/demo.csv
	@echo
	@echo '$$ head -5 target/demo.csv'
	@head -5 target/demo.csv

# The Python package, with the library inside (the wheel) and without (the source distribution).
wheel: all
	@STRIP=$(STRIP) python/wheel $(BUILT)/clean/libusbx.so target/wheel

test:
	@tests/run

bench:
	$(CARGO) bench $(FEATURES)

header:
	USBX_RENEW_HEADER=1 $(CARGO) test --test header

# What other languages' programs declare, derived from the header; needs pycparser.
declarations:
	/usr/bin/python3 languages/derive

# The licences' notices of all that the built library and command contain, in LICENSE-THIRD-PARTY.
notices:
	python3 packaging/notices

# The documentation as files that need no server: target/site/index.html.
site:
	docs/site/build

clean:
	$(CARGO) clean
