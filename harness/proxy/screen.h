/*
 * The status of the proxy for people: what goes through it, on one screen. Drawn anew each time, in
 * place on a terminal, one below the other elsewhere. And the same as one line of JSON
 * (conformance/schema/proxy.schema.json).
 */
#ifndef MQH_SCREEN_H
#define MQH_SCREEN_H

#include <stdio.h>

#include "harness/proxy/traffic.h"

enum { MQH_SCREEN_NOTES = 5, MQH_SCREEN_NOTE_SIZE = 240 };

/* What happened last. */
struct mqh_screen_notes {
    char texts[MQH_SCREEN_NOTES][MQH_SCREEN_NOTE_SIZE]; /* a ring */
    size_t count;                                       /* so far */
};

void mqh_screen_note(struct mqh_screen_notes *notes, const char *text);

struct mqh_screen {
    const struct mqh_traffic *traffic;
    const struct mqh_screen_notes *notes;
    const char *at; /* where it listens, and the broker */
    const char *to;
    uint64_t now_ms;
    unsigned columns;
    unsigned rows; /* 0: as many as there are */
    bool in_place; /* a terminal: drawn over what was there */
    bool colour;
};

void mqh_screen_draw(FILE *out, const struct mqh_screen *screen);

/* One line; at most 1,000 clients and topics. */
void mqh_screen_json(FILE *out, const struct mqh_screen *screen);

#endif
