#include "codec/topic.h"
#include "harness/monitor/state.h"

#define FNV_START UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static uint64_t digest_on(uint64_t digest, struct mqc_slice bytes)
{
    for (size_t i = 0; i < bytes.size; i++)
        digest = (digest ^ bytes.data[i]) * FNV_PRIME;
    return digest;
}

uint64_t mqh_mon_digest(struct mqc_slice first, struct mqc_slice second)
{
    const uint8_t between = 0xff; /* in no UTF-8 */

    return digest_on(digest_on(digest_on(FNV_START, first), (struct mqc_slice){&between, 1}),
                     second);
}

/* ---- what was published ---- */

static struct mqh_mon_message *message_of(struct mqh_monitor *m, uint64_t digest)
{
    struct mqh_mon_message *message = m->messages[digest % MQH_MON_BUCKETS];

    while (message != NULL && message->digest != digest)
        message = message->next;
    return message;
}

/* The shortest or longest Message Expiry Interval: no rule says that there is one only. */
static uint32_t expiry_of(struct mqc_slice properties, bool longest)
{
    struct mqc_property property;
    uint32_t expiry = UINT32_MAX;

    for (size_t n = 0; mqc_property_get(properties, MQC_MESSAGE_EXPIRY_INTERVAL, n, &property); n++)
        if (n == 0 || (longest ? property.number > expiry : property.number < expiry))
            expiry = property.number;
    return expiry;
}

void mqh_mon_published(struct mqh_monitor *m, struct mqc_slice topic, struct mqc_slice payload,
                       struct mqh_mon_session *publisher, struct mqc_slice properties)
{
    uint64_t digest = mqh_mon_digest(topic, payload);
    uint32_t expiry = expiry_of(properties, true);
    struct mqh_mon_message *message = message_of(m, digest);

    if (message != NULL) {
        if (message->publisher != publisher)
            message->publisher = NULL;
        if (expiry > message->expiry)
            message->expiry = expiry;
        return;
    }
    message = mqh_mon_alloc(m, sizeof(*message));
    if (message == NULL)
        return;
    message->digest = digest;
    message->publisher = publisher;
    message->expiry = expiry;
    message->next = m->messages[digest % MQH_MON_BUCKETS];
    m->messages[digest % MQH_MON_BUCKETS] = message;
}

/* ---- against what is subscribed ---- */

/* All subscriptions that a message can be due to, now or before: it may have waited. */
struct matches {
    bool any;
    bool dollar; /* a filter would match, but for the $ */
    uint8_t qos; /* the highest granted */
    bool all_have_id;
    bool may_retain; /* some ask for retained messages or for the flag */
    bool all_no_local;
};

static struct mqc_slice plain_filter(const struct mqh_mon_filter *filter)
{
    return (struct mqc_slice){filter->text->data + filter->prefix,
                              filter->text->size - filter->prefix};
}

/* True if a filter that begins with a wildcard fails on the $ alone. */
static bool matches_but_for_dollar(struct mqc_slice filter, struct mqc_slice topic)
{
    const uint8_t *slash = topic.size > 0 ? memchr(topic.data, '/', topic.size) : NULL;
    size_t level = slash != NULL ? (size_t)(slash - topic.data) : topic.size;
    struct mqc_slice rest = {topic.data + level, topic.size - level};
    struct mqc_slice rest_of_filter = {filter.data + 1, filter.size - 1};

    if (topic.size == 0 || topic.data[0] != '$' || filter.size == 0)
        return false;
    if (filter.data[0] == '#')
        return true;
    if (filter.data[0] != '+')
        return false;
    if (rest.size == 0)
        return rest_of_filter.size == 0 || mqc_slice_equal(rest_of_filter, mqc_slice_text("/#"));
    return rest_of_filter.size > 0 && mqc_topic_matches(rest_of_filter, rest);
}

static void add_match(struct matches *found, const struct mqh_mon_filter *filter)
{
    uint8_t asked = filter->options & MQC_OPTION_QOS;
    uint8_t qos = filter->granted ? filter->qos : 0;
    unsigned handling = (unsigned)(filter->options & MQC_OPTION_RETAIN_HANDLING) >> 4;

    if (filter->pending > 0 && asked > qos)
        qos = asked;
    if (!found->any)
        found->all_have_id = found->all_no_local = true;
    found->any = true;
    if (qos > found->qos)
        found->qos = qos;
    if (filter->id == 0)
        found->all_have_id = false;
    if ((filter->options & MQC_OPTION_NO_LOCAL) == 0)
        found->all_no_local = false;
    if (handling != 2 || (filter->options & MQC_OPTION_RETAIN_AS_PUBLISHED) != 0)
        found->may_retain = true;
}

