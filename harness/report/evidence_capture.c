#include "harness/report/evidence_capture.h"

#include <stdlib.h>

#include "harness/capture/conceal.h"
#include "harness/capture/pcapng_write.h"
#include "harness/report/evidence.h"

/* ---- the capture ---- */

struct capture {
    struct mqh_pcapng *pcapng;
    const struct mqh_scenario *scenario;
    const struct mqh_result *result;
    uint64_t start_ns;
};

static bool is_server(const struct capture *capture, const char *peer)
{
    for (size_t i = 0; i < capture->scenario->peer_count; i++)
        if (peer != NULL && strcmp(capture->scenario->peers[i], peer) == 0)
            return capture->scenario->peer_is_server[i];
    return false;
}

/* The breaches that stand right behind a packet. */
static void write_breaches(FILE *out, const struct capture *capture, const struct mqh_event *event,
                           const char *separator)
{
    const struct mqh_event *end = capture->result->events + capture->result->event_count;

    for (const struct mqh_event *e = event + 1; e < end && e->kind == MQH_EVENT_BREACH; e++) {
        fprintf(out, "%s%s", separator, e->text);
        separator = "; ";
    }
}

/* "v5 MQTT-2.1.3-1; …", and the verdict at the last packet; NULL for nothing to say. Freed by the
 * caller. */
static char *comment_on(const struct capture *capture, const struct mqh_event *event, bool last)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const char *separator = "";

    if (out == NULL)
        return NULL;
    for (size_t i = 0; i < event->fault_count; i++) {
        const struct mqc_rule_text *rule = mqc_rule_in(event->faults[i].rule, event->version);

        fprintf(out, "%s%s %s", separator, mqc_version_space(event->version), rule->id);
        separator = "; ";
    }
    write_breaches(out, capture, event, separator);
    if (ftell(out) > 0)
        separator = "; ";
    if (last && capture->result->reason[0] != '\0') {
        fprintf(out, "%s%s: %s", separator, mqh_verdict_name(capture->result->verdict),
                capture->result->reason);
        for (size_t i = 0; i < capture->result->broken.count; i++) {
            fputs("\nbreaks ", out);
            mqh_evidence_requirement(out, capture->result->broken.items[i]);
        }
    }
    fclose(out);
    if (size == 0) {
        free(text);
        return NULL;
    }
    return text;
}

static void write_data(const struct capture *capture, const struct mqh_event *event,
                       enum mqc_side from, bool last)
{
    uint64_t time_ns = capture->start_ns + event->time_ms * 1000000;
    uint8_t *copy = malloc(event->bytes.size + 1);
    char *comment = comment_on(capture, event, last);

    if (copy != NULL && event->bytes.size > 0) {
        memcpy(copy, event->bytes.data, event->bytes.size);
        mqh_conceal(copy, event->bytes, event->version);
        mqh_pcapng_data(capture->pcapng, event->connection, from,
                        (struct mqc_slice){copy, event->bytes.size}, time_ns, comment);
    }
    free(comment);
    free(copy);
}

static void write_event(const struct capture *capture, const struct mqh_event *event, bool last)
{
    enum mqc_side ours = is_server(capture, event->peer) ? MQC_SERVER : MQC_CLIENT;
    enum mqc_side theirs = ours == MQC_SERVER ? MQC_CLIENT : MQC_SERVER;
    uint64_t time_ns = capture->start_ns + event->time_ms * 1000000;
    enum { PORT = 1883 };

    switch (event->kind) {
    case MQH_EVENT_OPENED:
        mqh_pcapng_open(capture->pcapng, event->connection, PORT, time_ns);
        break;
    case MQH_EVENT_SENT:
        write_data(capture, event, ours, last);
        break;
    case MQH_EVENT_RECEIVED:
        write_data(capture, event, theirs, last);
        break;
    case MQH_EVENT_CLOSED:
    case MQH_EVENT_RESET:
        mqh_pcapng_close(capture->pcapng, event->connection, ours, event->kind == MQH_EVENT_RESET,
                         time_ns);
        break;
    case MQH_EVENT_PEER_FIN:
    case MQH_EVENT_PEER_RST:
        mqh_pcapng_close(capture->pcapng, event->connection, theirs,
                         event->kind == MQH_EVENT_PEER_RST, time_ns);
        break;
    case MQH_EVENT_BREACH:
    case MQH_EVENT_NOTE:
        break;
    }
}

