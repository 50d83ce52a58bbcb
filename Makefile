# make, make demo, make test; make install PREFIX=/usr DESTDIR=root LIBDIR=/usr/lib/x86_64-linux-gnu; make uninstall
# FEATURES='--no-default-features --features linux_usbfs' builds without libusb, FEATURES='--no-default-features --features linux_usbfs,libusb'
# with the system's in place of the built-in one.
# For another machine, with its Rust library installed (rustup target add): make TARGET=aarch64-unknown-linux-gnu. The compiler and
# the binutils follow from TARGET (aarch64-linux-gnu-gcc), unless CROSS=prefix- or each of CC, CXX, AR, LD, OBJCOPY and STRIP is given.
# make dist TARGET=...: the installation as an archive, target/dist/usbx-VERSION-TARGET.tar.gz. RUNNER='qemu-aarch64 -L /usr/aarch64-linux-gnu'
# runs the other machine's programs, where the build wants to and in make unit; RUNNER=env if this machine can run them itself.
# Builds go to CARGO_TARGET_DIR, or to target/.
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
BINDIR ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
DOCDIR ?= $(DATADIR)/doc/usbx
UNITDIR ?= $(PREFIX)/lib/systemd/system
CARGO ?= cargo
# Rust's name of the machine to build for; empty for this one. Debian's compilers have no vendor in their names, and call armv7 arm.
TARGET ?= $(CARGO_BUILD_TARGET)
ifneq ($(TARGET),)
override export CARGO_BUILD_TARGET := $(TARGET)
CROSS ?= $(subst -pc-windows-gnu,-w64-mingw32,$(subst armv7-,arm-,$(subst -pc-linux-,-linux-,$(subst -unknown-,-,$(TARGET)))))-
endif
CROSS ?=
ifneq ($(CROSS),)
CC := $(CROSS)gcc
CXX := $(CROSS)g++
# A compiler for musl may come alone: the C library makes no difference to binutils.
BINUTILS := $(if $(shell command -v $(CROSS)ld),$(CROSS),$(subst -musl,-gnu,$(CROSS)))
AR := $(BINUTILS)ar
LD := $(BINUTILS)ld
OBJCOPY := $(BINUTILS)objcopy
STRIP := $(BINUTILS)strip
endif
OBJCOPY ?= objcopy
STRIP ?= strip
FEATURES ?=
# Unreferenced symbols of a compiler's runtime to keep, such as the one of tests/coverage.
KEEP ?=
OUT := $(patsubst $(CURDIR)/%,%,$(abspath $(or $(CARGO_TARGET_DIR),target)))
# What is built for another machine has a directory of its own in it, as cargo has it.
PLACE := $(OUT)$(TARGET:%=/%)
STAGE ?= $(abspath $(PLACE))/stage
# The scripts called below use it too.
override export CARGO_TARGET_DIR := $(abspath $(OUT))