static struct matches match(const struct mqh_mon_session *session, struct mqc_slice topic)
{
    struct matches found = {.any = false};

    for (const struct mqh_mon_filter *f = session->filters; f != NULL; f = f->next) {
        if (!f->granted && f->pending == 0)
            continue;
        if (mqc_topic_matches(plain_filter(f), topic))
            add_match(&found, f);
        else if (matches_but_for_dollar(plain_filter(f), topic))
            found.dollar = true;
    }
    return found;
}

static bool has_id(const struct mqh_mon_session *session, struct mqc_slice topic, uint32_t id)
{
    for (const struct mqh_mon_filter *f = session->filters; f != NULL; f = f->next)
        if (f->id == id && (f->granted || f->pending > 0) &&
            mqc_topic_matches(plain_filter(f), topic))
            return true;
    return false;
}

static void judge_ids(struct mqh_monitor *m, const struct mqc_publish *publish,
                      struct mqc_slice topic, const struct matches *found)
{
    struct mqc_property property;
    size_t n = 0;

    for (; mqc_property_get(publish->properties, MQC_SUBSCRIPTION_IDENTIFIER, n, &property); n++)
        if (!has_id(m->now->session, topic, property.number))
            mqh_mon_breach(m, MQH_RULE_SUBSCRIPTION_ID_FOREIGN, MQC_SERVER,
                           "Subscription Identifier %u is of no subscription that matches",
                           (unsigned)property.number);
    if (n == 0 && found->all_have_id)
        mqh_mon_breach(m, MQH_RULE_SUBSCRIPTION_ID_MISSING, MQC_SERVER,
                       "PUBLISH has no Subscription Identifier, and all that match have one");
}

/* Where all publishers are seen, the message may be recognised. */
static void judge_origin(struct mqh_monitor *m, const struct mqc_publish *publish,
                         struct mqc_slice topic, const struct matches *found)
{
    const struct mqh_mon_message *message = message_of(m, mqh_mon_digest(topic, publish->payload));
    uint32_t expiry = expiry_of(publish->properties, false);

    if (message == NULL)
        return;
    if (message->publisher == m->now->session && found->all_no_local && !publish->retain)
        mqh_mon_breach(m, MQH_RULE_NO_LOCAL, MQC_SERVER,
                       "the client's own message comes back, and all that match have No Local");
    if (message->expiry != UINT32_MAX && expiry != UINT32_MAX && expiry > message->expiry)
        mqh_mon_breach(m, MQH_RULE_EXPIRY_GROWN, MQC_SERVER,
                       "Message Expiry Interval is %u, and was published as %u", (unsigned)expiry,
                       (unsigned)message->expiry);
}

static void judge_matches(struct mqh_monitor *m, const struct mqc_publish *publish,
                          struct mqc_slice topic, const struct matches *found)
{
    if (publish->qos > found->qos)
        mqh_mon_breach(m, MQH_RULE_DELIVERED_QOS, MQC_SERVER,
                       "PUBLISH has QoS %u, and no subscription that matches was granted more than "
                       "%u",
                       (unsigned)publish->qos, (unsigned)found->qos);
    if (m->now->version != MQC_V5)
        return;
    if (publish->retain && !found->may_retain)
        mqh_mon_breach(m, MQH_RULE_RETAIN_UNASKED, MQC_SERVER,
                       "PUBLISH has RETAIN, and no subscription that matches asked for it");
    judge_ids(m, publish, topic, found);
    if (m->options.sees_all)
        judge_origin(m, publish, topic, found);
}

void mqh_mon_delivery(struct mqh_monitor *m, const struct mqc_packet *packet,
                      struct mqc_slice topic)
{
    const struct mqc_publish *publish = &packet->publish;
    const struct mqh_mon_session *session = m->now->session;
    struct matches found;

    if (publish->retain && publish->payload.size == 0)
        mqh_mon_breach(m, MQH_RULE_RETAINED_EMPTY, MQC_SERVER,
                       "an empty message comes with RETAIN");
    if (session == NULL || !session->known || mqc_topic_name_check(topic) != MQC_TOPIC_OK)
        return;
    found = match(session, topic);
    if (found.any)
        judge_matches(m, publish, topic, &found);
    else
        mqh_mon_breach(m, found.dollar ? MQH_RULE_TOPIC_DOLLAR : MQH_RULE_TOPIC_UNMATCHED,
                       MQC_SERVER, "the topic matches no filter that was subscribed to");
}
