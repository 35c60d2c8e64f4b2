#include <assert.h>

#include "harness/scenario/parse.h"

/* The statement that is being put together. */
struct statement {
    struct mqc_slice text;                  /* so far; empty before its first word */
    struct mqc_slice open[MQH_NESTING_MAX]; /* brackets that wait for their end */
    size_t depth;
    bool goes_on; /* the last line ends with a mark that says so */
};

static const uint8_t *end_of(struct mqc_slice text)
{
    return text.data + text.size;
}

static bool bad_word(struct mqh_parser *parser, const struct mqc_token *token)
{
    struct mqc_slice at = {token->text.data, 1};

    if (token->text.data[0] == '"')
        return MQH_DISLIKE(parser, at, "this string does not end on its line: a \" is missing");
    if (token->text.data[0] == 'h')
        return MQH_DISLIKE(parser, token->text, "this h'...' does not end on its line");
    if (token->text.data[0] == '$')
        return MQH_DISLIKE(parser, at,
                           "a variable is $ and a name; outside quotes $ is nothing else");
    if (token->text.data[0] == '\'')
        return MQH_DISLIKE(parser, at, "a string stands between \"\"");
    if (token->text.data[0] == '>' || token->text.data[0] == '<' || token->text.data[0] == '=')
        return MQH_DISLIKE(parser, at, "no word begins with this; a step is NAME -> or NAME <-");
    return MQH_DISLIKE(parser, token->text, "no word begins with this");
}

static bool is_closing(const struct mqc_token *token, char *opening)
{
    static const char pairs[] = "()[]{}";
    const char *found;

    if (token->kind != MQC_TOKEN_MARK || token->text.size != 1)
        return false;
    found = memchr(pairs, token->text.data[0], sizeof pairs - 1);
    if (found == NULL || (found - pairs) % 2 == 0)
        return false;
    *opening = found[-1];
    return true;
}

/* Keeps account of brackets: those of a statement close in the order in which they were opened. */
static bool take_bracket(struct mqh_parser *parser, struct statement *s,
                         const struct mqc_token *token)
{
    char opening;

    if (mqc_token_is(token, "(") || mqc_token_is(token, "[") || mqc_token_is(token, "{")) {
        if (s->depth == MQH_NESTING_MAX)
            return MQH_DISLIKE(parser, token->text, "brackets are nested deeper than %d",
                               MQH_NESTING_MAX);
        s->open[s->depth++] = token->text;
        return true;
    }
    if (!is_closing(token, &opening))
        return true;
    if (s->depth == 0)
        return MQH_DISLIKE(parser, token->text, "nothing is open that %c could close",
                           token->text.data[0]);
    if (s->open[s->depth - 1].data[0] != (uint8_t)opening)
        return MQH_DISLIKE(parser, token->text, "%c cannot close the %c before it",
                           token->text.data[0], s->open[s->depth - 1].data[0]);
    s->depth--;
    return true;
}

static bool says_more_follows(const struct mqc_token *last)
{
    return last->kind == MQC_TOKEN_MARK && last->text.size == 1 &&
           mqh_byte_in(last->text.data[0], "{[(|;,");
}

/* Adds the words of one line to the statement, and blanks what is behind the last of them. */
static bool take_line(struct mqh_parser *parser, struct statement *s, struct mqc_slice line)
{
    const uint8_t *start = line.data;
    const uint8_t *end = end_of(line);
    const uint8_t *words_end = start;
    struct mqc_token last = {0};

    for (struct mqc_token t = mqc_lex_next(&line); t.kind != MQC_TOKEN_END;
         t = mqc_lex_next(&line)) {
        if (t.kind == MQC_TOKEN_BAD)
            return bad_word(parser, &t);
        if (!take_bracket(parser, s, &t))
            return false;
        if (s->text.size == 0)
            s->text.data = t.text.data;
        words_end = end_of(t.text);
        s->text.size = (size_t)(words_end - s->text.data);
        last = t;
    }
    if (last.kind != MQC_TOKEN_END)
        s->goes_on = says_more_follows(&last);
    memset(parser->joined + (words_end - parser->joined), ' ', (size_t)(end - words_end));
    if (s->text.size > MQH_STATEMENT_MAX)
        return MQH_DISLIKE(parser, s->text, "a statement has more than %d bytes",
                           MQH_STATEMENT_MAX);
    return true;
}

