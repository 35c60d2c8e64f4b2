#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "harness/driver/target.h"

static const struct good {
    const char *url;
    const char *shown;
    const char *host;
    unsigned port;
    const char *user_name;
    const char *password;
} good[] = {
    {"mqtt://localhost", "mqtt://localhost:1883", "localhost", 1883, NULL, NULL},
    {"mqtt://localhost/", "mqtt://localhost:1883", "localhost", 1883, NULL, NULL},
    {"mqtt://127.0.0.1:65535", "mqtt://127.0.0.1:65535", "127.0.0.1", 65535, NULL, NULL},
    {"mqtt://[::1]", "mqtt://[::1]:1883", "::1", 1883, NULL, NULL},
    {"mqtt://[fe80::1%eth0]:1", "mqtt://[fe80::1%eth0]:1", "fe80::1%eth0", 1, NULL, NULL},
    {"mqtt://ann@h", "mqtt://h:1883", "h", 1883, "ann", NULL},
    {"mqtt://ann:secret@h:9", "mqtt://h:9", "h", 9, "ann", "secret"},
    {"mqtt://ann:@h", "mqtt://h:1883", "h", 1883, "ann", ""},
    {"mqtt://:secret@h", "mqtt://h:1883", "h", 1883, "", "secret"},
    {"mqtt://a%3Ab:c%40%2f@h", "mqtt://h:1883", "h", 1883, "a:b", "c@/"},
    {"mqtt://ann:se@cret@h", "mqtt://h:1883", "h", 1883, "ann", "se@cret"},
    {"mqtt://ann:se/cret@h", "mqtt://h:1883", "h", 1883, "ann", "se/cret"},
    {"mqtt://ann:a:b@h", "mqtt://h:1883", "h", 1883, "ann", "a:b"},
    {"mqtts://h", "mqtts://h:8883", "h", 8883, NULL, NULL},
    {"mqtts://ann:secret@[::1]:1", "mqtts://[::1]:1", "::1", 1, "ann", "secret"},
    {"ws://h", "ws://h:80/mqtt", "h", 80, NULL, NULL},
    {"ws://h:81/", "ws://h:81/", "h", 81, NULL, NULL},
    {"wss://h/ws/a", "wss://h:443/ws/a", "h", 443, NULL, NULL},
    {"wss://ann:secret@h/p?token=a@b/c", "wss://h:443/p?…", "h", 443, "ann", "secret"},
    {"unix:///run/b.sock", "unix:///run/b.sock", "", 0, NULL, NULL},
    {"unix://ann:secret@/run/b", "unix:///run/b", "", 0, "ann", "secret"},
};

static const struct bad {
    const char *url;
    const char *why; /* a piece of it */
} bad[] = {
    {"", "no scheme"},
    {"localhost:1883", "no scheme"},
    {"http://h", "http:// is not known"},
    {"mqtt:h", "no scheme"},
    {"mqtt://", "names no host"},
    {"mqtt://:1883", "names no host"},
    {"mqtt://ann@", "names no host"},
    {"mqtt://[]", "names no host"},
    {"mqtt://[::1", "has no ]"},
    {"mqtt://fe80::1:1883", "brackets"},
    {"mqtt://a b", "host is not one"},
    {"mqtt://h?x=1", "host is not one"},
    {"mqtt://h:", "port"},
    {"mqtt://h:0", "port"},
    {"mqtt://h:65536", "port"},
    {"mqtt://h:99999999999999999999", "port"},
    {"mqtt://h:80x", "port"},
    {"mqtt://[::1]1883", "port"},
    {"mqtt://h/path", "no path"},
    {"mqtts://h/path", "no path"},
    {"ws:///path", "names no host"},
    {"ws://h/a b", "path is not one"},
    {"ws://h/a#b", "path is not one"},
    {"unix://", "whole path"},
    {"unix:///", "whole path"},
    {"unix:///0123456789012345678901234567890123456789012345678901234567890123456789012345678901234"
     "56789012345678901234567",
     "107 bytes"},
    {"mqtt://a%4:b@h", "escape in the user name"},
    {"mqtt://a:b%zz@h", "escape in the password"},
    {"mqtt://a:b%00@h", "escape in the password"},
};

static const struct kind {
    const char *url;
    bool tls;
    bool websocket;
    bool local;
    const char *path;
} kinds[] = {
    {"mqtt://h", false, false, false, NULL},
    {"mqtts://h", true, false, false, NULL},
    {"ws://h", false, true, false, "/mqtt"},
    {"wss://h", true, true, false, "/mqtt"},
    {"ws://ann:s@h/ws?token=a@b/c", false, true, false, "/ws?token=a@b/c"},
    {"unix:///run/b@c:1", false, false, true, "/run/b@c:1"},
};

static void assert_same(const char *actual, const char *expected)
{
    if (expected == NULL)
        assert_null(actual);
    else
        assert_string_equal(actual, expected);
}

static void test_target_parse_takes_urls_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct mqh_arena arena = {0};
        struct mqh_target target;
        const char *why = NULL;

        if (!mqh_target_parse(&arena, good[i].url, &target, &why))
            fail_msg("%s: %s", good[i].url, why);
        assert_same(target.url, good[i].shown);
        assert_same(target.host, good[i].host);
        assert_int_equal(target.port, good[i].port);
        assert_same(target.user_name, good[i].user_name);
        assert_same(target.password, good[i].password);
        mqh_arena_free(&arena);
    }
}

static void test_target_parse_knows_the_transports(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct mqh_arena arena = {0};
        struct mqh_target target;
        const char *why = NULL;

        assert_true(mqh_target_parse(&arena, kinds[i].url, &target, &why));
        assert_int_equal(target.tls, kinds[i].tls);
        assert_int_equal(target.websocket, kinds[i].websocket);
        assert_int_equal(target.local, kinds[i].local);
        assert_same(target.path, kinds[i].path);
        mqh_arena_free(&arena);
    }
}

static void test_target_parse_says_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct mqh_arena arena = {0};
        struct mqh_target target;
        const char *why = NULL;

        if (mqh_target_parse(&arena, bad[i].url, &target, &why))
            fail_msg("%s was taken", bad[i].url);
        assert_non_null(why);
        if (strstr(why, bad[i].why) == NULL || strchr(why, '\n') != NULL)
            fail_msg("%s: %s", bad[i].url, why);
        mqh_arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_target_parse_takes_urls_apart),
        cmocka_unit_test(test_target_parse_knows_the_transports),
        cmocka_unit_test(test_target_parse_says_what_is_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
