#include "codec/reason.h"
#include "harness/scenario/state.h"

/* ---- small things ---- */

static const char *format_ms(struct mqh_engine *engine, uint64_t ms)
{
    return mqh_arena_format(engine->arena, "%u.%u s", (unsigned)(ms / 1000),
                            (unsigned)(ms % 1000 / 100));
}

/* As it was written, but with one blank where there are several: lines go on behind a `|`. */
static const char *source(struct mqh_engine *engine, const struct mqh_expect *expect)
{
    struct mqc_slice text = expect->text.text;
    char *out = mqh_arena_alloc(engine->arena, text.size + 1);
    size_t size = 0;
    bool quoted = false;

    for (size_t i = 0; i < text.size; i++) {
        char c = (char)text.data[i];

        if (c == '"' && (i == 0 || text.data[i - 1] != '\\'))
            quoted = !quoted;
        if (quoted || c != ' ' || size == 0 || out[size - 1] != ' ')
            out[size++] = c;
    }
    return out;
}

/* What the connection shows in place of what was expected. */
static const char *state_text(struct mqh_engine *engine, const struct mqh_connection *c)
{
    const struct mqh_message *m = c->lane[MQH_LANE_OTHER];

    if (m == NULL)
        m = c->lane[MQH_LANE_PUBLISH];
    if (c->ended)
        return mqh_arena_format(engine->arena, "the connection was %s%s%s",
                                c->by_reset ? "reset" : "closed", m != NULL ? " after " : "",
                                m != NULL ? mqh_packet_text(engine, &m->packet) : "");
    if (m != NULL)
        return mqh_packet_text(engine, &m->packet);
    return mqh_arena_format(engine->arena, "nothing within %s",
                            format_ms(engine, engine->now_ms - engine->step_ms));
}

static enum mqh_met not_met(struct mqh_engine *engine, const struct mqh_connection *c,
                            const struct mqh_expect *expect, enum mqh_met met, const char *reason,
                            struct mqh_verdict_text *why)
{
    why->reason = reason;
    why->expected = source(engine, expect);
    why->actual = state_text(engine, c);
    why->absence = met == MQH_NOT_YET;
    return met;
}

/* ---- a packet ---- */

static enum mqh_met check_packet(struct mqh_engine *engine, struct mqh_connection *c,
                                 const struct mqh_expect *expect, struct mqh_verdict_text *why)
{
    enum mqc_type type = MQC_RESERVED;
    enum mqh_lane lane;
    struct mqh_message *m;

    mqc_text_type(expect->text.text, &type);
    lane = type == MQC_PUBLISH ? MQH_LANE_PUBLISH : MQH_LANE_OTHER;
    m = c->lane[lane];
    if (m == NULL && c->ended)
        return not_met(engine, c, expect, MQH_NEVER, "the peer ended the connection", why);
    if (m == NULL)
        return not_met(engine, c, expect, MQH_NOT_YET, "the packet did not come", why);
    engine->expect_bindings = expect->bindings;
    if (mqh_scope_match(engine, c, expect->text.text, &m->packet, why) != MQC_TEXT_MATCH)
        return MQH_NEVER;
    mqh_connection_consume(c, lane);
    return MQH_MET;
}

/* ---- the end of a connection ---- */

static bool code_named(const struct mqh_expect *expect, uint8_t code)
{
    for (size_t i = 0; i < expect->reason_count; i++)
        if (expect->reasons[i] == code)
            return true;
    return expect->reason_count == 0;
}

/* The code with which a refusal or error ended a connection is a SHOULD. */
static void warn_code(struct mqh_engine *engine, const struct mqh_connection *c,
                      const struct mqh_expect *expect, const struct mqc_packet *last, int code)
{
    if (c->version != MQC_V5 || expect->reason_count == 0)
        return;
    if (last == NULL)
        mqh_engine_warn(engine, NULL,
                        mqh_arena_format(engine->arena, "closed without a Reason Code, expected %s",
                                         source(engine, expect)));
    else if (!code_named(expect, (uint8_t)code))
        mqh_engine_warn(engine, NULL,
                        mqh_arena_format(engine->arena, "ended by %s, expected %s",
                                         mqh_packet_text(engine, last), source(engine, expect)));
}

/* True for what does not go with the end of a connection: who says this has served the client, and
 * waiting for a close would not change it. */
static bool answers(const struct mqc_packet *last)
{
    if (last == NULL || last->frame.type == MQC_DISCONNECT)
        return false;
    return last->frame.type != MQC_CONNACK || last->connack.reason == 0;
}

/* `closed with PACKET`: if a packet of its type came before the end, it looks so. */
static bool looks_so(struct mqh_engine *engine, struct mqh_connection *c,
                     const struct mqh_expect *expect, const struct mqc_packet *last,
                     struct mqh_verdict_text *why)
{
    enum mqc_type type = MQC_RESERVED;

