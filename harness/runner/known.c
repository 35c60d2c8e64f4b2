#include "harness/runner/known.h"

#include "harness/runner/match.h"
#include "harness/runner/run.h"

/* ---- reading ---- */

/* One line of the file, being read from left to right. */
struct line {
    struct mqh_arena *arena;
    const char *text;
    size_t at;
    unsigned number;
    const char *file;
    struct mqh_error *error;
};

static bool complain(struct line *line, size_t width, const char *message)
{
    *line->error = (struct mqh_error){.file = line->file,
                                      .line = line->number,
                                      .column = (unsigned)line->at + 1,
                                      .width = width > 0 ? (unsigned)width : 1,
                                      .message = message,
                                      .source_line = line->text};
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct line *line)
{
    while (is_blank(line->text[line->at]))
        line->at++;
}

static const char *copy(struct line *line, size_t from, size_t size)
{
    return mqh_arena_text(line->arena,
                          (struct mqc_slice){(const uint8_t *)line->text + from, size});
}

/* The bytes up to the next blank. */
static size_t word_size(const struct line *line)
{
    return strcspn(line->text + line->at, " \t\r");
}

/* A member's name may hold blanks and `#`: the id ends behind the first `@VERSION` that a blank
 * follows. */
static bool read_case(struct line *line, struct mqh_known_entry *entry)
{
    const char *text = line->text + line->at;
    const char *at = text;

    while ((at = strchr(at, '@')) != NULL) {
        size_t size = strcspn(++at, " \t\r");

        if (mqc_version_parse(at, size) != MQC_VERSION_UNKNOWN || (size == 1 && *at == '*')) {
            entry->case_id = copy(line, line->at, (size_t)(at - text) + size);
            line->at += (size_t)(at - text) + size;
            return true;
        }
    }
    return complain(line, word_size(line),
                    "expected a case id with its version, such as connect/accepted@3.1.1");
}

static bool read_rule(struct line *line, struct mqh_known_entry *entry)
{
    const char *text = line->text + line->at;
    size_t size = word_size(line);
    struct mqh_rule rule;

    if (size == 1 && *text == '-') {
        line->at++;
        return true;
    }
    if (mqc_version_parse(text, size) != MQC_VERSION_UNKNOWN && text[size] != '\0')
        size += 1 + strcspn(text + size + 1, " \t\r");
    if (!mqh_rule_parse(text, size, &rule))
        return complain(line, size, "expected a rule, such as v5 MQTT-3.8.3-2, or - for a BLOCKED");
    entry->rule = mqh_catalogue_find(rule.version, rule.id);
    if (entry->rule == NULL)
        return complain(line, size, "no catalogue has this rule");
    line->at += size;
    return true;
}

/* [FROM..TO] */
static bool read_range(struct line *line, struct mqh_known_entry *entry)
{
    const char *text = line->text + line->at;
    const char *dots = strstr(text, "..");
    const char *end = strchr(text, ']');

    entry->from = entry->to = "";
    if (*text != '[')
        return true;
    if (dots == NULL || end == NULL || dots > end || end - text == 3)
        return complain(line, word_size(line),
                        "expected a range of broker versions, such as [2.0.0..2.0.18]");
    entry->from = copy(line, line->at + 1, (size_t)(dots - text) - 1);
    entry->to = copy(line, line->at + (size_t)(dots - text) + 2, (size_t)(end - dots) - 2);
    line->at += (size_t)(end - text) + 1;
    return true;
}

/* `sometimes`, or nothing. */
static void read_sometimes(struct line *line, struct mqh_known_entry *entry)
{
    static const char word[] = "sometimes";

    if (word_size(line) != sizeof(word) - 1 ||
        memcmp(line->text + line->at, word, sizeof(word) - 1) != 0)
        return;
    entry->sometimes = true;
    line->at += sizeof(word) - 1;
}

static bool read_reason(struct line *line, struct mqh_known_entry *entry)
{
    size_t size;

    if (line->text[line->at] != '#')
        return complain(line, word_size(line), "expected # and the reason why it is known");
    line->at++;
    skip_blanks(line);
    size = strlen(line->text + line->at);
    while (size > 0 && is_blank(line->text[line->at + size - 1]))
        size--;
    if (size == 0)
        return complain(line, 1, "a known failure needs a reason behind the #");
    entry->reason = copy(line, line->at, size);
    return true;
}

static bool read_entry(struct line *line, struct mqh_known_entry *entry)
{
    entry->line = line->number;
    entry->applies = true;
    if (!read_case(line, entry))
        return false;
    skip_blanks(line);
    if (!read_rule(line, entry))
        return false;
    skip_blanks(line);
    if (!read_range(line, entry))
        return false;
    skip_blanks(line);
    read_sometimes(line, entry);
    skip_blanks(line);
    return read_reason(line, entry);
}

