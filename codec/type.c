#include "codec/type.h"

#include <assert.h>

static const char *const names[] = {
    [MQC_RESERVED] = "RESERVED", [MQC_CONNECT] = "CONNECT",         [MQC_CONNACK] = "CONNACK",
    [MQC_PUBLISH] = "PUBLISH",   [MQC_PUBACK] = "PUBACK",           [MQC_PUBREC] = "PUBREC",
    [MQC_PUBREL] = "PUBREL",     [MQC_PUBCOMP] = "PUBCOMP",         [MQC_SUBSCRIBE] = "SUBSCRIBE",
    [MQC_SUBACK] = "SUBACK",     [MQC_UNSUBSCRIBE] = "UNSUBSCRIBE", [MQC_UNSUBACK] = "UNSUBACK",
    [MQC_PINGREQ] = "PINGREQ",   [MQC_PINGRESP] = "PINGRESP",       [MQC_DISCONNECT] = "DISCONNECT",
    [MQC_AUTH] = "AUTH",
};

enum { NAME_COUNT = sizeof names / sizeof names[0] };

const char *mqc_type_name(enum mqc_type type)
{
    assert((size_t)type <
           NAME_COUNT); /* a nibble cannot be more, and the enum has no other values */
    return names[type];
}

bool mqc_type_find(struct mqc_slice name, enum mqc_type *out)
{
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (mqc_slice_equal(name, mqc_slice_text(names[i]))) {
            *out = (enum mqc_type)i;
            return true;
        }
    }
    return false;
}