    if (expect->child_count == 0 || last == NULL)
        return true;
    mqc_text_type(expect->children->text.text, &type);
    return last->frame.type != type ||
           mqh_scope_match(engine, c, expect->children->text.text, last, why) == MQC_TEXT_MATCH;
}

static enum mqh_met check_closed(struct mqh_engine *engine, struct mqh_connection *c,
                                 const struct mqh_expect *expect, struct mqh_verdict_text *why)
{
    struct mqh_message *m = c->lane[MQH_LANE_OTHER];
    const struct mqc_packet *last = m != NULL ? &m->packet : NULL;
    bool was_accepted = c->accepted || (c->peer_side == MQC_CLIENT);
    int code = 0;

    if ((!c->ended || c->withheld) && !answers(last)) /* withheld: it may have ended before */
        return not_met(engine, c, expect, MQH_NOT_YET, "the connection stays open", why);
    if (last != NULL && last->frame.type == MQC_DISCONNECT) {
        code = last->disconnect.reason;
        if (!was_accepted && c->version == MQC_V5)
            return not_met(engine, c, expect, MQH_NEVER, "a DISCONNECT came before CONNACK", why);
        if (code < 0x80 && c->version == MQC_V5 && c->peer_side == MQC_SERVER)
            return not_met(engine, c, expect, MQH_NEVER,
                           "the DISCONNECT says success, not an error", why);
    } else if (last != NULL && last->frame.type == MQC_CONNACK) {
        code = last->connack.reason;
        if (code == 0)
            return not_met(engine, c, expect, MQH_NEVER, "the connection was accepted first", why);
    } else if (last != NULL) {
        return not_met(engine, c, expect, MQH_NEVER, "the packet was answered first", why);
    }
    if (!looks_so(engine, c, expect, last, why))
        return MQH_NEVER;
    if (expect->silent && last != NULL)
        mqh_engine_warn(engine, NULL,
                        mqh_arena_format(engine->arena,
                                         "%s came, where a close without a word is asked",
                                         mqh_packet_text(engine, last)));
    warn_code(engine, c, expect, last, code);
    if (last != NULL)
        mqh_connection_consume(c, MQH_LANE_OTHER);
    engine->saw_refusal = true;
    return MQH_MET;
}

static enum mqh_met check_refused(struct mqh_engine *engine, struct mqh_connection *c,
                                  const struct mqh_expect *expect, struct mqh_verdict_text *why)
{
    struct mqh_message *m = c->lane[MQH_LANE_OTHER];
    struct mqh_expect named = *expect;

    if (m == NULL)
        return not_met(engine, c, expect, c->ended ? MQH_NEVER : MQH_NOT_YET,
                       c->ended ? "the connection ended without a CONNACK"
                                : "the CONNECT was not answered",
                       why);
    if (m->packet.frame.type != MQC_CONNACK)
        return not_met(engine, c, expect, MQH_NEVER, "another packet came", why);
    if (m->packet.connack.reason == 0)
        return not_met(engine, c, expect, MQH_NEVER, "the CONNECT was accepted", why);
    if (!c->ended)
        return not_met(engine, c, expect, MQH_NOT_YET,
                       "the connection stays open after the refusal", why);
    if (expect->reason_name.size > 0 &&
        mqc_reason_find(c->version, MQC_CONNACK, expect->reason_name, &named.reasons[0])) {
        named.reason_count = 1;
        if (!code_named(&named, m->packet.connack.reason))
            mqh_engine_warn(engine, NULL,
                            mqh_arena_format(engine->arena, "refused by %s, expected %s",
                                             mqh_packet_text(engine, &m->packet),
                                             source(engine, expect)));
    }
    mqh_connection_consume(c, MQH_LANE_OTHER);
    engine->saw_refusal = true;
    return MQH_MET;
}

/* ---- silence ---- */

enum { NOTHING_BEGINS, NOTHING_CAUSES, NOTHING_SETTLES };

static bool any_fence_open(const struct mqh_engine *engine)
{
    for (size_t i = 0; i < engine->connection_count; i++)
        if (mqh_connection_fenced(engine->connections[i]) && !engine->connections[i]->ended)
            return true;
    return false;
}

