/*
 * dictionary bytes|text: words that inputs are made of, from the codec's tables, in the form that
 * libFuzzer and AFL++ both read: "bytes", one a line.
 */
#include <stdio.h>

#include "codec/text_field.h"

static void print(struct mqc_slice bytes)
{
    putchar('"');
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = bytes.data[i];

        if (byte < 0x20 || byte > 0x7e || byte == '"' || byte == '\\')
            printf("\\x%02x", byte);
        else
            putchar(byte);
    }
    puts("\"");
}

static void print_text(const char *text)
{
    print(mqc_slice_text(text));
}

/* --- for packets ---------------------------------------------------------------------------- */

/* Each property with a small value, its range's ends, and one past them. */
static void print_properties(void)
{
    for (uint32_t id = 0; id < 128; id++) {
        const struct mqc_property_info *info = mqc_property_info(id);
        const uint32_t numbers[] = {info == NULL ? 0 : info->least, info == NULL ? 0 : info->most};

        for (size_t i = 0; info != NULL && i < 2; i++) {
            uint8_t room[32];
            struct mqc_writer w = mqc_writer_init(room, sizeof(room));
            struct mqc_property property = {.id = id,
                                            .number = numbers[i],
                                            .name = mqc_slice_text("k"),
                                            .value = mqc_slice_text(i == 0 ? "v" : "")};

            mqc_writer_property(&w, &property);
            print((struct mqc_slice){room, w.size});
        }
    }
}

static void print_bytes(void)
{
    static const char *const texts[] = {
        "$share/", "$share/g/a", "$SYS/",    "a/#",          "+/a",     "#",
        "+",       "/",          "\xc0\x80", "\xed\xa0\x80", "\xff\xff"};

    print((struct mqc_slice){(const uint8_t *)"\0\4MQTT\4\2\0\74", 10});
    print((struct mqc_slice){(const uint8_t *)"\0\4MQTT\5\2\0\74\0", 11});
    print((struct mqc_slice){(const uint8_t *)"\0\6MQIsdp\3\2\0\74", 12});
    print((struct mqc_slice){(const uint8_t *)"\x80\x80\x80\x80", 4});
    print((struct mqc_slice){(const uint8_t *)"\xff\xff\xff\x7f", 4});
    print((struct mqc_slice){(const uint8_t *)"\0\0", 2});
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        print_text(texts[i]);
    print_properties();
}

/* --- for texts ------------------------------------------------------------------------------ */

static void print_fields(void)
{
    for (unsigned group = 1; group <= MQC_GROUP_FILTER; group++) {
        const struct mqc_text_field *field = NULL;

        while ((field = mqc_text_field_next(group, field)) != NULL)
            if (field->kind != MQC_FIELD_PROPERTIES && field->kind != MQC_FIELD_LIST)
                print_text(field->name);
    }
}

static void print_words(void)
{
    static const char *const words[] = {
        "scenario \"a/b\"\n",
        "proves v5 MQTT-3.1.0-1\n",
        "versions 3.1.1, 5.0\n",
        "needs qos2\n",
        "vary $x in 1, 2\n",
        "vary $n in 1..all\n",
        "exclusive\n",
        "intrusive\n",
        "foreign\n",
        "since 1.0\n",
        "client c\n",
        "client c manual\n",
        "client c again\n",
        "server s\n",
        "c -> ",
        "c <- ",
        "c disconnect\n",
        "c close\n",
        "c reset\n",
        "s accept\n",
        "wait 1s\n",
        "repeat $i in 1..2\n",
        "end\n",
        "closed",
        "closed silent",
        "refused",
        "nothing",
        "nothing for 1s",
        "any { ",
        "ordered { ",
        "each-once { ",
        " breaks any",
        " breaks ",
        " proves ",
        " within 1s",
        " after 1s",
        " split=1",
        " profile a=b",
        "@5.0",
        "@3.x",
        "${T}",
        "$x",
        "acks=auto",
        "RAW h'00'",
        "fill(9)",
        "\"a\"*9",
        "h'00ff'",
        "(\"k\",\"v\")",
        "1..2",
        "absent",
        "_",
        "will={",
        "}",
        "[\"a\" qos=1]",
        " | ",
        " ; ",
        "\\u{1F600}",
        "\\x00",
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        print_text(words[i]);
    for (unsigned type = 1; type <= MQC_AUTH; type++)
        print_text(mqc_type_name((enum mqc_type)type));
    print_fields();
    for (uint32_t id = 0; id < 128; id++)
        if (mqc_property_info(id) != NULL)
            print_text(mqc_property_info(id)->name);
    for (int i = 0; i < MQC_OVERRIDE_COUNT; i++)
        printf("\"!%s=\"\n", mqc_text_override_info((enum mqc_text_override)i)->name);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "bytes") == 0) {
        print_bytes();
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "text") == 0) {
        print_words();
        return 0;
    }
    fputs("usage: dictionary bytes|text\n", stderr);
    return 2;
}
