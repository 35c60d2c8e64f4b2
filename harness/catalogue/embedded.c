#include "harness/catalogue/embedded.h"

#include <string.h>

const struct mqh_embedded *mqh_embedded_find(const char *path)
{
    for (size_t i = 0; i < mqh_embedded_file_count; i++)
        if (strcmp(mqh_embedded_files[i].path, path) == 0)
            return &mqh_embedded_files[i];
    return NULL;
}