bool mqh_known_parse(struct mqh_arena *arena, const char *file, struct mqc_slice source,
                     struct mqh_known *out, struct mqh_error *error)
{
    struct line line = {.arena = arena, .file = file, .error = error};
    size_t capacity = 0;

    *out = (struct mqh_known){.file = file};
    for (size_t at = 0; at < source.size;) {
        const uint8_t *end = memchr(source.data + at, '\n', source.size - at);
        size_t size = end == NULL ? source.size - at : (size_t)(end - source.data) - at;

        line.text = mqh_arena_text(arena, (struct mqc_slice){source.data + at, size});
        line.at = 0;
        line.number++;
        at += size + 1;
        if (strlen(line.text) != size)
            return complain(&line, 1, "a zero byte in a text file");
        skip_blanks(&line);
        if (line.text[line.at] == '\0' || line.text[line.at] == '#')
            continue;
        out->entries =
            mqh_arena_grow(arena, out->entries, out->count, &capacity, sizeof(*out->entries));
        if (!read_entry(&line, &out->entries[out->count]))
            return false;
        out->count++;
    }
    return true;
}

/* ---- judging ---- */

static bool in_range(const struct mqh_known_entry *entry, const char *broker)
{
    if (strpbrk(broker, "0123456789") == NULL)
        return true;
    return (entry->from[0] == '\0' || mqh_version_compare(entry->from, broker) <= 0) &&
           (entry->to[0] == '\0' || mqh_version_compare(broker, entry->to) <= 0);
}

static bool is_red(const struct mqh_run *run, const struct mqh_result *result)
{
    return result->verdict == MQH_FAIL || result->verdict == MQH_BLOCKED ||
           (run->strict && result->verdict == MQH_WARN);
}

static bool names(const struct mqh_known_entry *entry, const char *name)
{
    return entry->exact ? strcmp(entry->case_id, name) == 0 : mqh_glob(entry->case_id, name);
}

/* The first entry that lists `rule` for this case, or NULL. */
static const struct mqh_known_entry *find(const struct mqh_known *known, const char *name,
                                          const struct mqh_requirement *rule)
{
    for (size_t i = 0; i < known->count; i++) {
        const struct mqh_known_entry *entry = &known->entries[i];

        if (entry->applies && entry->rule == rule && names(entry, name))
            return entry;
    }
    return NULL;
}

/* True if the result is what the entry says of its case. */
static bool is_as_listed(const struct mqh_result *result, const struct mqh_known_entry *entry)
{
    if (result->verdict == MQH_PASS || result->verdict == MQH_ERROR)
        return false;
    for (size_t i = 0; i < result->broken.count; i++)
        if (result->broken.items[i] == entry->rule)
            return true;
    return result->broken.count == 0 && entry->rule == NULL;
}

static void note_mended(struct mqh_known *known, const struct mqh_result *result,
                        const struct mqh_case *c, const char *name)
{
    for (size_t i = 0; i < known->count; i++) {
        struct mqh_known_entry *entry = &known->entries[i];

        if (entry->mended == NULL && !entry->sometimes && names(entry, name) &&
            !is_as_listed(result, entry))
            entry->mended = c;
    }
}

static void judge(struct mqh_run *run, struct mqh_result *result, const struct mqh_case *c,
                  const char *name)
{
    const struct mqh_known_entry *entry = NULL;
    bool all = true;

    if (result->verdict == MQH_SKIP)
        return;
    note_mended(run->known, result, c, name);
    if (result->verdict == MQH_PASS || result->verdict == MQH_ERROR)
        return;
    if (result->broken.count == 0)
        entry = find(run->known, name, NULL);
    for (size_t i = 0; i < result->broken.count; i++) {
        entry = find(run->known, name, result->broken.items[i]);
        all = all && entry != NULL;
    }
    result->known = is_red(run, result) && all && entry != NULL;
    if (result->known)
        result->known_reason = entry->reason;
}

static void find_exact(struct mqh_known *known, const char *name)
{
    for (size_t i = 0; i < known->count; i++)
        if (strcmp(known->entries[i].case_id, name) == 0)
            known->entries[i].exact = true;
}

void mqh_known_apply(struct mqh_run *run)
{
    struct mqh_arena names = {0};

    if (run->known == NULL)
        return;
    for (size_t i = 0; i < run->known->count; i++) {
        struct mqh_known_entry *entry = &run->known->entries[i];

        entry->applies = in_range(entry, run->broker);
        entry->mended = NULL;
    }
    for (size_t i = 0; i < run->case_count; i++)
        find_exact(run->known, mqh_case_name(&names, &run->cases[i]));
    for (size_t i = 0; i < run->case_count; i++) {
        struct mqh_result *result = run->results[i];

        if (result == NULL)
            continue;
        result->known = false;
        judge(run, result, &run->cases[i], mqh_case_name(&names, &run->cases[i]));
    }
    mqh_arena_free(&names);
}

bool mqh_known_is_stale(const struct mqh_known_entry *entry)
{
    return entry->applies && entry->mended != NULL;
}