static struct mqc_slice line_at(const struct mqh_parser *parser, size_t offset)
{
    struct mqc_slice rest = {parser->joined + offset, parser->source->joined.size - offset};
    const uint8_t *newline = rest.size > 0 ? memchr(rest.data, '\n', rest.size) : NULL;

    if (newline != NULL)
        rest.size = (size_t)(newline - rest.data);
    return rest;
}

/* True if the next line that is neither blank nor a comment begins with `|`. */
static bool bar_follows(const struct mqh_parser *parser)
{
    size_t end = parser->source->joined.size;

    for (size_t at = parser->next; at < end;) {
        switch (parser->joined[at]) {
        case ' ':
        case '\t':
        case '\r':
        case '\n':
            at++;
            break;
        case '#':
            at += line_at(parser, at).size;
            break;
        default:
            return parser->joined[at] == '|';
        }
    }
    return false;
}

bool mqh_lines_next(struct mqh_parser *parser, struct mqc_slice *statement)
{
    struct statement s = {.depth = 0};
    size_t end = parser->source->joined.size;

    while (parser->next < end) {
        struct mqc_slice line = line_at(parser, parser->next);
        size_t newline = parser->next + line.size;

        if (parser->next_line++ > MQH_LINES_MAX)
            return MQH_DISLIKE(parser, line, "the file has more than %d lines", MQH_LINES_MAX);
        parser->next = newline < end ? newline + 1 : end;
        if (!take_line(parser, &s, line))
            return false;
        if (s.text.size > 0 && s.depth == 0 && !s.goes_on && !bar_follows(parser))
            break;
        if (s.text.size > 0 && newline < end)
            parser->joined[newline] = ' ';
    }
    if (s.depth > 0)
        return MQH_DISLIKE(parser, s.open[s.depth - 1], "this %c is never closed",
                           s.open[s.depth - 1].data[0]);
    *statement = s.text;
    return true;
}

/* ---- where things stand ---- */

struct mqh_text mqh_text_at(struct mqh_parser *parser, struct mqc_slice piece)
{
    const uint8_t *text = parser->source->text.data;
    size_t offset = (size_t)(piece.data - parser->joined);

    assert(offset <= parser->source->joined.size);
    if (offset < parser->known_offset) {
        parser->known_offset = parser->known_start = 0;
        parser->known_line = 1;
    }
    for (; parser->known_offset < offset; parser->known_offset++)
        if (text[parser->known_offset] == '\n') {
            parser->known_line++;
            parser->known_start = parser->known_offset + 1;
        }
    return (struct mqh_text){piece, parser->known_line,
                             (unsigned)(offset - parser->known_start + 1)};
}

struct mqc_slice mqh_text_written(const struct mqh_source *source, struct mqc_slice joined)
{
    return (struct mqc_slice){source->text.data + (joined.data - source->joined.data), joined.size};
}

/* Where the line begins that holds offset `at`. */
static size_t line_start(struct mqc_slice text, size_t at)
{
    while (at > 0 && text.data[at - 1] != '\n')
        at--;
    return at;
}

/* True if the line from `from` to `to` is a comment; `*words` then is what it says. */
static bool is_comment(struct mqc_slice text, size_t from, size_t to, struct mqc_slice *words)
{
    while (from < to && mqh_byte_in(text.data[from], " \t"))
        from++;
    if (from == to || text.data[from] != '#')
        return false;
    while (from < to && mqh_byte_in(text.data[from], "# \t"))
        from++;
    while (to > from && mqh_byte_in(text.data[to - 1], " \t\r"))
        to--;
    *words = (struct mqc_slice){text.data + from, to - from};
    return true;
}

const char *mqh_lines_comment(struct mqh_parser *parser, struct mqc_slice statement)
{
    struct mqc_slice text = parser->source->text;
    size_t below = line_start(text, (size_t)(statement.data - parser->joined));
    size_t first = below;
    struct mqc_slice words;
    char *comment;
    size_t used = 0;

    while (first > 0) {
        size_t above = line_start(text, first - 1);

        if (!is_comment(text, above, first - 1, &words))
            break;
        first = above;
    }
    comment = mqh_arena_alloc(parser->arena, below - first + 1);
    for (size_t at = first, end; at < below; at = end + 1) {
        for (end = at; text.data[end] != '\n';)
            end++;
        if (!is_comment(text, at, end, &words) || words.size == 0)
            continue;
        if (used > 0)
            comment[used++] = ' ';
        memcpy(comment + used, words.data, words.size);
        used += words.size;
    }
    return comment;
}
