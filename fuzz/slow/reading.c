#include "fuzz/slow/reading.h"

void mqf_must(struct mqf_reading *r, bool holds)
{
    r->bad = r->bad || !holds;
}

void mqf_should(struct mqf_reading *r, bool holds)
{
    r->against_advice = r->against_advice || !holds;
}

void mqf_must_from(struct mqf_reading *r, enum mqc_version version, bool holds)
{
    mqf_must(r, holds || r->version < version);
}

/* --- types --------------------------------------------------------------------------------------
 */

static struct mqc_slice take(struct mqf_reading *r, size_t size)
{
    struct mqc_slice bytes = {r->at, size};

    if (size > r->left) {
        r->bad = true;
        bytes.size = 0;
        size = r->left; /* nothing behind it can be read */
    }
    r->at += size;
    r->left -= size;
    return bytes;
}

uint32_t mqf_number(struct mqf_reading *r, size_t bytes)
{
    struct mqc_slice digits = take(r, bytes);
    uint32_t value = 0;

    for (size_t i = 0; i < digits.size; i++)
        value = value * 256 + digits.data[i];
    return value;
}

/* The example program of section 1.5.5. */
uint32_t mqf_varint(struct mqf_reading *r, bool *minimal)
{
    uint32_t multiplier = 1;
    uint32_t value = 0;
    uint32_t byte;

    do {
        byte = mqf_number(r, 1);
        *minimal = multiplier == 1 || byte != 0;
        value += (byte & 127) * multiplier;
        if (multiplier == 128 * 128 * 128 && byte >= 128) {
            r->bad = true;
            r->left = 0;
            return 0;
        }
        multiplier *= 128;
    } while (byte >= 128);
    return value;
}

struct mqc_slice mqf_binary(struct mqf_reading *r)
{
    return take(r, mqf_number(r, 2));
}

struct mqc_slice mqf_string(struct mqf_reading *r)
{
    return mqf_binary(r);
}

void mqf_text(struct mqf_reading *r, struct mqc_slice text, bool topic_of_31)
{
    struct mqf_slow_text found = mqf_slow_text(text);

    if (topic_of_31) {
        mqf_should(r, !found.nul);
        return;
    }
    mqf_must(r, found.well_formed && !found.nul);
    mqf_should(r, !found.control);
}

bool mqf_has_wildcard(struct mqc_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '+' || text.data[i] == '#')
            return true;
    return false;
}

bool mqf_code_in(uint8_t code, const char *codes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((uint8_t)codes[i] == code)
            return true;
    return false;
}

/* --- properties
 * ------------------------------------------------------------------------------------ */

enum { EVERYWHERE = 511 };

/* Table 2-4. `type`: 1, 2, 4 bytes, v variable, s string, b binary, p pair. */
static const struct row {
    uint8_t id;
    char type;
    unsigned places;
    bool not_0; /* 0 is a Protocol Error */
    bool bool_; /* more than 1 is one, in the places where the standard says so */
} table[] = {
    {0x01, '1', MQF_PUBLISH | MQF_WILL, false, false},
    {0x02, '4', MQF_PUBLISH | MQF_WILL, false, false},
    {0x03, 's', MQF_PUBLISH | MQF_WILL, false, false},
    {0x08, 's', MQF_PUBLISH | MQF_WILL, false, false},
    {0x09, 'b', MQF_PUBLISH | MQF_WILL, false, false},
    {0x0b, 'v', MQF_PUBLISH | MQF_SUBSCRIBE, true, false},
    {0x11, '4', MQF_CONNECT | MQF_CONNACK | MQF_DISCONNECT, false, false},
    {0x12, 's', MQF_CONNACK, false, false},
    {0x13, '2', MQF_CONNACK, false, false},
    {0x15, 's', MQF_CONNECT | MQF_CONNACK | MQF_AUTH, false, false},
    {0x16, 'b', MQF_CONNECT | MQF_CONNACK | MQF_AUTH, false, false},
    {0x17, '1', MQF_CONNECT, false, true},
    {0x18, '4', MQF_WILL, false, false},
    {0x19, '1', MQF_CONNECT, false, true},
    {0x1a, 's', MQF_CONNACK, false, false},
    {0x1c, 's', MQF_CONNACK | MQF_DISCONNECT, false, false},
    {0x1f, 's', MQF_CONNACK | MQF_ACKNOWLEDGEMENT | MQF_DISCONNECT | MQF_AUTH, false, false},
    {0x21, '2', MQF_CONNECT | MQF_CONNACK, true, false},
    {0x22, '2', MQF_CONNECT | MQF_CONNACK, false, false},
    {0x23, '2', MQF_PUBLISH, true, false},
    {0x24, '1', MQF_CONNACK, false, true},
    {0x25, '1', MQF_CONNACK, false, true},
    {0x26, 'p', EVERYWHERE, false, false},
    {0x27, '4', MQF_CONNECT | MQF_CONNACK, true, false},
    {0x28, '1', MQF_CONNACK, false, true},
    {0x29, '1', MQF_CONNACK, false, true},
    {0x2a, '1', MQF_CONNACK, false, true},
};

