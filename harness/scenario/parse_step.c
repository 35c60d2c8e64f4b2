#include "harness/scenario/parse.h"

static const char *const reserved[] = {
    "scenario", "proves", "versions", "needs",  "vary", "exclusive", "intrusive", "slow",
    "foreign",  "since",  "client",   "server", "wait", "repeat",    "end",
};

enum { NO_PEER = MQH_PEERS_MAX };

static unsigned find_peer(const struct mqh_parser *parser, struct mqc_slice name)
{
    for (unsigned i = 0; i < parser->scenario->peer_count; i++)
        if (mqc_slice_equal(mqc_slice_text(parser->scenario->peers[i]), name))
            return i;
    return NO_PEER;
}

static bool is_peer_name(const struct mqc_token *token)
{
    struct mqc_slice text = token->text;

    if (token->kind != MQC_TOKEN_WORD || mqh_byte_in(text.data[0], "-_0123456789"))
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (mqh_byte_in(text.data[i], "./:"))
            return false;
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (mqc_token_is(token, reserved[i]))
            return false;
    return true;
}

/* Steps over the name of a peer that this line introduces. */
static bool parse_new_peer(struct mqh_cursor *cursor, bool is_server, struct mqh_step *step)
{
    struct mqh_parser *parser = cursor->parser;
    struct mqh_scenario *s = parser->scenario;
    struct mqc_slice name = cursor->token.text;

    if (!is_peer_name(&cursor->token))
        return mqh_cursor_dislike(cursor, "a name of letters, digits, `-` and `_`");
    mqh_cursor_next(cursor);
    step->peers[0] = find_peer(parser, name);
    step->peer_count = 1;
    if (step->peers[0] != NO_PEER)
        return true;
    if (s->peer_count == MQH_PEERS_MAX)
        return MQH_DISLIKE(parser, name, "there are more than %d clients and servers",
                           MQH_PEERS_MAX);
    if (s->peers == NULL) {
        s->peers = mqh_arena_alloc(parser->arena, MQH_PEERS_MAX * sizeof(*s->peers));
        s->peer_is_server = mqh_arena_alloc(parser->arena, MQH_PEERS_MAX * sizeof(bool));
    }
    step->peers[0] = (unsigned)s->peer_count;
    s->peers[s->peer_count] = mqh_arena_text(parser->arena, name);
    s->peer_is_server[s->peer_count++] = is_server;
    return true;
}

/* ---- client ---- */

static void blank(struct mqh_parser *parser, struct mqc_slice text)
{
    memset(parser->joined + (text.data - parser->joined), ' ', text.size);
}

/* `@3.1.1` and `acks=auto` are not for the codec: blanks take their place. */
static bool take_own_word(struct mqh_cursor *cursor, struct mqh_step *step)
{
    struct mqh_parser *parser = cursor->parser;
    struct mqc_slice from = cursor->token.text;
    struct mqc_slice to;
    unsigned set;

    if (mqh_cursor_take(cursor, "@")) {
        to = cursor->token.text;
        if (!mqh_parse_version(cursor, false, &set))
            return false;
        step->version = mqc_version_parse((const char *)to.data, to.size);
    } else {
        mqh_cursor_next(cursor);
        if (!mqh_cursor_need(cursor, "=", "after acks"))
            return false;
        to = cursor->token.text;
        if (!mqh_cursor_need(cursor, "auto", "after acks="))
            return false;
        step->acks_auto = true;
    }
    blank(parser, mqh_slice_span(from, to));
    return true;
}

struct client_fields {
    bool session; /* the line names `session` or `clean-start` */
    bool resume;
};

static void note_session(const struct mqh_cursor *cursor, struct client_fields *fields)
{
    struct mqh_cursor ahead = *cursor;

    if (!mqh_cursor_is(cursor, "session") && !mqh_cursor_is(cursor, "clean-start"))
        return;
    fields->session = true;
    mqh_cursor_next(&ahead);
    if (mqh_cursor_take(&ahead, "=") && mqh_cursor_is(cursor, "session"))
        fields->resume = mqh_cursor_is(&ahead, "resume");
}

/* Steps over fields, to a suffix or the line's end. */
static bool parse_fields(struct mqh_cursor *cursor, struct mqh_step *step,
                         struct client_fields *fields)
{
    struct mqc_slice span = {cursor->token.text.data, 0};
    size_t depth = 0;

