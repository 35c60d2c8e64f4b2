/* What is passed on is followed: found to be MQTT, shown, judged, recorded. */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/capture/conceal.h"
#include "harness/catalogue/version.h"
#include "harness/cli/finding.h"
#include "harness/cli/proxy.h"
#include "harness/driver/clock.h"

/* For packets that are not whole yet, of all connections together. */
enum { SPARE = 256 * 1024 * 1024, PORT = 1883 };

/* A connection through the proxy. */
struct mqh_proxy_line {
    struct mqh_talk_reader *reader;
    struct mqh_traffic_talk *traffic;
    char client[MQH_ENDPOINT_TEXT_SIZE];
};

void mqh_proxy_note(struct mqh_proxy *proxy, const char *format, ...)
{
    char text[400];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    mqh_screen_note(&proxy->notes, text);
    if (proxy->in_place)
        return;
    fflush(stdout);
    fprintf(stderr, "mqspec proxy: %s\n", text);
}

/* ---- what is shown ---- */

static bool shows(const struct mqh_proxy *proxy, enum mqh_proxy_show what)
{
    return proxy->show <= what && !proxy->json;
}

static double seconds(const struct mqh_proxy *proxy, uint64_t time_ns)
{
    return time_ns > proxy->first_ns ? (double)(time_ns - proxy->first_ns) / 1e9 : 0;
}

static void show_line(const struct mqh_proxy *proxy, const struct mqh_talk_event *event,
                      const char *text)
{
    if (shows(proxy, MQH_PROXY_PACKETS))
        printf("%11.6f  #%u %s\n", seconds(proxy, event->time_ns), event->talk->number, text);
}

static void show_packet(const struct mqh_proxy *proxy, const struct mqh_talk_event *event)
{
    const char *arrow = event->side == MQC_CLIENT ? "->" : "<-";
    char notation[MQH_JUDGE_NOTATION_SIZE];
    char line[MQH_JUDGE_NOTATION_SIZE + 8];

    if (!shows(proxy, MQH_PROXY_PACKETS))
        return;
    mqh_judge_notation(event->bytes, event->side, mqh_judge_version(event->talk),
                       !proxy->show_secrets, notation, sizeof notation);
    if (notation[0] == '\0')
        snprintf(notation, sizeof notation, "%zu bytes that cannot be read", event->bytes.size);
    snprintf(line, sizeof line, "%s %s", arrow, notation);
    show_line(proxy, event, line);
}

static void add_comment(struct mqh_proxy *proxy, const struct mqh_breach *b)
{
    size_t size = strlen(proxy->comment);

    if (proxy->pcapng == NULL)
        return;
    snprintf(proxy->comment + size, sizeof proxy->comment - size, "%s%s %s (%s, %s): %s: %s",
             size == 0 ? "" : "; ", mqc_version_space(b->version), b->id,
             b->level == MQC_MUST ? "MUST" : "SHOULD", b->side == MQC_CLIENT ? "client" : "server",
             b->says, b->text);
}

static void count_finding(struct mqh_proxy *proxy, const struct mqh_breach *b)
{
    char rule[96];
    char text[MQH_SCREEN_NOTE_SIZE];

    snprintf(rule, sizeof rule, "%s %s", mqc_version_space(b->version), b->id);
    mqh_traffic_breach(proxy->traffic, proxy->now->traffic, b->side, b->level == MQC_MUST, rule);
    snprintf(text, sizeof text, "#%u %s  %s: %s", b->connection,
             b->side == MQC_CLIENT ? "client" : "broker", rule, b->says);
    mqh_screen_note(&proxy->notes, text);
}

/* Below its packet, which need not be shown again. */
static void on_finding(void *context, const struct mqh_finding *finding)
{
    struct mqh_proxy *proxy = context;
    struct mqh_finding below = *finding;

    add_comment(proxy, finding->breach);
    count_finding(proxy, finding->breach);
    if (proxy->show > MQH_PROXY_BREACHES)
        return;
    if (proxy->json) {
        mqh_finding_json(finding, NULL);
        return;
    }
    if (proxy->show == MQH_PROXY_PACKETS) {
        printf("%11s  ", "");
        below.notation = "";
    } else if (finding->frame == 0) {
        printf("%.6f s  ", finding->time_s);
    }
    mqh_finding_text(&below, NULL);
}

/* ---- what is recorded ---- */

static const char *comment_of(const struct mqh_proxy *proxy)
{
    return proxy->comment[0] == '\0' ? NULL : proxy->comment;
}

static void record_bytes(struct mqh_proxy *proxy, const struct mqh_talk_event *event,
                         enum mqc_version version)
{
    uint8_t *copy;

    if (proxy->pcapng == NULL || event->bytes.size == 0)
        return;
    copy = malloc(event->bytes.size);
    if (copy == NULL)
        return;
    memcpy(copy, event->bytes.data, event->bytes.size);
    if (!proxy->show_secrets)
        mqh_conceal(copy, event->bytes, version);
    mqh_pcapng_data(proxy->pcapng, event->talk->number, event->side,
                    (struct mqc_slice){copy, event->bytes.size}, event->time_ns, comment_of(proxy));
    proxy->comment[0] = '\0';
    free(copy);
}

