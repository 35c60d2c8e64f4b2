#include "harness/proxy/screen.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "harness/proxy/cells.h"

enum {
    COLUMNS_MIN = 40,
    COLUMNS_MAX = 400,
    LIST_MAX = 200, /* lines of a list */
    CELL_SIZE = MQH_TRAFFIC_NAME_SIZE + 1,
};

void mqh_screen_note(struct mqh_screen_notes *notes, const char *text)
{
    snprintf(notes->texts[notes->count++ % MQH_SCREEN_NOTES], MQH_SCREEN_NOTE_SIZE, "%s", text);
}

/* ---- lines ---- */

struct drawing {
    FILE *out;
    const struct mqh_screen *screen;
    unsigned columns;
    unsigned lines; /* drawn so far */
};

static const char *style(const struct drawing *d, const char *code)
{
    return d->screen->colour ? code : "";
}

static const char bold[] = "\033[1m";
static const char red[] = "\033[1;31m";
static const char dim[] = "\033[2m";
static const char plain[] = "\033[0m";

/* One line, not wider than the screen. On a terminal the last one must not scroll. */
static void line_of(struct drawing *d, const char *code, struct mqc_slice text)
{
    char fitted[MQH_CELLS_SIZE(COLUMNS_MAX)];
    size_t size = mqh_cells_fit(fitted, text, d->columns, false);

    if (d->screen->rows > 0 && d->lines >= d->screen->rows)
        return;
    while (size > 0 && fitted[size - 1] == ' ')
        size--;
    if (d->screen->in_place && d->lines > 0)
        fputs("\r\n", d->out);
    fprintf(d->out, "%s%.*s%s", style(d, code), (int)size, fitted,
            code[0] != '\0' ? style(d, plain) : "");
    fputs(d->screen->in_place ? "\033[K" : "\n", d->out);
    d->lines++;
}