/* First every cause, then the silent connections themselves, then the settling time. */
static bool silence_reached(struct mqh_engine *engine, const struct mqh_step *step,
                            const struct mqh_expect *expect)
{
    if (engine->waiting == NOTHING_BEGINS) {
        for (size_t i = 0; i < engine->connection_count; i++)
            if (engine->connections[i]->unfenced)
                mqh_connection_fence(engine, engine->connections[i]);
        engine->waiting = NOTHING_CAUSES;
    }
    if (any_fence_open(engine))
        return false;
    if (engine->waiting == NOTHING_CAUSES) {
        uint64_t least = engine->step_ms + expect->for_ms;

        for (unsigned i = 0; i < step->peer_count; i++)
            mqh_connection_fence(engine, engine->peers[step->peers[i]].now);
        engine->settled_ms = engine->now_ms + engine->options.patience.settle_ms;
        if (engine->settled_ms < least)
            engine->settled_ms = least;
        engine->deadline_ms = engine->settled_ms + engine->options.patience.answer_ms;
        engine->waiting = NOTHING_SETTLES;
        if (any_fence_open(engine))
            return false;
    }
    return engine->now_ms >= engine->settled_ms;
}

static enum mqh_met check_nothing(struct mqh_engine *engine, const struct mqh_step *step,
                                  const struct mqh_expect *expect, struct mqh_verdict_text *why)
{
    for (unsigned i = 0; i < step->peer_count; i++) {
        struct mqh_connection *c = engine->peers[step->peers[i]].now;

        if (engine->sabotaged && c->lane[MQH_LANE_PUBLISH] == NULL)
            mqh_connection_invent(engine, c);
        if (c->lane[MQH_LANE_PUBLISH] != NULL || c->lane[MQH_LANE_OTHER] != NULL)
            return not_met(engine, c, expect, MQH_NEVER, "a packet came where none was due", why);
        if (c->ended)
            return not_met(engine, c, expect, MQH_NEVER, "the peer ended the connection", why);
    }
    if (silence_reached(engine, step, expect))
        return MQH_MET;
    return not_met(engine, engine->peers[step->peers[0]].now, expect, MQH_NOT_YET,
                   "a PINGREQ was not answered", why);
}

/* ---- several ---- */

static enum mqh_met check_one(struct mqh_engine *engine, const struct mqh_step *step,
                              struct mqh_connection *c, const struct mqh_expect *expect,
                              struct mqh_verdict_text *why);

static void note_choice(struct mqh_engine *engine, const struct mqh_expect *expect)
{
    struct mqh_result *r = &engine->result;

    if (expect->profile_name.size == 0)
        return;
    r->choices = mqh_arena_grow(engine->arena, r->choices, r->choice_count, &r->choice_capacity,
                                sizeof(*r->choices));
    r->choices[r->choice_count++] =
        (struct mqh_choice){mqh_arena_text(engine->arena, expect->profile_name),
                            mqh_arena_text(engine->arena, expect->profile_word)};
}

static enum mqh_met check_either(struct mqh_engine *engine, const struct mqh_step *step,
                                 struct mqh_connection *c, const struct mqh_expect *expect,
                                 struct mqh_verdict_text *why)
{
    enum mqh_met best = MQH_NEVER;
    struct mqh_verdict_text reason = {0};

    for (size_t i = 0; i < expect->child_count; i++) {
        struct mqh_verdict_text child = {0};
        enum mqh_met met = check_one(engine, step, c, &expect->children[i], &child);

        if (met == MQH_MET)
            return MQH_MET;
        if (met == MQH_NOT_YET || reason.reason == NULL)
            reason = child;
        if (met == MQH_NOT_YET)
            best = MQH_NOT_YET;
    }
    *why = reason;
    why->expected = source(engine, expect);
    why->actual = state_text(engine, c);
    return best;
}

static bool all_met(const struct mqh_engine *engine, const struct mqh_expect *expect)
{
    for (size_t i = 0; i < expect->child_count; i++)
        if (!engine->met[i])
            return false;
    return true;
}

/* Consumes what matches a child that is not met yet, until nothing does. */
static enum mqh_met check_any(struct mqh_engine *engine, const struct mqh_step *step,
                              struct mqh_connection *c, const struct mqh_expect *expect,
                              struct mqh_verdict_text *why)
{
    bool progress = true;

    while (progress) {
        enum mqh_met best = MQH_NEVER;

        progress = false;
        for (size_t i = 0; i < expect->child_count && !progress; i++) {
            struct mqh_verdict_text child = {0};
            enum mqh_met met;

            if (engine->met[i])
                continue;
            met = check_one(engine, step, c, &expect->children[i], &child);
            progress = engine->met[i] = met == MQH_MET;
            if (met == MQH_NOT_YET)
                best = MQH_NOT_YET;
            if (!progress && (why->reason == NULL || met == MQH_NOT_YET))
                *why = child;
        }
        if (all_met(engine, expect))
            return MQH_MET;
        if (!progress)
            return best;
    }
    return MQH_NOT_YET;
}

