#include <inttypes.h>

#include "harness/cli/decode.h"
#include "harness/report/safe.h"

bool mqh_decoded_is_fault(const struct mqh_decoded *decoded, const struct mqc_fault *fault)
{
    return mqc_rule_in(fault->rule, decoded->version)->level >= MQC_SHOULD;
}

/* --- for people ------------------------------------------------------------------------------ */

/* Bytes of one line of hex, and how many are shown before a fault and how many of a long one. */
enum { ROW_MAX = 24, BEFORE_MAX = 8, MARKED_MAX = 12 };

/* The bytes shown for a fault: `first` to `end`. */
struct window {
    size_t first;
    size_t end;
};

static struct window window_of(const struct mqh_decoded *decoded, const struct mqc_fault *fault)
{
    size_t size = decoded->bytes.size;
    struct window window = {0, size};

    if (size <= ROW_MAX)
        return window;
    window.first = fault->offset > BEFORE_MAX ? fault->offset - BEFORE_MAX : 0;
    window.end = window.first + ROW_MAX;
    if (window.end > size) {
        window.end = size;
        window.first = size - ROW_MAX;
    }
    return window;
}

static void write_hex(FILE *out, const struct mqh_decoded *decoded, struct window window)
{
    fprintf(out, "#   %s", window.first > 0 ? "… " : "");
    for (size_t i = window.first; i < window.end; i++)
        fprintf(out, "%s%02x", i > window.first ? " " : "", decoded->bytes.data[i]);
    fprintf(out, "%s\n", window.end < decoded->bytes.size ? " …" : "");
}

/* ^^ under each byte of the fault; under a place where something is missing one ^. */
static void write_marks(FILE *out, const struct mqc_fault *fault, struct window window)
{
    size_t first = fault->offset > window.first ? fault->offset - window.first : 0;
    size_t end = fault->offset + fault->size;

    if (end > window.end)
        end = window.end;
    fprintf(out, "#   %s%*s", window.first > 0 ? "  " : "", (int)(3 * first), "");
    if (fault->size == 0)
        putc('^', out);
    for (size_t i = fault->offset; i < end; i++)
        fputs(i + 1 < end ? "^^^" : "^^", out);
    putc('\n', out);
}

static void write_fault(FILE *out, const struct mqh_decoded *decoded, const struct mqc_fault *fault)
{
    const struct mqc_rule_text *rule = mqc_rule_in(fault->rule, decoded->version);
    struct window window = window_of(decoded, fault);

    write_hex(out, decoded, window);
    write_marks(out, fault, window);
    fputs("#   ", out);
    if (rule->id[0] != '\0') /* some notes are in no catalogue */
        fprintf(out, "%s %s, ", mqc_version_space(decoded->version), rule->id);
    fputs(mqc_level_name(rule->level), out);
    if (rule->level >= MQC_SHOULD)
        fprintf(out, ", %s", mqc_kind_name(rule->kind));
    fprintf(out, ", byte %" PRIu32 ": %s\n", fault->offset, mqc_rule_says(fault->rule));
}

void mqh_decoded_write_text(FILE *out, const struct mqh_decoded *decoded)
{
    fprintf(out, "%s  # %s, %zu byte%s at %" PRIu64, decoded->notation,
            mqc_version_name(decoded->version), decoded->bytes.size,
            decoded->bytes.size == 1 ? "" : "s", decoded->offset);
    if (decoded->state == MQH_INPUT_INCOMPLETE)
        fprintf(out, ", incomplete: %zu more at least", decoded->missing);
    putc('\n', out);
    for (size_t i = 0; i < decoded->fault_count; i++)
        write_fault(out, decoded, &decoded->faults[i]);
}

/* --- for programs ---------------------------------------------------------------------------- */

static json_t *fault_object(const struct mqh_decoded *decoded, const struct mqc_fault *fault)
{
    const struct mqc_rule_text *rule = mqc_rule_in(fault->rule, decoded->version);
    json_t *object = json_object();

    json_object_set_new(object, "rule",
                        rule->id[0] == '\0'
                            ? json_string("")
                            : json_sprintf("%s %s", mqc_version_space(decoded->version), rule->id));
    json_object_set_new(object, "level", json_string(mqc_level_name(rule->level)));
    json_object_set_new(object, "kind", json_string(mqc_kind_name(rule->kind)));
    json_object_set_new(object, "offset", json_integer(fault->offset));
    json_object_set_new(object, "size", json_integer(fault->size));
    json_object_set_new(object, "text", json_string(mqc_rule_says(fault->rule)));
    return object;
}

static json_t *fault_list(const struct mqh_decoded *decoded, bool faults)
{
    json_t *array = json_array();

    for (size_t i = 0; i < decoded->fault_count; i++)
        if (mqh_decoded_is_fault(decoded, &decoded->faults[i]) == faults)
            json_array_append_new(array, fault_object(decoded, &decoded->faults[i]));
    return array;
}

void mqh_decoded_write_json(FILE *out, const struct mqh_decoded *decoded)
{
    json_t *object = json_object();
    json_t *notes = fault_list(decoded, false);

    json_object_set_new(object, "offset", json_integer((json_int_t)decoded->offset));
    json_object_set_new(object, "size", json_integer((json_int_t)decoded->bytes.size));
    json_object_set_new(object, "version", json_string(mqc_version_name(decoded->version)));
    json_object_set_new(object, "type", json_string(mqc_type_name(decoded->type)));
    json_object_set_new(object, "notation", mqh_json_text(decoded->notation));
    json_object_set_new(object, "faults", fault_list(decoded, true));
    if (json_array_size(notes) > 0)
        json_object_set(object, "notes", notes);
    if (decoded->state == MQH_INPUT_INCOMPLETE)
        json_object_set_new(object, "missing", json_integer((json_int_t)decoded->missing));
    json_dumpf(object, out, 0);
    putc('\n', out);
    json_decref(notes);
    json_decref(object);
}
