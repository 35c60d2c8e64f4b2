#include "codec/testing.h"

#include "codec/lex.h"

static const char kinds[] = {
    [MQC_TOKEN_END] = '.', [MQC_TOKEN_WORD] = 'w', [MQC_TOKEN_STRING] = 's',
    [MQC_TOKEN_HEX] = 'h', [MQC_TOKEN_MARK] = 'm', [MQC_TOKEN_VARIABLE] = 'v',
    [MQC_TOKEN_BAD] = '?',
};

/* Each token as its kind, then its text, parted by spaces. */
static const struct {
    const char *source;
    const char *tokens;
} rows[] = {
    {"", "."},
    {"  \t\r", "."},
    {"# only a comment", "."},
    {"PUBLISH qos=1", "w:PUBLISH w:qos m:= w:1 ."},
    {"topic=\"a b#c\" # end", "w:topic m:= s:\"a b#c\" ."},
    {"\"a\\\"b\"", "s:\"a\\\"b\" ."},
    {"\"\\\\\"x", "s:\"\\\\\" w:x ."},
    {"h'00 ff'", "h:h'00 ff' ."},
    {"h h1 hx", "w:h w:h1 w:hx ."},
    {"0..1 1..all $a..$b", "w:0 m:.. w:1 w:1 m:.. w:all v:$a m:.. v:$b ."},
    {"c->x c <- y", "w:c m:-> w:x w:c m:<- w:y ."},
    {"+3 -3 4:00ff", "m:+ w:3 w:-3 w:4:00ff ."},
    {"$o:00 $m-1", "v:$o w::00 v:$m w:-1 ."},
    {"[\"a\" !options=0xC1, $x]", "m:[ s:\"a\" m:! w:options m:= w:0xC1 m:, v:$x m:] ."},
    {"one+two{;}|@*()", "w:one m:+ w:two m:{ m:; m:} m:| m:@ m:* m:( m:) ."},
    {"v311 MQTT-3.1.4-3, will/x", "w:v311 w:MQTT-3.1.4-3 m:, w:will/x ."},
    {"a\nb", "w:a ."},
    {"\"open", "?:\"open ."},
    {"\"open\\", "?:\"open\\ ."},
    {"\"open\\\nb\"", "?:\"open\\ ."},
    {"h'0", "?:h'0 ."},
    {"$ <", "?:$ ?:< ."},
    {"\xc3\xa9t", "?:\xc3\xa9 w:t ."},
};

static void append(char *out, struct mqc_slice text)
{
    size_t size = strlen(out);

    memcpy(out + size, text.data, text.size);
    out[size + text.size] = '\0';
}

static void test_lex_next_takes_token_after_token(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mqc_slice source = mqc_slice_text(rows[i].source);
        char found[200] = "";
        struct mqc_token token;

        do {
            token = mqc_lex_next(&source);
            append(found, (struct mqc_slice){(const uint8_t *)kinds + token.kind, 1});
            if (token.kind != MQC_TOKEN_END) {
                append(found, mqc_slice_text(":"));
                append(found, token.text);
                append(found, mqc_slice_text(" "));
            }
        } while (token.kind != MQC_TOKEN_END);
        assert_string_equal(found, rows[i].tokens);
    }
}

static void test_lex_next_says_what_stood_apart(void **state)
{
    struct mqc_slice source = mqc_slice_text("a =b");

    (void)state;
    assert_false(mqc_lex_next(&source).spaced);
    assert_true(mqc_lex_next(&source).spaced);
    assert_false(mqc_lex_next(&source).spaced);
}

static void test_lex_next_stands_at_the_newline(void **state)
{
    struct mqc_slice source = mqc_slice_text("a # comment\n b");
    struct mqc_token token;

    (void)state;
    mqc_lex_next(&source);
    assert_int_equal(mqc_lex_next(&source).kind, MQC_TOKEN_END);
    assert_int_equal(mqc_lex_next(&source).kind, MQC_TOKEN_END);
    assert_int_equal(source.data[0], '\n');
    source.data++;
    source.size--;
    token = mqc_lex_next(&source);
    assert_true(mqc_token_is(&token, "b"));
}

static void test_lex_next_reads_no_further_than_told(void **state)
{
    struct mqc_test_guard guard = mqc_test_guard_init();

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mqc_slice whole = mqc_slice_text(rows[i].source);

        for (size_t size = 0; size <= whole.size; size++) {
            struct mqc_slice cut = {whole.data, size};
            struct mqc_slice source = {mqc_test_guard_copy(&guard, cut), size};

            while (mqc_lex_next(&source).kind != MQC_TOKEN_END)
                continue;
        }
    }
    mqc_test_guard_free(&guard);
}

static void test_token_is_looks_at_words_and_marks_only(void **state)
{
    struct mqc_slice source = mqc_slice_text("a \"a\"");
    struct mqc_token word = mqc_lex_next(&source);
    struct mqc_token string = mqc_lex_next(&source);

    (void)state;
    assert_true(mqc_token_is(&word, "a"));
    assert_false(mqc_token_is(&word, "ab"));
    assert_false(mqc_token_is(&string, "\"a\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lex_next_takes_token_after_token),
        cmocka_unit_test(test_lex_next_says_what_stood_apart),
        cmocka_unit_test(test_lex_next_stands_at_the_newline),
        cmocka_unit_test(test_lex_next_reads_no_further_than_told),
        cmocka_unit_test(test_token_is_looks_at_words_and_marks_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
