/*
 * A Topic Filter and a Topic Name are judged and matched as by a matcher that is slow and follows
 * the standard's words: it splits both at each / and compares level by level. v5
 * section 4.7, 4.8.2.
 */
#include <assert.h>

#include "codec/topic.h"
#include "fuzz/target.h"

const enum mqf_form mqf_form = MQF_TOPICS;

/* --- levels --------------------------------------------------------------------------------- */

/* Takes the level in front; false if there is none. A text of n slashes has n + 1 levels. */
static bool next_level(struct mqc_slice *rest, bool *ended, struct mqc_slice *level)
{
    if (*ended)
        return false;
    *level = (struct mqc_slice){rest->data, 0};
    while (level->size < rest->size && rest->data[level->size] != '/')
        level->size++;
    *ended = level->size == rest->size;
    if (!*ended) {
        rest->data += level->size + 1;
        rest->size -= level->size + 1;
    }
    return true;
}

static bool is(struct mqc_slice level, const char *text)
{
    return mqc_slice_equal(level, mqc_slice_text(text));
}

static bool holds(struct mqc_slice text, char byte)
{
    return text.size > 0 && memchr(text.data, byte, text.size) != NULL;
}

/* --- the slow checks ------------------------------------------------------------------------ */

/* v5 MQTT-4.7.1-1 to 4.7.1-3, 4.7.3-1. */
static bool is_name(struct mqc_slice name)
{
    return name.size > 0 && !holds(name, '+') && !holds(name, '#');
}

static bool is_plain_filter(struct mqc_slice filter)
{
    struct mqc_slice level;
    bool ended = filter.size == 0;
    bool good = filter.size > 0;
    bool was_hash = false;

    while (next_level(&filter, &ended, &level)) {
        good = good && !was_hash;
        was_hash = is(level, "#");
        good = good && (was_hash || !holds(level, '#')) && (is(level, "+") || !holds(level, '+'));
    }
    return good;
}

/* v5 MQTT-4.8.2-1 and 4.8.2-2. */
static bool is_filter(struct mqc_slice filter, enum mqc_version version)
{
    struct mqc_slice rest = filter;
    struct mqc_slice level = {NULL, 0};
    bool ended = filter.size == 0;

    if (version < MQC_V5 || !next_level(&rest, &ended, &level) || !is(level, "$share") || ended)
        return is_plain_filter(filter);
    if (!next_level(&rest, &ended, &level) || level.size == 0 || holds(level, '+') ||
        holds(level, '#') || ended)
        return false;
    return is_plain_filter(rest);
}

static bool matches(struct mqc_slice filter, struct mqc_slice name)
{
    struct mqc_slice wanted;
    struct mqc_slice level;
    bool filter_ended = false;
    bool name_ended = false;

    /* v5 MQTT-4.7.2-1 */
    if (name.data[0] == '$' && (filter.data[0] == '+' || filter.data[0] == '#'))
        return false;
    while (next_level(&filter, &filter_ended, &wanted)) {
        if (is(wanted, "#"))
            return true; /* also the parent: what came before has matched */
        if (!next_level(&name, &name_ended, &level))
            return false;
        if (!is(wanted, "+") && !mqc_slice_equal(wanted, level))
            return false;
    }
    return name_ended;
}

/* --- the target ----------------------------------------------------------------------------- */

static void check_share(struct mqc_slice filter)
{
    struct mqc_slice share;
    struct mqc_slice rest;
    bool good =
        filter.size >= 7 && memcmp(filter.data, "$share/", 7) == 0 && is_filter(filter, MQC_V5);

    assert(mqc_topic_share(filter, &share, &rest) == good);
    if (!good)
        return;
    assert(share.data == filter.data + 7 && rest.data == share.data + share.size + 1);
    assert(rest.data + rest.size == filter.data + filter.size && !holds(share, '/'));
}

void mqf_target(struct mqc_slice input)
{
    struct mqc_slice filter = {input.data, 0};
    struct mqc_slice name;

    while (filter.size < input.size && input.data[filter.size] != '\0')
        filter.size++;
    if (filter.size == input.size)
        return;
    name = (struct mqc_slice){input.data + filter.size + 1, input.size - filter.size - 1};

    assert((mqc_topic_name_check(name) == MQC_TOPIC_OK) == is_name(name));
    assert((mqc_topic_filter_check(filter, MQC_V311) == MQC_TOPIC_OK) ==
           is_filter(filter, MQC_V311));
    assert((mqc_topic_filter_check(filter, MQC_V5) == MQC_TOPIC_OK) == is_filter(filter, MQC_V5));
    check_share(filter);
    if (is_plain_filter(filter) && is_name(name))
        assert(mqc_topic_matches(filter, name) == matches(filter, name));
}
