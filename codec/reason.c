#include "codec/reason.h"

/* Sets of senders: two bits a packet type, what a client and what a server may send. */
#define MQC_FROM_CLIENT(type) (UINT32_C(1) << (2 * MQC_##type))
#define MQC_FROM_SERVER(type) (UINT32_C(2) << (2 * MQC_##type))
#define MQC_FROM_BOTH(type) (UINT32_C(3) << (2 * MQC_##type))

struct reason {
    uint8_t code;
    uint32_t senders;
    const char *name;
};

static const struct reason reasons_v5[] = {
#define MQC_REASON(code, name, senders) {code, senders, name},
#include "codec/reasons.def"
#undef MQC_REASON
};

/* Return codes before 5.0. A code's first row is the one that names it; the others are what 5.0
 * calls the same. */
static const struct reason reasons_v3[] = {
    {0, MQC_FROM_SERVER(CONNACK), "accepted"},
    {0, MQC_FROM_SERVER(CONNACK), "success"},
    {0, MQC_FROM_SERVER(SUBACK), "granted-qos-0"},
    {1, MQC_FROM_SERVER(CONNACK), "unacceptable-protocol-version"},
    {1, MQC_FROM_SERVER(CONNACK), "unsupported-protocol-version"},
    {1, MQC_FROM_SERVER(SUBACK), "granted-qos-1"},
    {2, MQC_FROM_SERVER(CONNACK), "identifier-rejected"},
    {2, MQC_FROM_SERVER(CONNACK), "client-identifier-not-valid"},
    {2, MQC_FROM_SERVER(SUBACK), "granted-qos-2"},
    {3, MQC_FROM_SERVER(CONNACK), "server-unavailable"},
    {3, MQC_FROM_SERVER(CONNACK), "server-busy"},
    {4, MQC_FROM_SERVER(CONNACK), "bad-user-name-or-password"},
    {5, MQC_FROM_SERVER(CONNACK), "not-authorized"},
    {5, MQC_FROM_SERVER(CONNACK), "bad-authentication-method"},
    {5, MQC_FROM_SERVER(CONNACK), "banned"},
};

/* 3.1.1 alone has the failure code of SUBACK; 3.1 grants what it does not serve. */
static const struct reason reasons_v311[] = {
    {0x80, MQC_FROM_SERVER(SUBACK), "failure"},
    {0x80, MQC_FROM_SERVER(SUBACK), "unspecified-error"},
};

struct table {
    const struct reason *rows;
    size_t count;
};

#define TABLE(rows) ((struct table){rows, sizeof(rows) / sizeof((rows)[0])})

/* The bits of `type` that a sender must have one of. */
/*@ requires type < 16;
    assigns \nothing; */
static uint32_t senders(enum mqc_type type, enum mqc_side from)
{
    uint32_t bits = from == MQC_CLIENT ? 1 : from == MQC_SERVER ? 2 : 3;

    return bits << (2 * (unsigned)type);
}

/*@ requires \valid_read(table.rows + (0 .. table.count - 1));
    assigns \nothing;
    ensures \result == \null || \valid_read(\result); */
static const struct reason *by_code(struct table table, uint32_t wanted, uint8_t code)
{
    /*@ loop invariant i <= table.count;
        loop assigns i;
        loop variant table.count - i; */
    for (size_t i = 0; i < table.count && table.rows[i].code <= code; i++)
        if (table.rows[i].code == code && (table.rows[i].senders & wanted) != 0)
            return &table.rows[i];
    return NULL;
}

static const struct reason *by_name(struct table table, uint32_t wanted, struct mqc_slice name)
{
    for (size_t i = 0; i < table.count; i++)
        if ((table.rows[i].senders & wanted) != 0 &&
            mqc_slice_equal(mqc_slice_text(table.rows[i].name), name))
            return &table.rows[i];
    return NULL;
}

/*@ assigns \nothing;
    ensures \result == \null || \valid_read(\result); */
static const struct reason *find(enum mqc_version version, uint32_t wanted, uint8_t code)
{
    const struct reason *found;

    if (version >= MQC_V5)
        return by_code(TABLE(reasons_v5), wanted, code);
    found = by_code(TABLE(reasons_v3), wanted, code);
    return found == NULL && version == MQC_V311 ? by_code(TABLE(reasons_v311), wanted, code)
                                                : found;
}

bool mqc_reason_allowed(enum mqc_version version, enum mqc_type type, enum mqc_side from,
                        uint8_t code)
{
    return find(version, senders(type, from), code) != NULL;
}

const char *mqc_reason_name(enum mqc_version version, enum mqc_type type, uint8_t code)
{
    const struct reason *found = find(version, senders(type, MQC_SIDE_UNKNOWN), code);

    return found != NULL ? found->name : NULL;
}

bool mqc_reason_find(enum mqc_version version, enum mqc_type type, struct mqc_slice name,
                     uint8_t *code)
{
    uint32_t wanted = senders(type, MQC_SIDE_UNKNOWN);
    const struct reason *found =
        by_name(version >= MQC_V5 ? TABLE(reasons_v5) : TABLE(reasons_v3), wanted, name);

    if (found == NULL && version == MQC_V311)
        found = by_name(TABLE(reasons_v311), wanted, name);
    if (found == NULL)
        return false;
    *code = found->code;
    return true;
}