VERSION := $(shell sed -n '/^version = /{s/.*"\(.*\)"/\1/p;q}' Cargo.toml)
SONAME := $(shell sed -n 's/^const SONAME.*"\(.*\)";/\1/p' build.rs)
# Cargo's profile; dev is quick to build and slow to run.
PROFILE ?= release
BUILT := $(PLACE)/$(PROFILE:dev=debug)
FUNCTIONS = $(shell sed -n 's/^[a-z].*[ *]\(usbx_[a-z_]*\)(.*)*/\1/p' include/usbx.h)
EXAMPLES := $(patsubst examples-c/%.c,$(PLACE)/examples-c/%,$(wildcard examples-c/*.c))
EXAMPLES_CPP := $(if $(shell command -v $(CXX)),$(patsubst examples-cpp/%.cpp,$(PLACE)/examples-cpp/%,$(wildcard examples-cpp/*.cpp)))
WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Werror
LINK := -I$(STAGE)/include -L$(STAGE)/lib -Wl,-rpath,$(STAGE)/lib
# The libraries that the static library needs besides libgcc, which the compiler adds itself.
SYSTEM_LIBS := -lutil -lrt -lpthread -lm -ldl
# Panics and debug information name the sources without this machine's directories.
REMAP = $(foreach place,$(CURDIR)=. $(CARGO_TARGET_DIR)=target $(abspath $(or $(CARGO_HOME),$(HOME)/.cargo))=cargo \
	$(shell $${RUSTC:-rustc} --print sysroot)/lib/rustlib/src/rust=rust,--remap-path-prefix=$(place))
FLAGS = RUSTFLAGS='$(strip $(RUSTFLAGS) $(if $(filter dev,$(PROFILE)),,$(REMAP)))'
# The start files of x86 of 32 bits have the same pieces of code in groups as libusb has: the linker would keep theirs and drop ours, whose
# names are local by then.
# With ARM's tables for unwinding of 32 bits, what the linker leaves out makes it write a table that it crashes on later (binutils 2.40). There
# nothing is left out before the shared library or a program is linked.
MACHINE = $(shell $(CC) -dumpmachine)
RELOCATABLE = $(LD) -r $(if $(filter arm%,$(MACHINE)),,--gc-sections) $(if $(filter i386-% i486-% i586-% i686-%,$(MACHINE)),--force-group-allocation)
COMMA := ,
# The features of this build, as in Cargo.toml.
CHOSEN := $(if $(findstring --no-default-features,$(FEATURES)),,linux_usbfs vendored header) $(subst $(COMMA), ,$(subst =, ,$(FEATURES)))
# The system's libusb, where this build takes that.
LIBUSB := $(if $(filter vendored,$(CHOSEN)),,$(if $(filter libusb,$(CHOSEN)),$(shell pkg-config --libs libusb-1.0)))
# The licences that go with this build.
LICENCES = LICENSE-APACHE LICENSE-MIT $(if $(filter vendored,$(CHOSEN)),LICENSE-LGPL-2.1) $(BUILT)/clean/LICENSE-THIRD-PARTY

.PHONY: all install stage dist examples conformance demo wheel test unit bench header declarations notices uninstall abi deb site clean

# For another machine, tell rustc the C compiler, which knows where the C library is, and the crates that compile C the same one.
ifneq ($(TARGET),)
RUNNER ?=
# A compiler for musl may have no kernel headers; those of this machine do for every C library.
KERNEL := $(if $(findstring -musl,$(TARGET)),$(if $(shell printf '\043include <linux/magic.h>' | $(CC) -E - >/dev/null 2>&1 || echo none), \
	-idirafter /usr/include -idirafter /usr/include/$(patsubst %-,%,$(BINUTILS))))
# Rust has all of musl that a program is linked from. It goes together with a compiler for glibc, and not with what musl-gcc adds, which
# is made for a program's C: two sets of start files, and an unwinder that asks glibc.
LINKER := $(or $(if $(findstring -musl,$(TARGET)),$(shell command -v $(subst -musl,-gnu,$(CROSS))gcc)),$(CC))
UPPER := $(shell echo $(TARGET) | tr a-z- A-Z_)
LOWER := $(subst -,_,$(TARGET))
CROSSED := CARGO_TARGET_$(UPPER)_LINKER='$(LINKER)' CC_$(LOWER)='$(CC)' AR_$(LOWER)='$(AR)' CFLAGS_$(LOWER)='$(strip $(CFLAGS) $(KERNEL))' \
	$(if $(RUNNER),CARGO_TARGET_$(UPPER)_RUNNER='$(RUNNER)')
GENERATE := $(if $(RUNNER),$(RUNNER) $(BUILT)/usbx,env -u CARGO_BUILD_TARGET -u RUSTFLAGS -u CC -u CFLAGS -u AR \
	$(CARGO) run --quiet --package usbx-cli --)
else
GENERATE := $(BUILT)/usbx
endif

# What Rust's panics need and this library gives its programs, which glibc's compiler adds elsewhere: for musl, Rust's own.
UNWINDER = $(if $(findstring -musl,$(TARGET)),$(wildcard $(shell $${RUSTC:-rustc} --print target-libdir --target $(TARGET))/self-contained/libunwind.a))

# Windows has an installation of its own form: packaging/windows.
WINDOWS := $(findstring -windows-gnu,$(TARGET))
ifneq ($(WINDOWS),)
include packaging/windows/rules.mk
else
# A Rust static library exports every symbol, including libusb's, and an application's own libusb would clash with it: link the
# library to one object that only exports the header's functions. Cargo optimizes no library at link time that Rust programs may
# use, too, so it is the one that linked/ makes of it. The shared library is made from the same object, because rustc's
# own, which `cargo build` makes, has no symbol versions. It stays loaded (nodelete), because a host may dlclose it while one of the
# host's threads still has to run our thread-local destructor. The command writes its own manual pages and completions; a command
# for another machine cannot run here.
all:
	$(FLAGS) $(CROSSED) $(CARGO) build --profile $(PROFILE) $(FEATURES) --package usbx --package usbx-linked --package usbx-cli --package usbx-libusb
	@mkdir -p $(BUILT)/clean
	@rm -rf $(BUILT)/clean/*
	$(RELOCATABLE) $(patsubst %,-u %,$(FUNCTIONS) $(KEEP)) $(BUILT)/libusbx_linked.a $(UNWINDER) -o $(BUILT)/clean/usbx.o
	$(OBJCOPY) --remove-section=.llvmbc --remove-section=.llvmcmd --wildcard --keep-global-symbol='usbx_*' $(BUILT)/clean/usbx.o
	$(AR) rcs $(BUILT)/clean/libusbx.a $(BUILT)/clean/usbx.o
	$(CC) -shared $(LDFLAGS) $(BUILT)/clean/usbx.o -o $(BUILT)/clean/libusbx.so -Wl,-soname,$(SONAME) \
		-Wl,--version-script=abi/usbx.map -Wl,--gc-sections -Wl,--build-id -Wl,-z,defs,-z,relro,-z,now,-z,nodelete \
		-Wl,--as-needed $(LIBUSB) $(SYSTEM_LIBS)
	$(MAKE) --no-print-directory $(BUILT)/clean/libusb-1.0.so $(REDIRECT)
	man/section3 include/usbx.h $(VERSION) $(BUILT)/clean/man3
	$(NOTICES)
	$(GENERATE) generate $(BUILT)/clean/command

# libusb's ABI on usbx: linked in the same way, with libusb's functions as the only ones exported. Nothing in it calls the libusb that
# the archive may have inside, whose functions have the names of those here; so the linker takes none of it.
LIBUSB_FUNCTIONS = $(shell sed -n 's/^ *\(libusb_[a-z0-9_]*\);/\1/p' libusb/libusb-1.0.map)
$(BUILT)/clean/libusb-1.0.so: $(BUILT)/libusbx_libusb.a libusb/libusb-1.0.map
	$(RELOCATABLE) $(patsubst %,-u %,$(LIBUSB_FUNCTIONS) $(KEEP)) $< $(UNWINDER) -o $(BUILT)/clean/libusb.o
	$(OBJCOPY) --remove-section=.llvmbc --remove-section=.llvmcmd --wildcard --keep-global-symbol='libusb_*' $(BUILT)/clean/libusb.o
	$(CC) -shared $(LDFLAGS) $(BUILT)/clean/libusb.o -o $@ -Wl,-soname,libusb-1.0.so.0 \
		-Wl,--version-script=libusb/libusb-1.0.map -Wl,--gc-sections -Wl,--build-id -Wl,-z,defs,-z,relro,-z,now,-z,nodelete \
		-Wl,--as-needed $(SYSTEM_LIBS)

# What gives it to programs that have a libusb of their own, under `usbx run`. musl's loader asks nobody.
REDIRECT := $(if $(findstring -musl,$(TARGET)),,$(BUILT)/clean/redirect.so)
$(BUILT)/clean/redirect.so: libusb/redirect.c
	$(CC) -std=c99 -O2 -fPIC -shared $(WARNINGS) $(CFLAGS) $(LDFLAGS) $< -o $@ -Wl,-soname,redirect.so -Wl,--build-id -Wl,-z,defs,-z,relro,-z,now \
		-Wl,--as-needed -ldl

endif

# The notices of what is in this build: the committed ones are the usual build's.
NOTICES = $(if $(strip $(FEATURES)),python3 packaging/notices $(BUILT)/clean/LICENSE-THIRD-PARTY $(FEATURES),cp LICENSE-THIRD-PARTY $(BUILT)/clean)

SUBSTITUTE = sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@SONAME@|$(SONAME)|' \
	-e 's|@PC_LIBDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))|' \
	-e 's|@PC_INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|' \
	-e 's|@INCLUDEDIR_FROM_LIBDIR@|$(FROM_LIBDIR)|' -e 's|@POINTER_BYTES@|$(POINTER_BYTES)|' \
	-e 's|@SYSTEM_LIBS@|$(SYSTEM_LIBS)|' -e 's|@LIBUSB@|$(LIBUSB)|' -e 's|@URL@|$(URL)|' -e 's|@LICENSE@|$(LICENSE)|'
URL := $(shell sed -n 's/^homepage = "\(.*\)"/\1/p' Cargo.toml)
LICENSE := $(if $(filter vendored,$(CHOSEN)),(MIT OR Apache-2.0) AND LGPL-2.1-or-later,MIT OR Apache-2.0)
# ../../include for the LIBDIR prefix/lib/multiarch, so that an installation can be moved; absolute if it is elsewhere.
FROM_LIBDIR = $(subst $() ,,$(if $(and $(filter $(PREFIX)/%,$(LIBDIR)),$(filter $(PREFIX)/%,$(INCLUDEDIR))),$(patsubst \
	%,../,$(subst /, ,$(LIBDIR:$(PREFIX)/%=%)))$(INCLUDEDIR:$(PREFIX)/%=%),$(INCLUDEDIR)))
POINTER_BYTES = $(shell echo __SIZEOF_POINTER__ | $(CC) -E -P -)

ifeq ($(WINDOWS),)
# Under sudo, install what `make` built: root may have no cargo.
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
	install -D -m 755 $(BUILT)/clean/libusb-1.0.so $(DESTDIR)$(LIBDIR)/usbx/libusb-1.0.so.0
	$(STRIP) --strip-unneeded $(DESTDIR)$(LIBDIR)/usbx/libusb-1.0.so.0
	ln -sf libusb-1.0.so.0 $(DESTDIR)$(LIBDIR)/usbx/libusb-1.0.so
ifneq ($(REDIRECT),)
	install -m 755 $(REDIRECT) $(DESTDIR)$(LIBDIR)/usbx/redirect.so
	$(STRIP) --strip-unneeded $(DESTDIR)$(LIBDIR)/usbx/redirect.so
endif
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libusbx.so
	for file in usbx.pc usbx-static.pc; do \
		$(SUBSTITUTE) packaging/$$file.in >$(DESTDIR)$(LIBDIR)/pkgconfig/$$file || exit; done
	for file in usbx-config.cmake usbx-config-version.cmake; do \
		$(SUBSTITUTE) packaging/$$file.in >$(DESTDIR)$(LIBDIR)/cmake/usbx/$$file || exit; done
	install -m 644 $(BUILT)/clean/man3/* $(DESTDIR)$(MANDIR)/man3
	install -m 644 packaging/70-usbx.rules $(LICENCES) $(DESTDIR)$(DOCDIR)
	install -D -m 755 $(BUILT)/usbx $(DESTDIR)$(BINDIR)/usbx
	$(STRIP) $(DESTDIR)$(BINDIR)/usbx
	install -d $(DESTDIR)$(MANDIR)/man1
	install -m 644 $(BUILT)/clean/command/*.1 $(DESTDIR)$(MANDIR)/man1
	install -D -m 644 $(BUILT)/clean/command/usbx.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/usbx
	install -D -m 644 $(BUILT)/clean/command/_usbx $(DESTDIR)$(DATADIR)/zsh/site-functions/_usbx
	install -D -m 644 $(BUILT)/clean/command/usbx.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/usbx.fish
	install -D -m 644 packaging/systemd/usbx-share@.socket $(DESTDIR)$(UNITDIR)/usbx-share@.socket
	sed -e 's|@BINDIR@|$(BINDIR)|' packaging/systemd/usbx-share@.service.in >$(DESTDIR)$(UNITDIR)/usbx-share@.service
endif

# With the same PREFIX, LIBDIR and so on, this removes the files that an installation to an empty directory creates.
uninstall:
	rm -rf $(BUILT)/uninstall
	$(MAKE) install DESTDIR=$(abspath $(BUILT))/uninstall >/dev/null
	cd $(BUILT)/uninstall && find . ! -type d -exec sh -c 'rm -f "$(DESTDIR)/$$1"' sh {} \;
	-rmdir $(DESTDIR)$(INCLUDEDIR)/usbx $(DESTDIR)$(LIBDIR)/cmake/usbx $(DESTDIR)$(LIBDIR)/usbx $(DESTDIR)$(DOCDIR)

# The installation that tests and examples are built with, with debug information.
stage:
	@$(MAKE) --no-print-directory install PREFIX=$(STAGE) LIBDIR=$(STAGE)/lib INCLUDEDIR=$(STAGE)/include \
		BINDIR=$(STAGE)/bin DATADIR=$(STAGE)/share UNITDIR=$(STAGE)/lib/systemd/system DESTDIR= STRIP=:

# The installation as an archive that can be unpacked anywhere, for example into /usr/local.
DIST := usbx-$(VERSION)-$(or $(TARGET),$(shell $${RUSTC:-rustc} -vV | sed -n 's/^host: //p'))
dist: all
	@rm -rf $(PLACE)/dist.root && mkdir -p $(OUT)/dist
	@$(MAKE) --no-print-directory install PREFIX=/usr/local LIBDIR=/usr/local/lib INCLUDEDIR=/usr/local/include \
		BINDIR=/usr/local/bin DATADIR=/usr/local/share UNITDIR=/usr/local/lib/systemd/system DESTDIR=$(abspath $(PLACE))/dist.root
	mv $(PLACE)/dist.root/usr/local $(PLACE)/dist.root/$(DIST)
	tar --sort=name --owner=root:0 --group=root:0 -czf $(OUT)/dist/$(DIST).tar.gz -C $(PLACE)/dist.root $(DIST)

# Regenerates the promises of this version; refuses if the version is released.
abi:
	@grep -q '^## \[$(VERSION)\], not released yet' CHANGELOG.md || { echo 'abi: $(VERSION) is released (CHANGELOG.md)'; exit 1; }
	@mkdir -p $(OUT)
	abi/snapshot include/usbx.h >$(OUT)/abi.c
	mv $(OUT)/abi.c abi/usbx-$(basename $(VERSION)).c

# libusbx0, libusbx-dev and usbx-tools for Debian and similar systems, in target/deb; needs debhelper.
DEB := $(CARGO_TARGET_DIR)/deb
deb:
	@rm -rf $(DEB) && mkdir -p $(DEB)
	DEB_DESTINATION=$(DEB) CARGO_TARGET_DIR=$(CARGO_TARGET_DIR)/debian FEATURES='$(FEATURES)' dpkg-buildpackage -us -uc -b \
		--buildinfo-option=-u$(DEB) --changes-option=-u$(DEB) \
		--buildinfo-file=$(DEB)/usbx.buildinfo --changes-file=$(DEB)/usbx.changes

examples: stage
	@$(MAKE) --no-print-directory $(EXAMPLES) $(EXAMPLES_CPP)

$(PLACE)/examples-c/%: examples-c/%.c $(wildcard examples-c/*.h) include/usbx.h
	@mkdir -p $(@D)
	$(CC) -std=c99 -O2 -g $(WARNINGS) $(CFLAGS) $< -o $@ $(LINK) $(LDFLAGS) -lusbx

$(PLACE)/examples-cpp/%: examples-cpp/%.cpp examples-c/acquisition.h include/usbx.h include/usbx.hpp $(wildcard include/usbx/*.hpp)
	@mkdir -p $(@D)
	$(CXX) -std=c++17 -O2 -g $(WARNINGS) $(CXXFLAGS) -Iexamples-c $< -o $@ $(LINK) $(LDFLAGS) -lusbx

conformance: stage
	$(CC) -std=c99 -O2 -g $(WARNINGS) $(CFLAGS) -Iexamples-c tests/conformance/*.c examples-c/models/acquisition_model.c -o $(PLACE)/conformance $(LINK) $(LDFLAGS) \
		-lusbx -lm -pthread

demo: examples
	@echo
	@echo '$$ USBX_VIRTUAL=acquisition $(PLACE)/examples-c/list'
	@USBX_VIRTUAL=acquisition $(PLACE)/examples-c/list
	@echo
	@echo '$$ $(PLACE)/examples-c/acquire -t 3 -r 50000 -o $(PLACE)/demo.csv'
	@$(PLACE)/examples-c/acquire -t 3 -r 50000 -o $(PLACE)/demo.csv
	@echo
	@echo '$$ head -5 $(PLACE)/demo.csv'
	@head -5 $(PLACE)/demo.csv

# The Python package, with the library inside (the wheel) and without (the source distribution).
wheel: all
	@STRIP=$(STRIP) TARGET=$(TARGET) python/wheel $(BUILT)/$(if $(WINDOWS),usbx.dll,clean/libusbx.so) $(PLACE)/wheel

test:
	@tests/run

# UNIT='--skip registry' are arguments for the test program.
unit:
	$(FLAGS) $(CROSSED) $(CARGO) test --lib $(FEATURES) -- $(UNIT)

# BENCH='--bench registry' runs one of them.
bench:
	$(FLAGS) $(CARGO) bench $(FEATURES) $(BENCH)

header:
	$(FLAGS) $(CARGO) check --profile $(PROFILE) --lib
	cp $(BUILT)/include/usbx.h include/usbx.h

# The declarations for other languages, derived from the header; needs pycparser.
declarations:
	/usr/bin/python3 languages/derive

# The licence notices of everything that the built library and command contain, in LICENSE-THIRD-PARTY.
notices:
	python3 packaging/notices

# The documentation as files that need no server: target/site/index.html.
site:
	docs/site/build

clean:
	$(CARGO) clean
