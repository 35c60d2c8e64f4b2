/*
 * Scenarios as they are after parsing, and the cases that they stand for.
 *
 *     file -> scenarios -> (version, members of each `vary`) -> cases -> steps
 *
 * Packet texts stay texts: the codec's notation (codec/text.h) encodes and matches them when their
 * turn comes, with the variables that exist by then. Parsing checks all that can be known without a
 * broker; mqh_cases_add() then judges every sent line of every case by the decoder.
 *
 * conformance/NOTATION.md is the manual of the language. Everything here, a copy of the source text
 * included, lives in the arena that was given at parsing.
 */
#ifndef MQH_SCENARIO_H
#define MQH_SCENARIO_H

#include "codec/fault.h"
#include "codec/text.h"
#include "harness/catalogue/catalogue.h"
#include "harness/scenario/arena.h"

/* Limits: one more is a complaint. They keep a wrong or hostile file from taking all memory. */
enum {
    MQH_FILE_MAX = 16 * 1024 * 1024, /* bytes of a file */
    MQH_LINES_MAX = 100000,          /* lines of a file */
    MQH_STATEMENT_MAX = 1024 * 1024, /* bytes of a statement with all its lines */
    MQH_FIELDS_MAX = 16 * 1024,      /* bytes of the fields of a `client` line */
    MQH_SCENARIOS_MAX = 10000,       /* scenarios of a set */
    MQH_PEERS_MAX = 64,              /* clients and servers of a scenario */
    MQH_NESTING_MAX = 8,             /* brackets in brackets, `repeat` in `repeat` */
    MQH_STEPS_MAX = 10000,        /* steps of a scenario, `repeat`s unrolled; members of a group */
    MQH_FILE_STEPS_MAX = 100000,  /* those of all scenarios of a file */
    MQH_CASES_MAX = 5000,         /* cases of a scenario: members x versions */
    MQH_VALUE_MAX = 1000,         /* bytes of the text of one `vary` value */
    MQH_VALUES_MAX = 1024 * 1024, /* bytes that the values of a file's `vary` lines stand for */
    MQH_NAME_MAX = 120,           /* bytes of a scenario's name */
    MQH_PACKET_MAX = 4 * 1024 * 1024, /* bytes of a sent packet */
    MQH_SENT_MAX = 32 * 1024 * 1024,  /* bytes that a case sends, all packets together */
    MQH_TIME_MAX_S = 3600,            /* of `wait`, `within`, `after`, `nothing for` */
};

/*
 * ${T} and ${C} have these sizes when lines are judged at load. A run uses the same, so that a cut
 * that was counted at load (`vary $n in 1..all`) cuts the same bytes.
 */
#define MQH_T_SIZE 16
#define MQH_C_SIZE 11

/* A file's text, kept because messages quote it and texts point into it. */
struct mqh_source {
    const char *file;
    struct mqc_slice text;   /* as it was given: a copy */
    struct mqc_slice joined; /* the same, but comments and the line ends inside a statement are
                                blanks: a statement is one line, and every byte keeps its offset */
};

/* A piece of source text and where it stands. */
struct mqh_text {
    struct mqc_slice text;
    unsigned line;   /* from 1 */
    unsigned column; /* from 1, in bytes */
};

/* Sets of versions: a bit for each. */
#define MQH_VERSION(version) (1u << (version))
#define MQH_ALL_VERSIONS (MQH_VERSION(MQC_V31) | MQH_VERSION(MQC_V311) | MQH_VERSION(MQC_V5))

struct mqh_id_list {
    const struct mqh_requirement **items;
    size_t count;
};

/* One `vary` line: a variable and its values. */
struct mqh_vary {
    struct mqc_slice name;    /* without $ */
    struct mqh_text *values;  /* as written; NULL where `up_to_all` */
    struct mqc_value *parsed; /* the same as a variable holds them */
    size_t value_count;       /* 0 where `up_to_all`: each case counts anew */
    bool values_are_fields;   /* `qos=1`: MQC_VALUE_FIELD */
    bool up_to_all;           /* `first..all` */
    unsigned first;
};

enum mqh_expect_kind {
    MQH_EXPECT_PACKET,    /* text */
    MQH_EXPECT_CLOSED,    /* silent, reasons; a child: how CONNACK or DISCONNECT must look */
    MQH_EXPECT_REFUSED,   /* reason_name; empty: any */
    MQH_EXPECT_NOTHING,   /* for_ms */
    MQH_EXPECT_EITHER,    /* A | B: children */
    MQH_EXPECT_ANY,       /* any { A ; B }: children, in any order */
    MQH_EXPECT_ORDERED,   /* ordered { A ; B }: children, across both lanes */
    MQH_EXPECT_EACH_ONCE, /* each-once { A ; B }: children, each at any one of the peers */
};