/* Across both lanes: the packet that came first must be the next child. */
static enum mqh_met check_ordered(struct mqh_engine *engine, const struct mqh_step *step,
                                  struct mqh_connection *c, const struct mqh_expect *expect,
                                  struct mqh_verdict_text *why)
{
    for (size_t i = 0; i < expect->child_count; i++) {
        const struct mqh_message *publish = c->lane[MQH_LANE_PUBLISH];
        const struct mqh_message *other = c->lane[MQH_LANE_OTHER];
        enum mqc_type type = MQC_RESERVED;
        const struct mqh_message *wrong;
        enum mqh_met met;

        if (engine->met[i])
            continue;
        mqc_text_type(expect->children[i].text.text, &type);
        wrong = type == MQC_PUBLISH ? other : publish;
        if (wrong != NULL && (publish == NULL || other == NULL ||
                              (wrong == other) == (other->order < publish->order)))
            return not_met(engine, c, &expect->children[i], MQH_NEVER, "another packet came first",
                           why);
        met = check_one(engine, step, c, &expect->children[i], why);
        if (met != MQH_MET)
            return met;
        engine->met[i] = true;
    }
    return MQH_MET;
}

static enum mqh_met check_each_once(struct mqh_engine *engine, const struct mqh_step *step,
                                    const struct mqh_expect *expect, struct mqh_verdict_text *why)
{
    bool alive = false;

    for (unsigned i = 0; i < step->peer_count; i++) {
        struct mqh_connection *c = engine->peers[step->peers[i]].now;
        enum mqh_met met = check_any(engine, step, c, expect, why);

        if (met == MQH_MET)
            return MQH_MET;
        if (met == MQH_NEVER && !c->ended)
            return MQH_NEVER;
        alive = alive || !c->ended;
    }
    return alive ? MQH_NOT_YET : MQH_NEVER;
}

static enum mqh_met check_one(struct mqh_engine *engine, const struct mqh_step *step,
                              struct mqh_connection *c, const struct mqh_expect *expect,
                              struct mqh_verdict_text *why)
{
    enum mqh_met met = MQH_NEVER;

    switch (expect->kind) {
    case MQH_EXPECT_PACKET:
        met = check_packet(engine, c, expect, why);
        break;
    case MQH_EXPECT_CLOSED:
        met = check_closed(engine, c, expect, why);
        break;
    case MQH_EXPECT_REFUSED:
        met = check_refused(engine, c, expect, why);
        break;
    case MQH_EXPECT_NOTHING:
        met = check_nothing(engine, step, expect, why);
        break;
    case MQH_EXPECT_EITHER:
        met = check_either(engine, step, c, expect, why);
        break;
    case MQH_EXPECT_ANY:
        met = check_any(engine, step, c, expect, why);
        break;
    case MQH_EXPECT_ORDERED:
        met = check_ordered(engine, step, c, expect, why);
        break;
    case MQH_EXPECT_EACH_ONCE:
        met = check_each_once(engine, step, expect, why);
        break;
    }
    if (met == MQH_MET)
        note_choice(engine, expect);
    return met;
}

/* ---- for step.c ---- */

enum mqh_met mqh_expect_check(struct mqh_engine *engine, const struct mqh_step *step,
                              struct mqh_verdict_text *why)
{
    const struct mqh_expect *expect = step->expect;

    if (expect->kind == MQH_EXPECT_NOTHING || expect->kind == MQH_EXPECT_EACH_ONCE)
        return check_one(engine, step, engine->peers[step->peers[0]].now, expect, why);
    /* Every client named must see it, one after the other. */
    while (engine->served < step->peer_count) {
        struct mqh_connection *c = engine->peers[step->peers[engine->served]].now;
        enum mqh_met met = check_one(engine, step, c, expect, why);

        if (met != MQH_MET)
            return met;
        engine->served++;
        engine->waiting = 0;
        if (engine->met != NULL)
            memset(engine->met, 0, expect->child_count * sizeof(*engine->met));
    }
    return MQH_MET;
}

unsigned mqh_expect_patience(const struct mqh_engine *engine, const struct mqh_expect *expect)
{
    const struct mqh_patience *p = &engine->options.patience;
    unsigned longest = p->answer_ms;
    enum mqc_type type = MQC_RESERVED;

    if (expect->kind == MQH_EXPECT_PACKET && mqc_text_type(expect->text.text, &type) &&
        type == MQC_PUBLISH)
        longest = p->delivery_ms;
    if (expect->kind == MQH_EXPECT_NOTHING)
        longest = p->answer_ms + p->settle_ms + expect->for_ms;
    for (size_t i = 0; i < expect->child_count; i++) {
        unsigned child = mqh_expect_patience(engine, &expect->children[i]);

        longest = child > longest ? child : longest;
    }
    return longest;
}

bool mqh_expect_closes(const struct mqh_expect *expect)
{
    if (expect->kind == MQH_EXPECT_CLOSED || expect->kind == MQH_EXPECT_REFUSED)
        return true;
    for (size_t i = 0; i < expect->child_count; i++)
        if (mqh_expect_closes(&expect->children[i]))
            return true;
    return false;
}