/* Its begin, and a hole for the rest. */
static size_t record_passed(struct mqh_proxy *proxy, const struct mqh_talk_event *event)
{
    struct mqc_frame frame = {0};

    mqc_frame_read(event->bytes, &frame);
    record_bytes(proxy, event, mqh_judge_version(event->talk));
    if (proxy->pcapng != NULL)
        mqh_pcapng_skip(proxy->pcapng, event->talk->number, event->side,
                        frame.size - event->bytes.size);
    return frame.size;
}

static void record_end(struct mqh_proxy *proxy, const struct mqh_talk_event *event)
{
    if (proxy->pcapng != NULL)
        mqh_pcapng_end_side(proxy->pcapng, event->talk->number, event->side,
                            event->kind == MQH_TALK_RESET, event->time_ns, comment_of(proxy));
    proxy->comment[0] = '\0';
}

/* ---- what is said ---- */

static void count_packet(struct mqh_proxy *proxy, const struct mqh_talk_event *event)
{
    struct mqc_frame frame = {.from = event->side};
    struct mqc_faults faults = {0};
    struct mqc_packet packet;

    if (!proxy->status || mqc_frame_read(event->bytes, &frame) != MQC_FRAME_COMPLETE)
        return;
    frame.version =
        frame.type == MQC_CONNECT ? MQC_VERSION_UNKNOWN : mqh_judge_version(event->talk);
    if (frame.type != MQC_CONNECT && frame.version == MQC_VERSION_UNKNOWN)
        return;
    mqc_packet_decode(&frame, &packet, &faults);
    mqh_traffic_packet(proxy->traffic, proxy->now->traffic, &packet,
                       (event->time_ns - proxy->begin_ns) / 1000000);
}

static void begin(struct mqh_proxy *proxy, const struct mqh_talk_event *event)
{
    char line[MQH_ENDPOINT_TEXT_SIZE + 40];

    if (proxy->first_ns == 0)
        proxy->first_ns = event->time_ns;
    snprintf(line, sizeof line, "open %s%s", proxy->now->client,
             event->talk->carrier == MQH_OVER_WEBSOCKET ? ", WebSocket" : "");
    show_line(proxy, event, line);
    if (proxy->pcapng != NULL)
        mqh_pcapng_open(proxy->pcapng, event->talk->number, PORT, event->time_ns);
    mqh_judge_event(proxy->judge, event);
}

static void end_side(struct mqh_proxy *proxy, const struct mqh_talk_event *event)
{
    char line[40];

    snprintf(line, sizeof line, "%s %s", event->side == MQC_CLIENT ? "->" : "<-",
             event->kind == MQH_TALK_RESET ? "RST" : "FIN");
    show_line(proxy, event, line);
    mqh_judge_event(proxy->judge, event);
    record_end(proxy, event);
}

static void pass_over(struct mqh_proxy *proxy, const struct mqh_talk_event *event)
{
    size_t size = record_passed(proxy, event);

    mqh_proxy_note(proxy, "#%u: a %s of %zu bytes is too large to be judged", event->talk->number,
                   mqc_type_name((enum mqc_type)(event->bytes.data[0] >> 4)), size);
    mqh_judge_event(proxy->judge, event);
}

static void on_talk(void *context, const struct mqh_talk_event *told)
{
    struct mqh_proxy *proxy = context;
    struct mqh_talk_event event = *told;

    if (proxy->pcapng != NULL && event.kind != MQH_TALK_TEXT_FRAME)
        event.frame = mqh_pcapng_frame(proxy->pcapng, event.bytes.size);
    switch (event.kind) {
    case MQH_TALK_BEGIN:
        begin(proxy, &event);
        break;
    case MQH_TALK_PACKET:
        show_packet(proxy, &event);
        count_packet(proxy, &event);
        mqh_judge_event(proxy->judge, &event);
        record_bytes(proxy, &event, mqh_judge_version(event.talk));
        break;
    case MQH_TALK_PASSED:
        pass_over(proxy, &event);
        break;
    case MQH_TALK_BLIND:
        mqh_proxy_note(proxy, "#%u: what the %s says from here on is not judged: %.*s",
                       event.talk->number, event.side == MQC_CLIENT ? "client" : "server",
                       (int)event.bytes.size, (const char *)event.bytes.data);
        mqh_judge_event(proxy->judge, &event);
        break;
    case MQH_TALK_UNFINISHED:
        record_bytes(proxy, &event, mqh_judge_version(event.talk));
        break;
    case MQH_TALK_CLOSED:
    case MQH_TALK_RESET:
        end_side(proxy, &event);
        break;
    case MQH_TALK_TEXT_FRAME:
    case MQH_TALK_END:
        mqh_judge_event(proxy->judge, &event);
        break;
    case MQH_TALK_OTHER:
        proxy->traffic->others++;
        mqh_proxy_note(proxy, "%s: %.*s: passed on, not judged", proxy->now->client,
                       (int)event.bytes.size, (const char *)event.bytes.data);
        break;
    }
}