__attribute__((format(printf, 3, 4))) static void line(struct drawing *d, const char *code,
                                                       const char *format, ...)
{
    char text[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    line_of(d, code, mqc_slice_text(text));
}

/* ---- tables ---- */

/* A column of a table; the first one takes what the others leave. */
struct column {
    const char *title;
    unsigned width;
    bool right;
    unsigned from; /* columns of the screen; a narrower one goes without */
};

struct cell {
    char text[CELL_SIZE];
};

static bool has_column(const struct drawing *d, const struct column *column)
{
    return d->columns >= column->from;
}

static unsigned first_width(const struct drawing *d, const struct column *columns, size_t count)
{
    unsigned used = 0;

    for (size_t i = 1; i < count; i++)
        if (has_column(d, &columns[i]))
            used += columns[i].width + 2;
    return d->columns > used ? d->columns - used : 1;
}

static void row(struct drawing *d, const char *code, const struct column *columns, size_t count,
                const struct cell *cells)
{
    char text[MQH_CELLS_SIZE(COLUMNS_MAX) + 64];
    size_t size = 0;

    for (size_t i = 0; i < count; i++) {
        unsigned width = i == 0 ? first_width(d, columns, count) : columns[i].width;
        const char *cell = cells == NULL ? columns[i].title : cells[i].text;

        if (!has_column(d, &columns[i]))
            continue;
        if (i > 0) {
            text[size++] = ' ';
            text[size++] = ' ';
        }
        size += mqh_cells_fit(text + size, mqc_slice_text(cell), width, columns[i].right);
    }
    line_of(d, code, (struct mqc_slice){(const uint8_t *)text, size});
}

__attribute__((format(printf, 2, 3))) static void set(struct cell *cell, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(cell->text, sizeof cell->text, format, arguments);
    va_end(arguments);
}

static void set_number(struct cell *cell, double number)
{
    char text[16];

    set(cell, "%s", mqh_cells_number(text, number));
}

static void set_span(struct cell *cell, uint64_t ms)
{
    uint64_t s = ms / 1000;

    set(cell, "%" PRIu64 ":%02u:%02u", s / 3600, (unsigned)(s / 60 % 60), (unsigned)(s % 60));
}

static void set_breaches(struct cell *cell, const struct mqh_traffic_breaches *breaches)
{
    if (breaches->must + breaches->should == 0)
        set(cell, "0");
    else
        set(cell, "%" PRIu64 "+%" PRIu64, breaches->must, breaches->should);
}

/* ---- clients ---- */

static void client_row(struct drawing *d, const struct column *columns, size_t count,
                       const struct mqh_traffic_client *c)
{
    struct cell cells[10];
    uint64_t now = d->screen->now_ms;
    bool broken = c->own.must + c->server.must > 0;

    assert(count == sizeof cells / sizeof *cells);
    set(&cells[0], "%s", c->name.text);
    set(&cells[1], "%s", c->address);
    set(&cells[2], "%s", c->version == MQC_VERSION_UNKNOWN ? "" : mqc_version_name(c->version));
    set(&cells[3], "%u", c->name.users);
    set_span(&cells[4], now - c->since_ms);
    set_number(&cells[5], mqh_meter_rate(&c->sent.messages, now));
    set_number(&cells[6], mqh_meter_rate(&c->received.messages, now));
    set_breaches(&cells[7], &c->own);
    set_breaches(&cells[8], &c->server);
    set(&cells[9], "%s", c->last_rule);
    row(d, broken ? red : c->name.users == 0 ? dim : "", columns, count, cells);
}

static void draw_clients(struct drawing *d, size_t room)
{
    static const struct column columns[] = {
        {"CLIENT", 0, false, 0},  {"ADDRESS", 21, false, 110}, {"MQTT", 5, false, 60},
        {"ON", 3, true, 0},       {"SINCE", 8, true, 70},      {"SENDS/s", 7, true, 50},
        {"GETS/s", 7, true, 0},   {"BROKE", 7, true, 0},       {"BROKER", 7, true, 0},
        {"LAST", 18, false, 100},
    };
    enum { COUNT = sizeof columns / sizeof *columns };
    const struct mqh_traffic_client *list[LIST_MAX];
    size_t all = mqh_traffic_clients(d->screen->traffic, d->screen->now_ms, list, LIST_MAX);
    size_t shown = all <= room ? all : room > 0 ? room - 1 : 0;

    row(d, bold, columns, COUNT, NULL);
    for (size_t i = 0; i < shown; i++)
        client_row(d, columns, COUNT, list[i]);
    if (shown < all)
        line(d, dim, "… %zu more", all - shown);
}

/* ---- topics ---- */

static void topic_row(struct drawing *d, const struct column *columns, size_t count,
                      const struct mqh_traffic_topic *t)
{
    struct cell cells[8];
    uint64_t now = d->screen->now_ms;

    assert(count == sizeof cells / sizeof *cells);
    set(&cells[0], "%s", t->name.text);
    set(&cells[1], "%u", t->qos);
    set(&cells[2], "%s", t->retained ? "yes" : "");
    set_number(&cells[3], mqh_meter_rate(&t->published, now));
    set_number(&cells[4], mqh_meter_rate(&t->delivered, now));
    set_number(&cells[5], mqh_meter_rate(&t->bytes, now));
    set_number(&cells[6], (double)t->published.total);
    set_number(&cells[7], (double)t->delivered.total);
    row(d, "", columns, count, cells);
}

static void draw_topics(struct drawing *d, size_t room)
{
    static const struct column columns[] = {
        {"TOPIC", 0, false, 0}, {"QOS", 3, true, 60},  {"RETAINED", 8, true, 90},
        {"IN/s", 6, true, 0},   {"OUT/s", 6, true, 0}, {"BYTES/s", 7, true, 70},
        {"IN", 6, true, 50},    {"OUT", 6, true, 50},
    };
    enum { COUNT = sizeof columns / sizeof *columns };
    const struct mqh_traffic_topic *list[LIST_MAX];
    size_t all = mqh_traffic_topics(d->screen->traffic, d->screen->now_ms, list, LIST_MAX);
    size_t shown = all <= room ? all : room > 0 ? room - 1 : 0;

    row(d, bold, columns, COUNT, NULL);
    for (size_t i = 0; i < shown; i++)
        topic_row(d, columns, COUNT, list[i]);
    if (shown < all)
        line(d, dim, "… %zu more", all - shown);
}

/* ---- the head ---- */

static void draw_title(struct drawing *d)
{
    struct column columns[] = {{"", 0, false, 0}, {"", 10, true, 0}};
    struct cell cells[2];

    set(&cells[0], "mqspec proxy  %s -> %s", d->screen->at, d->screen->to);
    set_span(&cells[1], d->screen->now_ms);
    row(d, bold, columns, 2, cells);
}

static void draw_flow(struct drawing *d, const char *who, const struct mqh_traffic_flow *flow,
                      const struct mqh_traffic_breaches *breaches)
{
    uint64_t now = d->screen->now_ms;
    char packets[16];
    char messages[16];
    char bytes[16];

    line(d, breaches->must > 0 ? red : "",
         "%-11s  broke %" PRIu64 " MUST, %" PRIu64 " SHOULD; %s packets/s, %s messages/s, "
         "%s bytes/s",
         who, breaches->must, breaches->should,
         mqh_cells_number(packets, mqh_meter_rate(&flow->packets, now)),
         mqh_cells_number(messages, mqh_meter_rate(&flow->messages, now)),
         mqh_cells_number(bytes, mqh_meter_rate(&flow->bytes, now)));
}

static void draw_head(struct drawing *d)
{
    const struct mqh_traffic *t = d->screen->traffic;

    draw_title(d);
    line(d, "",
         "connections  %u open, %u at most, %" PRIu64 " in all; %" PRIu64 " failed, %" PRIu64
         " no MQTT",
         t->open, t->peak, t->connections, t->failures, t->others);
    draw_flow(d, "clients", &t->client, &t->client_broke);
    draw_flow(d, "broker", &t->server, &t->server_broke);
}

/* A low screen has room for few. */
static size_t note_count(const struct mqh_screen *screen)
{
    enum { ROWS = 8 };
    size_t count = screen->notes->count;
    size_t most = screen->rows == 0 ? MQH_SCREEN_NOTES : screen->rows / ROWS;

    count = count < MQH_SCREEN_NOTES ? count : MQH_SCREEN_NOTES;
    return count < most ? count : most;
}

static void draw_notes(struct drawing *d, size_t count)
{
    const struct mqh_screen_notes *notes = d->screen->notes;

    for (size_t i = 0; i < count; i++)
        line(d, dim, "%s", notes->texts[(notes->count - count + i) % MQH_SCREEN_NOTES]);
}

/* ---- all of it ---- */

/* Lines for clients and topics: each gets half, and what the other does not need. */
static void share(size_t room, size_t clients, size_t topics, size_t *for_clients,
                  size_t *for_topics)
{
    *for_clients = clients < room / 2 ? clients : room / 2;
    *for_topics = topics < room - *for_clients ? topics : room - *for_clients;
    *for_clients = clients < room - *for_topics ? clients : room - *for_topics;
}

void mqh_screen_draw(FILE *out, const struct mqh_screen *screen)
{
    enum { HEAD = 4, TITLES = 2, GAPS = 2 };
    struct drawing d = {.out = out, .screen = screen, .columns = screen->columns};
    size_t notes = note_count(screen);
    size_t rest = HEAD + TITLES + GAPS + (notes > 0 ? notes + 1 : 0);
    size_t room = screen->rows > rest + 2 ? screen->rows - rest : 2;
    size_t clients = 0;
    size_t topics = 0;

    if (screen->rows == 0)
        room = 2 * (size_t)LIST_MAX;
    if (d.columns < COLUMNS_MIN)
        d.columns = COLUMNS_MIN;
    if (d.columns > COLUMNS_MAX)
        d.columns = COLUMNS_MAX;
    share(room, screen->traffic->clients.count, screen->traffic->topics.count, &clients, &topics);
    if (screen->in_place)
        fputs("\033[H", out);
    draw_head(&d);
    line(&d, "", "%s", "");
    draw_clients(&d, clients > LIST_MAX ? LIST_MAX : clients);
    line(&d, "", "%s", "");
    draw_topics(&d, topics > LIST_MAX ? LIST_MAX : topics);
    if (notes > 0)
        line(&d, "", "%s", "");
    draw_notes(&d, notes);
    if (screen->in_place)
        fputs("\033[J", out);
}
