/*
 * An input taken apart: a list of items, each one packet with what is known of its sender, bytes
 * that are no packet, or a record of a session that is not traffic.
 */
#ifndef MQF_ITEMS_H
#define MQF_ITEMS_H

#include "codec/writer.h"
#include "fuzz/target.h"
#include "harness/scenario/session.h"

#define MQF_ITEMS_MAX 64

struct mqf_item {
    struct mqh_session_record
        record;               /* packets, streams: a SEND of client 0; record.bytes is the item */
    enum mqc_version version; /* that the sender speaks */
    enum mqc_side from;
    bool is_packet; /* record.bytes is one whole packet */
};

struct mqf_items {
    enum mqf_form form;
    uint8_t how; /* packets, streams: the first byte */
    size_t count;
    struct mqf_item items[MQF_ITEMS_MAX];
};

/* The items point into `input`. What stands behind the last one that there is room for, or behind
 * the one of the packets form, is one item. */
void mqf_items_read(enum mqf_form form, struct mqc_slice input, struct mqf_items *out);

/* Writes them as an input. What does not fit is left out; returns the size. */
size_t mqf_items_write(const struct mqf_items *items, uint8_t *out, size_t capacity);

/* Makes room for an item at `index`; false if there are too many. It is a copy of the one that was
 * there, or of the last. `count` must not be 0. */
bool mqf_items_insert(struct mqf_items *items, size_t index);
void mqf_items_remove(struct mqf_items *items, size_t index);
void mqf_items_swap(struct mqf_items *items, size_t a, size_t b);

#endif
