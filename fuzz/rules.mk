# The fuzz room of the Makefile. Every fuzz/NAME.c is a target; fuzz/README.md is the manual.
#
#     build/fuzz/NAME-libfuzzer     libFuzzer, ASan and UBSan
#     build/fuzz/NAME-afl           AFL++, persistent, ASan and UBSan
#     build/fuzz/NAME-plain         libFuzzer without sanitizers: faster, and blind to most bugs
#     build/fuzz/NAME-replay        no engine; $(CC), ASan and UBSan
#     build/fuzz/mutator.so         the mutator for AFL++
#     build/corpus/NAME             seeds, made of corpus/ and conformance/

FUZZ_CC ?= clang-14
AFL_CC  ?= afl-clang-fast

FUZZ_TARGETS  := $(patsubst fuzz/%.c,%,$(wildcard fuzz/*.c))
# Those that look for bugs of ours; canary and hang have one of their own, and idle does nothing.
FUZZ_REAL     := $(filter-out canary hang idle,$(FUZZ_TARGETS))
FUZZ_MUTATOR_C := $(filter-out fuzz/mutator/afl.c,$(wildcard fuzz/mutator/*.c))
FUZZ_SLOW_C   := $(wildcard fuzz/slow/*.c)
# What targets may link of harness/: rooms that never touch the operating system.
FUZZ_HARNESS_C := $(filter $(foreach r,catalogue scenario monitor model capture,harness/$(r)/%) \
                    harness/replay/judge.c harness/replay/recording%.c,$(ROOMS_C))
# Captures in the older format are read by libpcap.
FUZZ_PCAP     := $(filter -DMQH_WITH_PCAP=1,$(HARNESS_CFLAGS))
FUZZ_LIBS     := $(if $(FUZZ_PCAP),-lpcap)
# The compilers of the other trees decide on warnings; here they are only shown.
FUZZ_BASE     := -std=c17 $(WARNINGS) -g $(INCLUDES) $(POSIX) $(VERSION) $(FUZZ_PCAP)
FUZZ_SANITIZE := -O2 -fno-omit-frame-pointer -fsanitize=address,undefined \
                   -fno-sanitize-recover=all

# --- which engines there are -------------------------------------------------------------------

HAVE_LIBFUZZER := $(wildcard $(shell $(FUZZ_CC) -print-resource-dir 2>/dev/null)/lib/*/libclang_rt.fuzzer*)
HAVE_AFL       := $(shell command -v $(AFL_CC) 2>/dev/null)
FUZZ_BINARIES  := $(if $(HAVE_LIBFUZZER),$(FUZZ_TARGETS:%=build/fuzz/%-libfuzzer)) \
                  $(if $(HAVE_AFL),$(FUZZ_TARGETS:%=build/fuzz/%-afl) build/fuzz/mutator.so)

# --- a tree of objects for each way to build -----------------------------------------------------

# $(call fuzz_tree,NAME,COMPILER,FLAGS,MORE FLAGS OF WHAT IS FUZZED): objects in build/fuzz/NAME,
# and what targets link in build/fuzz/NAME/libs.a. The mutator is not instrumented.
define fuzz_tree
build/fuzz/$(1)/fuzz/mutator/%.o: fuzz/mutator/%.c build/flags
	@mkdir -p $$(@D)
	$(2) $$(FUZZ_BASE) $(3) $$(DEPS) -c $$< -o $$@

build/fuzz/$(1)/%.o: %.c build/flags | $$(GENERATED)
	@mkdir -p $$(@D)
	$(2) $$(FUZZ_BASE) $(3) $(4) $$(DEPS) -c $$< -o $$@

build/fuzz/$(1)/libs.a: $$(patsubst %.c,build/fuzz/$(1)/%.o,$$(CODEC_C) $$(FUZZ_HARNESS_C) \
  $$(FUZZ_MUTATOR_C) $$(FUZZ_SLOW_C)) build/sources
	@rm -f $$@
	$$(ARCHIVE)
endef

# Comparisons are not traced: they take half the time, and the values are in the tables, which the
# mutator and the dictionaries know.
FUZZ_COVERAGE := -fsanitize=fuzzer-no-link -fno-sanitize-coverage=trace-cmp

$(eval $(call fuzz_tree,libfuzzer,$$(FUZZ_CC),$$(FUZZ_SANITIZE),$$(FUZZ_COVERAGE)))
$(eval $(call fuzz_tree,plain,$$(FUZZ_CC),-O2,$$(FUZZ_COVERAGE)))
$(eval $(call fuzz_tree,afl,$$(AFL_CC),$$(FUZZ_SANITIZE)))
$(eval $(call fuzz_tree,cover,$$(FUZZ_CC),-O1 -fprofile-instr-generate -fcoverage-mapping))
$(eval $(call fuzz_tree,shared,$$(CC),-O2 -fPIC))

# --- targets -----------------------------------------------------------------------------------

build/fuzz/%-libfuzzer: build/fuzz/libfuzzer/fuzz/%.o build/fuzz/libfuzzer/fuzz/engine/libfuzzer.o \
  build/fuzz/libfuzzer/fuzz/engine/sanitizers.o build/fuzz/libfuzzer/libs.a
	$(FUZZ_CC) $(FUZZ_SANITIZE) -fsanitize=fuzzer $^ $(FUZZ_LIBS) -o $@

build/fuzz/%-plain: build/fuzz/plain/fuzz/%.o build/fuzz/plain/fuzz/engine/libfuzzer.o \
  build/fuzz/plain/libs.a
	$(FUZZ_CC) -fsanitize=fuzzer $^ $(FUZZ_LIBS) -o $@

build/fuzz/%-afl: build/fuzz/afl/fuzz/%.o build/fuzz/afl/fuzz/engine/afl.o \
  build/fuzz/afl/fuzz/engine/replay.o build/fuzz/afl/libs.a
	$(AFL_CC) $(FUZZ_SANITIZE) $^ $(FUZZ_LIBS) -o $@

build/asan/obj/fuzz/%.o: fuzz/%.c build/flags | $(GENERATED)
	@mkdir -p $(@D)
	$(CC) $(BASE) $(SANITIZE) -Werror $(POSIX) $(CPPFLAGS) $(DEPS) -c $< -o $@

build/fuzz/slow-asan.a: $(FUZZ_SLOW_C:%.c=build/asan/obj/%.o) build/sources
	@mkdir -p $(@D)
	@rm -f $@
	$(ARCHIVE)

# Without an engine the unit tests' objects do.
build/fuzz/%-replay: build/asan/obj/fuzz/%.o build/asan/obj/fuzz/engine/main.o \
  build/asan/obj/fuzz/engine/replay.o $(FUZZ_MUTATOR_C:%.c=build/asan/obj/%.o) \
  build/fuzz/slow-asan.a \
  build/asan/libmqh.a build/asan/libmqc.a
	@mkdir -p $(@D)
	$(CC) $(SANITIZE) $^ $(FUZZ_LIBS) -o $@

build/fuzz/%-cover: build/fuzz/cover/fuzz/%.o build/fuzz/cover/fuzz/engine/main.o \
  build/fuzz/cover/fuzz/engine/replay.o build/fuzz/cover/libs.a
	$(FUZZ_CC) -fprofile-instr-generate $^ $(FUZZ_LIBS) -o $@

# The library that afl-fuzz loads, with as much of the codec as it needs inside.
build/fuzz/mutator.so: build/fuzz/shared/fuzz/mutator/afl.o build/fuzz/shared/libs.a
	$(CC) -shared $^ -o $@

# --- tools, seeds, dictionaries ------------------------------------------------------------------

build/obj/fuzz/%.o: fuzz/%.c build/flags | $(GENERATED)
	@mkdir -p $(@D)
	$(CC) $(BASE) $(OPTIMISE) $(ERROR) $(POSIX) $(CPPFLAGS) $(CFLAGS) $(DEPS) -c $< -o $@

build/fuzz/tool/%: build/obj/fuzz/tool/%.o $(FUZZ_MUTATOR_C:%.c=build/obj/%.o) \
  $(FUZZ_SLOW_C:%.c=build/obj/%.o) build/libmqh.a build/libmqc.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS) -o $@

