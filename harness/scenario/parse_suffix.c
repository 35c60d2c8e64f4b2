#include "harness/scenario/parse.h"

/* Kinds of steps, as a set. */
#define KIND(kind) (1u << (kind))

enum suffix {
    SUFFIX_PROVES,
    SUFFIX_BREAKS,
    SUFFIX_WITHIN,
    SUFFIX_AFTER,
    SUFFIX_SPLIT,
    SUFFIX_FRAME,
    SUFFIX_PROFILE,
    SUFFIX_VERSION,
    SUFFIX_COUNT,
};

static const struct {
    const char *word;
    unsigned kinds; /* of steps that it may stand behind */
    const char *belongs;
} suffixes[SUFFIX_COUNT] = {
    [SUFFIX_PROVES] = {"proves",
                       KIND(MQH_STEP_EXPECT) | KIND(MQH_STEP_CLIENT) | KIND(MQH_STEP_SEND),
                       "behind an expectation, a client or what is sent"},
    [SUFFIX_BREAKS] = {"breaks", KIND(MQH_STEP_SEND), "behind what is sent"},
    [SUFFIX_WITHIN] = {"within", KIND(MQH_STEP_EXPECT), "behind an expectation"},
    [SUFFIX_AFTER] = {"after", KIND(MQH_STEP_EXPECT), "behind an expectation"},
    [SUFFIX_SPLIT] = {"split", KIND(MQH_STEP_SEND), "behind what is sent"},
    [SUFFIX_FRAME] = {"frame", KIND(MQH_STEP_SEND), "behind what is sent"},
    [SUFFIX_PROFILE] = {"profile", KIND(MQH_STEP_EXPECT), "behind an expectation"},
    [SUFFIX_VERSION] = {"@",
                        KIND(MQH_STEP_EXPECT) | KIND(MQH_STEP_SEND) | KIND(MQH_STEP_DISCONNECT) |
                            KIND(MQH_STEP_CLOSE) | KIND(MQH_STEP_RESET) | KIND(MQH_STEP_WAIT) |
                            KIND(MQH_STEP_ACCEPT),
                        "behind any step but a server"},
};

bool mqh_suffix_begins(const struct mqh_cursor *cursor)
{
    for (int i = 0; i < SUFFIX_VERSION; i++)
        if (mqh_cursor_is(cursor, suffixes[i].word))
            return true;
    return false;
}

static bool parse_proves(struct mqh_cursor *cursor, struct mqh_step *step)
{
    struct mqh_parser *parser = cursor->parser;
    size_t capacity = 0;

    do {
        const struct mqh_requirement *id;
        struct mqc_slice at;

        if (!mqh_parse_id(cursor, &id, &at))
            return false;
        if (!mqh_id_list_has(&parser->scenario->proves, id))
            return MQH_DISLIKE(parser, at, "the scenario's header does not name this rule");
        if (!mqh_id_list_add(parser->arena, &step->proves, &capacity, id))
            return MQH_DISLIKE(parser, at, "this rule is named twice");
    } while (mqh_cursor_take(cursor, ","));
    parser->scenario->line_proves = true;
    return true;
}

static bool parse_breaks(struct mqh_cursor *cursor, struct mqh_step *step)
{
    struct mqh_parser *parser = cursor->parser;
    struct mqh_breaks *breaks = &step->breaks;
    unsigned versions = step->pinned != 0 ? step->pinned : step->versions;
    const char *mark = NULL;
    size_t capacity = 0;

    breaks->given = true;
    breaks->any = mqh_cursor_take(cursor, "any");
    if (breaks->any)
        return true;
    for (;;) {
        const struct mqh_requirement *id;
        struct mqc_slice at;

        if (!mqh_parse_id(cursor, &id, &at))
            return false;
        if ((MQH_VERSION(id->version) & versions) == 0)
            return MQH_DISLIKE(parser, at, "this line is not sent in MQTT %s",
                               mqc_version_name(id->version));
        if (!mqh_id_list_add(parser->arena, &breaks->ids, &capacity, id))
            return MQH_DISLIKE(parser, at, "this rule is named twice");
        if (mark == NULL)
            mark = mqh_cursor_is(cursor, "|") ? "|" : ",";
        else if (mqh_cursor_is(cursor, mark[0] == '|' ? "," : "|"))
            return MQH_DISLIKE(parser, cursor->token.text,
                               "`A, B` (all of them) and `A | B` (some) cannot be mixed");
        if (!mqh_cursor_take(cursor, mark))
            break;
    }
    breaks->alternatives = mark[0] == '|';
    return true;
}

static bool parse_split(struct mqh_cursor *cursor, struct mqh_step *step)
{
    struct mqc_slice at;
    uint32_t size;

    if (!mqh_cursor_need(cursor, "=", "after split"))
        return false;
    at = cursor->token.text;
    if (!mqh_parse_number(cursor, &size))
        return false;
    if (size == 0)
        return MQH_DISLIKE(cursor->parser, at, "a piece has at least one byte");
    step->split = size;
    return true;
}

