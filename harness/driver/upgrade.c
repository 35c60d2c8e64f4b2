#include "harness/driver/upgrade.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- text ---- */

static void add(struct mqh_buffer *out, const char *text)
{
    mqh_buffer_add(out, mqc_slice_text(text));
}

static bool is(struct mqc_slice text, const char *word)
{
    return text.size == strlen(word) && strncasecmp((const char *)text.data, word, text.size) == 0;
}

static struct mqc_slice trim(struct mqc_slice text)
{
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && strchr(" \t\r\n", text.data[text.size - 1]) != NULL)
        text.size--;
    return text;
}

/* Takes what stands before the first `mark` out of `*rest`; all of it where there is none. */
static struct mqc_slice take(struct mqc_slice *rest, char mark)
{
    const uint8_t *at = rest->size == 0 ? NULL : memchr(rest->data, mark, rest->size);
    struct mqc_slice found = {rest->data, at == NULL ? rest->size : (size_t)(at - rest->data)};
    size_t gone = found.size + (at != NULL);

    rest->data = rest->size == 0 ? rest->data : rest->data + gone;
    rest->size -= gone;
    return trim(found);
}

/* The next value of a header field: it may stand there several times. False: there is none. */
static bool next_value(struct mqc_slice *lines, const char *name, struct mqc_slice *value)
{
    while (lines->size > 0) {
        struct mqc_slice line = take(lines, '\n');

        if (is(take(&line, ':'), name)) {
            *value = trim(line);
            return true;
        }
    }
    return false;
}

static struct mqc_slice value_of(struct mqc_slice lines, const char *name)
{
    struct mqc_slice value = {0};

    next_value(&lines, name, &value);
    return value;
}

/* True if a comma-separated list, perhaps over several fields, holds the word. */
static bool lists(struct mqc_slice lines, const char *name, const char *word)
{
    struct mqc_slice value;

    while (next_value(&lines, name, &value))
        while (value.size > 0)
            if (is(take(&value, ','), word))
                return true;
    return false;
}

size_t mqh_upgrade_size(struct mqc_slice bytes)
{
    for (size_t i = 0; i + 1 < bytes.size; i++) {
        if (bytes.data[i] != '\n')
            continue;
        if (bytes.data[i + 1] == '\n')
            return i + 2;
        if (bytes.data[i + 1] == '\r' && i + 2 < bytes.size && bytes.data[i + 2] == '\n')
            return i + 3;
    }
    return 0;
}

/* What the other end wrote, fit for a line of ours. */
static void printable(char *out, size_t size, struct mqc_slice text)
{
    size_t length = text.size < size - 1 ? text.size : size - 1;

    for (size_t i = 0; i < length; i++)
        out[i] = text.data[i] >= ' ' && text.data[i] < 0x7f ? (char)text.data[i] : '?';
    out[length] = '\0';
}

/* ---- keys ---- */

void mqh_upgrade_key(const uint8_t random[16], char key[MQH_UPGRADE_KEY_SIZE])
{
    EVP_EncodeBlock((unsigned char *)key, random, 16);
}

/* What a server answers to a key: base64 of the SHA-1 of key and a fixed text. */
static void accept_of(struct mqc_slice key, char out[MQH_UPGRADE_ACCEPT_SIZE])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t digest[EVP_MAX_MD_SIZE] = {0};
    EVP_MD_CTX *hash = EVP_MD_CTX_new();

    EVP_DigestInit_ex(hash, EVP_sha1(), NULL);
    EVP_DigestUpdate(hash, key.data, key.size);
    EVP_DigestUpdate(hash, guid, sizeof(guid) - 1);
    EVP_DigestFinal_ex(hash, digest, NULL);
    EVP_MD_CTX_free(hash);
    EVP_EncodeBlock((unsigned char *)out, digest, 20);
}

/* ---- a client ---- */

const char *mqh_upgrade_offer(enum mqc_version version)
{
    return version == MQC_V31 ? "mqttv3.1, mqtt" : "mqtt";
}

