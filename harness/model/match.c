/*
 * Which names a filter matches (v5 section 4.7, v311 section 4.7). The codec knows; here stand the
 * ways in which brokers get it wrong.
 */
#include <ctype.h>
#include <stdlib.h>

#include "codec/topic.h"
#include "harness/model/state.h"

static bool ends_with(struct mqc_slice text, const char *end)
{
    size_t size = strlen(end);

    return text.size >= size && memcmp(text.data + text.size - size, end, size) == 0;
}

/* A name or filter as a broker with these defects takes it. */
static struct mqc_slice misread(const struct mqh_model *model, struct mqc_slice text,
                                bool is_filter)
{
    uint8_t *other = mqh_model_alloc(text.size + 1);
    size_t size = 0;

    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];

        if (mqh_breaks(model, MQH_D_IGNORES_CASE) && c < 0x80)
            c = (uint8_t)tolower(c);
        if (mqh_breaks(model, MQH_D_SKIPS_EMPTY_LEVELS) && c == '/' && size > 0 &&
            other[size - 1] == '/')
            continue;
        if (mqh_breaks(model, MQH_D_DOLLAR_IS_ORDINARY) && c == '$' && i == 0)
            c = '.';
        other[size++] = c;
    }
    if (is_filter && mqh_breaks(model, MQH_D_PLUS_IS_HASH) && size > 0 && other[size - 1] == '+')
        other[size - 1] = '#';
    if (mqh_breaks(model, MQH_D_DROPS_LAST_SLASH) && size > 1 && other[size - 1] == '/')
        size--;
    return (struct mqc_slice){other, size};
}

static bool is_parent(struct mqc_slice filter, struct mqc_slice topic)
{
    return ends_with(filter, "/#") &&
           mqc_topic_matches((struct mqc_slice){filter.data, filter.size - 2}, topic);
}

bool mqh_model_matches(const struct mqh_model *model, struct mqc_slice filter,
                       struct mqc_slice topic)
{
    struct mqc_slice f;
    struct mqc_slice t;
    bool matches;

    if (model->active_count == 0)
        return mqc_topic_matches(filter, topic);
    if (mqh_breaks(model, MQH_D_WILDCARDS_ARE_DEAF) &&
        (ends_with(filter, "#") || memchr(filter.data, '+', filter.size) != NULL))
        return false;
    if (mqh_breaks(model, MQH_D_HASH_SPARES_THE_PARENT) && is_parent(filter, topic))
        return false;
    f = misread(model, filter, true);
    t = misread(model, topic, false);
    matches = mqc_topic_matches(f, t);
    free((void *)f.data);
    free((void *)t.data);
    return matches;
}
