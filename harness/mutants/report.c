#include "harness/mutants/report.h"

#include <jansson.h>

#include "harness/catalogue/catalogue.h"

/* ---- for people ---- */

static void show_counts(FILE *out, const struct mqh_mutant *mutant)
{
    fprintf(out, "%s:", mutant->name);
    for (int v = 0; v < MQH_VERDICT_COUNT; v++)
        if (mutant->counts[v] > 0 || v == MQH_PASS || v == MQH_FAIL)
            fprintf(out, " %u %s", mutant->counts[v], mqh_verdict_name((enum mqh_verdict)v));
    if (mutant->kind == MQH_MUTANT_LENIENT)
        fprintf(out, "; %u of %u reds are right", mutant->kills, (unsigned)mutant->red_count);
    fputs(mutant->idle ? "; no case met it\n" : "\n", out);
}

static void show_red(FILE *out, const struct mqh_red *red)
{
    fprintf(out, "  %s%s %s@%s: %s\n", mqh_verdict_name(red->verdict),
            red->kills ? ", rightly" : "", red->c->id, mqc_version_name(red->c->version),
            red->text);
}

static void show_good(FILE *out, const struct mqh_mutant *mutant, bool details)
{
    bool lenient = mutant->kind == MQH_MUTANT_LENIENT;

    if (mutant->kind == MQH_MUTANT_VARIANT && mqh_mutant_is_good(mutant) && !details)
        return;
    show_counts(out, mutant);
    for (size_t i = 0; i < mutant->red_count; i++) {
        const struct mqh_red *red = &mutant->reds[i];

        if (details ||
            (lenient ? !red->kills : red->verdict != MQH_WARN && red->verdict != MQH_PASS))
            show_red(out, red);
    }
}

static void show_mutant(FILE *out, const struct mqh_mutant *mutant, bool details)
{
    unsigned others;

    if (mutant->kind != MQH_MUTANT_DEFECT) {
        show_good(out, mutant, details);
        return;
    }
    if (!details && mutant->kills > 0)
        return;
    fprintf(out, "%s %s: %s", mutant->name, mutant->kills > 0 ? "killed" : "SURVIVES",
            mutant->defect->says);
    if (mutant->defect->survives != NULL)
        fprintf(out, mutant->kills > 0 ? " (but listed as a survivor: %s)" : " (listed: %s)",
                mutant->defect->survives);
    others = (unsigned)mutant->red_count - mutant->kills;
    fprintf(out, "; %u other red%s\n", others, others == 1 ? "" : "s");
    for (size_t i = 0; details && i < mutant->red_count; i++)
        show_red(out, &mutant->reds[i]);
}

void mqh_mutants_show(FILE *out, const struct mqh_mutant *mutants, size_t count,
                      uint64_t duration_ms, bool details)
{
    unsigned variants = 0;
    unsigned good_variants = 0;
    unsigned defects = 0;
    unsigned killed = 0;
    unsigned listed = 0;

    for (size_t i = 0; i < count; i++) {
        const struct mqh_mutant *mutant = &mutants[i];

        show_mutant(out, mutant, details);
        variants += mutant->kind == MQH_MUTANT_VARIANT ? 1 : 0;
        good_variants += mutant->kind == MQH_MUTANT_VARIANT && mqh_mutant_is_good(mutant) ? 1 : 0;
        if (mutant->kind != MQH_MUTANT_DEFECT)
            continue;
        defects++;
        killed += mutant->kills > 0 ? 1 : 0;
        listed += mutant->kills == 0 && mutant->defect->survives != NULL ? 1 : 0;
    }
    fprintf(out,
            "%u of %u variants without a red; %u of %u defects killed, %u survive, %u of them with "
            "a reason; %.1f s\n",
            good_variants, variants, killed, defects, defects - killed, listed,
            (double)duration_ms / 1000);
}

void mqh_mutants_show_untried(FILE *out, const struct mqh_mutants_suite *suite)
{
    size_t count = 0;

    for (size_t i = 0; i < suite->cases.count; i++)
        count += suite->passed[i] ? 0 : 1;
    if (count > 0)
        fprintf(out, "%zu cases pass on no broker here:\n", count);
    for (size_t i = 0; i < suite->cases.count; i++)
        if (!suite->passed[i])
            fprintf(out, "  %s@%s\n", suite->cases.items[i].id,
                    mqc_version_name(suite->cases.items[i].version));
}

/* ---- for scripts ---- */

