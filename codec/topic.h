/*
 * Topic Names and Topic Filters. v5 section 4.7 and 4.8.2, v311 section 4.7.
 */
#ifndef MQC_TOPIC_H
#define MQC_TOPIC_H

#include "codec/slice.h"
#include "codec/version.h"

/* What is wrong with a name or filter. UTF-8 is checked elsewhere (utf8.h). */
enum mqc_topic_state {
    MQC_TOPIC_OK = 0,
    MQC_TOPIC_EMPTY,
    MQC_TOPIC_WILDCARD,     /* name: a wildcard; filter: one that does not fill its level */
    MQC_TOPIC_HASH,         /* filter: # that does not fill its level or is not last */
    MQC_TOPIC_SHARE_NAME,   /* $share/: ShareName empty or with + or # */
    MQC_TOPIC_SHARE_FILTER, /* $share/Name without a filter behind it */
};

/*@ requires mqc_readable(name);
    assigns \nothing;
    ensures \result \in {MQC_TOPIC_OK, MQC_TOPIC_EMPTY, MQC_TOPIC_WILDCARD};
    ensures \result == MQC_TOPIC_EMPTY <==> name.size == 0; */
enum mqc_topic_state mqc_topic_name_check(struct mqc_slice name);

/* $share/ is looked at in 5.0 only; before, it is a filter like any other. */
/*@ requires mqc_readable(filter);
    assigns \nothing;
    ensures \result <= MQC_TOPIC_SHARE_FILTER && (\result == MQC_TOPIC_EMPTY <==> filter.size == 0);
    ensures \result == MQC_TOPIC_SHARE_NAME ==> filter.size >= 7; */
enum mqc_topic_state mqc_topic_filter_check(struct mqc_slice filter, enum mqc_version version);

/* Both must have passed their checks. A filter that begins with a wildcard does not match a name
 * that begins with $ (v5 MQTT-4.7.2-1, v311 MQTT-4.7.2-1). */
/*@ requires mqc_readable(filter) && mqc_readable(name);
    assigns \nothing; */
bool mqc_topic_matches(struct mqc_slice filter, struct mqc_slice name);

/* Splits $share/ShareName/filter; false if the filter does not begin with "$share/" or is faulty.
 * `share` and `filter` point into `shared`. */
/*@ requires mqc_readable(shared);
    requires \valid(share) && \valid(filter) && \separated(share, filter);
    assigns *share, *filter;
    ensures \result ==> share->size > 0 && filter->size > 0 &&
            mqc_part_of(*share, shared) && mqc_part_of(*filter, shared); */
bool mqc_topic_share(struct mqc_slice shared, struct mqc_slice *share, struct mqc_slice *filter);

#endif
