#include "harness/cli/finding.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *level_name(enum mqc_level level)
{
    return level == MQC_MUST ? "MUST" : "SHOULD";
}

static const char *side_name(enum mqc_side side)
{
    return side == MQC_CLIENT ? "client" : "server";
}

static void write_line(json_t *line)
{
    if (line == NULL)
        return;
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
}

/* ---- one breach ---- */

void mqh_finding_json(const struct mqh_finding *finding, const char *file)
{
    const struct mqh_breach *b = finding->breach;
    char rule[96];
    json_t *line;

    snprintf(rule, sizeof rule, "%s %s", mqc_version_space(b->version), b->id);
    line = json_pack("{s:o, s:f, s:i, s:s, s:s, s:s, s:s, s:s}", "frame",
                     finding->frame > 0 ? json_integer((json_int_t)finding->frame) : json_null(),
                     "time", finding->time_s, "connection", (int)b->connection, "side",
                     side_name(b->side), "rule", rule, "level", level_name(b->level), "text",
                     b->text, "notation", finding->notation);
    if (line != NULL && file != NULL)
        json_object_set_new(line, "file", json_string(file));
    write_line(line);
}

void mqh_finding_text(const struct mqh_finding *finding, const char *file)
{
    const struct mqh_breach *b = finding->breach;

    if (file != NULL)
        printf("%s: ", file);
    if (finding->frame > 0)
        printf("frame %" PRIu64 "  %.6f s  ", finding->frame, finding->time_s);
    printf("#%u %s  %s %s (%s): %s: %s\n", b->connection, side_name(b->side),
           mqc_version_space(b->version), b->id, level_name(b->level), b->says, b->text);
    if (finding->notation[0] != '\0')
        printf("    %s\n", finding->notation);
}

/* ---- all of them ---- */

void mqh_finding_note(FILE *out, uint64_t count, const char *one, const char *many)
{
    if (count > 0)
        fprintf(out, "note: %" PRIu64 " %s\n", count, count == 1 ? one : many);
}

void mqh_finding_notes(FILE *out, const struct mqh_judge_counts *c)
{
    mqh_finding_note(out, c->midway,
                     "connection began before the capture: what it had open is unknown",
                     "connections began before the capture: what they had open is unknown");
    mqh_finding_note(out, c->unversioned,
                     "connection was not judged: no CONNECT names its version, and no --protocol",
                     "connections were not judged: no CONNECT names their "
                     "version, and no --protocol");
    mqh_finding_note(out, c->passed, "packet is not there whole, or too large: not judged",
                     "packets are not there whole, or too large: not judged");
    mqh_finding_note(out, c->blind, "direction could not be followed to its end",
                     "directions could not be followed to their end");
    mqh_finding_note(out, c->restarts,
                     "time the memory for sessions was full: what was known was forgotten",
                     "times the memory for sessions was full: what was known was forgotten");
}

void mqh_finding_capture_notes(FILE *out, const struct mqh_capture_counts *c)
{
    mqh_finding_note(out, c->tls - c->decrypted, "connection is TLS, and no key is there",
                     "connections are TLS, and no key is there");
    mqh_finding_note(out, c->fragments, "fragment of an IP packet was passed over",
                     "fragments of IP packets were passed over");
    mqh_finding_note(out, c->cut, "frame ends inside a header", "frames end inside a header");
    mqh_finding_note(out, c->unknown_links, "frame of a link type that is not read",
                     "frames of a link type that is not read");
}

void mqh_finding_summary(const struct mqh_judge_counts *c, const char *file)
{
    if (file != NULL)
        printf("%s: ", file);
    printf("%" PRIu64 " packet%s on %u connection%s: client broke %" PRIu64 " MUST, %" PRIu64
           " SHOULD; server broke %" PRIu64 " MUST, %" PRIu64 " SHOULD\n",
           c->packets, c->packets == 1 ? "" : "s", c->connections, c->connections == 1 ? "" : "s",
           c->client_must, c->client_should, c->server_must, c->server_should);
}

void mqh_finding_summary_json(const struct mqh_judge_counts *c, const char *file,
                              const struct mqh_capture_counts *capture)
{
    write_line(json_pack(
        "{s:{s:s, s:I, s:I, s:I, s:I, s:i, s:i, s:i, s:I, s:i, s:i, s:i, s:I, s:I, s:I, "
        "s:{s:I, s:I}, s:{s:I, s:I}}}",
        "summary", "file", file, "frames", (json_int_t)capture->frames, "packets",
        (json_int_t)c->packets, "judged", (json_int_t)c->judged, "bytes", (json_int_t)c->bytes,
        "connections", (int)c->connections, "midway", (int)c->midway, "unversioned",
        (int)c->unversioned, "not_whole", (json_int_t)c->passed, "blind", (int)c->blind, "restarts",
        (int)c->restarts, "tls_without_key", (int)(capture->tls - capture->decrypted), "fragments",
        (json_int_t)capture->fragments, "cut", (json_int_t)capture->cut, "unknown_links",
        (json_int_t)capture->unknown_links, "client", "MUST", (json_int_t)c->client_must, "SHOULD",
        (json_int_t)c->client_should, "server", "MUST", (json_int_t)c->server_must, "SHOULD",
        (json_int_t)c->server_should));
}

bool mqh_finding_side(const char *command, const char *text, enum mqc_side *out)
{
    if (strcmp(text, "client") == 0)
        *out = MQC_CLIENT;
    else if (strcmp(text, "server") == 0)
        *out = MQC_SERVER;
    else if (strcmp(text, "both") == 0)
        *out = MQC_SIDE_UNKNOWN;
    else
        return mqh_cli_complain(command, "--side %s: expected client, server or both", text) == 0;
    return true;
}

bool mqh_finding_is_red(const struct mqh_judge_counts *c, enum mqc_side side, bool strict)
{
    uint64_t client = c->client_must + (strict ? c->client_should : 0);
    uint64_t server = c->server_must + (strict ? c->server_should : 0);

    return (side != MQC_SERVER && client > 0) || (side != MQC_CLIENT && server > 0);
}
