# mqspec: one entry for everything. `make help` lists the targets; all output is under build/.
#
# Sources are found by wildcard: codec/*.c makes libmqc, harness/ROOM/*.c makes the program, and
# each NAME_test.c beside them is a test program of its own. A new file needs no line here.

MQSPEC_VERSION := 0.1.0
MQC_SONAME     := libmqc.so.0

PREFIX     ?= /usr/local
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR    ?= $(PREFIX)/share
PKG_CONFIG ?= pkg-config
# Layout depends on clang-format's version; 14 is the one that decides, another is a fallback.
CLANG_FORMAT ?= $(shell command -v clang-format-14 || echo clang-format)
CLANG_TIDY   ?= $(shell command -v clang-tidy-14 || echo clang-tidy)

all: build/libmqc.a build/libmqc.so build/mqc.pc build/mqspec build/suite.ok

# --- what there is ---------------------------------------------------------------------------

# What users of libmqc include: the headers, and the tables that these include.
HEADERS    := $(filter-out %testing.h %_test.def,$(wildcard codec/*.h codec/*.def))
CODEC_C    := $(filter-out %_test.c %_bench.c,$(wildcard codec/*.c))
HARNESS_C  := $(filter-out harness/wireshark/% %_test.c,$(wildcard harness/*/*.c))
BENCH_C    := $(wildcard codec/*_bench.c)
TEST_C     := $(wildcard codec/*_test.c harness/*/*_test.c)
TIDY_C     := $(CODEC_C) $(HARNESS_C)
FORMATTED  := $(wildcard $(foreach d,codec harness/* fuzz fuzz/* ci/peers,$(d)/*.c $(d)/*.h))
CATALOGUES := $(wildcard conformance/requirements/*.tsv)
EMBEDDED   := $(shell LC_ALL=C; find conformance harness/report \( -name '*.mqs' \
                -o -path '*/schema/*.json' -o -path '*/requirements/*.tsv' -o -name '*.html' \
                -o -name '*.css' -o -name '*.js' \) -type f 2>/dev/null | sort)

# --- libraries -------------------------------------------------------------------------------

NEEDED  := libuv jansson
MISSING := $(foreach p,$(NEEDED),$(shell $(PKG_CONFIG) --exists $(p) 2>/dev/null || echo $(p)))
HARNESS_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(NEEDED) 2>/dev/null)
LIBS           := $(shell $(PKG_CONFIG) --libs $(NEEDED) 2>/dev/null)

# $(call optional,PACKAGE,NAME,FILES[,HEADER,LIBS]): with the package, MQH_WITH_NAME is defined and it
# is linked; without it, FILES (and their tests) are left out and `make` says so. HEADER and LIBS
# stand for a package that pkg-config does not know.
define optional
ifeq ($(shell $(if $(4),$(CC) $(CPPFLAGS) -E -include $(4) -x c /dev/null,$(PKG_CONFIG) --exists $(1)) \
  > /dev/null 2>&1 && echo yes),yes)
HARNESS_CFLAGS += $(if $(4),,$(shell $(PKG_CONFIG) --cflags $(1) 2>/dev/null)) -DMQH_WITH_$(2)=1
LIBS += $(if $(5),$(5),$(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null))
else
LEFT_OUT += $(1)
HARNESS_C := $(filter-out $(3),$(HARNESS_C))
TEST_C := $(filter-out $(3:.c=_test.c),$(TEST_C))
TIDY_C := $(filter-out $(3),$(TIDY_C))
endif
endef

# WebSocket's handshake needs a hash of OpenSSL's.
WEBSOCKET_C := harness/driver/upgrade.c harness/driver/websocket.c
$(eval $(call optional,openssl,TLS,harness/driver/tls.c $(WEBSOCKET_C)))
$(eval $(call optional,wslay,WEBSOCKET,$(WEBSOCKET_C),wslay/wslay.h,-lwslay))
$(eval $(call optional,libpcap,PCAP,))

# --- flags -----------------------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wpedantic -Wconversion -Wshadow
INCLUDES := -I. -Ibuild/generated
BASE     := -std=c17 $(WARNINGS) -g $(INCLUDES)
OPTIMISE := -O2
FAST     := -O3 -fPIC -fno-semantic-interposition
SANITIZE := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
DEPS     := -MMD -MP
POSIX    := -D_POSIX_C_SOURCE=200809L
# The sanitized tree is only ever built by tests, so there a warning is always an error.
ERROR    := $(if $(filter 1,$(WERROR)),-Werror)
VERSION  := -DMQSPEC_VERSION='"$(MQSPEC_VERSION)"'

# --- objects: build/obj (optimised) and build/asan/obj (ASan and UBSan) -----------------------

CODEC_O   := $(CODEC_C:%.c=build/obj/%.o)
ROOMS_C   := $(filter-out harness/cli/main.c,$(HARNESS_C))
HARNESS_O := $(ROOMS_C:%.c=build/obj/%.o) build/obj/generated/embedded.o
TESTS     := $(TEST_C:%.c=build/test/%)
ASAN_TESTS := $(TEST_C:%.c=build/asan/test/%)
BENCHES   := $(BENCH_C:%.c=build/bench/%)
GENERATED := build/generated/catalogue_rows.h

build/obj/codec/%.o: codec/%.c build/flags
	@mkdir -p $(@D)
	$(CC) $(BASE) $(FAST) $(ERROR) $(CPPFLAGS) $(CFLAGS) $(DEPS) -c $< -o $@

build/obj/harness/%.o: harness/%.c build/flags | $(GENERATED)
	@mkdir -p $(@D)
	$(CC) $(BASE) $(OPTIMISE) $(ERROR) $(POSIX) $(HARNESS_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(DEPS) \
	  $(if $(filter %/catalogue/version.c,$<),$(VERSION)) -c $< -o $@

build/obj/generated/%.o: build/generated/%.c build/flags
	@mkdir -p $(@D)
	$(CC) $(BASE) $(OPTIMISE) $(CPPFLAGS) $(CFLAGS) $(DEPS) -c $< -o $@

build/asan/obj/codec/%.o: codec/%.c build/flags
	@mkdir -p $(@D)
	$(CC) $(BASE) $(SANITIZE) -Werror $(CPPFLAGS) $(DEPS) -c $< -o $@

build/asan/obj/harness/%.o: harness/%.c build/flags | $(GENERATED)
	@mkdir -p $(@D)
	$(CC) $(BASE) $(SANITIZE) -Werror $(POSIX) $(HARNESS_CFLAGS) $(CPPFLAGS) $(DEPS) \
	  $(if $(filter %/catalogue/version.c,$<),$(VERSION)) -c $< -o $@

build/asan/obj/generated/%.o: build/generated/%.c build/flags
	@mkdir -p $(@D)
	$(CC) $(BASE) $(SANITIZE) $(CPPFLAGS) $(DEPS) -c $< -o $@

# What a rebuild depends on besides files: the compiler and its flags, and which sources exist (a
# deleted one must leave its archive). Each is a file that changes only when its text does.
build/flags: TEXT = $(CC) $(BASE) $(OPTIMISE) $(FAST) $(SANITIZE) $(HARNESS_CFLAGS) $(CPPFLAGS) \
  $(CFLAGS) $(LDFLAGS) $(MQSPEC_VERSION)
build/sources: TEXT = $(CODEC_C) $(HARNESS_C) $(EMBEDDED) $(CATALOGUES)
build/prefix: TEXT = $(PREFIX) $(LIBDIR) $(INCLUDEDIR) $(MQSPEC_VERSION)
build/flags build/sources build/prefix: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(TEXT))' | cmp -s - $@ || \
	  printf '%s\n' '$(subst ','\'',$(TEXT))' > $@
FORCE:

# --- what is generated -----------------------------------------------------------------------

build/generated/catalogue_rows.h: ci/generate-catalogue $(CATALOGUES) build/sources
	@mkdir -p $(@D)
	ci/generate-catalogue > $@.new && mv $@.new $@

build/generated/embedded.c: ci/generate-embedded $(EMBEDDED) build/sources
	@mkdir -p $(@D)
	@echo "ci/generate-embedded: $(words $(EMBEDDED)) files"
	@printf '%s\n' $(EMBEDDED) | ci/generate-embedded > $@.new && mv $@.new $@

# What it does is said without the objects, which are too many to read.
ARCHIVE = @echo "$(AR) rcs $@"; $(AR) rcs $@ $(filter %.o,$^)

# --- libraries and program -------------------------------------------------------------------

build/libmqc.a: $(CODEC_O) build/sources
	@rm -f $@
	$(ARCHIVE)

build/libmqc.so: $(CODEC_O) build/sources
	$(CC) -shared -Wl,-soname,$(MQC_SONAME) $(CFLAGS) $(LDFLAGS) $(CODEC_O) -o $@
	@ln -sf libmqc.so build/$(MQC_SONAME)

build/mqc.pc: ci/mqc.pc.in build/prefix
	@mkdir -p $(@D)
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' \
	  -e 's|@VERSION@|$(MQSPEC_VERSION)|' $< > $@

build/libmqh.a: $(HARNESS_O) build/sources
	@rm -f $@
	$(ARCHIVE)

build/asan/libmqc.a: $(CODEC_C:%.c=build/asan/obj/%.o) build/sources
	@rm -f $@
	$(ARCHIVE)

build/asan/libmqh.a: $(HARNESS_O:build/obj/%=build/asan/obj/%) build/sources
	@rm -f $@
	$(ARCHIVE)

ifneq ($(strip $(MISSING)),)
build/mqspec:
	@echo "build/mqspec needs $(MISSING) (looked for with $(PKG_CONFIG)); ci/setup installs them." >&2
	@false
else ifeq ($(wildcard harness/cli/main.c),)
build/mqspec:
	@echo "build/mqspec is left out: there is no harness/cli/main.c"
else
build/mqspec: build/obj/harness/cli/main.o build/libmqh.a build/libmqc.a
	$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@
	$(if $(strip $(LEFT_OUT)),@echo "left out as not installed: $(strip $(LEFT_OUT))")
endif

# Does the suite in the program hold together? An id that no catalogue has, a malformed packet that
# breaks another rule than its line says: such a thing is pointed at, and fails the build.
build/suite.ok: build/mqspec
	build/mqspec list --cases > $@

# --- the plugin for Wireshark: codec and monitor, linked with nothing else of ours ------------

WIRESHARK_CFLAGS := $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags wireshark 2>/dev/null))
WIRESHARK_C := $(wildcard harness/wireshark/*.c) \
  $(filter-out %_test.c,$(wildcard harness/monitor/*.c))
# Where Wireshark looks for a user's own plugins; as root it looks in the system's folder only.
WIRESHARK_PLUGINS ?= $(HOME)/.local/lib/wireshark/plugins/$(shell $(PKG_CONFIG) --modversion \
  wireshark 2>/dev/null | cut -d. -f1,2)/epan

ifneq ($(strip $(WIRESHARK_CFLAGS)),)
all: build/wireshark/mqspec.so
else
LEFT_OUT += wireshark
endif

build/wireshark/mqspec.so: $(WIRESHARK_C) $(wildcard harness/wireshark/*.h harness/monitor/*.h) \
  $(wildcard harness/monitor/*.def) build/libmqc.a build/flags | $(GENERATED)
	@mkdir -p $(@D)
	$(CC) $(BASE) $(OPTIMISE) $(ERROR) $(WIRESHARK_CFLAGS) $(VERSION) -fPIC -fvisibility=hidden \
	  -shared -Wl,--exclude-libs,ALL $(WIRESHARK_C) build/libmqc.a -o $@

install-wireshark: build/wireshark/mqspec.so
	install -d $(DESTDIR)$(WIRESHARK_PLUGINS)
	install -m 644 $< $(DESTDIR)$(WIRESHARK_PLUGINS)/mqspec.so

# --- tests and benches: codec's link libmqc alone, so that it cannot reach up -----------------

CMOCKA = $(shell $(PKG_CONFIG) --libs cmocka)

build/test/codec/%: build/obj/codec/%.o build/libmqc.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ $(CMOCKA) -o $@

build/test/harness/%: build/obj/harness/%.o build/libmqh.a build/libmqc.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS) $(CMOCKA) -o $@

build/asan/test/codec/%: build/asan/obj/codec/%.o build/asan/libmqc.a
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ $(CMOCKA) -o $@

build/asan/test/harness/%: build/asan/obj/harness/%.o build/asan/libmqh.a build/asan/libmqc.a
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ $(LIBS) $(CMOCKA) -o $@

build/bench/codec/%: build/obj/codec/%.o build/libmqc.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@

.SECONDARY:

# --- fuzzing -----------------------------------------------------------------------------------

include fuzz/rules.mk

# --- what one asks for -----------------------------------------------------------------------

help:
	@echo "make             build/mqspec, build/libmqc.a, build/libmqc.so, build/mqc.pc"
	@echo "make demo        set up, build, test a real Mosquitto (or, where there is none,"
	@echo "                 the reference broker), leave reports in build/demo/"
	@echo "make test        all that CI runs: format, lint, unit tests under ASan and"
	@echo "                 UBSan, brokers"
	@echo "make test-long   that, and the unit tests again, optimised, built by gcc and by"
	@echo "                 clang, more fuzzing and more brokers"
	@echo "make unit-tests  only the unit tests, under ASan and UBSan"
	@echo "make mutants     the suite against the reference broker and its defects: does it"
	@echo "                 find them?"
	@echo "make golden      write anew what the console is expected to show; see git diff"
	@echo "make fuzz        FUZZ=decode ENGINE=libfuzzer|afl TIME=60; fuzz-all, fuzzers,"
	@echo "                 seeds, coverage, fuzz-regress and more: see fuzz/README.md"
	@echo "make vectors     corpus/vectors/: packets for other projects"
	@echo "make bench       how fast the codec is, beside others (ci/setup bench installs"
	@echo "                 them), and lint; leaves build/bench.json"
	@echo "make proof       what Frama-C proves of the codec, and what not; installs"
	@echo "                 860 MB, takes minutes"
	@echo "make format      settle the layout of all sources; check-format only looks"
	@echo "make tidy        clang-tidy over what changed"
	@echo "make install     to PREFIX=$(PREFIX), under DESTDIR; uninstall removes it"
	@echo "make install-wireshark  the plugin, for this user's Wireshark and tshark"
	@echo "make clean       remove build/"

demo:
	@ci/setup demo || echo "not everything could be installed: going on with what is there"
	@ci/demo

test:
	@ci/setup
	@ci/test

proof:
	@ci/setup proof
	@codec/proof/prove

test-long:
	@ci/setup zoo
	@ci/test long

unit-tests: $(ASAN_TESTS)
	@ci/unit-tests $(ASAN_TESTS)

unit-tests-optimised: $(TESTS)
	@ci/unit-tests $(TESTS)

golden: build/mqspec
	UPDATE_GOLDEN=1 /usr/bin/python3 -m pytest -q -p no:cacheprovider \
	  conformance/python/test_console.py
	git diff --stat conformance/python/golden

mutants: build/mqspec
	@build/mqspec mutants --all --json build/mutants.json

bench: $(BENCHES) build/mqspec
	@ci/bench $(BENCHES)

check-codec: build/libmqc.a
	@fuzz/check-planted fuzz/regress.txt codec/proof/faults.txt
	@ci/check-codec

instructions: $(BENCHES)
	@ci/bench count $(BENCHES)

format:
	$(CLANG_FORMAT) -i $(FORMATTED)

check-format:
	@$(CLANG_FORMAT) --dry-run --Werror $(FORMATTED)
	@echo "$(words $(FORMATTED)) files"

tidy: $(TIDY_C:%.c=build/tidy/%.ok)
	@echo "$(words $(TIDY_C)) files"

build/tidy/%.ok: %.c .clang-tidy | $(GENERATED)
	@mkdir -p $(@D)
	@$(CC) $(INCLUDES) $(POSIX) $(HARNESS_CFLAGS) -MM -MP -MT $@ -MF build/tidy/$*.d $<
	@$(CLANG_TIDY) --quiet $< -- -std=c17 $(INCLUDES) $(POSIX) $(HARNESS_CFLAGS) $(VERSION) \
	  > build/tidy/$*.log 2>&1 || { cat build/tidy/$*.log; exit 1; }
	@touch $@

build/mqspec.1: ci/generate-man build/mqspec
	ci/generate-man build/mqspec > $@

COMPLETION := $(DATADIR)/bash-completion/completions/mqspec
MANUAL     := $(DATADIR)/man/man1/mqspec.1
NOTATION   := $(DATADIR)/doc/mqspec/NOTATION.md

install: all build/mqspec.1
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(LIBDIR)/pkgconfig \
	  $(DESTDIR)$(INCLUDEDIR)/mqc/codec $(addprefix $(DESTDIR),$(dir $(COMPLETION) $(MANUAL) $(NOTATION)))
	install -m 755 build/mqspec $(DESTDIR)$(PREFIX)/bin/mqspec
	install -m 644 build/mqspec.1 $(DESTDIR)$(MANUAL)
	install -m 644 harness/cli/completion.bash $(DESTDIR)$(COMPLETION)
	install -m 644 conformance/NOTATION.md $(DESTDIR)$(NOTATION)
	install -m 644 build/libmqc.a $(DESTDIR)$(LIBDIR)/libmqc.a
	install -m 755 build/libmqc.so $(DESTDIR)$(LIBDIR)/$(MQC_SONAME)
	ln -sf $(MQC_SONAME) $(DESTDIR)$(LIBDIR)/libmqc.so
	install -m 644 build/mqc.pc $(DESTDIR)$(LIBDIR)/pkgconfig/mqc.pc
	install -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)/mqc/codec

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/mqspec $(DESTDIR)$(MANUAL) $(DESTDIR)$(COMPLETION) \
	  $(DESTDIR)$(NOTATION) $(DESTDIR)$(LIBDIR)/libmqc.a $(DESTDIR)$(LIBDIR)/libmqc.so \
	  $(DESTDIR)$(LIBDIR)/$(MQC_SONAME) $(DESTDIR)$(LIBDIR)/pkgconfig/mqc.pc
	rm -rf $(DESTDIR)$(INCLUDEDIR)/mqc
	-rmdir $(DESTDIR)$(DATADIR)/doc/mqspec

clean:
	rm -rf build

.PHONY: install-wireshark all help demo test test-long proof unit-tests unit-tests-optimised golden mutants bench \
  check-codec instructions format check-format \
  tidy install uninstall clean FORCE
.DELETE_ON_ERROR:

-include $(wildcard build/obj/*/*.d build/obj/*/*/*.d build/asan/obj/*/*.d \
  build/asan/obj/*/*/*.d build/tidy/*/*.d build/tidy/*/*/*.d build/fuzz/*/*/*.d \
  build/fuzz/*/*/*/*.d)
