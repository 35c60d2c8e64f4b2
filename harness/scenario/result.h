/*
 * What came of a case: verdict, reason, and the transcript that shows it. The engine makes it, the
 * runner may change the verdict (FLAKY, known), reports print it.
 */
#ifndef MQH_RESULT_H
#define MQH_RESULT_H

#include "harness/scenario/scenario.h"

/* DESIGN, Deciding. The order is that of a summary. */
enum mqh_verdict {
    MQH_PASS,
    MQH_FAIL,    /* a MUST broken */
    MQH_WARN,    /* a SHOULD broken */
    MQH_BLOCKED, /* a line that proves nothing went wrong */
    MQH_SKIP,    /* a capability is missing */
    MQH_FLAKY,   /* a red that did not come again */
    MQH_ERROR,   /* ours */
    MQH_VERDICT_COUNT
};

/* "PASS" …; in JSON "pass" …, which reports make themselves. */
const char *mqh_verdict_name(enum mqh_verdict verdict);

enum mqh_event_kind {
    MQH_EVENT_OPENED, /* the connection stands */
    MQH_EVENT_SENT,
    MQH_EVENT_RECEIVED,
    MQH_EVENT_CLOSED,   /* by us, FIN */
    MQH_EVENT_RESET,    /* by us, RST */
    MQH_EVENT_PEER_FIN, /* by the peer */
    MQH_EVENT_PEER_RST,
    MQH_EVENT_BREACH, /* what the packet before it breaks, by the monitor */
    MQH_EVENT_NOTE,   /* a word of the engine */
};

/* One line of a transcript. */
struct mqh_event {
    uint64_t time_ms; /* since the case's start */
    enum mqh_event_kind kind;
    const char *peer;               /* the client's or server's name */
    unsigned connection;            /* counts the case's connections from 0 */
    const char *text;               /* the packet in notation, secrets concealed; or the note */
    struct mqc_slice bytes;         /* SENT, RECEIVED: as on the wire */
    unsigned line;                  /* of the scenario, for what we did; else 0 */
    const struct mqc_fault *faults; /* RECEIVED: what the decoder found */
    size_t fault_count;
    enum mqc_version version; /* the connection's */
};

struct mqh_warning {
    const char *text;
    const struct mqh_requirement *rule; /* NULL: none of its own */
};

struct mqh_choice { /* of the behaviour profile */
    const char *name;
    const char *word;
};

struct mqh_result {
    enum mqh_verdict verdict;
    const char *reason;   /* one line: what went wrong, or what is missing; "" on PASS */
    const char *expected; /* in notation or words; "" if there is none */
    const char *actual;
    struct mqh_id_list broken; /* the requirements broken, on FAIL and WARN */
    unsigned line;             /* of the scenario where it was decided; 0: none */
    size_t decided;            /* how many events there were then; 0: unknown */
    bool rests_on_absence;     /* red because something did not come in time */
    uint64_t duration_ms;
    struct mqh_event *events;
    size_t event_count;
    size_t event_capacity;
    struct mqh_warning *warnings;
    size_t warning_count;
    size_t warning_capacity;
    struct mqh_choice *choices;
    size_t choice_count;
    size_t choice_capacity;

    /* For the runner. */
    bool known; /* a red that the list of known failures names */
    const char *known_reason;
    bool unconfirmed; /* the budget of re-runs did not reach it */
    unsigned runs;    /* 1, more after re-runs */
};

#endif