void mqh_upgrade_request(struct mqh_buffer *out, const struct mqh_target *target, const char *key,
                         const char *offer)
{
    bool brackets = strchr(target->host, ':') != NULL;
    char port[8];

    snprintf(port, sizeof(port), ":%u", (unsigned)target->port);
    add(out, "GET ");
    add(out, target->path);
    add(out, " HTTP/1.1\r\nHost: ");
    add(out, brackets ? "[" : "");
    add(out, target->host);
    add(out, brackets ? "]" : "");
    add(out, target->port == (target->tls ? 443 : 80) ? "" : port);
    add(out, "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: ");
    add(out, key);
    add(out, "\r\nSec-WebSocket-Protocol: ");
    add(out, offer);
    add(out, "\r\n");
    for (size_t i = 0; i < target->header_count; i++) {
        add(out, target->headers[i]);
        add(out, "\r\n");
    }
    add(out, "\r\n");
}

static bool was_offered(const char *offer, struct mqc_slice protocol)
{
    struct mqc_slice rest = mqc_slice_text(offer);

    while (rest.size > 0)
        if (mqc_slice_equal(take(&rest, ','), protocol))
            return true;
    return false;
}

bool mqh_upgrade_read_answer(struct mqc_slice header, const char *key, const char *offer,
                             struct mqc_slice *protocol, char *why, size_t why_size)
{
    struct mqc_slice lines = header;
    struct mqc_slice status = take(&lines, '\n');
    char accept[MQH_UPGRADE_ACCEPT_SIZE];
    char text[80];

    if (status.size < 12 || !is((struct mqc_slice){status.data, 7}, "HTTP/1.")) {
        snprintf(why, why_size, "the other end does not speak HTTP");
        return false;
    }
    status = trim((struct mqc_slice){status.data + 8, status.size - 8});
    printable(text, sizeof(text), status);
    if (strncmp(text, "101", 3) != 0) {
        snprintf(why, why_size, "the WebSocket upgrade was answered with %s", text);
        return false;
    }
    accept_of(mqc_slice_text(key), accept);
    *protocol = value_of(lines, "Sec-WebSocket-Protocol");
    printable(text, sizeof(text), *protocol);
    why[0] = '\0';
    if (!lists(lines, "Upgrade", "websocket") || !lists(lines, "Connection", "upgrade"))
        snprintf(why, why_size, "the WebSocket upgrade was answered with 101 without an upgrade");
    else if (!mqc_slice_equal(value_of(lines, "Sec-WebSocket-Accept"), mqc_slice_text(accept)))
        snprintf(why, why_size,
                 "the WebSocket upgrade was answered with a wrong "
                 "Sec-WebSocket-Accept");
    else if (value_of(lines, "Sec-WebSocket-Extensions").size > 0)
        snprintf(why, why_size, "the server chose a WebSocket extension that was not offered");
    else if (protocol->size > 0 && !was_offered(offer, *protocol))
        snprintf(why, why_size, "the server chose the WebSocket sub-protocol \"%s\"; offered: %s",
                 text, offer);
    return why[0] == '\0';
}

/* ---- a server ---- */

static const char *find_trouble(struct mqc_slice request, struct mqc_slice lines)
{
    if (request.size < 4 || memcmp(request.data, "GET ", 4) != 0)
        return "the client does not ask by GET";
    if (!lists(lines, "Upgrade", "websocket") || !lists(lines, "Connection", "upgrade"))
        return "the client does not ask for a WebSocket";
    if (!is(value_of(lines, "Sec-WebSocket-Version"), "13"))
        return "the client asks for another version of WebSocket than 13";
    if (value_of(lines, "Sec-WebSocket-Key").size != MQH_UPGRADE_KEY_SIZE - 1)
        return "the client's Sec-WebSocket-Key is not 16 bytes in base64";
    return NULL;
}

bool mqh_upgrade_answer(struct mqc_slice header, struct mqh_buffer *out, bool *offers_mqtt,
                        char *why, size_t why_size)
{
    struct mqc_slice lines = header;
    struct mqc_slice request = take(&lines, '\n');
    const char *trouble = find_trouble(request, lines);
    char accept[MQH_UPGRADE_ACCEPT_SIZE];

    *offers_mqtt = lists(lines, "Sec-WebSocket-Protocol", "mqtt");
    if (trouble != NULL) {
        snprintf(why, why_size, "%s", trouble);
        add(out, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return false;
    }
    accept_of(value_of(lines, "Sec-WebSocket-Key"), accept);
    add(out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Accept: ");
    add(out, accept);
    if (*offers_mqtt)
        add(out, "\r\nSec-WebSocket-Protocol: mqtt");
    else if (lists(lines, "Sec-WebSocket-Protocol", "mqttv3.1"))
        add(out, "\r\nSec-WebSocket-Protocol: mqttv3.1");
    add(out, "\r\n\r\n");
    return true;
}
