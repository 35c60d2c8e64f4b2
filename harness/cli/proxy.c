#include "harness/cli/proxy.h"
#include <errno.h>

#include <stdio.h>
#include <string.h>

#include "harness/cli/finding.h"
#include "harness/cli/target_options.h"
#include "harness/driver/interrupt.h"

static const char help[] =
    "mqspec proxy LISTEN URL [OPTION…]\n\n"
    "Stands between clients and the broker at URL: accepts connections at LISTEN and\n"
    "passes all bytes on, both ways, unchanged, while it judges what both sides say.\n"
    "Until SIGINT (Ctrl-C) or SIGTERM. Every packet is shown in notation: -> is the\n"
    "client's, <- the broker's; breaches stand below. Who reads this output has to\n"
    "keep up with it, for nothing is dropped.\n\n"
    "  LISTEN, URL         mqtt://host[:port], mqtts://, ws://, wss:// or\n"
    "                      unix:///path; [::1] for IPv6. Port 0 of LISTEN takes a\n"
    "                      free one; a line on standard error says when it is ready,\n"
    "                      and where. WebSocket goes through as it is, with the\n"
    "                      client's own path, so it is ws: or wss: on both sides;\n"
    "                      TLS ends here, on each side for itself\n"
    "  --ca FILE, --insecure, --cert FILE, --key FILE\n"
    "                      towards the broker, as in mqspec test\n"
    "  --listen-cert FILE, --listen-key FILE\n"
    "                      the certificate to show to clients at mqtts: or wss:\n\n"
    "  --breaches          shows breaches only\n"
    "  --quiet             shows the summary only\n"
    "  --json              one JSON object a line for each breach, and a summary at\n"
    "                      the end, as in mqspec lint\n"
    "  --status            instead of packets and breaches: a screen of clients,\n"
    "                      topics, rates and breaches (1+2: of one MUST, two\n"
    "                      SHOULDs), drawn every second, in place on a terminal;\n"
    "                      with --json one object a line each time and at the end,\n"
    "                      then the summary\n"
    "  --interval SECONDS  between two of them\n"
    "  --record FILE.pcapng\n"
    "                      keeps what was said, breaches as packet comments: for\n"
    "                      Wireshark, replay, and lint, which says the same of it\n"
    "                      (with --port 1883, where a CONNECT was bad)\n"
    "  --show-secrets      passwords and authentication data as they are; else they\n"
    "                      are hidden, with the rest of a CONNECT that is malformed\n"
    "  --protocol VERSION  of connections that do not begin with CONNECT: without it\n"
    "                      they are passed on, not judged\n"
    "  --side client|server|both\n"
    "                      whose breaches of a MUST set the exit status; both\n"
    "                      without it\n"
    "  --strict            breaches of a SHOULD count too\n\n"
    "Exit status: 0 no breach that counts, 1 one, 2 wrong usage, or an address where\n"
    "it cannot listen.\n\n"
    "Examples\n"
    "  mqspec proxy mqtt://127.0.0.1:1884 mqtt://127.0.0.1:1883\n"
    "  mqspec proxy mqtt://127.0.0.1:1884 mqtts://broker.example --record all.pcapng\n"
    "  mqspec proxy ws://127.0.0.1:8081 ws://127.0.0.1:8080 --json --side client\n"
    "  mqspec proxy mqtt://127.0.0.1:1884 mqtt://127.0.0.1:1883 --status\n";

struct run {
    struct mqh_proxy proxy;
    struct mqh_arena arena;
    struct mqh_target_options given;  /* for the broker */
    struct mqh_target_options listen; /* for clients */
    struct mqh_target at;
    struct mqh_target to;
    uv_loop_t loop;
    uv_prepare_t prepare;
    struct mqh_relay *relay;
    struct mqh_interrupt interrupt;
};

/* ---- running ---- */

static void on_interrupt(void *context)
{
    struct run *run = context;

    if (run->proxy.status)
        mqh_proxy_status_end(&run->proxy);
    mqh_relay_stop(run->relay);
    uv_close((uv_handle_t *)&run->prepare, NULL);
}

