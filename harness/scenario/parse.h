/*
 * The inside of the parser. Private to harness/scenario; see also walk.h.
 *
 *     lines.c         bytes become statements: one line each, whatever lines they were written on
 *     error.c         complaints, and the caret line under what they dislike
 *     cursor.c        the words of one statement, and the small forms: numbers, times, versions,
 * ids parse.c         the file, and the headers of a scenario parse_vary.c    the values of a
 * family parse_step.c    what a step does parse_repeat.c  `repeat` ... `end`, unrolled
 *     parse_expect.c  expectations
 *     parse_suffix.c  what may stand behind a packet or an expectation
 *
 * Every function that returns bool returns false after a complaint, and the first complaint is the
 * only one: whoever sees false returns false.
 */
#ifndef MQH_PARSE_H
#define MQH_PARSE_H

#include "codec/lex.h"
#include "harness/scenario/scenario.h"

/* A `repeat` whose `end` has not come yet. */
struct mqh_repeat {
    struct mqc_slice where; /* the word `repeat` */
    struct mqc_slice name;  /* of its variable */
    unsigned first;
    unsigned last;
    size_t step; /* the first of its body */
};

struct mqh_parser {
    struct mqh_arena *arena;
    struct mqh_source *source;
    uint8_t *joined; /* source->joined, as long as it is being made */
    struct mqh_error *error;

    size_t next;         /* offset of the first byte that lines.c has not looked at */
    unsigned next_line;  /* its line, from 1 */
    size_t known_offset; /* the last position that was asked for, see mqh_text_at() */
    size_t known_start;  /* of its line */
    unsigned known_line;

    const struct mqh_scenarios *set; /* those before this file: names must differ */
    struct mqh_scenarios scenarios;  /* this file's */
    size_t value_bytes;              /* that all values of `vary` stand for */
    size_t file_steps;               /* of all scenarios, members of groups included */

    /* The scenario at work: the last of `scenarios`. */
    struct mqh_scenario *scenario;
    struct mqc_slice *prove_texts; /* where its header's ids stand, beside scenario->proves */
    size_t prove_text_capacity;
    size_t prove_capacity;
    size_t need_capacity;
    size_t vary_capacity;
    size_t step_capacity;
    size_t member_count; /* members of groups, which count as steps */
    bool versions_given;
    bool in_steps; /* the first step has come */
    struct mqh_repeat repeats[MQH_NESTING_MAX];
    size_t repeat_count;

    /* Of its peers, by index. */
    struct mqc_slice peer_first[MQH_PEERS_MAX]; /* fields of the first `client` line */
    bool peer_acks[MQH_PEERS_MAX];
    bool peer_resume[MQH_PEERS_MAX];
    enum mqc_version peer_version[MQH_PEERS_MAX]; /* pinned, or unknown */
};

/* ---- error.c ---- */

/*
 * Complains about `at`, a piece of source->text or source->joined, which may be empty; a place
 * anywhere else is taken for the file's start. Always false, and says so to the caller.
 */
__attribute__((format(printf, 5, 6))) bool
mqh_complain(struct mqh_arena *arena, const struct mqh_source *source, struct mqc_slice at,
             struct mqh_error *error, const char *format, ...);

#define MQH_DISLIKE(parser, at, ...)                                                               \
    mqh_complain((parser)->arena, (parser)->source, (at), (parser)->error, __VA_ARGS__)

/* ---- lines.c ---- */

/* The next statement, with all its lines as one; empty at the file's end. */
bool mqh_lines_next(struct mqh_parser *parser, struct mqc_slice *statement);

/* `piece` of `joined` with its line and column. Fast when called from the front to the back. */
struct mqh_text mqh_text_at(struct mqh_parser *parser, struct mqc_slice piece);

/* The same bytes as the author wrote them: of source->text. */
struct mqc_slice mqh_text_written(const struct mqh_source *source, struct mqc_slice joined);

/* The comment lines right above `statement`, without `#`, joined by blanks. */
const char *mqh_lines_comment(struct mqh_parser *parser, struct mqc_slice statement);

/* ---- cursor.c ---- */

