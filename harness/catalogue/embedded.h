#ifndef MQH_EMBEDDED_H
#define MQH_EMBEDDED_H

/*
 * Files carried inside the program: every scenario (conformance/.../NAME.mqs), every JSON Schema,
 * the requirement catalogues, and what pages are made of (harness/report), so that one file is
 * enough, from any folder. The table is generated at build; this header is its manual.
 *
 * Rows are sorted by path, which is relative to the top of the source tree, with slashes. The
 * bytes are the file's, unchanged; a zero byte that `size` does not count stands behind them, so
 * that text can be used as a C string. Everything is constant and lives as long as the program.
 */
#include <stddef.h>

struct mqh_embedded {
    const char *path; /* "conformance/connect/accepted.mqs" */
    const unsigned char *data;
    size_t size; /* bytes */
};

extern const struct mqh_embedded mqh_embedded_files[];
extern const size_t mqh_embedded_file_count;

/* The file with exactly this path, or NULL. */
const struct mqh_embedded *mqh_embedded_find(const char *path);

#endif