/* The packet that the verdict is written at: the last one received, or else the last one sent. */
static size_t last_packet(const struct mqh_result *result)
{
    size_t last = 0;

    for (size_t i = 0; i < result->event_count; i++)
        if (result->events[i].kind == MQH_EVENT_RECEIVED ||
            (result->events[i].kind == MQH_EVENT_SENT && result->rests_on_absence))
            last = i;
    return last;
}

bool mqh_evidence_capture(FILE *out, const struct mqh_run *run, size_t index, uint64_t start_ns)
{
    const struct mqh_result *result = run->results[index];
    struct capture capture = {.pcapng = mqh_pcapng_begin(out, run->tool),
                              .scenario = run->cases[index].scenario,
                              .result = result,
                              .start_ns = start_ns};
    size_t last = last_packet(result);

    if (capture.pcapng == NULL)
        return false;
    for (size_t i = 0; i < result->event_count; i++)
        write_event(&capture, &result->events[i], i == last);
    return mqh_pcapng_end(capture.pcapng);
}

/* ---- the scenario ---- */

static bool is_value(const struct mqc_value *a, const struct mqc_value *b)
{
    return a->kind == b->kind && a->number == b->number && mqc_slice_equal(a->bytes, b->bytes);
}

/* "vary $x in 0x3", the one value that the case has. False where it cannot be said: what counts up
 * to `all` may be too much for other versions. */
static bool write_vary(FILE *out, const struct mqh_case *c, const struct mqh_vary *vary)
{
    const struct mqh_binding *member = c->members;

    while (member != NULL && !mqc_slice_equal(member->name, vary->name))
        member = member->next;
    for (size_t i = 0; member != NULL && i < vary->value_count; i++) {
        if (!is_value(&vary->parsed[i], &member->value))
            continue;
        fprintf(out, "vary     $%.*s in %.*s\n", (int)vary->name.size,
                (const char *)vary->name.data, (int)vary->values[i].text.size,
                (const char *)vary->values[i].text.data);
        return true;
    }
    return false;
}

static const struct mqh_vary *vary_at(const struct mqh_scenario *scenario, struct mqc_slice line)
{
    for (size_t i = 0; i < scenario->vary_count; i++)
        if (scenario->varies[i].name.data >= line.data &&
            scenario->varies[i].name.data < line.data + line.size)
            return &scenario->varies[i];
    return NULL;
}

static bool begins(struct mqc_slice line, const char *word)
{
    size_t size = strlen(word);

    return line.size > size && memcmp(line.data, word, size) == 0 && line.data[size] == ' ';
}

/* The statement at `at`, with the end of its line. */
static struct mqc_slice statement_at(struct mqc_slice joined, size_t at)
{
    const uint8_t *end = memchr(joined.data + at, '\n', joined.size - at);

    return (struct mqc_slice){
        joined.data + at, end == NULL ? joined.size - at : (size_t)(end + 1 - (joined.data + at))};
}

void mqh_evidence_scenario(FILE *out, const struct mqh_run *run, size_t index)
{
    const struct mqh_case *c = &run->cases[index];
    const struct mqh_scenario *scenario = c->scenario;
    struct mqc_slice text = scenario->source->text;
    struct mqc_slice joined = scenario->source->joined;
    size_t at = (size_t)(scenario->where.text.data - joined.data);
    bool first = true;

    if (scenario->comment[0] != '\0')
        fprintf(out, "# %s\n", scenario->comment);
    for (struct mqc_slice line; at < joined.size; at += line.size, first = false) {
        line = statement_at(joined, at);
        if (!first && begins(line, "scenario"))
            break;
        const struct mqh_vary *vary = vary_at(scenario, line);

        if (vary != NULL && write_vary(out, c, vary))
            continue;
        if (!begins((struct mqc_slice){text.data + at, line.size}, "#"))
            fwrite(text.data + at, 1, line.size, out);
    }
}