/* A place in a statement: the word that is looked at, and what comes after it. */
struct mqh_cursor {
    struct mqh_parser *parser;
    struct mqc_token token;
    struct mqc_slice rest;
};

struct mqh_cursor mqh_cursor_at(struct mqh_parser *parser, struct mqc_slice text);
void mqh_cursor_next(struct mqh_cursor *cursor);
bool mqh_cursor_is(const struct mqh_cursor *cursor, const char *word);
bool mqh_cursor_ended(const struct mqh_cursor *cursor);

/* Steps over `word` if it is the one that is looked at. */
bool mqh_cursor_take(struct mqh_cursor *cursor, const char *word);

/* Complains unless it is; `where` says when it must be: "after the name". */
bool mqh_cursor_need(struct mqh_cursor *cursor, const char *word, const char *where);
bool mqh_cursor_need_end(struct mqh_cursor *cursor);

/* Complains about the word that is looked at: "`x` is not …" */
bool mqh_cursor_dislike(const struct mqh_cursor *cursor, const char *wanted);

/* True if `byte` is one of the characters of `set`. */
bool mqh_byte_in(uint8_t byte, const char *set);

/* From the start of `from` to the end of `to`, both pieces of one statement. */
struct mqc_slice mqh_slice_span(struct mqc_slice from, struct mqc_slice to);

/* Decimal or 0x…, up to 32 bits. */
bool mqh_number_read(struct mqc_slice text, uint32_t *out);
bool mqh_parse_number(struct mqh_cursor *cursor, uint32_t *out);
bool mqh_parse_range(struct mqh_cursor *cursor, unsigned *first, unsigned *last);
bool mqh_parse_duration(struct mqh_cursor *cursor, unsigned *out_ms);

/* The word of `@5.0` or of `versions`: a set. `@3.x` only where `family` is true. */
bool mqh_parse_version(struct mqh_cursor *cursor, bool family, unsigned *out);

/* `v5 MQTT-3.8.3-2`. `*at`: where it stands. */
bool mqh_parse_id(struct mqh_cursor *cursor, const struct mqh_requirement **out,
                  struct mqc_slice *at);
bool mqh_id_list_add(struct mqh_arena *arena, struct mqh_id_list *list, size_t *capacity,
                     const struct mqh_requirement *id);
bool mqh_id_list_has(const struct mqh_id_list *list, const struct mqh_requirement *id);

/* Steps over `$x`, whose name must be new in the scenario. */
bool mqh_parse_new_variable(struct mqh_cursor *cursor, struct mqc_slice *name);

/*
 * Steps over one packet text: to the first `|` `;` `}` `@` or suffix word (and `end`, if
 * `in_repeat`) that is not in brackets.
 */
bool mqh_parse_packet(struct mqh_cursor *cursor, bool in_repeat, struct mqh_text *out);

/* ---- parse_*.c ---- */

bool mqh_parse_vary(struct mqh_cursor *cursor);
bool mqh_parse_step(struct mqh_cursor *cursor, struct mqc_slice statement);
bool mqh_parse_repeat(struct mqh_cursor *cursor);
bool mqh_parse_end(struct mqh_cursor *cursor);
bool mqh_parse_expect(struct mqh_cursor *cursor, struct mqh_step *step);

/* True for `proves`, `breaks` …: a word that ends a packet text. */
bool mqh_suffix_begins(const struct mqh_cursor *cursor);

/* All suffixes to the statement's end. What does not fit the kind of step is a complaint. */
bool mqh_parse_suffixes(struct mqh_cursor *cursor, struct mqh_step *step);
bool mqh_parse_profile(struct mqh_cursor *cursor, struct mqh_expect *alternative);

/* Appends a copy of `step` to the scenario. */
bool mqh_step_add(struct mqh_parser *parser, const struct mqh_step *step, struct mqc_slice at);

/* Counts `count` members of a group among the steps. */
bool mqh_steps_count(struct mqh_parser *parser, size_t count, struct mqc_slice at);

/* ---- check.c ---- */

/* All that concerns the scenario as a whole: who proves what, and each text in each version. */
bool mqh_check_scenario(struct mqh_parser *parser);

#endif
