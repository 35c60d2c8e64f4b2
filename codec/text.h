/*
 * The notation of one packet, both ways. conformance/NOTATION.md teaches it.
 *
 *     PUBLISH qos=1 id=7 topic="a/b" payload="hi"
 *
 * - Print: a packet becomes its text. Parsing that text gives back the same bytes, be they
 *   well-formed or not; what has no better words becomes overrides (`!flags=0xF`) or RAW h'...'.
 * - Encode: a text becomes bytes. Fields that are not named take defaults; overrides make it wrong.
 * - Match: a text is compared with a packet that came. Fields that are not named match anything.
 *
 * Texts may hold variables: `$m` outside quotes, `${T}` inside. They are looked up through
 * `struct mqc_text_scope`; an expectation binds a variable that has no value yet.
 *
 * Nothing is allocated: what has to be stored on the way goes to the caller's memory block.
 */
#ifndef MQC_TEXT_H
#define MQC_TEXT_H

#include "codec/packet.h"

/* What a variable holds, and what a field is given. */
enum mqc_value_kind {
    MQC_VALUE_NONE = 0, /* not bound yet */
    MQC_VALUE_NUMBER,
    MQC_VALUE_BYTES, /* a string or binary data */
    MQC_VALUE_FIELD, /* a whole field as text, such as `qos=1`, that `$p` stands for */
};

struct mqc_value {
    enum mqc_value_kind kind;
    uint32_t number;
    struct mqc_slice bytes; /* BYTES: the bytes; FIELD: its text */
};

/* Names of variables are given without `$`. */
struct mqc_text_scope {
    enum mqc_version version;
    enum mqc_side from;         /* who sends the packet */
    struct mqc_slice client_id; /* default of CONNECT's client-id */

    /* True and the value if `name` exists, MQC_VALUE_NONE in it if it is not bound. NULL: there are
     * no variables. */
    bool (*get)(void *context, struct mqc_slice name, struct mqc_value *out);
    /* Binds. `value` points into the packet or the memory block: copy what is to be kept. */
    void (*set)(void *context, struct mqc_slice name, const struct mqc_value *value);
    void *context;
};

/* A caller's block, used from its start; `used` may be reset between calls. */
struct mqc_text_memory {
    uint8_t *data;
    size_t size;
    size_t used;
};

#define MQC_TEXT_MESSAGE_MAX 480 /* the fields of every packet can be listed */

/* What the parser dislikes: one line, no full stop, says what was expected. */
struct mqc_text_error {
    size_t offset;                      /* of the disliked byte, in the text */
    size_t size;                        /* bytes to underline, 1 at least */
    char message[MQC_TEXT_MESSAGE_MAX]; /* NUL-terminated */
    bool no_memory; /* the only trouble: the memory block is too small; try a larger one */
    bool unbound;   /* the only trouble: a variable has no value yet */
};

/*
 * Encodes the packet that `text` describes. The bytes stand in the memory block. Overrides apply in
 * the order: fields and properties as written, `!cut` and `!append` on the body, lengths, `!total`
 * padding first of all, `!truncate` and `!poke` on the finished bytes.
 */
bool mqc_text_encode(struct mqc_slice text, const struct mqc_text_scope *scope,
                     struct mqc_text_memory *memory, struct mqc_slice *out,
                     struct mqc_text_error *error);

/* Why a packet does not match: the field, what the text wants and what came, both in notation. */
struct mqc_text_mismatch {
    const char *field; /* "topic"; "packet" when the type differs */
    struct mqc_slice expected;
    struct mqc_slice actual;
};

enum mqc_text_result { MQC_TEXT_MATCH, MQC_TEXT_MISMATCH, MQC_TEXT_ERROR };

/*
 * Compares `packet` with the expectation `text`. Variables without a value are bound, but only if
 * the whole packet matches. Slices of `*mismatch` point into the memory block.
 */
enum mqc_text_result mqc_text_match(struct mqc_slice text, const struct mqc_text_scope *scope,
                                    const struct mqc_packet *packet, struct mqc_text_memory *memory,
                                    struct mqc_text_mismatch *mismatch,
                                    struct mqc_text_error *error);

/*
 * Checks an expectation as far as that can be done without a packet: type and fields exist in the
 * version, values have the right kind. Unknown variables are errors, unbound ones are not.
 */
bool mqc_text_check(struct mqc_slice text, const struct mqc_text_scope *scope,
                    struct mqc_text_memory *memory, struct mqc_text_error *error);

/* The packet type a text begins with; MQC_RESERVED for RAW; false if it is neither. */
bool mqc_text_type(struct mqc_slice text, enum mqc_type *type);

/*
 * Prints `packet`, which was decoded from packet->frame. As snprintf does, it returns the size that
 * the whole text has (without NUL) and writes what fits, always NUL-terminated if size is not 0.
 *
 * `conceal` prints <concealed> for passwords, authentication data, and the like; such a text does
 * not parse. `limit` shortens each string or payload longer than that many bytes to its beginning,
 * `…` and its size (0: no limit); such a text is for people only.
 */
struct mqc_text_style {
    bool conceal;
    size_t limit;
};

size_t mqc_text_print(const struct mqc_packet *packet, struct mqc_text_style style, char *out,
                      size_t size);

#endif
