#include "harness/scenario/parse.h"

/* A scenario begins where the one before it ends; this ends it. */
static bool finish_scenario(struct mqh_parser *parser)
{
    if (parser->scenario == NULL)
        return true;
    if (parser->repeat_count > 0)
        return MQH_DISLIKE(parser, parser->repeats[parser->repeat_count - 1].where,
                           "this repeat has no `end`");
    if (!parser->in_steps)
        return MQH_DISLIKE(parser, parser->scenario->where.text, "the scenario has no steps");
    return mqh_check_scenario(parser);
}

/* ---- scenario "topic/name" ---- */

static bool is_name_byte(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
           byte == '.' || byte == '/';
}

static bool check_name(struct mqh_cursor *cursor, struct mqc_slice name)
{
    struct mqh_parser *parser = cursor->parser;
    size_t slash = 0;

    if (name.size > MQH_NAME_MAX)
        return MQH_DISLIKE(parser, name, "a name has at most %d bytes", MQH_NAME_MAX);
    for (size_t i = 0; i < name.size; i++) {
        struct mqc_slice at = {name.data + i, 1};
        bool part_begins = i == 0 || name.data[i - 1] == '/';

        if (!is_name_byte(name.data[i]))
            return MQH_DISLIKE(parser, at, "a name is made of a-z, 0-9, `-`, `.` and `/`");
        if (part_begins && (name.data[i] == '/' || name.data[i] == '.'))
            return MQH_DISLIKE(parser, at, "a part of a name begins with a letter, a digit or `-`");
        if (slash == 0 && name.data[i] == '.')
            return MQH_DISLIKE(parser, at, "the name's first part is a folder, without dots");
        if (slash == 0 && name.data[i] == '/')
            slash = i;
    }
    if (slash == 0 || name.data[name.size - 1] == '/')
        return MQH_DISLIKE(parser, cursor->token.text,
                           "a name is its folder, `/` and what it shows: \"connect/cut-short\"");
    return true;
}

static bool name_is_new(const struct mqh_scenarios *scenarios, struct mqc_slice name)
{
    for (size_t i = 0; i < scenarios->count; i++)
        if (mqc_slice_equal(mqc_slice_text(scenarios->items[i].name), name))
            return false;
    return true;
}

static void begin_scenario(struct mqh_parser *parser, struct mqc_slice statement,
                           struct mqc_slice name)
{
    struct mqh_scenarios *all = &parser->scenarios;

    all->items =
        mqh_arena_grow(parser->arena, all->items, all->count, &all->capacity, sizeof(*all->items));
    parser->scenario = &all->items[all->count++];
    *parser->scenario = (struct mqh_scenario){
        .file = parser->source->file,
        .source = parser->source,
        .name = mqh_arena_text(parser->arena, name),
        .where = mqh_text_at(parser, statement),
        .comment = mqh_lines_comment(parser, statement),
        .since = "",
    };
    parser->prove_texts = NULL;
    parser->prove_text_capacity = parser->prove_capacity = 0;
    parser->need_capacity = parser->vary_capacity = parser->step_capacity = 0;
    parser->member_count = 0;
    parser->versions_given = parser->in_steps = false;
}

static bool parse_scenario(struct mqh_cursor *cursor, struct mqc_slice statement)
{
    struct mqh_parser *parser = cursor->parser;
    struct mqc_slice name = cursor->token.text;

    if (cursor->token.kind != MQC_TOKEN_STRING)
        return mqh_cursor_dislike(cursor, "the scenario's name in quotes");
    name = (struct mqc_slice){name.data + 1, name.size - 2};
    if (!finish_scenario(parser) || !check_name(cursor, name))
        return false;
    if (!name_is_new(parser->set, name) || !name_is_new(&parser->scenarios, name))
        return MQH_DISLIKE(parser, cursor->token.text, "there is a scenario of this name already");
    if (parser->set->count + parser->scenarios.count == MQH_SCENARIOS_MAX)
        return MQH_DISLIKE(parser, cursor->token.text, "there are more than %d scenarios",
                           MQH_SCENARIOS_MAX);
    mqh_cursor_next(cursor);
    begin_scenario(parser, statement, name);
    return mqh_cursor_need_end(cursor);
}