static void on_second_interrupt(void *context)
{
    mqh_proxy_status_leave(&((struct run *)context)->proxy);
}

/* Before the loop waits, what was said is on its way to whoever reads it. */
static void on_prepare(uv_prepare_t *prepare)
{
    struct run *run = prepare->data;

    fflush(stdout);
    if (run->proxy.file != NULL && fflush(run->proxy.file) != 0 && run->proxy.trouble == 0) {
        run->proxy.trouble = errno;
        mqh_proxy_note(&run->proxy, "cannot write %s: %s", run->proxy.record, strerror(errno));
    }
}

/* Where it listens, with the port that it has got. */
static const char *url_of(struct run *run)
{
    const struct mqh_target *at = &run->at;
    bool brackets = strchr(at->host, ':') != NULL;

    if (at->local)
        return at->url;
    return mqh_arena_format(
        &run->arena, "%.*s%s%s%s:%u", (int)(strstr(at->url, "://") + 3 - at->url), at->url,
        brackets ? "[" : "", at->host, brackets ? "]" : "", (unsigned)mqh_relay_port(run->relay));
}

static void summarise(const struct run *run)
{
    const struct mqh_proxy *proxy = &run->proxy;

    if (proxy->json) {
        const struct mqh_capture_counts capture = {
            .frames = proxy->pcapng == NULL ? 0 : mqh_pcapng_frame(proxy->pcapng, 0) - 1};

        mqh_finding_summary_json(&proxy->counts, proxy->record == NULL ? "" : proxy->record,
                                 &capture);
        return;
    }
    mqh_finding_notes(stdout, &proxy->counts);
    mqh_finding_note(stdout, proxy->traffic->others, "connection was no MQTT",
                     "connections were no MQTT");
    mqh_finding_note(stdout, proxy->traffic->failures, "connection could not be passed on",
                     "connections could not be passed on");
    mqh_finding_summary(&proxy->counts, NULL);
}

static int proxy(struct run *run)
{
    char why[300];
    int status = MQH_EXIT_USAGE;

    uv_loop_init(&run->loop);
    run->relay = mqh_relay_new(&run->loop, &run->at, &run->to, &mqh_proxy_events, &run->proxy, why,
                               sizeof why);
    if (run->relay == NULL) {
        mqh_cli_complain("proxy", "%s", why);
    } else if (mqh_proxy_watch_begin(&run->proxy)) {
        mqh_interrupt_start(&run->interrupt, &run->loop, on_interrupt, on_second_interrupt, run);
        uv_prepare_init(&run->loop, &run->prepare);
        uv_prepare_start(&run->prepare, on_prepare);
        run->prepare.data = run;
        run->proxy.at = url_of(run);
        run->proxy.to = run->to.url;
        fprintf(stderr, "mqspec proxy: ready at %s\n", run->proxy.at);
        if (run->proxy.status)
            mqh_proxy_status_begin(&run->proxy, &run->loop);
        uv_run(&run->loop, UV_RUN_DEFAULT);
        mqh_interrupt_stop(&run->interrupt);
        summarise(run);
        status = mqh_finding_is_red(&run->proxy.counts, run->proxy.side, run->proxy.strict)
                     ? MQH_EXIT_RED
                     : MQH_EXIT_OK;
        if (!mqh_proxy_watch_end(&run->proxy))
            status = MQH_EXIT_USAGE;
    }
    if (run->relay != NULL) {
        mqh_relay_stop(run->relay);
        uv_run(&run->loop, UV_RUN_DEFAULT);
        mqh_relay_free(run->relay);
    }
    uv_loop_close(&run->loop);
    return status;
}

/* ---- options ---- */

enum {
    BREACHES = MQH_OPTION,
    QUIET,
    JSON,
    STATUS,
    INTERVAL,
    RECORD,
    SECRETS,
    PROTOCOL,
    SIDE,
    STRICT,
    LISTEN_CERT,
    LISTEN_KEY,
};

