/*
 * What ASan does if ASAN_OPTIONS does not say otherwise: a small store of freed memory, which stays
 * in the processor's cache, and short traces of allocations. Both double the speed, and a replay
 * (NAME-replay) tells the rest.
 */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "quarantine_size_mb=1:thread_local_quarantine_size_kb=64:malloc_context_size=2";
}
