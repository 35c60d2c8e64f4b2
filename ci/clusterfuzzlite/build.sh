#!/bin/bash -eu
# Builds the fuzz targets as ClusterFuzzLite and OSS-Fuzz ask for it: with $CC, $CXX, $CFLAGS and
# $LIB_FUZZING_ENGINE, into $OUT, from the sources in $SRC/mqspec. Beside each target lie its seeds
# and its dictionary. Run by hand by ci/clusterfuzzlite/exercise, which asks for the canary too, with
# its planted bug: MQSPEC_CANARY=1.
: "${CXX:=$CC}"
: "${CXXFLAGS:=$CFLAGS}"
cd "$SRC/mqspec"

# Seeds and dictionaries are made by programs that are not fuzzed: the system's compiler makes them.
env -u CC -u CXX -u CFLAGS -u CXXFLAGS make -j"$(nproc)" CC=gcc corpus build/fuzz/bytes.dict \
    build/fuzz/text.dict build/generated/catalogue_rows.h

work=build/clusterfuzzlite/obj
mkdir -p "$work"
flags="-std=c17 -D_POSIX_C_SOURCE=200809L -DMQSPEC_VERSION=\"0\" -I. -Ibuild/generated"
sources=$(ls codec/*.c harness/catalogue/*.c harness/scenario/*.c harness/model/*.c \
    harness/monitor/*.c harness/capture/*.c harness/replay/judge.c harness/replay/recording*.c \
    fuzz/slow/*.c fuzz/mutator/*.c fuzz/engine/libfuzzer.c |
    grep -v -e '_test\.c$' -e '_bench\.c$' -e 'mutator/afl\.c$')
objects=
for source in $sources fuzz/*.c; do
    object=$work/$(echo "$source" | tr / _).o
    # shellcheck disable=SC2086 # flags are words
    $CC $CFLAGS $flags -c "$source" -o "$object"
    case $source in
        fuzz/engine/*) engine=$object ;;
        fuzz/*/*|codec/*|harness/*) objects="$objects $object" ;;
    esac
done
rm -f "$work/libs.a"
# shellcheck disable=SC2086
ar rcs "$work/libs.a" $objects

for source in fuzz/*.c; do
    target=$(basename "$source" .c)
    case $target in
        canary) [ -n "${MQSPEC_CANARY-}" ] || continue ;;
        hang|idle) continue ;;
    esac
    # shellcheck disable=SC2086
    $CXX $CXXFLAGS "$work/fuzz_$target.c.o" "$engine" "$work/libs.a" $LIB_FUZZING_ENGINE \
        -o "$OUT/$target"
    (cd build/corpus/"$target"/ && find . -type f -size -64k -print | zip -q -@ - ) \
        > "$OUT/${target}_seed_corpus.zip"
    case $("build/fuzz/$target-replay" --form) in
        texts) cp build/fuzz/text.dict "$OUT/$target.dict" ;;
        *) cp build/fuzz/bytes.dict "$OUT/$target.dict" ;;
    esac
done
