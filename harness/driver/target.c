#include "harness/driver/target.h"

#include <string.h>

#define EXPECTED                                                                                   \
    "expected mqtt://[user[:password]@]host[:port], or mqtts://, ws://, wss://, unix:///path"
#define DEFAULT_PATH "/mqtt" /* of a WebSocket */

static const struct scheme {
    const char *name;
    uint16_t port;
    bool tls;
    bool websocket;
    bool local;
} schemes[] = {
    {"mqtt://", 1883, false, false, false}, {"mqtts://", 8883, true, false, false},
    {"ws://", 80, false, true, false},      {"wss://", 443, true, true, false},
    {"unix://", 0, false, false, true},
};

static int hex_value(uint8_t c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);

    return c == 0 || at == NULL ? -1 : (int)(at - digits);
}

/* Undoes %41 in place of A. NULL where a % is not followed by two hex digits, or means a zero byte,
 * which no MQTT string may hold. */
static const char *decode(struct mqh_arena *arena, struct mqc_slice text)
{
    char *out = mqh_arena_alloc(arena, text.size + 1);
    size_t size = 0;

    for (size_t i = 0; i < text.size; i++) {
        int high, low;

        if (text.data[i] != '%') {
            out[size++] = (char)text.data[i];
            continue;
        }
        high = i + 1 < text.size ? hex_value(text.data[i + 1]) : -1;
        low = i + 2 < text.size ? hex_value(text.data[i + 2]) : -1;
        if (high < 0 || low < 0 || (high == 0 && low == 0))
            return NULL;
        out[size++] = (char)(high << 4 | low);
        i += 2;
    }
    return out;
}

static bool complain(const char **why, const char *text)
{
    *why = text;
    return false;
}

/* Splits at the byte at `offset`, which belongs to neither part. */
static struct mqc_slice before(struct mqc_slice text, size_t offset)
{
    return (struct mqc_slice){text.data, offset};
}

static struct mqc_slice behind(struct mqc_slice text, size_t offset)
{
    return (struct mqc_slice){text.data + offset + 1, text.size - offset - 1};
}

/* The offset of the first `c`, or the text's size. */
static size_t find(struct mqc_slice text, char c)
{
    const void *at = text.size == 0 ? NULL : memchr(text.data, c, text.size);

    return at == NULL ? text.size : (size_t)((const uint8_t *)at - text.data);
}

/* A password may hold an @ that nobody encoded: the last one ends it. */
static size_t find_last(struct mqc_slice text, char c)
{
    size_t at = text.size;

    while (at > 0 && text.data[at - 1] != (uint8_t)c)
        at--;
    return at == 0 ? text.size : at - 1;
}

static bool parse_user(struct mqh_arena *arena, struct mqc_slice text, struct mqh_target *out,
                       const char **why)
{
    size_t colon = find(text, ':');

    out->user_name = decode(arena, before(text, colon));
    if (out->user_name == NULL)
        return complain(why, "bad %-escape in the user name of the URL");
    if (colon == text.size)
        return true;
    out->password = decode(arena, behind(text, colon));
    return out->password != NULL || complain(why, "bad %-escape in the password of the URL");
}

static bool parse_port(struct mqc_slice text, struct mqh_target *out)
{
    unsigned port = 0;

    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || port > 65535)
            return false;
        port = port * 10 + (unsigned)(text.data[i] - '0');
    }
    out->port = (uint16_t)port;
    return port > 0 && port <= 65535;
}

/* host, host:port, [address] or [address]:port */
static bool parse_host(struct mqh_arena *arena, struct mqc_slice text, struct mqh_target *out,
                       const char **why)
{
    bool brackets = text.size > 0 && text.data[0] == '[';
    size_t colon = find(text, ':');
    struct mqc_slice host = before(text, colon);
    struct mqc_slice rest = {text.data + colon, text.size - colon};

    if (brackets) {
        size_t end = find(text, ']');

        if (end == text.size)
            return complain(why, "the URL's [ has no ]; " EXPECTED);
        host = (struct mqc_slice){text.data + 1, end - 1};
        rest = behind(text, end);
    }
    if (host.size == 0)
        return complain(why, "the URL names no host; " EXPECTED);
    for (size_t i = 0; i < host.size; i++)
        if (host.data[i] <= ' ' || host.data[i] == 0x7f || host.data[i] == '?')
            return complain(why, "the URL's host is not one; " EXPECTED);
    out->host = mqh_arena_text(arena, host);
    if (!brackets && rest.size > 0 && find(behind(rest, 0), ':') < rest.size - 1)
        return complain(why, "an IPv6 address stands in brackets: mqtt://[::1]:1883");
    if (rest.size > 0 && (rest.data[0] != ':' || !parse_port(behind(rest, 0), out)))
        return complain(why, "the URL's port is not one; expected a number from 1 to 65535");
    return true;
}