/* ---- the other header lines ---- */

static bool parse_proves(struct mqh_cursor *cursor)
{
    struct mqh_parser *parser = cursor->parser;
    struct mqh_id_list *proves = &parser->scenario->proves;

    do {
        const struct mqh_requirement *id;
        struct mqc_slice at;

        if (!mqh_parse_id(cursor, &id, &at))
            return false;
        parser->prove_texts =
            mqh_arena_grow(parser->arena, parser->prove_texts, proves->count,
                           &parser->prove_text_capacity, sizeof(*parser->prove_texts));
        parser->prove_texts[proves->count] = at;
        if (!mqh_id_list_add(parser->arena, proves, &parser->prove_capacity, id))
            return MQH_DISLIKE(parser, at, "this rule is named twice");
    } while (mqh_cursor_take(cursor, ","));
    return true;
}

static bool parse_versions(struct mqh_cursor *cursor)
{
    struct mqh_parser *parser = cursor->parser;

    if (parser->versions_given)
        return MQH_DISLIKE(parser, cursor->token.text, "`versions` stands here twice");
    parser->versions_given = true;
    do {
        struct mqc_slice at = cursor->token.text;
        unsigned version;

        if (!mqh_parse_version(cursor, false, &version))
            return false;
        if ((parser->scenario->versions & version) != 0)
            return MQH_DISLIKE(parser, at, "this version is named twice");
        parser->scenario->versions |= version;
    } while (mqh_cursor_take(cursor, ","));
    return true;
}

static bool is_capability(struct mqc_slice word)
{
    for (size_t i = 0; i < word.size; i++)
        if (!is_name_byte(word.data[i]) || word.data[i] == '/' || word.data[i] == '.')
            return false;
    return word.size > 0 && word.data[0] != '-';
}

static bool parse_needs(struct mqh_cursor *cursor)
{
    struct mqh_parser *parser = cursor->parser;
    struct mqh_scenario *s = parser->scenario;

    do {
        if (cursor->token.kind != MQC_TOKEN_WORD || !is_capability(cursor->token.text))
            return mqh_cursor_dislike(cursor, "a capability such as qos2 (a-z, 0-9 and `-`)");
        for (size_t i = 0; i < s->need_count; i++)
            if (mqc_token_is(&cursor->token, s->needs[i]))
                return MQH_DISLIKE(parser, cursor->token.text, "this is needed already");
        s->needs = mqh_arena_grow(parser->arena, s->needs, s->need_count, &parser->need_capacity,
                                  sizeof(*s->needs));
        s->needs[s->need_count++] = mqh_arena_text(parser->arena, cursor->token.text);
        mqh_cursor_next(cursor);
    } while (mqh_cursor_take(cursor, ","));
    return true;
}

/* `1.0`: two numbers and a dot, so that releases can be compared. */
static bool parse_since(struct mqh_cursor *cursor)
{
    struct mqc_slice word = cursor->token.text;
    uint32_t number;
    size_t dot = 0;

    if (cursor->parser->scenario->since[0] != '\0')
        return MQH_DISLIKE(cursor->parser, word, "`since` stands here twice");
    while (dot < word.size && word.data[dot] != '.')
        dot++;
    if (dot == word.size || !mqh_number_read((struct mqc_slice){word.data, dot}, &number) ||
        !mqh_number_read((struct mqc_slice){word.data + dot + 1, word.size - dot - 1}, &number))
        return mqh_cursor_dislike(cursor, "a release such as 1.0");
    cursor->parser->scenario->since = mqh_arena_text(cursor->parser->arena, word);
    mqh_cursor_next(cursor);
    return true;
}

static bool parse_exclusive(struct mqh_cursor *cursor)
{
    cursor->parser->scenario->exclusive = true;
    return true;
}

static bool parse_intrusive(struct mqh_cursor *cursor)
{
    cursor->parser->scenario->intrusive = true;
    return true;
}

static bool parse_slow(struct mqh_cursor *cursor)
{
    cursor->parser->scenario->slow = true;
    return true;
}

static bool parse_foreign(struct mqh_cursor *cursor)
{
    cursor->parser->scenario->foreign = true;
    return true;
}