struct mqh_binding {
    struct mqc_slice name; /* without $ */
    struct mqc_value value;
    const struct mqh_binding *next; /* outer ones */
};

struct mqh_expect {
    enum mqh_expect_kind kind;
    struct mqh_text text;          /* PACKET: the packet; others: the words as written */
    bool silent;                   /* CLOSED */
    uint8_t reasons[8];            /* CLOSED: the codes named by reason= */
    size_t reason_count;           /* 0: none named */
    struct mqc_slice reason_name;  /* REFUSED */
    unsigned for_ms;               /* NOTHING */
    struct mqc_slice profile_name; /* this alternative is recorded as profile NAME=WORD; or empty */
    struct mqc_slice profile_word;
    const struct mqh_binding *bindings; /* of `repeat` inside a group */
    struct mqh_expect *children;
    size_t child_count;
};

enum mqh_step_kind {
    MQH_STEP_CLIENT,     /* text: the CONNECT fields */
    MQH_STEP_SEND,       /* packets */
    MQH_STEP_EXPECT,     /* expect */
    MQH_STEP_DISCONNECT, /* text: the DISCONNECT fields */
    MQH_STEP_CLOSE,      /* FIN */
    MQH_STEP_RESET,      /* RST */
    MQH_STEP_WAIT,       /* wait_ms */
    MQH_STEP_SERVER,     /* listens; waits for the first connection */
    MQH_STEP_ACCEPT,     /* waits for the next */
};

/* What `breaks` says of a sent line. */
struct mqh_breaks {
    bool given;
    bool any;          /* `breaks any` */
    bool alternatives; /* `A | B`: one or more of them and nothing else; else exactly all */
    struct mqh_id_list ids;
};

/* How a write travels where a transport has frames: over WebSocket. */
enum mqh_frame {
    MQH_FRAME_WHOLE, /* a binary frame of its own */
    MQH_FRAME_TEXT,  /* a text frame, which MQTT forbids */
    MQH_FRAME_FIRST, /* the first fragment of a message, … */
    MQH_FRAME_NEXT,
    MQH_FRAME_LAST,
};

#define MQH_STEP_PEERS_MAX 16

struct mqh_step {
    enum mqh_step_kind kind;
    struct mqh_text where; /* the statement as it stands in the file, comments and all */
    unsigned versions;     /* set of the scenario's in which it applies: `@5.0` and the like */
    unsigned pinned;       /* set of the versions that its peers speak whatever the case's */
    unsigned peers[MQH_STEP_PEERS_MAX]; /* index into mqh_scenario.peers; 1, or more for one+two */
    unsigned peer_count;
    const struct mqh_binding *bindings; /* of the `repeat`s around it */

    bool manual;              /* CLIENT */
    bool again;               /* CLIENT */
    bool acks_auto;           /* CLIENT; `again` keeps that of the first time */
    bool resume;              /* CLIENT: `session=resume`: Session Present must be 1 */
    enum mqc_version version; /* CLIENT: `@3.1.1` pins it, `again` keeps it; unknown: the case's */
    struct mqh_text text;     /* CLIENT, DISCONNECT: its own fields; see mqh_step_packet() */
    struct mqc_slice first;   /* CLIENT `again`: the fields of its first time */

    struct mqh_text *packets; /* SEND: one write */
    size_t packet_count;
    struct mqh_breaks breaks; /* SEND */
    unsigned split;           /* SEND: bytes a write; 0: all at once */
    enum mqh_frame frame;     /* SEND: WHOLE, TEXT, or FIRST: the writes are fragments of one */

    struct mqh_expect *expect; /* EXPECT */
    struct mqh_id_list proves; /* EXPECT, CLIENT: what this line shows, all versions; see below */
    unsigned within_ms;        /* 0: the default patience */
    unsigned after_ms;         /* 0: no lower limit */

    unsigned wait_ms; /* WAIT */
};

