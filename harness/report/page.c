#include "harness/report/page.h"

#include <assert.h>
#include <string.h>

#include "codec/slice.h"
#include "harness/catalogue/embedded.h"

static struct mqc_slice file_of(struct mqc_slice name)
{
    char path[128];
    const struct mqh_embedded *file;

    snprintf(path, sizeof path, "harness/report/%.*s", (int)name.size, (const char *)name.data);
    file = mqh_embedded_find(path);
    assert(file != NULL);
    return (struct mqc_slice){file->data, file->size};
}

static void write_slice(FILE *out, struct mqc_slice text)
{
    fwrite(text.data, 1, text.size, out);
}

/* --- data ------------------------------------------------------------------------------------ */

/* In JSON a < can stand in strings only, where the escape says the same. */
static int write_harmless(const char *text, size_t size, void *context)
{
    FILE *out = context;

    while (size > 0) {
        const char *at = memchr(text, '<', size);
        size_t plain = at == NULL ? size : (size_t)(at - text);

        fwrite(text, 1, plain, out);
        if (at == NULL)
            break;
        fputs("\\u003c", out);
        text += plain + 1;
        size -= plain + 1;
    }
    return 0;
}

static void write_data(FILE *out, struct mqc_slice id, const struct mqh_page_data *data,
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (mqc_slice_equal(mqc_slice_text(data[i].id), id))
            json_dump_callback(data[i].value, write_harmless, out, JSON_COMPACT | JSON_ENCODE_ANY);
}

/* --- the page -------------------------------------------------------------------------------- */

/* What stands between `before` and `after` if the line is just that; else an empty slice. */
static struct mqc_slice between(struct mqc_slice line, const char *before, const char *after)
{
    size_t front = strlen(before);
    size_t back = strlen(after);

    if (line.size <= front + back || memcmp(line.data, before, front) != 0 ||
        memcmp(line.data + line.size - back, after, back) != 0)
        return (struct mqc_slice){NULL, 0};
    return (struct mqc_slice){line.data + front, line.size - front - back};
}

static void write_line(FILE *out, struct mqc_slice line, const struct mqh_page_data *data,
                       size_t count)
{
    static const char data_front[] = "<script type=\"application/json\" id=\"";
    struct mqc_slice style = between(line, "<link rel=\"stylesheet\" href=\"", "\">\n");
    struct mqc_slice script = between(line, "<script src=\"", "\"></script>\n");
    struct mqc_slice id = between(line, data_front, "\"></script>\n");

    if (style.size > 0) {
        fputs("<style>\n", out);
        write_slice(out, file_of(style));
        fputs("</style>\n", out);
    } else if (script.size > 0) {
        fputs("<script>\n", out);
        write_slice(out, file_of(script));
        fputs("</script>\n", out);
    } else if (id.size > 0) {
        fprintf(out, "%s%.*s\">", data_front, (int)id.size, (const char *)id.data);
        write_data(out, id, data, count);
        fputs("</script>\n", out);
    } else {
        write_slice(out, line);
    }
}

void mqh_page_write(FILE *out, const char *name, const struct mqh_page_data *data, size_t count)
{
    char file[64];
    struct mqc_slice rest;

    snprintf(file, sizeof file, "%s.html", name);
    rest = file_of(mqc_slice_text(file));
    while (rest.size > 0) {
        const uint8_t *end = memchr(rest.data, '\n', rest.size);
        size_t size = end == NULL ? rest.size : (size_t)(end - rest.data) + 1;

        write_line(out, (struct mqc_slice){rest.data, size}, data, count);
        rest = (struct mqc_slice){rest.data + size, rest.size - size};
    }
}

/* --- a shorter report ------------------------------------------------------------------------ */

static bool says_nothing(const json_t *value)
{
    return json_is_null(value) || json_is_false(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

/* The letter for an event's word; the word itself for one that is not known. */
static json_t *letter_of(json_t *word)
{
    static const char *const words[][2] = {
        {"opened", "o"}, {"sent", "s"},        {"received", "r"},   {"closed", "c"}, {"reset", "x"},
        {"breach", "b"}, {"peer-closed", "f"}, {"peer-reset", "t"}, {"note", "n"},
    };

    for (size_t i = 0; json_is_string(word) && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i][0], json_string_value(word)) == 0)
            return json_string(words[i][1]);
    return json_incref(word);
}

static json_t *shorter_event(const json_t *event)
{
    static const char *const names[] = {"time_ms", "event", "peer", "text"};
    json_t *array = json_array();
    json_t *line = json_object_get(event, "line");
    json_t *more = json_copy((json_t *)event);

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        json_array_append(array, json_object_get(event, names[i]));
        json_object_del(more, names[i]);
    }
    json_array_set_new(array, 1, letter_of(json_array_get(array, 1)));
    json_object_del(more, "line");
    if (line != NULL || json_object_size(more) > 0)
        json_array_append_new(array, line == NULL ? json_integer(0) : json_incref(line));
    if (json_object_size(more) > 0)
        json_array_append(array, more);
    json_decref(more);
    return array;
}

static json_t *shorter_case(json_t *c)
{
    json_t *object = json_object();
    json_t *transcript = json_array();
    const char *key;
    json_t *value;
    size_t i;

    json_object_foreach(c, key, value) if (!says_nothing(value))
        json_object_set(object, key, value);
    json_array_foreach(json_object_get(c, "transcript"), i, value)
        json_array_append_new(transcript, shorter_event(value));
    json_object_set_new(object, "transcript", transcript);
    return object;
}

json_t *mqh_page_shorten(const json_t *report)
{
    json_t *object = json_copy((json_t *)report);
    json_t *cases = json_array();
    json_t *c;
    size_t i;

    json_array_foreach(json_object_get(report, "cases"), i, c)
        json_array_append_new(cases, shorter_case(c));
    json_object_set_new(object, "cases", cases);
    return object;
}