static const struct {
    const char *word;
    bool (*parse)(struct mqh_cursor *cursor); /* what stands behind the word */
} headers[] = {
    {"proves", parse_proves}, {"versions", parse_versions},   {"needs", parse_needs},
    {"vary", mqh_parse_vary}, {"exclusive", parse_exclusive}, {"intrusive", parse_intrusive},
    {"slow", parse_slow},     {"foreign", parse_foreign},     {"since", parse_since},
};

/* ---- the file ---- */

/* Before the first step: what versions the scenario runs in must be known from here on. */
static bool begin_steps(struct mqh_parser *parser)
{
    struct mqh_scenario *s = parser->scenario;

    if (parser->in_steps)
        return true;
    parser->in_steps = true;
    if (!parser->versions_given)
        for (size_t i = 0; i < s->proves.count; i++)
            s->versions |= MQH_VERSION(s->proves.items[i]->version);
    return s->versions != 0 ||
           MQH_DISLIKE(parser, s->where.text,
                       "the scenario proves nothing, so it must name its `versions`");
}

static bool parse_statement(struct mqh_parser *parser, struct mqc_slice statement)
{
    struct mqh_cursor cursor = mqh_cursor_at(parser, statement);
    struct mqc_slice first = cursor.token.text;

    if (cursor.token.kind != MQC_TOKEN_WORD)
        return mqh_cursor_dislike(&cursor, "a line that begins with a word");
    if (mqh_cursor_take(&cursor, "scenario"))
        return parse_scenario(&cursor, statement);
    if (parser->scenario == NULL)
        return mqh_cursor_dislike(&cursor, "`scenario \"folder/name\"`, which comes first");
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        if (!mqh_cursor_take(&cursor, headers[i].word))
            continue;
        if (parser->in_steps)
            return MQH_DISLIKE(parser, first, "`%s` belongs above the scenario's first step",
                               headers[i].word);
        return headers[i].parse(&cursor) && mqh_cursor_need_end(&cursor);
    }
    return begin_steps(parser) && mqh_parse_step(&cursor, statement);
}

static struct mqh_source *copy_source(struct mqh_arena *arena, const char *file,
                                      struct mqc_slice text)
{
    struct mqh_source *source = mqh_arena_alloc(arena, sizeof(*source));

    source->file = mqh_arena_text(arena, mqc_slice_text(file));
    source->text = mqh_arena_bytes(arena, text);
    source->joined = source->text;
    return source;
}

static bool too_large(struct mqh_arena *arena, const char *file, struct mqh_error *error)
{
    struct mqh_source *source = copy_source(arena, file, (struct mqc_slice){0});

    return mqh_complain(arena, source, source->text, error, "the file has more than %d bytes",
                        MQH_FILE_MAX);
}

bool mqh_parse(struct mqh_arena *arena, const char *file, struct mqc_slice source,
               struct mqh_scenarios *into, struct mqh_error *error)
{
    struct mqh_parser *parser;

    if (source.size > MQH_FILE_MAX)
        return too_large(arena, file, error);
    parser = mqh_arena_alloc(arena, sizeof(*parser));
    parser->arena = arena;
    parser->source = copy_source(arena, file, source);
    parser->joined = (uint8_t *)mqh_arena_text(arena, source);
    parser->source->joined.data = parser->joined;
    if (source.size >= 3 && memcmp(source.data, "\xEF\xBB\xBF", 3) == 0)
        memset(parser->joined, ' ', 3); /* some editors begin a file with a byte order mark */
    parser->error = error;
    parser->next_line = parser->known_line = 1;
    parser->set = into;

    for (;;) {
        struct mqc_slice statement;

        if (!mqh_lines_next(parser, &statement))
            return false;
        if (statement.size == 0)
            break;
        if (!parse_statement(parser, statement))
            return false;
    }
    if (!finish_scenario(parser))
        return false;
    for (size_t i = 0; i < parser->scenarios.count; i++) {
        into->items =
            mqh_arena_grow(arena, into->items, into->count, &into->capacity, sizeof(*into->items));
        into->items[into->count++] = parser->scenarios.items[i];
    }
    return true;
}