/* ---- what the relay tells ---- */

static struct mqh_talk_place place_of(enum mqc_side side)
{
    return (struct mqh_talk_place){.side = side, .time_ns = mqh_clock_ns()};
}

static struct mqh_endpoint endpoint_of(const struct sockaddr *address)
{
    struct mqh_endpoint endpoint = {0};

    if (address != NULL && address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)address;

        endpoint.family = 4;
        endpoint.port = ntohs(in->sin_port);
        memcpy(endpoint.address, &in->sin_addr, 4);
    } else if (address != NULL && address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)address;

        endpoint.family = 6;
        endpoint.port = ntohs(in->sin6_port);
        memcpy(endpoint.address, &in->sin6_addr, 16);
    }
    return endpoint;
}

static void *on_opened(void *context, const struct sockaddr *address)
{
    struct mqh_proxy *proxy = context;
    struct mqh_proxy_line *line = calloc(1, sizeof *line);
    struct mqh_endpoint client = endpoint_of(address);
    struct mqh_endpoint server = {0};

    if (line == NULL)
        abort();
    line->reader = mqh_talk_new(&proxy->talks, &client, &server,
                                proxy->judging.version != MQC_VERSION_UNKNOWN);
    if (client.family != 0)
        mqh_endpoint_text(&client, line->client);
    else
        snprintf(line->client, sizeof line->client, "a client");
    line->traffic = mqh_traffic_open(proxy->traffic, line->client);
    return line;
}

static void on_passed(void *context, void *talk, enum mqc_side from, struct mqc_slice bytes)
{
    struct mqh_proxy *proxy = context;

    proxy->now = talk;
    mqh_talk_add(proxy->now->reader, place_of(from), bytes);
}

static void on_ended(void *context, void *talk, enum mqc_side from, bool by_reset)
{
    struct mqh_proxy *proxy = context;

    proxy->now = talk;
    mqh_talk_end(proxy->now->reader, place_of(from), by_reset);
}

static void on_failed(void *context, void *talk, enum mqc_side side, const char *why)
{
    struct mqh_proxy *proxy = context;
    const struct mqh_proxy_line *line = talk;

    proxy->traffic->failures++;
    mqh_proxy_note(proxy, "%s: %s%s", line == NULL ? "a client" : line->client, why,
                   side == MQC_SERVER ? "; closed" : "");
}

static void on_closed(void *context, void *talk)
{
    struct mqh_proxy *proxy = context;

    proxy->now = talk;
    mqh_talk_free(proxy->now->reader, place_of(MQC_CLIENT));
    mqh_traffic_close(proxy->traffic, proxy->now->traffic);
    free(proxy->now);
    proxy->now = NULL;
}

static void on_refused(void *context, const char *why)
{
    struct mqh_proxy *proxy = context;

    if (proxy->traffic->failures++ == 0)
        mqh_proxy_note(proxy, "a client could not be accepted: %s", why);
}

const struct mqh_relay_events mqh_proxy_events = {on_opened, on_passed, on_ended,
                                                  on_failed, on_closed, on_refused};

/* ---- begin and end ---- */

bool mqh_proxy_watch_begin(struct mqh_proxy *proxy)
{
    char program[40];

    snprintf(program, sizeof program, "mqspec %s", mqh_version());
    proxy->spare = SPARE;
    proxy->talks = (struct mqh_talks){
        .handler = on_talk, .context = proxy, .any_connect = true, .spare = &proxy->spare};
    if (proxy->record != NULL) {
        proxy->file = fopen(proxy->record, "wb");
        if (proxy->file != NULL)
            proxy->pcapng = mqh_pcapng_begin(proxy->file, program);
        if (proxy->pcapng == NULL) {
            mqh_cli_complain("proxy", "cannot write %s: %s", proxy->record, strerror(errno));
            return false;
        }
    }
    proxy->begin_ns = mqh_clock_ns();
    proxy->traffic = mqh_traffic_new();
    proxy->judge = mqh_judge_new(&proxy->judging, on_finding, proxy, &proxy->counts);
    if (proxy->judge == NULL)
        abort();
    return true;
}

bool mqh_proxy_watch_end(struct mqh_proxy *proxy)
{
    bool good = true;

    mqh_judge_free(proxy->judge);
    mqh_traffic_free(proxy->traffic);
    if (proxy->pcapng != NULL)
        good = mqh_pcapng_end(proxy->pcapng);
    if (proxy->file != NULL)
        good = fclose(proxy->file) == 0 && good;
    if (!good)
        mqh_cli_complain("proxy", "cannot write %s: %s", proxy->record,
                         strerror(proxy->trouble != 0 ? proxy->trouble : errno));
    return good;
}