static bool take_option(struct run *run, int option)
{
    struct mqh_proxy *proxy = &run->proxy;

    switch (option) {
    case BREACHES:
        proxy->show = proxy->show == MQH_PROXY_SUMMARY ? proxy->show : MQH_PROXY_BREACHES;
        return true;
    case QUIET:
        proxy->show = MQH_PROXY_SUMMARY;
        return true;
    case JSON:
        proxy->json = true;
        return true;
    case STATUS:
        proxy->status = true;
        proxy->show = MQH_PROXY_SUMMARY;
        return true;
    case INTERVAL:
        return mqh_option_seconds("proxy", "interval", optarg, &proxy->interval_ms);
    case RECORD:
        proxy->record = optarg;
        return true;
    case SECRETS:
        proxy->show_secrets = true;
        return true;
    case PROTOCOL:
        proxy->judging.version = mqh_option_version("proxy", optarg);
        return proxy->judging.version != MQC_VERSION_UNKNOWN;
    case SIDE:
        return mqh_finding_side("proxy", optarg, &proxy->side);
    case STRICT:
        proxy->strict = true;
        return true;
    case LISTEN_CERT:
        run->listen.given.cert_file = optarg;
        return true;
    case LISTEN_KEY:
        run->listen.given.key_file = optarg;
        return true;
    default:
        return false;
    }
}

static bool make_targets(struct run *run, const char *listen, const char *url)
{
    if (!mqh_target_listen(&run->arena, "proxy", listen, &run->listen, &run->at) ||
        !mqh_target_make(&run->arena, "proxy", url, &run->given, &run->to))
        return false;
    if (run->to.user_name != NULL || run->at.user_name != NULL) {
        mqh_cli_complain("proxy", "user and password are the client's: what it says is passed on");
        return false;
    }
    if (run->at.websocket != run->to.websocket) {
        mqh_cli_complain("proxy", "WebSocket goes through as it is: ws: or wss: on both sides");
        return false;
    }
    return true;
}

static int parse_and_run(struct run *run, int argc, char **argv)
{
    static const struct option options[] = {
        {"breaches", no_argument, NULL, BREACHES},
        {"quiet", no_argument, NULL, QUIET},
        {"json", no_argument, NULL, JSON},
        {"status", no_argument, NULL, STATUS},
        {"interval", required_argument, NULL, INTERVAL},
        {"record", required_argument, NULL, RECORD},
        {"show-secrets", no_argument, NULL, SECRETS},
        {"protocol", required_argument, NULL, PROTOCOL},
        {"side", required_argument, NULL, SIDE},
        {"strict", no_argument, NULL, STRICT},
        {"ca", required_argument, NULL, MQH_TARGET_CA},
        {"insecure", no_argument, NULL, MQH_TARGET_INSECURE},
        {"cert", required_argument, NULL, MQH_TARGET_CERT},
        {"key", required_argument, NULL, MQH_TARGET_KEY},
        {"listen-cert", required_argument, NULL, LISTEN_CERT},
        {"listen-key", required_argument, NULL, LISTEN_KEY},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = mqh_option_next(argc, argv, ":h", options)) != -1) {
        bool good = true;

        if (option == 'h') {
            fputs(help, stdout);
            return MQH_EXIT_OK;
        }
        if (mqh_target_option(&run->arena, "proxy", option, optarg, &run->given, &good))
            continue;
        if (!good || !take_option(run, option))
            return MQH_EXIT_USAGE;
    }
    if (optind + 2 != argc)
        return mqh_cli_complain("proxy", "expected where to listen and the broker, such as "
                                         "mqtt://127.0.0.1:1884 mqtt://127.0.0.1:1883");
    return make_targets(run, argv[optind], argv[optind + 1]) ? proxy(run) : MQH_EXIT_USAGE;
}

int mqh_cli_proxy(int argc, char **argv)
{
    struct run run = {.proxy = {.interval_ms = 1000}};
    int status = parse_and_run(&run, argc, argv);

    mqh_arena_free(&run.arena);
    return status;
}
