#include "harness/driver/target.h"

#include <string.h>

#define DEFAULT_PORT 1883
#define EXPECTED "expected mqtt://[user[:password]@]host[:port]"

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
    out->url = mqh_arena_format(arena, brackets ? "mqtt://[%s]:%u" : "mqtt://%s:%u", out->host,
                                (unsigned)out->port);
    return true;
}

bool mqh_target_parse(struct mqh_arena *arena, const char *url, struct mqh_target *out,
                      const char **why)
{
    static const char scheme[] = "mqtt://";
    struct mqc_slice rest;
    size_t at;

    *out = (struct mqh_target){.port = DEFAULT_PORT};
    if (strncmp(url, scheme, strlen(scheme)) != 0) {
        const char *end = strstr(url, "://");

        *why = end == NULL ? "the URL has no scheme; " EXPECTED
                           : mqh_arena_format(arena, "the scheme %.*s is not known; " EXPECTED,
                                              (int)(end - url + 3), url);
        return false;
    }
    rest = mqc_slice_text(url + strlen(scheme));
    at = find_last(rest, '@');
    if (at < rest.size) {
        if (!parse_user(arena, before(rest, at), out, why))
            return false;
        rest = behind(rest, at);
    }
    at = find(rest, '/');
    if (at + 1 < rest.size)
        return complain(why, "an mqtt URL has no path; " EXPECTED);
    return parse_host(arena, before(rest, at), out, why);
}