struct mqh_scenario {
    const char *file; /* as given to mqh_parse() */
    const struct mqh_source *source;
    const char *name; /* "topic/what-it-shows" */
    struct mqh_text where;
    const char *comment; /* the comment lines right above it, joined by blanks; "" if none */
    struct mqh_id_list proves;
    unsigned versions; /* set of those it runs in */
    const char **needs;
    size_t need_count;
    const char *since; /* "1.0"; "" if not said */
    bool exclusive;
    bool intrusive;
    bool slow;
    bool foreign;
    unsigned pinned;     /* set of the versions that some peer speaks whatever the case's */
    bool by_server_role; /* has a `server`: a test of clients */
    struct mqh_vary *varies;
    size_t vary_count;
    const char **peers; /* names of clients and servers, in order of appearance */
    bool *peer_is_server;
    size_t peer_count;
    struct mqh_step *steps; /* `repeat`s unrolled */
    size_t step_count;
    bool line_proves; /* some line carries `proves`; else the last EXPECT proves it all */
};

struct mqh_scenarios {
    struct mqh_scenario *items;
    size_t count;
    size_t capacity;
};

/* A complaint about a source file. */
struct mqh_error {
    const char *file;
    unsigned line;
    unsigned column;
    unsigned width; /* bytes to underline */
    const char *message;
    const char *source_line; /* the line's text, for the caret line */
};

/*
 * Parses a file's text and appends its scenarios. False and the first complaint in `*error` if it
 * is wrong; `into` then is unchanged. `file` names it in messages and is copied.
 */
bool mqh_parse(struct mqh_arena *arena, const char *file, struct mqc_slice source,
               struct mqh_scenarios *into, struct mqh_error *error);

/* "file:line:column: message", the line and a caret line under it; as snprintf. */
size_t mqh_error_print(const struct mqh_error *error, char *out, size_t size);

/* One member of a family in one version. */
struct mqh_case {
    const struct mqh_scenario *scenario;
    const char *id; /* "connect/cut-short[n=3]", without the version */
    enum mqc_version version;
    const struct mqh_binding *members; /* the `vary` variables; NULL if none */
    struct mqh_id_list requirements;   /* what it proves in this version: the header's, or for a
                                          family with `breaks A | B` those that the member breaks */
    size_t order;                      /* position in the list of all cases */
};

struct mqh_cases {
    struct mqh_case *items;
    size_t count;
    size_t capacity;
};

/*
 * Appends the cases of `scenario` in the versions of the set `versions` (those among them that it
 * runs in), and judges each sent line of each case by the decoder: `breaks` must name exactly the
 * faults found. False and a complaint if a line does not stand that test, or cannot be encoded.
 */
bool mqh_cases_add(struct mqh_arena *arena, const struct mqh_scenario *scenario, unsigned versions,
                   struct mqh_cases *into, struct mqh_error *error);

/*
 * Walks through a case without a world: `watch` hears of each step in its turn, with the version
 * that its peer speaks and the bytes that it writes, which last as long as the call. Of an
 * expectation it hears once for each packet that must come, with bytes that such a packet may have
 * (none where the text leaves too much open), and once, without bytes, where the peer may or must
 * end the connection. A variable that an expectation would bind has a stand-in: 1, 2 … for
 * identifiers, 1 for other numbers, or "x". False if a line cannot be encoded.
 */
bool mqh_case_watch(const struct mqh_case *c,
                    void (*watch)(void *context, const struct mqh_step *step,
                                  enum mqc_version version, struct mqc_slice bytes),
                    void *context);

/*
 * The whole text of the packet that a CLIENT or DISCONNECT step sends: "CONNECT " and its fields.
 * For `again` those of the first time that the line does not name itself stand before its own.
 * `*own`, if not NULL, is the offset at which step->text begins.
 */
struct mqc_slice mqh_step_packet(struct mqh_arena *arena, const struct mqh_step *step, size_t *own);

/* Probes ask what a broker can do: they are run before the cases, and are no cases themselves. */
static inline bool mqh_scenario_is_probe(const struct mqh_scenario *scenario)
{
    return strncmp(scenario->name, "probe/", 6) == 0;
}

/* True if the step belongs to this case (its `@version`). */
static inline bool mqh_step_applies(const struct mqh_step *step, enum mqc_version version)
{
    return (step->versions & MQH_VERSION(version)) != 0;
}

/*
 * What a mismatch on `step` of `c` breaks: the ids of its line `proves` in the case's version, or
 * of the whole case where no line says it and this is the last EXPECT. An id of another version
 * counts where a peer of the step speaks that version, and, if the scenario does not run in it,
 * where any peer does: the publisher of a message that is expected elsewhere. Empty: it proves
 * nothing.
 */
struct mqh_id_list mqh_step_proves(struct mqh_arena *arena, const struct mqh_case *c,
                                   const struct mqh_step *step);

#endif
