/*
 * Shared Subscriptions: v5 section 4.8.2. Members of a share are the subscriptions with the same
 * filter, "$share/…" and all.
 */
#include <assert.h>

#include "harness/model/state.h"

/* The members of a share that match: the session to choose, by turns, those connected first. */
struct member {
    struct mqh_session *session;
    const struct mqh_subscription *sub;
};

static bool same_share(const struct mqh_model *model, const struct mqh_subscription *a,
                       const struct mqh_subscription *b)
{
    return a->share.size > 0 && b->share.size > 0 &&
           mqc_slice_equal(mqh_breaks(model, MQH_D_SHARES_ARE_ONE) ? a->match : a->filter,
                           mqh_breaks(model, MQH_D_SHARES_ARE_ONE) ? b->match : b->filter);
}

/* True if `sub` of `session` is the first one of its share in the order of all sessions. */
static bool leads_share(const struct mqh_model *model, const struct mqh_session *session,
                        const struct mqh_subscription *sub)
{
    for (const struct mqh_session *s = model->sessions; s != session; s = s->next)
        for (const struct mqh_subscription *other = s->subscriptions; other != NULL;
             other = other->next)
            if (same_share(model, sub, other))
                return false;
    return true;
}

static struct member choose(struct mqh_model *model, const struct mqh_subscription *share,
                            bool connected, unsigned turn)
{
    struct member chosen = {NULL, NULL};
    unsigned count = 0;

    for (int pass = 0; pass < 2; pass++) {
        unsigned seen = 0;

        for (struct mqh_session *s = model->sessions; s != NULL; s = s->next)
            for (const struct mqh_subscription *sub = s->subscriptions; sub != NULL;
                 sub = sub->next) {
                if (!same_share(model, sub, share) || (s->client != NULL) != connected)
                    continue;
                if (pass == 1 && seen == turn % count)
                    chosen = (struct member){s, sub};
                seen++;
            }
        count = seen;
        if (count == 0)
            break;
    }
    return chosen;
}

/* Exactly one member of each share gets it (v5 X5-4.8.2-1). */
bool mqh_share_route(struct mqh_model *model, struct mqh_message_body *body)
{
    bool any = false;

    for (struct mqh_session *s = model->sessions; s != NULL; s = s->next)
        for (const struct mqh_subscription *sub = s->subscriptions; sub != NULL; sub = sub->next) {
            struct member m = {s, sub};

            if (sub->share.size == 0 || !mqh_model_matches(model, sub->match, body->topic))
                continue;
            if (mqh_breaks(model, MQH_D_SHARES_GO_TO_ALL)) {
                mqh_route_for(model, m.session, m.sub, body, m.sub->identifier);
                continue;
            }
            if (!leads_share(model, s, sub))
                continue;
            m = choose(model, sub, true, model->turn);
            if (m.session == NULL)
                m = choose(model, sub, false, model->turn);
            assert(m.sub != NULL); /* `sub` itself is a member */
            if (!mqh_chooses(model, MQH_V_SHARE_SAME))
                model->turn++;
            any = true;
            mqh_route_for(model, m.session, m.sub, body, m.sub->identifier);
        }
    return any;
}

void mqh_share_pass_on(struct mqh_model *model, struct mqh_session *from,
                       const struct mqh_delivery *delivery)
{
    for (struct mqh_session *s = model->sessions; s != NULL; s = s->next)
        for (const struct mqh_subscription *sub = s->subscriptions; sub != NULL && s != from;
             sub = sub->next)
            if (mqc_slice_equal(sub->filter, delivery->share)) {
                mqh_route_for(model, s, sub, delivery->body, sub->identifier);
                return;
            }
}

void mqh_share_end(struct mqh_model *model, struct mqh_session *session)
{
    for (const struct mqh_delivery *d = session->deliveries; d != NULL; d = d->next) {
        bool begun_qos_2 = d->qos == 2 && d->state != MQH_WAITS;

        if (d->share.size == 0 || d->body == NULL ||
            mqh_breaks(model, MQH_D_LOSES_THE_WORK_OF_THE_GONE) ||
            (begun_qos_2 && !mqh_breaks(model, MQH_D_PASSES_BEGUN_QOS_2_ON)))
            continue;
        mqh_share_pass_on(model, session, d);
    }
}

void mqh_share_leave(struct mqh_model *model, struct mqh_session *session)
{
    for (struct mqh_delivery *d = session->deliveries, *next; d != NULL; d = next) {
        next = d->next;
        if (d->share.size == 0 || d->qos < 2 || d->state != MQH_SENT ||
            !mqh_breaks(model, MQH_D_MOVES_BEGUN_QOS_2))
            continue;
        mqh_share_pass_on(model, session, d);
        mqh_deliver_remove(session, d);
    }
}
