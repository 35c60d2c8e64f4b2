#include "codec/topic.h"

static const uint8_t share_prefix[] = "$share/";

enum { SHARE_PREFIX_SIZE = sizeof share_prefix - 1 };

/*@ requires mqc_readable(text);
    assigns \nothing; */
static bool holds(struct mqc_slice text, char byte)
{
    return text.size > 0 && memchr(text.data, byte, text.size) != NULL;
}

/* Takes the next level off the front of `*rest`; `*more` says whether a slash followed it. */
/*@ requires \valid(rest) && \valid(more) && \separated(rest, more) && mqc_readable(*rest);
    assigns *rest, *more;
    ensures mqc_readable(\result) && mqc_readable(*rest);
    ensures \result.data == \old(rest->data) && \result.size <= \old(rest->size);
    ensures *more ==> rest->data == \result.data + \result.size + 1 &&
                      rest->size == \old(rest->size) - \result.size - 1;
    ensures !*more ==> rest->size == 0; */
static struct mqc_slice next_level(struct mqc_slice *rest, bool *more)
{
    const uint8_t *slash = rest->size > 0 ? memchr(rest->data, '/', rest->size) : NULL;
    struct mqc_slice level = *rest;

    *more = slash != NULL;
    if (slash != NULL) {
        level.size = (size_t)(slash - rest->data);
        rest->data += level.size + 1;
        rest->size -= level.size + 1;
    } else {
        *rest = (struct mqc_slice){NULL, 0};
    }
    return level;
}

/*@ requires mqc_readable(level);
    assigns \nothing; */
static bool is_one(struct mqc_slice level, char byte)
{
    return level.size == 1 && level.data[0] == (uint8_t)byte;
}

enum mqc_topic_state mqc_topic_name_check(struct mqc_slice name)
{
    if (name.size == 0)
        return MQC_TOPIC_EMPTY;
    return holds(name, '+') || holds(name, '#') ? MQC_TOPIC_WILDCARD : MQC_TOPIC_OK;
}

/* Whether the byte at `at` has its level to itself. */
/*@ requires mqc_readable(filter) && at < filter.size;
    assigns \nothing; */
static bool is_alone(struct mqc_slice filter, size_t at)
{
    return (at == 0 || filter.data[at - 1] == '/') &&
           (at + 1 == filter.size || filter.data[at + 1] == '/');
}

/*@ requires mqc_readable(filter);
    assigns \nothing;
    ensures \result \in {MQC_TOPIC_OK, MQC_TOPIC_WILDCARD, MQC_TOPIC_HASH}; */
static enum mqc_topic_state check_levels(struct mqc_slice filter)
{
    /*@ loop invariant i <= filter.size;
        loop assigns i;
        loop variant filter.size - i; */
    for (size_t i = 0; i < filter.size; i++) {
        if (filter.data[i] == '#' && (i + 1 != filter.size || !is_alone(filter, i)))
            return MQC_TOPIC_HASH;
        if (filter.data[i] == '+' && !is_alone(filter, i))
            return MQC_TOPIC_WILDCARD;
    }
    return MQC_TOPIC_OK;
}

/*@ requires mqc_readable(filter);
    assigns \nothing;
    ensures \result ==> filter.size >= SHARE_PREFIX_SIZE; */
static bool is_shared(struct mqc_slice filter)
{
    return filter.size >= SHARE_PREFIX_SIZE &&
           memcmp(filter.data, share_prefix, SHARE_PREFIX_SIZE) == 0;
}

/* Splits what stands behind the prefix and says what is wrong with it. */
/*@ requires mqc_readable(shared) && shared.size >= SHARE_PREFIX_SIZE;
    requires \valid(share) && \valid(filter) && \separated(share, filter);
    assigns *share, *filter;
    ensures \result <= MQC_TOPIC_SHARE_FILTER && \result != MQC_TOPIC_EMPTY;
    ensures \result == MQC_TOPIC_OK ==> share->size > 0 && filter->size > 0 &&
            mqc_part_of(*share, shared) && mqc_part_of(*filter, shared); */
static enum mqc_topic_state split_share(struct mqc_slice shared, struct mqc_slice *share,
                                        struct mqc_slice *filter)
{
    bool more;

    *filter = (struct mqc_slice){shared.data + SHARE_PREFIX_SIZE, shared.size - SHARE_PREFIX_SIZE};
    *share = next_level(filter, &more);
    if (share->size == 0 || holds(*share, '+') || holds(*share, '#'))
        return MQC_TOPIC_SHARE_NAME;
    return filter->size == 0 ? MQC_TOPIC_SHARE_FILTER : check_levels(*filter);
}

enum mqc_topic_state mqc_topic_filter_check(struct mqc_slice filter, enum mqc_version version)
{
    struct mqc_slice share;
    struct mqc_slice inner;

    if (filter.size == 0)
        return MQC_TOPIC_EMPTY;
    if (version >= MQC_V5 && is_shared(filter))
        return split_share(filter, &share, &inner);
    return check_levels(filter);
}

bool mqc_topic_share(struct mqc_slice shared, struct mqc_slice *share, struct mqc_slice *filter)
{
    return is_shared(shared) && split_share(shared, share, filter) == MQC_TOPIC_OK;
}

bool mqc_topic_matches(struct mqc_slice filter, struct mqc_slice name)
{
    bool filter_more = true;
    bool name_more = true;

    if (name.size > 0 && name.data[0] == '$' && filter.size > 0 &&
        (filter.data[0] == '+' || filter.data[0] == '#'))
        return false;
    /*@ loop invariant mqc_readable(filter) && mqc_readable(name);
        loop assigns filter, name, filter_more, name_more;
        loop variant filter.size + (filter_more ? 1 : 0); */
    while (filter_more) {
        struct mqc_slice wanted = next_level(&filter, &filter_more);
        struct mqc_slice level;

        /* `a/#` matches `a` too: the name may have ended one level before. */
        if (is_one(wanted, '#'))
            return true;
        if (!name_more)
            return false;
        level = next_level(&name, &name_more);
        if (!is_one(wanted, '+') && !mqc_slice_equal(wanted, level))
            return false;
    }
    return !name_more;
}
