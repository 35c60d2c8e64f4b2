#include "harness/cli/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/cli/cli.h"

enum { CHUNK = 64 * 1024 };

bool mqh_input_is_hex(const char *argument)
{
    size_t digits = 0;

    for (const char *at = argument; *at != '\0'; at++) {
        if (strchr("0123456789abcdefABCDEF", *at) != NULL)
            digits++;
        else if (strchr(" \t\n|", *at) == NULL)
            return false;
    }
    return digits >= 2;
}

bool mqh_input_open(struct mqh_input *input, const char *command, const char *argument, bool hex)
{
    struct stat status;

    *input = (struct mqh_input){.name = argument, .hex = hex};
    if (strcmp(argument, "-") == 0) {
        input->name = "standard input";
        input->file = stdin;
    } else if (hex && mqh_input_is_hex(argument)) {
        input->name = "argument";
        input->file = fmemopen((char *)(uintptr_t)argument, strlen(argument), "r");
    } else {
        input->file = fopen(argument, "rb");
        if (input->file != NULL && fstat(fileno(input->file), &status) == 0 &&
            S_ISDIR(status.st_mode)) {
            mqh_input_close(input);
            errno = EISDIR;
        }
    }
    if (input->file == NULL)
        mqh_cli_complain(command, "cannot read %s: %s%s", argument, strerror(errno),
                         !hex && mqh_input_is_hex(argument) ? "; --hex takes it for a packet" : "");
    return input->file != NULL;
}

void mqh_input_close(struct mqh_input *input)
{
    if (input->file != NULL && input->file != stdin)
        fclose(input->file);
    free(input->data);
    free(input->line);
    *input = (struct mqh_input){0};
}

/* Makes room for `more` bytes behind what is there. */
static bool make_room(struct mqh_input *input, size_t more)
{
    if (input->start > 0 && input->start + input->size + more > input->capacity) {
        memmove(input->data, input->data + input->start, input->size);
        input->start = 0;
    }
    if (input->size + more <= input->capacity)
        return true;

    size_t capacity = 2 * input->size + more;
    uint8_t *data = realloc(input->data, capacity);

    if (data == NULL)
        return false;
    input->data = data;
    input->capacity = capacity;
    return true;
}

static bool no_memory(const struct mqh_input *input, const char *command)
{
    mqh_cli_complain(command, "%s: no memory for a packet of this size", input->name);
    return false;
}

/* --- raw ------------------------------------------------------------------------------------- */

/* Reads what is there, so that packets from a pipe are shown as they come. */
static bool read_more(struct mqh_input *input, const char *command)
{
    ssize_t got;

    if (!make_room(input, CHUNK))
        return no_memory(input, command);
    do
        got = read(fileno(input->file), input->data + input->start + input->size, CHUNK);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        mqh_cli_complain(command, "cannot read %s: %s", input->name, strerror(errno));
        return false;
    }
    input->ended = got == 0;
    input->size += (size_t)got;
    return true;
}

/* --- hex ------------------------------------------------------------------------------------- */

static int digit_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);

    return c == '\0' || at == NULL ? -1 : (int)(at - digits);
}

static bool complain_hex(const struct mqh_input *input, const char *command, size_t column,
                         const char *trouble)
{
    mqh_cli_complain(command, "%s:%u:%zu: %s", input->name, input->line_number, column + 1,
                     trouble);
    return false;
}

/* The bytes of a line; none for a blank one. */
static bool parse_line(struct mqh_input *input, const char *command)
{
    int high = -1;
    size_t i = 0;

    if (!make_room(input, strlen(input->line) / 2 + 1))
        return no_memory(input, command);
    for (; input->line[i] != '\0' && input->line[i] != '#'; i++) {
        int value = digit_value(input->line[i]);

        if (value < 0 && strchr(" \t\r\n|", input->line[i]) == NULL)
            return complain_hex(input, command, i, "expected a hex digit");
        if (value < 0)
            continue;
        if (high < 0) {
            high = value;
            continue;
        }
        input->data[input->start + input->size++] = (uint8_t)(high << 4 | value);
        high = -1;
    }
    if (high >= 0)
        return complain_hex(input, command, i, "the last byte has one digit only");
    return true;
}

/* Goes to the next line that has bytes. */
static bool read_line(struct mqh_input *input, const char *command)
{
    while (input->size == 0 && !input->ended) {
        errno = 0;
        if (getline(&input->line, &input->line_capacity, input->file) < 0) {
            if (errno != 0) {
                mqh_cli_complain(command, "cannot read %s: %s", input->name, strerror(errno));
                return false;
            }
            input->ended = true;
            return true;
        }
        input->line_number++;
        if (!parse_line(input, command))
            return false;
    }
    return true;
}

/* --- packets --------------------------------------------------------------------------------- */

static void take(struct mqh_input *input, size_t size)
{
    input->start += size;
    input->size -= size;
    input->offset += size;
}

static enum mqh_input_state lose_rest(struct mqh_input *input, enum mqh_input_state state)
{
    take(input, input->size);
    if (!input->hex)
        input->ended = true;
    return state;
}

enum mqh_input_state mqh_input_next(struct mqh_input *input, const char *command,
                                    struct mqc_frame *frame, uint64_t *offset, size_t *there)
{
    if (input->hex && !read_line(input, command))
        return MQH_INPUT_ERROR;
    for (;;) {
        struct mqc_slice bytes = {input->size == 0 ? NULL : input->data + input->start,
                                  input->size};
        enum mqc_frame_state state = mqc_frame_read(bytes, frame);

        *offset = input->offset;
        *there = input->size;
        if (state == MQC_FRAME_COMPLETE) {
            take(input, frame->size);
            return MQH_INPUT_PACKET;
        }
        if (state == MQC_FRAME_BROKEN)
            return lose_rest(input, MQH_INPUT_BROKEN);
        if (input->hex || input->ended)
            return input->size == 0 ? MQH_INPUT_END : lose_rest(input, MQH_INPUT_INCOMPLETE);
        if (!read_more(input, command))
            return MQH_INPUT_ERROR;
    }
}

/* --- what is no MQTT ---------------------------------------------------------------------------
 */

/* What mqspec encode prints, given to decode without --hex: no MQTT packet looks so. */
static bool is_hex_text(struct mqc_slice bytes)
{
    size_t i = 0;

    while (i < bytes.size && strchr("0123456789abcdefABCDEF |\r\n", bytes.data[i]) != NULL &&
           bytes.data[i] != '\0')
        i++;
    return i == bytes.size;
}

/* pcapng, and pcap in both orders of bytes, with micro- and nanoseconds. */
static bool is_capture(struct mqc_slice bytes)
{
    static const char magics[][5] = {"\x0a\x0d\x0d\x0a", "\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4",
                                     "\x4d\x3c\xb2\xa1", "\xa1\xb2\x3c\x4d"};

    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (bytes.size >= 4 && memcmp(bytes.data, magics[i], 4) == 0)
            return true;
    return false;
}

const char *mqh_input_looks_like(struct mqc_slice bytes)
{
    if (is_hex_text(bytes))
        return "hex text, which --hex reads";
    if (is_capture(bytes))
        return "a capture, which mqspec lint judges and mqspec convert prints";
    return NULL;
}