/* What follows the host, from its slash on: a WebSocket's goes into a line of HTTP as it is. */
static bool parse_path(struct mqh_arena *arena, struct mqc_slice text, struct mqh_target *out,
                       const char **why)
{
    if (!out->websocket)
        return text.size <= 1 || complain(why, "such a URL has no path; " EXPECTED);
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] <= ' ' || text.data[i] >= 0x7f || text.data[i] == '#')
            return complain(why, "the URL's path is not one: write other characters as %20");
    if (text.size > 0)
        out->path = mqh_arena_text(arena, text);
    return true;
}

static bool parse_socket(struct mqh_arena *arena, struct mqc_slice text, struct mqh_target *out,
                         const char **why)
{
    enum { PATH_MAX_SIZE = 107 }; /* what sockaddr_un has room for */

    if (text.size < 2 || text.data[0] != '/')
        return complain(why, "a Unix socket is named by its whole path: unix:///run/broker.sock");
    if (text.size > PATH_MAX_SIZE)
        return complain(why, "the path of a Unix socket has 107 bytes at most");
    out->path = mqh_arena_text(arena, text);
    out->host = "";
    return true;
}

/* Without user and password, and without what is asked behind a path: it may be a token. */
static const char *url_shown(struct mqh_arena *arena, const struct scheme *scheme,
                             const struct mqh_target *target)
{
    bool brackets = strchr(target->host, ':') != NULL;
    size_t path_size = target->path == NULL ? 0 : strcspn(target->path, "?");

    if (target->local)
        return mqh_arena_format(arena, "unix://%s", target->path);
    return mqh_arena_format(arena, "%s%s%s%s:%u%.*s%s", scheme->name, brackets ? "[" : "",
                            target->host, brackets ? "]" : "", (unsigned)target->port,
                            (int)path_size, target->path == NULL ? "" : target->path,
                            target->path != NULL && target->path[path_size] != '\0' ? "?…" : "");
}

static const struct scheme *find_scheme(struct mqh_arena *arena, const char *url, const char **why)
{
    const char *end = strstr(url, "://");

    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (strncmp(url, schemes[i].name, strlen(schemes[i].name)) == 0)
            return &schemes[i];
    *why = end == NULL ? "the URL has no scheme; " EXPECTED
                       : mqh_arena_format(arena, "the scheme %.*s is not known; " EXPECTED,
                                          (int)(end - url + 3), url);
    return NULL;
}

bool mqh_target_parse(struct mqh_arena *arena, const char *url, struct mqh_target *out,
                      const char **why)
{
    const struct scheme *scheme = find_scheme(arena, url, why);
    struct mqc_slice rest;
    struct mqc_slice path = {NULL, 0};
    size_t at;

    if (scheme == NULL)
        return false;
    *out = (struct mqh_target){.port = scheme->port,
                               .tls = scheme->tls,
                               .websocket = scheme->websocket,
                               .local = scheme->local,
                               .path = scheme->websocket ? DEFAULT_PATH : NULL};
    rest = mqc_slice_text(url + strlen(scheme->name));
    /* A password may hold a slash that nobody encoded, but not where a path may hold an @. */
    if (out->websocket || out->local) {
        at = find(rest, '/');
        path = (struct mqc_slice){rest.data + at, rest.size - at};
        rest = before(rest, at);
    }
    at = find_last(rest, '@');
    if (at < rest.size) {
        if (!parse_user(arena, before(rest, at), out, why))
            return false;
        rest = behind(rest, at);
    }
    if (!out->websocket && !out->local) {
        at = find(rest, '/');
        path = (struct mqc_slice){rest.data + at, rest.size - at};
        rest = before(rest, at);
    }
    if (out->local ? !parse_socket(arena, path, out, why)
                   : !parse_host(arena, rest, out, why) || !parse_path(arena, path, out, why))
        return false;
    out->url = url_shown(arena, scheme, out);
    return true;
}
