#include "codec/version.h"

#include <string.h>

static const struct {
    enum mqc_version version;
    const char *name;
    const char *space;
} versions[] = {
    {MQC_V31, "3.1", "v31"},
    {MQC_V311, "3.1.1", "v311"},
    {MQC_V5, "5.0", "v5"},
};

enum { VERSION_COUNT = sizeof versions / sizeof versions[0] };

const char *mqc_version_name(enum mqc_version version)
{
    for (size_t i = 0; i < VERSION_COUNT; i++)
        if (versions[i].version == version)
            return versions[i].name;
    return "unknown";
}

const char *mqc_version_space(enum mqc_version version)
{
    for (size_t i = 0; i < VERSION_COUNT; i++)
        if (versions[i].version == version)
            return versions[i].space;
    return "v?";
}

static int is_word(const char *text, size_t size, const char *word)
{
    return strlen(word) == size && memcmp(text, word, size) == 0;
}

enum mqc_version mqc_version_parse(const char *text, size_t size)
{
    for (size_t i = 0; i < VERSION_COUNT; i++)
        if (is_word(text, size, versions[i].name) || is_word(text, size, versions[i].space))
            return versions[i].version;
    return MQC_VERSION_UNKNOWN;
}