static json_t *counts_of(const struct mqh_mutant *mutant)
{
    static const char *const keys[MQH_VERDICT_COUNT] = {
        [MQH_PASS] = "pass",       [MQH_FAIL] = "fail", [MQH_WARN] = "warn",
        [MQH_BLOCKED] = "blocked", [MQH_SKIP] = "skip", [MQH_FLAKY] = "flaky",
        [MQH_ERROR] = "error",
    };
    json_t *object = json_object();

    for (int v = 0; v < MQH_VERDICT_COUNT; v++)
        json_object_set_new(object, keys[v], json_integer(mutant->counts[v]));
    return object;
}

/* The ids of the reds that kill, or of those that do not. */
static json_t *reds_of(const struct mqh_mutant *mutant, bool kills)
{
    json_t *array = json_array();

    for (size_t i = 0; i < mutant->red_count; i++)
        if (mutant->reds[i].kills == kills)
            json_array_append_new(array,
                                  json_sprintf("%s@%s", mutant->reds[i].c->id,
                                               mqc_version_name(mutant->reds[i].c->version)));
    return array;
}

static json_t *defect_of(const struct mqh_mutant *mutant)
{
    char rule[MQH_RULE_TEXT_SIZE];
    json_t *object = json_object();

    mqh_rule_write(mutant->defect->version, mutant->defect->id, ' ', rule);
    json_object_set_new(object, "id", json_string(mutant->name));
    json_object_set_new(object, "rule", json_string(rule));
    json_object_set_new(object, "says", json_string(mutant->defect->says));
    json_object_set_new(object, "killed_by", reds_of(mutant, true));
    json_object_set_new(object, "collateral",
                        json_integer((json_int_t)(mutant->red_count - mutant->kills)));
    if (mutant->defect->survives != NULL)
        json_object_set_new(object, "survives", json_string(mutant->defect->survives));
    return object;
}

static json_t *variant_of(const struct mqh_mutant *mutant)
{
    const struct mqh_variant_text *text = mqh_variant_text(mutant->variant);
    json_t *object = json_object();
    json_t *fail = json_array();

    json_object_set_new(object, "name", json_string(mutant->name));
    json_object_set_new(object, "allows", json_string(text->allows));
    json_object_set_new(object, "says", json_string(text->says));
    json_object_set_new(object, "counts", counts_of(mutant));
    for (size_t i = 0; i < mutant->red_count; i++)
        if (mutant->reds[i].verdict != MQH_WARN)
            json_array_append_new(fail, json_sprintf("%s@%s", mutant->reds[i].c->id,
                                                     mqc_version_name(mutant->reds[i].c->version)));
    json_object_set_new(object, "fail", fail);
    return object;
}

static json_t *lenient_of(const struct mqh_mutant *mutant)
{
    json_t *object = json_object();

    json_object_set_new(object, "counts", counts_of(mutant));
    json_object_set_new(object, "right", reds_of(mutant, true));
    json_object_set_new(object, "wrong", reds_of(mutant, false));
    return object;
}

static json_t *degenerate_of(const struct mqh_mutant *mutant)
{
    json_t *object = json_object();

    json_object_set_new(object, "name", json_string(mutant->name));
    json_object_set_new(object, "says", json_string(mqh_variant_text(mutant->variant)->says));
    json_object_set_new(object, "counts", counts_of(mutant));
    json_object_set_new(object, "pass", reds_of(mutant, false));
    return object;
}

bool mqh_mutants_write(const char *path, const struct mqh_mutant *mutants, size_t count,
                       uint64_t duration_ms)
{
    json_t *root = json_object();
    json_t *variants = json_array();
    json_t *defects = json_array();
    json_t *degenerate = json_array();
    bool written;

    json_object_set_new(root, "duration_ms", json_integer((json_int_t)duration_ms));
    for (size_t i = 0; i < count; i++)
        switch (mutants[i].kind) {
        case MQH_MUTANT_CLEAN:
            json_object_set_new(root, "clean", counts_of(&mutants[i]));
            break;
        case MQH_MUTANT_VARIANT:
            json_array_append_new(variants, variant_of(&mutants[i]));
            break;
        case MQH_MUTANT_LENIENT:
            json_object_set_new(root, "lenient", lenient_of(&mutants[i]));
            break;
        case MQH_MUTANT_DEFECT:
            json_array_append_new(defects, defect_of(&mutants[i]));
            break;
        case MQH_MUTANT_DEGENERATE:
            json_array_append_new(degenerate, degenerate_of(&mutants[i]));
            break;
        }
    json_object_set_new(root, "variants", variants);
    json_object_set_new(root, "defects", defects);
    json_object_set_new(root, "degenerate", degenerate);
    written = json_dump_file(root, path, JSON_INDENT(1)) == 0;
    json_decref(root);
    return written;
}
