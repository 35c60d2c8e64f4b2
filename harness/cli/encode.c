#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/text.h"
#include "harness/cli/cli.h"

static const char help[] =
    "mqspec encode [--protocol 3.1|3.1.1|5.0] [--hex|--raw] [PACKET…|-]\n\n"
    "Writes the bytes of packets given in notation: one packet an argument, or,\n"
    "without arguments or for -, one a line of standard input. Blank lines and #\n"
    "comments are skipped.\n\n"
    "  --protocol VERSION  the version to encode for; 5.0 without it\n"
    "  --hex               hex, one packet a line (this is the default)\n"
    "  --raw               the bytes themselves\n\n"
    "The encoder is obedient: with overrides (!flags=0xF, !cut=2 …) it writes\n"
    "malformed packets as willingly as good ones. mqspec decode says what is wrong\n"
    "with them.\n\n"
    "Exit status: 0 all well, 2 wrong usage or a text that is no packet.\n\n"
    "Examples\n"
    "  mqspec encode 'PUBLISH qos=1 id=7 topic=\"a/b\" payload=\"hi\"'\n"
    "  mqspec encode 'SUBSCRIBE !flags=0 id=1 [\"#\" qos=2]' | mqspec decode --hex\n"
    "  mqspec encode --raw CONNECT PINGREQ | nc 127.0.0.1 1883 |\n"
    "    mqspec decode --from server\n";

/* Bytes of the first attempt's memory; a text that needs more gets four times as much. */
#define MEMORY_MIN ((size_t)64 * 1024)

struct encoder {
    enum mqc_version version;
    bool raw;
    struct mqc_text_memory memory;
};

/* Where a text came from, for messages: an argument (0) or a line of standard input. */
static void complain(struct mqc_slice text, const struct mqc_text_error *error, unsigned line)
{
    if (line > 0)
        mqh_cli_complain("encode", "line %u, column %zu: %s", line, error->offset + 1,
                         error->message);
    else
        mqh_cli_complain("encode", "column %zu: %s", error->offset + 1, error->message);
    fprintf(stderr, "  %.*s\n  ", (int)text.size, (const char *)text.data);
    /* The caret stands under characters, not under bytes; tabs stay tabs. */
    for (size_t i = 0; i < error->offset && i < text.size; i++) {
        if (text.data[i] == '\t')
            putc('\t', stderr);
        else if ((text.data[i] & 0xc0) != 0x80)
            putc(' ', stderr);
    }
    putc('^', stderr);
    for (size_t i = 1; i < error->size; i++)
        putc('~', stderr);
    putc('\n', stderr);
}

static bool encode(struct encoder *encoder, struct mqc_slice text, struct mqc_slice *bytes,
                   struct mqc_text_error *error)
{
    struct mqc_text_scope scope = {
        .version = encoder->version,
        .client_id = mqc_slice_text("mqspec"),
    };

    for (;;) {
        encoder->memory.used = 0;
        *error = (struct mqc_text_error){0};
        if (mqc_text_encode(text, &scope, &encoder->memory, bytes, error))
            return true;
        if (!error->no_memory)
            return false;

        size_t size = encoder->memory.size == 0 ? MEMORY_MIN : 4 * encoder->memory.size;
        uint8_t *data = size > UINT32_MAX ? NULL : realloc(encoder->memory.data, size);

        if (data == NULL)
            return false;
        encoder->memory.data = data;
        encoder->memory.size = size;
    }
}

static void write_bytes(const struct encoder *encoder, struct mqc_slice bytes)
{
    if (encoder->raw) {
        fwrite(bytes.data, 1, bytes.size, stdout);
        return;
    }
    for (size_t i = 0; i < bytes.size; i++)
        printf("%02x", bytes.data[i]);
    putchar('\n');
}

static bool encode_text(struct encoder *encoder, struct mqc_slice text, unsigned line)
{
    struct mqc_slice bytes = {NULL, 0};
    struct mqc_text_error error;

    if (!encode(encoder, text, &bytes, &error)) {
        complain(text, &error, line);
        return false;
    }
    write_bytes(encoder, bytes);
    return true;
}

/* True for a line that holds no packet: blanks, a comment. */
static bool is_blank(const char *line)
{
    line += strspn(line, " \t\r\n");
    return *line == '\0' || *line == '#';
}

static bool encode_lines(struct encoder *encoder)
{
    char *line = NULL;
    size_t capacity = 0;
    unsigned number = 0;
    bool good = true;

    while (good && !ferror(stdout)) {
        errno = 0;

        ssize_t size = getline(&line, &capacity, stdin);

        if (size < 0) {
            if (errno != 0) {
                mqh_cli_complain("encode", "cannot read standard input: %s", strerror(errno));
                good = false;
            }
            break;
        }
        number++;
        while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
            line[--size] = '\0';
        if (!is_blank(line))
            good = encode_text(encoder, (struct mqc_slice){(uint8_t *)line, (size_t)size}, number);
    }
    free(line);
    return good;
}

enum { PROTOCOL = MQH_OPTION, HEX, RAW };

int mqh_cli_encode(int argc, char **argv)
{
    static const struct option options[] = {
        {"protocol", required_argument, NULL, PROTOCOL},
        {"hex", no_argument, NULL, HEX},
        {"raw", no_argument, NULL, RAW},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct encoder encoder = {.version = MQC_V5};
    bool good = true;
    int option;

    while ((option = mqh_option_next(argc, argv, ":h", options)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return MQH_EXIT_OK;
        }
        if (option == HEX || option == RAW)
            encoder.raw = option == RAW;
        else if (option == PROTOCOL)
            encoder.version = mqh_option_version("encode", optarg);
        if (option == '?' || encoder.version == MQC_VERSION_UNKNOWN)
            return MQH_EXIT_USAGE;
    }
    if (optind == argc)
        good = encode_lines(&encoder);
    for (int i = optind; good && i < argc; i++)
        good = strcmp(argv[i], "-") == 0 ? encode_lines(&encoder)
                                         : encode_text(&encoder, mqc_slice_text(argv[i]), 0);
    free(encoder.memory.data);
    return good ? MQH_EXIT_OK : MQH_EXIT_USAGE;
}
