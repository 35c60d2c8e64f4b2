#include "harness/cli/target_options.h"

#include <stdio.h>
#include <string.h>

#include "harness/driver/transport.h"

const char mqh_target_help[] =
    "The broker\n"
    "  mqtt://[user[:password]@]host[:port]        TCP; port 1883; an IPv6 address\n"
    "                                              as [::1]\n"
    "  mqtts://[user[:password]@]host[:port]       TLS 1.2 or 1.3; port 8883\n"
    "  ws://[user[:password]@]host[:port][/path]   WebSocket; port 80, path /mqtt\n"
    "  wss://[user[:password]@]host[:port][/path]  WebSocket over TLS; port 443,\n"
    "                                              path /mqtt\n"
    "  unix://[user[:password]@]/path              a Unix socket\n"
    "  --user NAME, --password TEXT  for CONNECT; they go before those of the URL\n"
    "  --ca FILE            whom to trust (PEM), in place of the system's\n"
    "                       authorities\n"
    "  --cert FILE, --key FILE\n"
    "                       the client's certificate and its key (PEM, one file or\n"
    "                       two)\n"
    "  --insecure           takes any certificate, also one for another name\n"
    "  --header 'NAME: VALUE'\n"
    "                       a header field for the WebSocket upgrade; may be\n"
    "                       repeated\n"
    "  --segment 1|random|coalesce\n"
    "                       cuts what is sent into single bytes, at random, or not\n"
    "                       at all, wherever packets end: no verdict may depend on\n"
    "                       it\n\n";

bool mqh_target_option(struct mqh_arena *arena, const char *command, int option, const char *value,
                       struct mqh_target_options *options, bool *good)
{
    struct mqh_target *given = &options->given;
    const struct {
        int option;
        const char **text;
    } places[] = {
        {MQH_TARGET_CA, &given->ca_file},        {MQH_TARGET_CERT, &given->cert_file},
        {MQH_TARGET_KEY, &given->key_file},      {MQH_TARGET_USER, &given->user_name},
        {MQH_TARGET_PASSWORD, &given->password},
    };

    *good = true;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (places[i].option == option) {
            *places[i].text = value;
            return true;
        }
    switch (option) {
    case MQH_TARGET_INSECURE:
        given->insecure = true;
        return true;
    case MQH_TARGET_HEADER:
        if (strchr(value, ':') == NULL || value[0] == ':' || strpbrk(value, "\r\n") != NULL) {
            mqh_cli_complain(command, "--header: expected one line, NAME: VALUE");
            *good = false;
            return false;
        }
        given->headers = mqh_arena_grow(arena, given->headers, given->header_count,
                                        &options->header_capacity, sizeof(*given->headers));
        given->headers[given->header_count++] = value;
        return true;
    case MQH_TARGET_SEGMENT:
        *good = mqh_segment_parse(value, &given->segment);
        if (!*good)
            mqh_cli_complain(command, "--segment %s: expected 1, random or coalesce", value);
        return *good;
    default:
        return false;
    }
}

bool mqh_target_option_as(struct mqh_arena *arena, const char *command, const char *value,
                          struct mqh_target_options *options)
{
    const char *colon = strchr(value, ':');

    if (colon == NULL)
        return mqh_cli_complain(command, "--as: expected USER:PASSWORD") == 0;
    options->given.user_name =
        mqh_arena_text(arena, (struct mqc_slice){(const uint8_t *)value, (size_t)(colon - value)});
    options->given.password = colon + 1;
    return true;
}

/* An option that would be ignored is a mistake of the user's. */
static const char *find_misfit(const struct mqh_target *given, const struct mqh_target *target)
{
    if (!target->tls && (given->ca_file != NULL || given->insecure))
        return "--ca and --insecure go with mqtts:// and wss:// only";
    if (!target->tls && (given->cert_file != NULL || given->key_file != NULL))
        return "--cert and --key go with mqtts:// and wss:// only";
    if (given->key_file != NULL && given->cert_file == NULL)
        return "--key goes with --cert";
    if (given->ca_file != NULL && given->insecure)
        return "--insecure trusts all, --ca only some: choose one";
    if (!target->websocket && given->header_count > 0)
        return "--header goes with ws:// and wss:// only";
    return mqh_transport_lacks(target);
}