    while (!mqh_cursor_ended(cursor) && (depth > 0 || !mqh_suffix_begins(cursor))) {
        if (depth == 0 && mqh_cursor_is(cursor, "@") && fields == NULL)
            break;
        if (depth == 0 && fields != NULL &&
            (mqh_cursor_is(cursor, "@") || mqh_cursor_is(cursor, "acks"))) {
            if (!take_own_word(cursor, step))
                return false;
            continue;
        }
        if (depth == 0 && fields != NULL)
            note_session(cursor, fields);
        if (mqh_cursor_is(cursor, "(") || mqh_cursor_is(cursor, "[") || mqh_cursor_is(cursor, "{"))
            depth++;
        if (mqh_cursor_is(cursor, ")") || mqh_cursor_is(cursor, "]") || mqh_cursor_is(cursor, "}"))
            depth--;
        if (span.size == 0)
            span = cursor->token.text;
        span = mqh_slice_span(span, cursor->token.text);
        mqh_cursor_next(cursor);
    }
    if (span.size > MQH_FIELDS_MAX)
        return MQH_DISLIKE(cursor->parser, span, "the fields have more than %d bytes",
                           MQH_FIELDS_MAX);
    step->text = mqh_text_at(cursor->parser, span);
    return true;
}

/* What `again` keeps of the first time, and what the first time leaves for `again`. */
static void keep_first(struct mqh_parser *parser, struct mqh_step *step,
                       const struct client_fields *fields)
{
    unsigned peer = step->peers[0];

    step->resume = fields->resume;
    if (!step->again) {
        parser->peer_first[peer] = step->text.text;
        parser->peer_acks[peer] = step->acks_auto;
        parser->peer_resume[peer] = step->resume;
        parser->peer_version[peer] = step->version;
        return;
    }
    step->first = parser->peer_first[peer];
    step->acks_auto = step->acks_auto || parser->peer_acks[peer];
    if (!fields->session)
        step->resume = parser->peer_resume[peer];
    if (step->version == MQC_VERSION_UNKNOWN)
        step->version = parser->peer_version[peer];
    parser->peer_version[peer] = step->version;
}

static bool parse_client(struct mqh_cursor *cursor, struct mqh_step *step)
{
    struct mqh_parser *parser = cursor->parser;
    struct mqc_slice name = cursor->token.text;
    size_t known = parser->scenario->peer_count;
    struct client_fields fields = {false, false};

    step->kind = MQH_STEP_CLIENT;
    if (!parse_new_peer(cursor, false, step))
        return false;
    for (;;) {
        if (!step->again && mqh_cursor_take(cursor, "again"))
            step->again = true;
        else if (!step->manual && mqh_cursor_take(cursor, "manual"))
            step->manual = true;
        else
            break;
    }
    if (parser->scenario->peer_is_server[step->peers[0]])
        return MQH_DISLIKE(parser, name, "this is a server");
    if (step->again && step->peers[0] == known)
        return MQH_DISLIKE(parser, name, "`again` needs a client of this name further up");
    if (!step->again && step->peers[0] < known)
        return MQH_DISLIKE(parser, name,
                           "there is a client of this name already: should it come `again`?");
    if (!step->again && parser->repeat_count > 0)
        return MQH_DISLIKE(parser, name, "inside a repeat a client can only come `again`");
    if (!parse_fields(cursor, step, &fields))
        return false;
    if (step->manual && step->text.text.size > 0)
        return MQH_DISLIKE(parser, step->text.text,
                           "a manual client sends nothing: write these in a CONNECT of its own");
    keep_first(parser, step, &fields);
    return true;
}

/* ---- server, accept ---- */

static bool parse_server(struct mqh_cursor *cursor, struct mqh_step *step)
{
    struct mqh_parser *parser = cursor->parser;
    struct mqc_slice name = cursor->token.text;
    size_t known = parser->scenario->peer_count;

    step->kind = MQH_STEP_SERVER;
    if (!parse_new_peer(cursor, true, step))
        return false;
    if (step->peers[0] < known)
        return MQH_DISLIKE(parser, name, "there is a client or server of this name already");
    if (parser->repeat_count > 0)
        return MQH_DISLIKE(parser, name, "a server cannot stand inside a repeat");
    parser->scenario->by_server_role = true;
    parser->peer_version[step->peers[0]] = MQC_VERSION_UNKNOWN;
    return true;
}

/* ---- NAME … ---- */

