#include "codec/testing.h"

#include "codec/reason.h"

/* The codes of each packet, as the tables of the packets' own sections list them. */
static const struct {
    enum mqc_version version;
    enum mqc_type type;
    enum mqc_side from;
    const char *codes;
} lists[] = {
    {MQC_V5, MQC_CONNACK, MQC_SERVER,
     "00 80 81 82 83 84 85 86 87 88 89 8a 8c 90 95 97 99 9a 9b 9c 9d 9f"},
    {MQC_V5, MQC_CONNACK, MQC_CLIENT, ""},
    {MQC_V5, MQC_PUBACK, MQC_CLIENT, "00 80 83 87 90 91 97 99"},
    {MQC_V5, MQC_PUBACK, MQC_SERVER, "00 10 80 83 87 90 91 97 99"},
    {MQC_V5, MQC_PUBREC, MQC_CLIENT, "00 80 83 87 90 91 97 99"},
    {MQC_V5, MQC_PUBREC, MQC_SERVER, "00 10 80 83 87 90 91 97 99"},
    {MQC_V5, MQC_PUBREC, MQC_SIDE_UNKNOWN, "00 10 80 83 87 90 91 97 99"},
    {MQC_V5, MQC_PUBREL, MQC_CLIENT, "00 92"},
    {MQC_V5, MQC_PUBREL, MQC_SERVER, "00 92"},
    {MQC_V5, MQC_PUBCOMP, MQC_CLIENT, "00 92"},
    {MQC_V5, MQC_PUBCOMP, MQC_SERVER, "00 92"},
    {MQC_V5, MQC_SUBACK, MQC_SERVER, "00 01 02 80 83 87 8f 91 97 9e a1 a2"},
    {MQC_V5, MQC_UNSUBACK, MQC_SERVER, "00 11 80 83 87 8f 91"},
    {MQC_V5, MQC_DISCONNECT, MQC_CLIENT, "00 04 80 81 82 83 90 93 94 95 96 97 98 99 9b"},
    {MQC_V5, MQC_DISCONNECT, MQC_SERVER,
     "00 80 81 82 83 87 89 8b 8c 8d 8e 8f 90 93 94 95 96 97 98 99 9a 9b 9c 9d 9e 9f a0 a1 a2"},
    {MQC_V5, MQC_AUTH, MQC_CLIENT, "18 19"},
    {MQC_V5, MQC_AUTH, MQC_SERVER, "00 18"},
    {MQC_V5, MQC_PUBLISH, MQC_SERVER, ""},
    {MQC_V311, MQC_CONNACK, MQC_SERVER, "00 01 02 03 04 05"},
    {MQC_V31, MQC_CONNACK, MQC_SERVER, "00 01 02 03 04 05"},
    {MQC_V311, MQC_SUBACK, MQC_SERVER, "00 01 02 80"},
    {MQC_V31, MQC_SUBACK, MQC_SERVER, "00 01 02"},
    {MQC_V311, MQC_PUBACK, MQC_SERVER, ""},
};

static const struct {
    enum mqc_version version;
    enum mqc_type type;
    const char *name;
    int code; /* -1: no such name there */
    bool is_its_name;
} names[] = {
    {MQC_V5, MQC_CONNACK, "success", 0x00, true},
    {MQC_V5, MQC_SUBACK, "granted-qos-0", 0x00, true},
    {MQC_V5, MQC_DISCONNECT, "normal-disconnection", 0x00, true},
    {MQC_V5, MQC_DISCONNECT, "success", -1, false},
    {MQC_V5, MQC_DISCONNECT, "session-taken-over", 0x8e, true},
    {MQC_V5, MQC_CONNACK, "client-identifier-not-valid", 0x85, true},
    {MQC_V5, MQC_CONNACK, "identifier-rejected", -1, false},
    {MQC_V5, MQC_SUBACK, "wildcard-subscriptions-not-supported", 0xa2, true},
    {MQC_V5, MQC_UNSUBACK, "no-subscription-existed", 0x11, true},
    {MQC_V5, MQC_PUBACK, "banned", -1, false},
    {MQC_V5, MQC_AUTH, "re-authenticate", 0x19, true},
    {MQC_V311, MQC_CONNACK, "accepted", 0, true},
    {MQC_V311, MQC_CONNACK, "success", 0, false},
    {MQC_V311, MQC_CONNACK, "unacceptable-protocol-version", 1, true},
    {MQC_V311, MQC_CONNACK, "unsupported-protocol-version", 1, false},
    {MQC_V311, MQC_CONNACK, "identifier-rejected", 2, true},
    {MQC_V31, MQC_CONNACK, "client-identifier-not-valid", 2, false},
    {MQC_V311, MQC_CONNACK, "server-unavailable", 3, true},
    {MQC_V311, MQC_CONNACK, "bad-user-name-or-password", 4, true},
    {MQC_V311, MQC_CONNACK, "not-authorized", 5, true},
    {MQC_V311, MQC_CONNACK, "bad-authentication-method", 5, false},
    {MQC_V311, MQC_CONNACK, "packet-too-large", -1, false},
    {MQC_V311, MQC_SUBACK, "failure", 0x80, true},
    {MQC_V311, MQC_SUBACK, "unspecified-error", 0x80, false},
    {MQC_V31, MQC_SUBACK, "failure", -1, false},
    {MQC_V31, MQC_SUBACK, "granted-qos-2", 2, true},
};

static void test_reason_allowed_lists_exactly_these(void **state)
{
    static struct mqc_test_bytes codes;

    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        mqc_test_hex(lists[i].codes, &codes);
        for (unsigned code = 0; code <= UINT8_MAX; code++) {
            bool listed = codes.size > 0 && memchr(codes.data, (int)code, codes.size) != NULL;

            if (mqc_reason_allowed(lists[i].version, lists[i].type, lists[i].from, (uint8_t)code) !=
                listed)
                fail_msg("%s: 0x%02x", mqc_type_name(lists[i].type), code);
        }
    }
}

static void test_reason_names_are_found_in_their_packets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        uint8_t code = 0;
        bool found =
            mqc_reason_find(names[i].version, names[i].type, mqc_slice_text(names[i].name), &code);

        if (found != (names[i].code >= 0) || (found && code != names[i].code))
            fail_msg("%s is 0x%02x", names[i].name, code);
        if (names[i].is_its_name)
            assert_string_equal(mqc_reason_name(names[i].version, names[i].type, code),
                                names[i].name);
    }
}

static void test_reason_names_stand_for_their_codes(void **state)
{
    (void)state;
    for (unsigned type = MQC_CONNECT; type <= MQC_AUTH; type++) {
        for (unsigned code = 0; code <= UINT8_MAX; code++) {
            const char *name = mqc_reason_name(MQC_V5, (enum mqc_type)type, (uint8_t)code);
            uint8_t found = 0;

            assert_int_equal(name != NULL, mqc_reason_allowed(MQC_V5, (enum mqc_type)type,
                                                              MQC_SIDE_UNKNOWN, (uint8_t)code));
            if (name == NULL)
                continue;
            assert_true(mqc_reason_find(MQC_V5, (enum mqc_type)type, mqc_slice_text(name), &found));
            assert_int_equal(found, code);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reason_allowed_lists_exactly_these),
        cmocka_unit_test(test_reason_names_are_found_in_their_packets),
        cmocka_unit_test(test_reason_names_stand_for_their_codes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