bool mqh_target_make(struct mqh_arena *arena, const char *command, const char *url,
                     const struct mqh_target_options *options, struct mqh_target *out)
{
    const struct mqh_target *given = &options->given;
    const char *why = "";
    char trouble[200] = "";

    if (!mqh_target_parse(arena, url, out, &why)) {
        mqh_cli_complain(command, "%s", why);
        return false;
    }
    why = find_misfit(given, out);
    out->ca_file = given->ca_file;
    out->cert_file = given->cert_file;
    out->key_file = given->key_file;
    out->insecure = given->insecure;
    out->headers = given->headers;
    out->header_count = given->header_count;
    out->segment = given->segment;
    if (given->user_name != NULL)
        out->user_name = given->user_name;
    if (given->password != NULL)
        out->password = given->password;
    if (why == NULL) { /* only to see whether the files can be used */
        mqh_transport_context_free(mqh_transport_context(out, MQC_CLIENT, trouble, sizeof trouble));
        why = trouble;
    }
    if (why[0] != '\0')
        mqh_cli_complain(command, "%s", why);
    return why[0] == '\0';
}

/* mqtt://127.0.0.1:0 without its port; NULL where that is not 0. */
static const char *without_port(struct mqh_arena *arena, const char *url)
{
    size_t size = strlen(url);

    if (size <= 2 || strcmp(url + size - 2, ":0") != 0)
        return NULL;
    return mqh_arena_text(arena, (struct mqc_slice){(const uint8_t *)url, size - 2});
}

bool mqh_target_listen(struct mqh_arena *arena, const char *command, const char *url,
                       const struct mqh_target_options *options, struct mqh_target *out)
{
    const char *any_port = without_port(arena, url);
    const char *why = "";
    char trouble[200] = "";

    if (!mqh_target_parse(arena, any_port != NULL ? any_port : url, out, &why)) {
        mqh_cli_complain(command, "%s", why);
        return false;
    }
    if (any_port != NULL)
        out->port = 0;
    if (strcmp(out->host, "localhost") == 0)
        out->host = "127.0.0.1";
    out->cert_file = options->given.cert_file;
    out->key_file = options->given.key_file;
    why = mqh_transport_lacks(out);
    if (!out->tls && (out->cert_file != NULL || out->key_file != NULL))
        why = "a certificate goes with mqtts:// and wss:// only";
    if (why == NULL) {
        mqh_transport_context_free(mqh_transport_context(out, MQC_SERVER, trouble, sizeof trouble));
        why = trouble;
    }
    if (why[0] != '\0')
        mqh_cli_complain(command, "%s: %s", out->url, why);
    return why[0] == '\0';
}

const char *mqh_target_options_again(struct mqh_arena *arena, const struct mqh_target *target)
{
    static const char *const segments[] = {[MQH_SEGMENT_ONE] = "1",
                                           [MQH_SEGMENT_RANDOM] = "random",
                                           [MQH_SEGMENT_COALESCE] = "coalesce"};
    const struct {
        const char *option;
        const char *value;
    } words[] = {
        {"user", target->user_name},
        {"password", target->password == NULL ? NULL : "***"},
        {"ca", target->ca_file},
        {"cert", target->cert_file},
        {"key", target->key_file},
        {"segment", target->segment == MQH_SEGMENT_NONE ? NULL : segments[target->segment]},
    };
    const char *again = target->insecure ? " --insecure" : "";

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].value != NULL)
            again = mqh_arena_format(arena, "%s --%s '%s'", again, words[i].option, words[i].value);
    for (size_t i = 0; i < target->header_count; i++)
        again = mqh_arena_format(arena, "%s --header '%.*s: ***'", again,
                                 (int)strcspn(target->headers[i], ":"), target->headers[i]);
    return again;
}

/* getopt takes --pass for --password. */
static bool names_secret(const char *word)
{
    size_t size = strcspn(word, "=");

    return size > 2 && strncmp(word, "--", 2) == 0 &&
           (strncmp("password", word + 2, size - 2) == 0 ||
            strncmp("header", word + 2, size - 2) == 0);
}

const char *mqh_target_word_shown(struct mqh_arena *arena, const char *word, const char *before)
{
    size_t size = strcspn(word, "=");

    if (names_secret(before) && strchr(before, '=') == NULL)
        return "***";
    if (names_secret(word) && word[size] == '=')
        return mqh_arena_format(arena, "%.*s=***", (int)size, word);
    return word;
}