static const struct row *row_of(uint32_t id)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (table[i].id == id)
            return &table[i];
    return NULL;
}

bool mqf_saw(const struct mqf_found *found, unsigned id)
{
    return (found->seen >> id & 1) != 0;
}

/* Which may stand there more than once, or are not said not to. */
static bool may_repeat(uint8_t id, enum mqf_place place)
{
    return id == 0x26 || (place == MQF_PUBLISH && (id == 0x0b || id == 0x01 || id == 0x02));
}

static bool fits_side(const struct mqf_reading *r, uint8_t id, enum mqf_place place)
{
    if (id == 0x0b && place == MQF_PUBLISH)
        return r->from != MQC_CLIENT;
    if (id == 0x11 && place == MQF_DISCONNECT)
        return r->from != MQC_SERVER;
    if (id == 0x1c && place == MQF_DISCONNECT)
        return r->from != MQC_CLIENT;
    return true;
}

static void judge_number(struct mqf_reading *r, const struct row *row, uint32_t value)
{
    mqf_must(r, !row->not_0 || value != 0);
    mqf_must(r, !row->bool_ || value <= 1);
}

static void read_value(struct mqf_reading *r, const struct row *row, enum mqf_place place,
                       struct mqf_found *found)
{
    struct mqc_slice text;
    uint32_t number;
    bool minimal;

    switch (row->type) {
    case 'v':
        number = mqf_varint(r, &minimal);
        mqf_must(r, minimal);
        judge_number(r, row, number);
        break;
    case 's':
        text = mqf_string(r);
        mqf_text(r, text, false);
        if (row->id == 0x08 && place == MQF_PUBLISH)
            mqf_must(r, text.size > 0 && !mqf_has_wildcard(text));
        break;
    case 'p':
        mqf_text(r, mqf_string(r), false);
        mqf_text(r, mqf_string(r), false);
        break;
    case 'b':
        mqf_binary(r);
        break;
    default:
        number = mqf_number(r, (size_t)(row->type - '0'));
        judge_number(r, row, number);
        if (row->id == 0x01)
            found->payload_is_text = number == 1;
        break;
    }
}

static void read_property(struct mqf_reading *r, enum mqf_place place, struct mqf_found *found)
{
    bool minimal;
    uint32_t id = mqf_varint(r, &minimal);
    const struct row *row = row_of(id);

    mqf_must(r, minimal);
    if (row == NULL) {
        r->bad = true;
        r->left = 0;
        return;
    }
    mqf_must(r, (row->places & (unsigned)place) != 0 && fits_side(r, row->id, place));
    mqf_must(r, !mqf_saw(found, row->id) || may_repeat(row->id, place));
    found->seen |= UINT64_C(1) << row->id;
    read_value(r, row, place, found);
}

void mqf_properties(struct mqf_reading *r, enum mqf_place place, struct mqf_found *found)
{
    struct mqf_found own = {.payload_is_text = false};
    struct mqf_reading section = *r;
    bool minimal;

    section.left = mqf_varint(r, &minimal);
    mqf_must(r, minimal);
    section.at = r->at;
    if (section.left > r->left) {
        r->bad = true;
        section.left = r->left;
    }
    r->at += section.left;
    r->left -= section.left;
    section.bad = r->bad;
    section.against_advice = r->against_advice;
    while (section.left > 0)
        read_property(&section, place, &own);
    r->bad = section.bad;
    r->against_advice = section.against_advice;
    if (found != NULL)
        *found = own;
}