static bool parse_peers(struct mqh_cursor *cursor, struct mqh_step *step)
{
    struct mqh_parser *parser = cursor->parser;

    do {
        unsigned peer = find_peer(parser, cursor->token.text);

        if (cursor->token.kind != MQC_TOKEN_WORD || peer == NO_PEER)
            return mqh_cursor_dislike(cursor, step->peer_count > 0
                                                  ? "a client of this scenario"
                                                  : "a client of this scenario, or a step such as "
                                                    "`client NAME`");
        for (unsigned i = 0; i < step->peer_count; i++)
            if (step->peers[i] == peer)
                return MQH_DISLIKE(parser, cursor->token.text, "this client is named twice");
        if (step->peer_count == MQH_STEP_PEERS_MAX)
            return MQH_DISLIKE(parser, cursor->token.text, "a line has at most %d clients",
                               MQH_STEP_PEERS_MAX);
        step->peers[step->peer_count++] = peer;
        mqh_cursor_next(cursor);
    } while (mqh_cursor_take(cursor, "+"));
    for (unsigned i = 0; i < step->peer_count; i++)
        if (parser->peer_version[step->peers[i]] != MQC_VERSION_UNKNOWN)
            step->pinned |= MQH_VERSION(parser->peer_version[step->peers[i]]);
    return true;
}

static bool parse_send(struct mqh_cursor *cursor, struct mqh_step *step)
{
    struct mqh_parser *parser = cursor->parser;
    size_t capacity = 0;

    step->kind = MQH_STEP_SEND;
    do {
        step->packets = mqh_arena_grow(parser->arena, step->packets, step->packet_count, &capacity,
                                       sizeof(*step->packets));
        if (!mqh_parse_packet(cursor, false, &step->packets[step->packet_count++]))
            return false;
    } while (mqh_cursor_take(cursor, ";"));
    return true;
}

static bool parse_of_peer(struct mqh_cursor *cursor, struct mqh_step *step)
{
    static const struct {
        const char *word;
        enum mqh_step_kind kind;
    } ends[] = {{"close", MQH_STEP_CLOSE}, {"reset", MQH_STEP_RESET}, {"accept", MQH_STEP_ACCEPT}};
    struct mqh_parser *parser = cursor->parser;
    struct mqc_slice verb;

    if (!parse_peers(cursor, step))
        return false;
    if (mqh_cursor_take(cursor, "<-"))
        return mqh_parse_expect(cursor, step);
    if (step->peer_count > 1)
        return mqh_cursor_dislike(cursor, "<- after several names");
    if (mqh_cursor_take(cursor, "->"))
        return parse_send(cursor, step);
    verb = cursor->token.text;
    if (mqh_cursor_take(cursor, "disconnect")) {
        step->kind = MQH_STEP_DISCONNECT;
        return parse_fields(cursor, step, NULL);
    }
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (!mqh_cursor_take(cursor, ends[i].word))
            continue;
        step->kind = ends[i].kind;
        if (step->kind == MQH_STEP_ACCEPT && !parser->scenario->peer_is_server[step->peers[0]])
            return MQH_DISLIKE(parser, verb, "only a server accepts");
        return true;
    }
    return mqh_cursor_dislike(cursor, "->, <-, disconnect, close, reset or accept");
}

/* ---- the step ---- */

bool mqh_parse_step(struct mqh_cursor *cursor, struct mqc_slice statement)
{
    struct mqh_parser *parser = cursor->parser;
    struct mqh_step step = {.versions = parser->scenario->versions};
    bool good;

    if (mqh_cursor_is(cursor, "repeat"))
        return mqh_parse_repeat(cursor);
    if (mqh_cursor_is(cursor, "end"))
        return mqh_parse_end(cursor);
    step.where = mqh_text_at(parser, statement);
    step.where.text = mqh_text_written(parser->source, statement);
    if (mqh_cursor_take(cursor, "client")) {
        good = parse_client(cursor, &step);
    } else if (mqh_cursor_take(cursor, "server")) {
        good = parse_server(cursor, &step);
    } else if (mqh_cursor_take(cursor, "wait")) {
        step.kind = MQH_STEP_WAIT;
        good = mqh_parse_duration(cursor, &step.wait_ms);
    } else {
        good = parse_of_peer(cursor, &step);
    }
    if (step.version != MQC_VERSION_UNKNOWN)
        step.pinned = MQH_VERSION(step.version);
    return good && mqh_parse_suffixes(cursor, &step) && mqh_step_add(parser, &step, statement);
}
