/*
 * A target under libFuzzer, and under every engine that speaks its language (-fsanitize=fuzzer,
 * OSS-Fuzz's $LIB_FUZZING_ENGINE).
 */
#include "fuzz/mutator/mutator.h"
#include "fuzz/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t capacity);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t capacity, unsigned seed);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size <= MQF_INPUT_MAX)
        mqf_target((struct mqc_slice){data, size});
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t capacity, unsigned seed)
{
    return mqf_mutate(mqf_form, data, size, capacity, seed, LLVMFuzzerMutate);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
                                 uint8_t *out, size_t capacity, unsigned seed)
{
    return mqf_cross(mqf_form, (struct mqc_slice){a, a_size}, (struct mqc_slice){b, b_size}, out,
                     capacity, seed);
}
