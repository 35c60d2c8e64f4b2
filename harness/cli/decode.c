#include "harness/cli/decode.h"

#include <inttypes.h>
#include <stdlib.h>

#include "codec/text.h"
#include "harness/cli/cli.h"

static const char help[] =
    "mqspec decode [--protocol 3.1|3.1.1|5.0] [--from client|server] [OPTION…]\n"
    "[FILE…|-]\n\n"
    "Reads MQTT packets and prints them in notation, each with every rule it breaks\n"
    "under the bytes that break it. Without FILE, or for -, standard input is read.\n\n"
    "  --protocol VERSION  judge by this version. Without it the version is the one\n"
    "                      that a CONNECT in the input names for what follows, and\n"
    "                      5.0 before any CONNECT\n"
    "  --from SIDE         who sent this: then packets of the other side are faults\n"
    "  --hex               the input is hex text, one packet a line; blanks, | and #\n"
    "                      comments are allowed. An argument of hex digits, blanks\n"
    "                      and | alone is such a line itself\n"
    "  --json              one JSON object a line for each packet\n"
    "  --limit BYTES       print no more than the beginning of longer strings and\n"
    "                      payloads\n"
    "  --conceal           print <concealed> for passwords and authentication data\n\n"
    "Without --limit and --conceal the text can be given to mqspec encode, which\n"
    "makes the same bytes. In JSON, what is odd but allowed stands under \"notes\";\n"
    "\"missing\" counts the bytes that a packet at the end of the input lacks.\n\n"
    "Exit status: 0 all well, 1 a fault or an incomplete packet, 2 wrong usage or\n"
    "unreadable input.\n\n"
    "Examples\n"
    "  mqspec decode --hex '82 09 | 0001 | 00 | 0003 612f62 01'\n"
    "  mqspec decode --protocol 3.1.1 --from client session.bin\n"
    "  mqspec decode --json --hex --protocol 5.0 vectors.txt | jq .faults\n"
    "  nc -l 1883 | mqspec decode --from client\n";

struct decoder {
    bool json;
    bool hex;
    enum mqc_version fixed;   /* by --protocol; else unknown */
    enum mqc_version version; /* that a CONNECT named; else unknown */
    enum mqc_side from;
    struct mqc_text_style style;

    struct mqc_fault *faults;
    size_t fault_capacity;
    char *notation;
    size_t notation_capacity;
    bool red;               /* a fault, or an input that ends inside a packet */
    bool guessed;           /* faults were found in a version that nobody named */
    const char *looks_like; /* what an input is that is no MQTT; NULL: nothing else */
};

static void out_of_memory(void)
{
    mqh_cli_complain("decode", "no memory for a packet of this size");
    exit(MQH_EXIT_USAGE);
}

/* --- one packet ------------------------------------------------------------------------------ */

static char *make_room(struct decoder *decoder, size_t size)
{
    if (size > decoder->notation_capacity) {
        char *notation = realloc(decoder->notation, 2 * size);

        if (notation == NULL)
            out_of_memory();
        decoder->notation = notation;
        decoder->notation_capacity = 2 * size;
    }
    return decoder->notation;
}

static void print(struct decoder *decoder, const struct mqc_packet *packet)
{
    size_t size =
        mqc_text_print(packet, decoder->style, decoder->notation, decoder->notation_capacity);

    if (size >= decoder->notation_capacity) {
        make_room(decoder, size + 1);
        mqc_text_print(packet, decoder->style, decoder->notation, decoder->notation_capacity);
    }
}

/* RAW h'…': what is there of a packet that does not end. */
static void print_raw(struct decoder *decoder, struct mqc_slice bytes)
{
    char *at = make_room(decoder, sizeof "RAW h''" + 2 * bytes.size);

    at += sprintf(at, "RAW h'");
    for (size_t i = 0; i < bytes.size; i++)
        at += sprintf(at, "%02x", bytes.data[i]);
    sprintf(at, "'");
}

/* Decodes `frame`, again with more room if it has more faults than fit. */
static size_t decode(struct decoder *decoder, const struct mqc_frame *frame,
                     struct mqc_packet *packet)
{
    for (;;) {
        struct mqc_faults faults = {.items = decoder->faults, .capacity = decoder->fault_capacity};

        mqc_packet_decode(frame, packet, &faults);
        if (faults.count <= faults.capacity)
            return faults.count;

        struct mqc_fault *items = realloc(decoder->faults, faults.count * sizeof *items);

        if (items == NULL)
            out_of_memory();
        decoder->faults = items;
        decoder->fault_capacity = faults.count;
    }
}

/* The version that the next frame is judged by; unknown for a CONNECT that names its own. */
static enum mqc_version version_for(const struct decoder *decoder, enum mqc_type type)
{
    if (decoder->fixed != MQC_VERSION_UNKNOWN)
        return decoder->fixed;
    if (type == MQC_CONNECT)
        return MQC_VERSION_UNKNOWN;
    return decoder->version != MQC_VERSION_UNKNOWN ? decoder->version : MQC_V5;
}

static void show(struct decoder *decoder, struct mqh_decoded *decoded)
{
    decoded->notation = decoder->notation;
    decoded->faults = decoder->faults;
    for (size_t i = 0; i < decoded->fault_count; i++) {
        if (!mqh_decoded_is_fault(decoded, &decoded->faults[i]))
            continue;
        decoder->red = true;
        decoder->guessed = decoder->guessed || (decoder->fixed == MQC_VERSION_UNKNOWN &&
                                                decoder->version == MQC_VERSION_UNKNOWN);
    }
    if (decoder->json)
        mqh_decoded_write_json(stdout, decoded);
    else
        mqh_decoded_write_text(stdout, decoded);
}