static bool parse_frame(struct mqh_cursor *cursor, struct mqh_step *step)
{
    if (!mqh_cursor_need(cursor, "=", "after frame"))
        return false;
    if (mqh_cursor_take(cursor, "text"))
        step->frame = MQH_FRAME_TEXT;
    else if (mqh_cursor_take(cursor, "fragments"))
        step->frame = MQH_FRAME_FIRST;
    else
        return mqh_cursor_dislike(cursor, "frame=text or frame=fragments");
    return true;
}

static bool parse_word(struct mqh_cursor *cursor, struct mqc_slice *out)
{
    if (cursor->token.kind != MQC_TOKEN_WORD)
        return mqh_cursor_dislike(cursor, "a word: profile NAME=WORD");
    *out = cursor->token.text;
    mqh_cursor_next(cursor);
    return true;
}

bool mqh_parse_profile(struct mqh_cursor *cursor, struct mqh_expect *alternative)
{
    struct mqc_slice at = cursor->token.text;

    if (alternative->profile_name.size > 0)
        return MQH_DISLIKE(cursor->parser, at, "this alternative has a `profile` already");
    return mqh_cursor_need(cursor, "profile", "NAME=WORD") &&
           parse_word(cursor, &alternative->profile_name) &&
           mqh_cursor_need(cursor, "=", "after the profile's name") &&
           parse_word(cursor, &alternative->profile_word);
}

/* `nothing` has its own word for a time, and a set of versions must hold some of the scenario's. */
static bool check_time(struct mqh_cursor *cursor, const struct mqh_step *step, struct mqc_slice at)
{
    if (step->expect->kind != MQH_EXPECT_NOTHING)
        return true;
    return MQH_DISLIKE(cursor->parser, at, "`nothing` has no such time: write `nothing for 2s`");
}

static bool parse_only_in(struct mqh_cursor *cursor, struct mqh_step *step)
{
    struct mqc_slice at;
    unsigned set;

    if (!mqh_cursor_need(cursor, "@", "and a version"))
        return false;
    at = cursor->token.text;
    if (!mqh_parse_version(cursor, true, &set))
        return false;
    step->versions &= set;
    return step->versions != 0 ||
           MQH_DISLIKE(cursor->parser, at, "the scenario does not run in this version");
}

static bool parse_one(struct mqh_cursor *cursor, struct mqh_step *step, enum suffix suffix)
{
    struct mqh_expect *last = step->expect;
    struct mqc_slice at = cursor->token.text;

    if (suffix == SUFFIX_VERSION)
        return parse_only_in(cursor, step);
    if (suffix == SUFFIX_PROFILE) {
        if (last->kind == MQH_EXPECT_EITHER)
            last = &last->children[last->child_count - 1];
        return mqh_parse_profile(cursor, last);
    }
    mqh_cursor_next(cursor);
    switch (suffix) {
    case SUFFIX_PROVES:
        return parse_proves(cursor, step);
    case SUFFIX_BREAKS:
        return parse_breaks(cursor, step);
    case SUFFIX_WITHIN:
        return check_time(cursor, step, at) && mqh_parse_duration(cursor, &step->within_ms);
    case SUFFIX_AFTER:
        return check_time(cursor, step, at) && mqh_parse_duration(cursor, &step->after_ms);
    case SUFFIX_SPLIT:
        return parse_split(cursor, step);
    case SUFFIX_FRAME:
        return parse_frame(cursor, step);
    default:
        return true;
    }
}

bool mqh_parse_suffixes(struct mqh_cursor *cursor, struct mqh_step *step)
{
    struct mqh_parser *parser = cursor->parser;
    struct mqc_slice frame_at = cursor->token.text;
    bool seen[SUFFIX_COUNT] = {false};

    while (!mqh_cursor_ended(cursor)) {
        struct mqc_slice at = cursor->token.text;
        int i = 0;

        while (i < SUFFIX_COUNT && !mqh_cursor_is(cursor, suffixes[i].word))
            i++;
        if (i == SUFFIX_COUNT)
            return mqh_cursor_need_end(cursor);
        if ((suffixes[i].kinds & KIND(step->kind)) == 0)
            return MQH_DISLIKE(parser, at, "`%s` belongs %s", suffixes[i].word,
                               suffixes[i].belongs);
        if (seen[i])
            return MQH_DISLIKE(parser, at, "`%s` stands here twice", suffixes[i].word);
        seen[i] = true;
        if (i == SUFFIX_FRAME)
            frame_at = at;
        if (!parse_one(cursor, step, (enum suffix)i))
            return false;
    }
    return step->frame != MQH_FRAME_FIRST || step->split > 0 ||
           MQH_DISLIKE(parser, frame_at, "`frame=fragments` needs `split=N`: bytes a fragment");
}
