/*
 * mqspec test --evidence FOLDER: three files for each red case, named for it.
 *
 *     NAME.pcapng   what went over the wire, for Wireshark
 *     NAME.mqs      the scenario alone: mqspec test URL --suite-dir NAME.mqs --protocol 5.0
 *     NAME.txt      the rule, expected and actual, the transcript, the command
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/cli/cli.h"
#include "harness/cli/test.h"
#include "harness/report/evidence.h"
#include "harness/report/evidence_capture.h"
#include "harness/report/safe.h"

enum { NAME_MAX_SIZE = 150 };

bool mqh_test_evidence_prepare(const struct mqh_test *test)
{
    struct stat status;

    if (test->evidence == NULL) {
        if (test->evidence_all)
            mqh_cli_complain("test", "--evidence-all says how much --evidence FOLDER leaves");
        return !test->evidence_all;
    }
    if (mkdir(test->evidence, 0777) == 0)
        return true;
    if (errno == EEXIST && stat(test->evidence, &status) == 0 && S_ISDIR(status.st_mode))
        return true;
    mqh_cli_complain("test", "--evidence %s: %s", test->evidence,
                     errno == EEXIST ? "it is no folder" : strerror(errno));
    return false;
}

/* "subscribe-no-filter[x=0x3]@5.0", in characters that no file system dislikes. Names that are cut,
 * or differ in other characters only, are kept apart by the case's number. */
static void write_name(char *out, const struct mqh_run *run, size_t index)
{
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "-_.=[],";
    const struct mqh_case *c = &run->cases[index];
    bool exact = strlen(c->id) < NAME_MAX_SIZE;
    size_t size = 0;

    for (const char *at = c->id; *at != '\0' && size < NAME_MAX_SIZE; at++) {
        exact = exact && (*at == '/' || strchr(harmless, *at) != NULL);
        out[size++] = *at == '/' ? '-' : strchr(harmless, *at) != NULL ? *at : '_';
    }
    size += (size_t)sprintf(out + size, "@%s", mqc_version_name(c->version));
    if (!exact)
        sprintf(out + size, ",%zu", c->order);
}

static bool write_capture(FILE *out, const struct mqh_run *run, size_t index)
{
    return mqh_evidence_capture(out, run, index, run->started_s * 1000000000);
}

static bool write_scenario(FILE *out, const struct mqh_run *run, size_t index)
{
    mqh_evidence_scenario(out, run, index);
    return true;
}

static bool write_story(FILE *out, const struct mqh_run *run, size_t index)
{
    static const struct mqh_evidence_style style = {.indent = ""};
    const struct mqh_case *c = &run->cases[index];

    fprintf(out, "%s %s@%s\n", mqh_verdict_name(run->results[index]->verdict), c->id,
            mqc_version_name(c->version));
    fprintf(out, "%s, %s%s", run->tool, run->target->url, run->broker[0] != '\0' ? ", " : "");
    mqh_plain_text(out, run->broker, 0);
    fprintf(out, ", %s\n\n", run->started);
    mqh_evidence_write(out, run, index, &style);
    return true;
}

static bool write_file(const struct mqh_test *test, const struct mqh_run *run, size_t index,
                       const char *ending, bool (*write)(FILE *, const struct mqh_run *, size_t))
{
    char name[NAME_MAX_SIZE + 64];
    char path[4096];
    FILE *out;
    bool good;

    write_name(name, run, index);
    snprintf(path, sizeof path, "%s/%s.%s", test->evidence, name, ending);
    out = fopen(path, "wb");
    good = out != NULL && write(out, run, index);
    if (out != NULL)
        good = fclose(out) == 0 && good;
    if (!good)
        mqh_cli_complain("test", "cannot write %s: %s", path, strerror(errno));
    return good;
}

bool mqh_test_evidence(const struct mqh_test *test, const struct mqh_run *run)
{
    for (size_t i = 0; test->evidence != NULL && i < run->case_count; i++) {
        const struct mqh_result *result = run->results[i];

        if (result == NULL || (!test->evidence_all && !mqh_evidence_is_red(run, result)))
            continue;
        if (!write_file(test, run, i, "pcapng", write_capture) ||
            !write_file(test, run, i, "mqs", write_scenario) ||
            !write_file(test, run, i, "txt", write_story))
            return false;
    }
    return true;
}