static void show_packet(struct decoder *decoder, struct mqc_frame *frame,
                        struct mqh_decoded *decoded)
{
    struct mqc_packet packet;

    frame->version = version_for(decoder, frame->type);
    decoded->bytes = (struct mqc_slice){frame->bytes, frame->size};
    decoded->type = frame->type;
    decoded->fault_count = decode(decoder, frame, &packet);
    decoded->version = packet.version;
    if (frame->type == MQC_CONNECT && decoded->state == MQH_INPUT_PACKET)
        decoder->version = packet.version;
    print(decoder, &packet);
    show(decoder, decoded);
}

static void show_incomplete(struct decoder *decoder, const struct mqc_frame *frame, size_t there,
                            struct mqh_decoded *decoded)
{
    decoded->bytes = (struct mqc_slice){frame->bytes, there};
    decoded->type = frame->type;
    decoded->missing = frame->size - there;
    decoded->version = version_for(decoder, MQC_RESERVED);
    decoder->red = true;
    print_raw(decoder, decoded->bytes);
    show(decoder, decoded);
}

/* --- one input ------------------------------------------------------------------------------- */

static void complain_of_end(const struct mqh_input *input, const struct mqh_decoded *decoded)
{
    char line[32] = "";

    if (input->hex)
        snprintf(line, sizeof line, ":%u", input->line_number);
    if (decoded->state == MQH_INPUT_BROKEN)
        mqh_cli_complain("decode",
                         "%s%s: offset %" PRIu64
                         ": the Remaining Length does not end; what follows cannot be read",
                         input->name, line, decoded->offset);
    else
        mqh_cli_complain(
            "decode", "%s%s: offset %" PRIu64 ": ends inside a %s, with %zu of at least %zu bytes",
            input->name, line, decoded->offset, mqc_type_name(decoded->type), decoded->bytes.size,
            decoded->bytes.size + decoded->missing);
}

/* False when the input could not be read. */
static bool decode_input(struct decoder *decoder, const char *argument)
{
    struct mqh_input input;
    enum mqh_input_state state = MQH_INPUT_PACKET;

    if (!mqh_input_open(&input, "decode", argument, decoder->hex))
        return false;
    decoder->version = MQC_VERSION_UNKNOWN;
    while (!ferror(stdout)) {
        struct mqc_frame frame = {.from = decoder->from};
        struct mqh_decoded decoded = {0};
        size_t there = 0;

        state = mqh_input_next(&input, "decode", &frame, &decoded.offset, &there);
        if (state == MQH_INPUT_END || state == MQH_INPUT_ERROR)
            break;
        decoded.state = state;
        if (decoded.offset == 0 && !decoder->hex)
            decoder->looks_like = mqh_input_looks_like((struct mqc_slice){
                frame.bytes, state == MQH_INPUT_INCOMPLETE ? there : frame.size});
        if (state == MQH_INPUT_INCOMPLETE)
            show_incomplete(decoder, &frame, there, &decoded);
        else
            show_packet(decoder, &frame, &decoded);
        if (state != MQH_INPUT_PACKET)
            complain_of_end(&input, &decoded);
    }
    mqh_input_close(&input);
    return state != MQH_INPUT_ERROR;
}

/* --- options --------------------------------------------------------------------------------- */

enum { PROTOCOL = MQH_OPTION, FROM, HEX, JSON, LIMIT, CONCEAL };

static bool parse_side(const char *text, enum mqc_side *out)
{
    if (strcmp(text, "client") == 0)
        *out = MQC_CLIENT;
    else if (strcmp(text, "server") == 0)
        *out = MQC_SERVER;
    else
        mqh_cli_complain("decode", "--from %s: expected client or server", text);
    return *out != MQC_SIDE_UNKNOWN;
}

static bool take_option(struct decoder *decoder, int option)
{
    unsigned limit = 0;

    switch (option) {
    case PROTOCOL:
        decoder->fixed = mqh_option_version("decode", optarg);
        return decoder->fixed != MQC_VERSION_UNKNOWN;
    case FROM:
        return parse_side(optarg, &decoder->from);
    case HEX:
        decoder->hex = true;
        return true;
    case JSON:
        decoder->json = true;
        return true;
    case LIMIT:
        if (!mqh_option_number("decode", "limit", optarg, 1, 268435455, &limit))
            return false;
        decoder->style.limit = limit;
        return true;
    case CONCEAL:
        decoder->style.conceal = true;
        return true;
    default:
        return false;
    }
}

int mqh_cli_decode(int argc, char **argv)
{
    static const struct option options[] = {
        {"protocol", required_argument, NULL, PROTOCOL},
        {"from", required_argument, NULL, FROM},
        {"hex", no_argument, NULL, HEX},
        {"json", no_argument, NULL, JSON},
        {"limit", required_argument, NULL, LIMIT},
        {"conceal", no_argument, NULL, CONCEAL},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct decoder decoder = {0};
    bool readable = true;
    int option;

    while ((option = mqh_option_next(argc, argv, ":h", options)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return MQH_EXIT_OK;
        }
        if (!take_option(&decoder, option))
            return MQH_EXIT_USAGE;
    }
    make_room(&decoder, 1024);
    if (optind == argc)
        readable = decode_input(&decoder, "-");
    for (int i = optind; i < argc; i++)
        readable = decode_input(&decoder, argv[i]) && readable;
    if (decoder.looks_like != NULL)
        mqh_cli_complain("decode", "the input looks like %s", decoder.looks_like);
    if (decoder.guessed)
        mqh_cli_complain("decode", "no CONNECT and no --protocol named a version: judged as 5.0");
    free(decoder.faults);
    free(decoder.notation);
    return !readable ? MQH_EXIT_USAGE : decoder.red ? MQH_EXIT_RED : MQH_EXIT_OK;
}
