# make, make demo, make test; make install PREFIX=/usr DESTDIR=root LIBDIR=/usr/lib/x86_64-linux-gnu
# FEATURES=--no-default-features takes the system's libusb instead of the one built in.
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
CARGO ?= cargo
STRIP ?= strip
FEATURES ?=
STAGE ?= $(CURDIR)/target/stage

VERSION := $(shell sed -n '/^version = /{s/.*"\(.*\)"/\1/p;q}' Cargo.toml)
MAJOR := $(firstword $(subst ., ,$(VERSION)))
BUILT := $(or $(CARGO_TARGET_DIR),target)/release
FUNCTIONS = $(shell sed -n 's/^[a-z].*[ *]\(usbx_[a-z_]*\)(.*)*/\1/p' include/usbx.h)
EXAMPLES := $(patsubst examples-c/%.c,target/examples-c/%,$(wildcard examples-c/*.c))
WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Werror
LINK := -I$(STAGE)/include -L$(STAGE)/lib -Wl,-rpath,$(STAGE)/lib

.PHONY: all install stage examples conformance demo test bench header site clean

# A Rust static library shows every symbol of all that is in it, libusb's too, and an application's own libusb would clash
# with ours: link it to one object that shows the header's functions and nothing else.
all:
	$(CARGO) build --release $(FEATURES)
	@mkdir -p $(BUILT)/clean
	@rm -f $(BUILT)/clean/libusbx.a
	ld -r --gc-sections $(FUNCTIONS:%=-u %) $(BUILT)/libusbx.a -o $(BUILT)/clean/usbx.o
	objcopy --remove-section=.llvmbc --remove-section=.llvmcmd --wildcard --keep-global-symbol='usbx_*' $(BUILT)/clean/usbx.o
	ar rcs $(BUILT)/clean/libusbx.a $(BUILT)/clean/usbx.o

ifeq ($(findstring --no-default-features,$(FEATURES)),)
REQUIRES_PRIVATE :=
else
REQUIRES_PRIVATE := libusb-1.0
endif

# Under sudo what `make` built is installed: root may have no cargo.
install: $(if $(and $(SUDO_USER),$(wildcard $(BUILT)/clean/libusbx.a)),,all)
	install -d $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(LIBDIR)/pkgconfig
	install -m 644 include/usbx.h $(DESTDIR)$(INCLUDEDIR)/usbx.h
	install -m 755 $(BUILT)/libusbx.so $(DESTDIR)$(LIBDIR)/libusbx.so.$(VERSION)
	install -m 644 $(BUILT)/clean/libusbx.a $(DESTDIR)$(LIBDIR)/libusbx.a
	$(STRIP) --strip-unneeded $(DESTDIR)$(LIBDIR)/libusbx.so.$(VERSION)
	$(STRIP) --strip-debug $(DESTDIR)$(LIBDIR)/libusbx.a
	ln -sf libusbx.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libusbx.so.$(MAJOR)
	ln -sf libusbx.so.$(MAJOR) $(DESTDIR)$(LIBDIR)/libusbx.so
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@VERSION@|$(VERSION)|' \
		-e 's|@LIBS_PRIVATE@|-lgcc_s -lutil -lrt -lpthread -lm -ldl|' -e 's|@REQUIRES_PRIVATE@|$(REQUIRES_PRIVATE)|' \
		usbx.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/usbx.pc

# What the tests and examples are built against: an installation, with debug information.
stage:
	@$(MAKE) --no-print-directory install PREFIX=$(STAGE) LIBDIR=$(STAGE)/lib INCLUDEDIR=$(STAGE)/include DESTDIR= STRIP=:

examples: stage
	@$(MAKE) --no-print-directory $(EXAMPLES)

target/examples-c/%: examples-c/%.c $(wildcard examples-c/*.h) include/usbx.h
	@mkdir -p $(@D)
	$(CC) -std=c99 -O2 -g $(WARNINGS) $(CFLAGS) $< -o $@ $(LINK) $(LDFLAGS) -lusbx

conformance: stage
	$(CC) -std=c99 -O2 -g $(WARNINGS) $(CFLAGS) -Iexamples-c tests/c/conformance*.c $(patsubst %,tests/c/%.c,fixture queued \
		streamed isochronous check) -o target/conformance $(LINK) $(LDFLAGS) -lusbx -lm -pthread

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

test:
	@tests/run

bench:
	$(CARGO) bench $(FEATURES)

header:
	USBX_RENEW_HEADER=1 $(CARGO) test --test header

# The documentation as files that need no server: target/site/index.html.
site:
	docs/site/build

clean:
	$(CARGO) clean
