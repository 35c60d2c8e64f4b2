/*
 * The tests of utf8.c again, of what stands there for compilers and machines without vectors. It is
 * compiled into this program, which so does not take the library's.
 */
#include "codec/testing.h"

#define MQC_PORTABLE
#include "codec/utf8.c"

#include "codec/utf8_test.c"