SEED_FOUND := $(sort $(wildcard corpus/found-*.mqs))
SEED_LINES := $(sort $(wildcard corpus/found-*.txt))
# What was found comes last, for it is what the seeds before it do not reach.
SEED_TEXTS := $(filter %.mqs,$(EMBEDDED)) \
  $(filter-out $(SEED_FOUND),$(sort $(wildcard corpus/*.mqs corpus/vectors/*.txt))) $(SEED_FOUND)

SEED_CAPTURES := $(wildcard corpus/captures/*.pcap corpus/captures/*.pcapng)

build/corpus/.made: build/fuzz/tool/seeds build/fuzz/tool/captures build/fuzz/tool/lines $(SEED_TEXTS) \
  $(SEED_LINES) $(SEED_CAPTURES) build/sources \
  $(FUZZ_TARGETS:%=build/fuzz/%-replay)
	@rm -rf build/corpus
	@mkdir -p build/corpus
	@printf '%s\n' $(SEED_TEXTS) | build/fuzz/tool/seeds build/corpus
	@find build/corpus/sessions -name '???[02468]-*' ! -name '*-found_*' -size -2k | LC_ALL=C sort | \
	  build/fuzz/tool/captures build/corpus/captures build/corpus/talks
	$(if $(SEED_CAPTURES),@cp $(SEED_CAPTURES) build/corpus/captures/)
	@for file in $(SEED_LINES); do \
	  build/fuzz/tool/lines build/corpus/$$(basename $$file .txt | sed 's/^found-//') < $$file || exit 1; done
	@for target in $(FUZZ_TARGETS); do \
	  ln -s "$$(build/fuzz/$$target-replay --form)" build/corpus/$$target; done
	@touch $@

build/fuzz/%.dict: build/fuzz/tool/dictionary
	build/fuzz/tool/dictionary $* > $@

corpus: build/corpus/.made

fuzzers: $(FUZZ_BINARIES) build/corpus/.made build/fuzz/bytes.dict build/fuzz/text.dict \
  build/fuzz/tool/show
	$(if $(HAVE_LIBFUZZER),,@echo "libFuzzer is left out: $(FUZZ_CC) has none (libclang-rt-14-dev)")
	$(if $(HAVE_AFL),,@echo "AFL++ is left out: there is no $(AFL_CC) (afl++)")

# --- vectors -----------------------------------------------------------------------------------

VECTORS := $(foreach v,3.1 3.1.1 5.0,corpus/vectors/$(v).txt)

vectors: build/fuzz/tool/vectors
	@mkdir -p corpus/vectors
	@for file in $(VECTORS); do $< $$(basename $$file .txt) > $$file; done

check-vectors: build/fuzz/tool/vectors
	@for file in $(VECTORS); do $< $$(basename $$file .txt) | cmp - $$file || \
	  { echo "$$file is not what codec/faults_test.def says: make vectors" >&2; exit 1; }; done
	@echo "$$(cat $(VECTORS) | grep -vc '^#') vectors are current"

# --- what one asks for ---------------------------------------------------------------------------

ENGINE ?= libfuzzer
TIME   ?= 60

# One target, TIME seconds: make fuzz FUZZ=decode ENGINE=afl. What is wrong is said before anything
# is built; libFuzzer also cuts down what AFL++ finds.
ifneq ($(filter fuzz,$(MAKECMDGOALS)),)
ifeq ($(filter $(FUZZ),$(FUZZ_TARGETS)),)
$(error FUZZ is one of $(FUZZ_TARGETS))
endif
ifeq ($(filter build/fuzz/$(FUZZ)-$(ENGINE),$(FUZZ_BINARIES)),)
$(error ENGINE is one of$(if $(HAVE_LIBFUZZER), libfuzzer)$(if $(HAVE_AFL), afl), for no other is there)
endif
endif

fuzz: $(filter build/fuzz/$(FUZZ)-libfuzzer build/fuzz/$(FUZZ)-$(ENGINE) $(if $(filter afl,$(ENGINE)), \
    build/fuzz/mutator.so),$(FUZZ_BINARIES)) \
  build/corpus/.made build/fuzz/bytes.dict build/fuzz/text.dict build/fuzz/tool/show
	@fuzz/run $(FUZZ) $(ENGINE) $(TIME)

fuzz-all: fuzzers
	@for target in $(FUZZ_REAL); do fuzz/run $$target $(ENGINE) $(TIME) || exit 1; done

# Every seed, given to every target that reads its form; what was found is the same as text.
seeds: $(FUZZ_REAL:%=build/fuzz/%-replay) build/corpus/.made build/fuzz/tool/show
	@fuzz/check-found
	@fuzz/replay $(FUZZ_REAL)

# Every small packet and every short string, against the slow judge; some minutes.
EXHAUSTIVE := bodies long-bodies text

exhaustive: $(EXHAUSTIVE:%=exhaustive-%)

exhaustive-%: build/fuzz/tool/exhaustive
	@$< $*

# Planted faults of the codec: fuzz/regress.txt.
REGRESS_TARGETS := decode roundtrip notation frame topic verdict

fuzz-regress: $(filter build/asan/test/codec/%,$(ASAN_TESTS)) $(REGRESS_TARGETS:%=build/fuzz/%-replay) \
  build/corpus/.made $(if $(HAVE_LIBFUZZER),$(REGRESS_TARGETS:%=build/fuzz/%-libfuzzer)) \
  build/fuzz/bytes.dict
	@CC="$(CC)" FUZZ_CC="$(if $(HAVE_LIBFUZZER),$(FUZZ_CC))" CFLAGS="$(BASE) $(SANITIZE)" \
	  FUZZ_CFLAGS="$(FUZZ_BASE) $(FUZZ_SANITIZE) $(FUZZ_COVERAGE)" LIBS="$(CMOCKA)" \
	  fuzz/regress $(REGRESS_TARGETS)

# What unit tests and seeds reach of the codec.
COVERED    := decode roundtrip notation frame topic scenario
COVER_TEST := $(patsubst codec/%.c,build/fuzz/cover-test/%,$(wildcard codec/*_test.c))

build/fuzz/cover-test/%: build/fuzz/cover/codec/%.o build/fuzz/cover/libs.a
	@mkdir -p $(@D)
	$(FUZZ_CC) -fprofile-instr-generate $^ $(CMOCKA) -o $@

coverage: $(COVERED:%=build/fuzz/%-cover) $(COVER_TEST) build/corpus/.made
	@fuzz/coverage $(COVERED)

# The seeds of one target that between them reach what all of them do, in build/fuzz/min/NAME.
corpus-min: fuzzers
	@rm -rf build/fuzz/min/$(FUZZ) && mkdir -p build/fuzz/min/$(or $(FUZZ),$(error FUZZ is one of \
	  $(FUZZ_TARGETS)))
	@build/fuzz/$(FUZZ)-libfuzzer -merge=1 -max_len=65536 build/fuzz/min/$(FUZZ) \
	  build/corpus/$(FUZZ)/ $(wildcard build/fuzz/work/$(FUZZ)-libfuzzer/corpus) > build/fuzz/min.log 2>&1
	@echo "$$(ls build/fuzz/min/$(FUZZ) | wc -l) of $$(ls build/corpus/$(FUZZ)/ | wc -l) inputs reach the same"

# What earlier runs found and seeds do not reach joins corpus/, as text.
corpus-text: fuzzers $(FUZZ_REAL:%=build/fuzz/%-plain)
	@fuzz/found $(or $(FUZZ),$(FUZZ_REAL))

# What fuzzing reaches and seeds do not, and executions per second.
fuzz-edges: $(if $(HAVE_LIBFUZZER),$(FUZZ_REAL:%=build/fuzz/%-plain)) $(FUZZ_REAL:%=build/fuzz/%-replay) \
  build/corpus/.made build/fuzz/bytes.dict build/fuzz/text.dict
	@$(if $(HAVE_LIBFUZZER),fuzz/edges $(TIME) $(FUZZ_REAL),echo "no libFuzzer")

fuzz-speed: fuzzers $(foreach t,decode model idle,build/fuzz/$(t)-plain)
	@fuzz/speed

# HOURS of fuzzing, on every processor: all targets in turn, both engines.
HOURS ?= 8

fuzz-overnight: fuzzers
	@fuzz/overnight $(HOURS) $(if $(HAVE_LIBFUZZER),libfuzzer) $(if $(HAVE_AFL),afl) -- $(FUZZ_REAL)

canary: fuzzers
	@fuzz/check-canary $(if $(HAVE_LIBFUZZER),libfuzzer) $(if $(HAVE_AFL),afl)

.PHONY: fuzz-edges fuzz-speed fuzz-overnight coverage corpus-min corpus-text fuzz-regress exhaustive vectors check-vectors corpus fuzzers fuzz fuzz-all seeds canary
