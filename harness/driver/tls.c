#include "harness/driver/tls.h"

#include <assert.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

struct mqh_tls_context {
    SSL_CTX *ssl;
    const struct mqh_target *target;
    enum mqc_side us;
};

struct tls {
    struct mqh_filter filter;
    SSL *ssl; /* owns both BIOs */
    BIO *in;
    BIO *out;
};

enum { READ_SIZE = 16 * 1024 };

/* ---- what all connections share ---- */

static const char *last_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    return reason == NULL ? "unknown reason" : reason;
}

static bool load(const struct mqh_tls_context *context, char *why, size_t why_size)
{
    const struct mqh_target *target = context->target;
    const char *key = target->key_file == NULL ? target->cert_file : target->key_file;
    const char *file = NULL;

    if (context->us == MQC_SERVER && target->cert_file == NULL) {
        snprintf(why, why_size, "a server that speaks TLS needs a certificate and its key");
        return false;
    }
    if (target->ca_file != NULL && SSL_CTX_load_verify_file(context->ssl, target->ca_file) != 1)
        file = target->ca_file;
    else if (target->cert_file != NULL &&
             SSL_CTX_use_certificate_chain_file(context->ssl, target->cert_file) != 1)
        file = target->cert_file;
    else if (key != NULL && SSL_CTX_use_PrivateKey_file(context->ssl, key, SSL_FILETYPE_PEM) != 1)
        file = key;
    else if (target->ca_file == NULL)
        SSL_CTX_set_default_verify_paths(context->ssl);
    if (file != NULL)
        snprintf(why, why_size, "cannot use %s: %s", file, last_reason());
    return file == NULL;
}

/* A private key with a passphrase is not asked for: nobody may sit there. */
static int no_passphrase(char *text, int size, int writing, void *context)
{
    (void)text;
    (void)size;
    (void)writing;
    (void)context;
    return 0;
}

static void set_up(SSL_CTX *ssl, const struct mqh_target *target, enum mqc_side us)
{
    static const uint8_t mqtt[] = "\4mqtt";
    static const uint8_t http[] = "\10http/1.1";

    SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
    SSL_CTX_set_default_passwd_cb(ssl, no_passphrase);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    if (us == MQC_SERVER)
        return;
    SSL_CTX_set_verify(ssl, target->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    if (target->websocket)
        SSL_CTX_set_alpn_protos(ssl, http, sizeof(http) - 1);
    else
        SSL_CTX_set_alpn_protos(ssl, mqtt, sizeof(mqtt) - 1);
}

struct mqh_tls_context *mqh_tls_context_new(const struct mqh_target *target, enum mqc_side us,
                                            char *why, size_t why_size)
{
    struct mqh_tls_context *context = calloc(1, sizeof(*context));

    if (context == NULL)
        abort();
    context->target = target;
    context->us = us;
    ERR_clear_error();
    context->ssl = SSL_CTX_new(us == MQC_SERVER ? TLS_server_method() : TLS_client_method());
    if (context->ssl == NULL)
        abort();
    set_up(context->ssl, target, us);
    if (load(context, why, why_size))
        return context;
    mqh_tls_context_free(context);
    return NULL;
}

void mqh_tls_context_free(struct mqh_tls_context *context)
{
    if (context == NULL)
        return;
    SSL_CTX_free(context->ssl);
    free(context);
}

/* ---- one connection ---- */

static void take_down(struct tls *tls)
{
    size_t size = BIO_ctrl_pending(tls->out);
    int taken;

    if (size == 0)
        return;
    assert(size <= INT_MAX);
    taken = BIO_read(tls->out, mqh_buffer_room(&tls->filter.down, size), (int)size);
    if (taken > 0)
        tls->filter.down.size += (size_t)taken;
}

static void explain(struct tls *tls)
{
    long verdict = SSL_get_verify_result(tls->ssl);
    unsigned long error = ERR_peek_last_error();
    char *why = tls->filter.why;
    size_t size = sizeof(tls->filter.why);

    if (ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED)
        snprintf(why, size,
                 "the certificate is not accepted: %s (--ca FILE names whom to trust, --insecure "
                 "trusts all)",
                 X509_verify_cert_error_string(verdict));
    else if (ERR_GET_REASON(error) == SSL_R_WRONG_VERSION_NUMBER)
        snprintf(why, size, "the other end does not speak TLS");
    else
        snprintf(why, size, "TLS: %s", error == 0 ? "the connection was ended" : last_reason());
}

/* True if OpenSSL only waits for more bytes. */
static bool goes_on(struct tls *tls, int result)
{
    int error = SSL_get_error(tls->ssl, result);

    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        return true;
    if (tls->filter.state == MQH_FILTER_OPENING) {
        tls->filter.state = MQH_FILTER_FAILED;
        explain(tls);
    } else {
        tls->filter.state = MQH_FILTER_ENDED;
        if (error != SSL_ERROR_ZERO_RETURN)
            explain(tls);
    }
    return false;
}

static void go_on(struct tls *tls)
{
    struct mqh_filter *filter = &tls->filter;
    int result;

    ERR_clear_error();
    if (filter->state == MQH_FILTER_OPENING) {
        result = SSL_do_handshake(tls->ssl);
        if (result == 1)
            filter->state = MQH_FILTER_OPEN;
        else
            goes_on(tls, result);
    }
    while (filter->state == MQH_FILTER_OPEN) {
        result = SSL_read(tls->ssl, mqh_buffer_room(&filter->up, READ_SIZE), READ_SIZE);
        if (result > 0)
            filter->up.size += (size_t)result;
        else if (goes_on(tls, result))
            break;
    }
    take_down(tls);
}

static void start(struct mqh_filter *filter)
{
    go_on((struct tls *)filter);
}

static void receive(struct mqh_filter *filter, struct mqc_slice bytes)
{
    struct tls *tls = (struct tls *)filter;

    assert(bytes.size <= INT_MAX);
    if (bytes.size > 0)
        BIO_write(tls->in, bytes.data, (int)bytes.size); /* a memory BIO takes all */
    go_on(tls);
}

static void send(struct mqh_filter *filter, struct mqc_slice bytes, enum mqh_frame frame)
{
    struct tls *tls = (struct tls *)filter;
    size_t written;

    (void)frame;
    if (filter->state != MQH_FILTER_OPEN || bytes.size == 0)
        return;
    ERR_clear_error();
    SSL_write_ex(tls->ssl, bytes.data, bytes.size, &written);
    take_down(tls);
}

static void leave(struct mqh_filter *filter)
{
    struct tls *tls = (struct tls *)filter;

    if (filter->state != MQH_FILTER_OPEN)
        return;
    ERR_clear_error();
    SSL_shutdown(tls->ssl);
    take_down(tls);
}

static void free_tls(struct mqh_filter *filter)
{
    struct tls *tls = (struct tls *)filter;

    SSL_free(tls->ssl);
    free(tls);
}

/* An address is looked for in the certificate as one; no SNI may hold it. */
static void name_host(SSL *ssl, const char *host)
{
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1)
        return;
    SSL_set_tlsext_host_name(ssl, host);
    SSL_set1_host(ssl, host);
}

struct mqh_filter *mqh_tls_new(struct mqh_tls_context *context)
{
    static const struct mqh_filter_kind kind = {"TLS handshake", start,   receive, send,
                                                leave,           free_tls};
    struct tls *tls = calloc(1, sizeof(*tls));

    if (tls == NULL)
        abort();
    tls->filter.kind = &kind;
    tls->ssl = SSL_new(context->ssl);
    tls->in = BIO_new(BIO_s_mem());
    tls->out = BIO_new(BIO_s_mem());
    if (tls->ssl == NULL || tls->in == NULL || tls->out == NULL)
        abort();
    SSL_set_bio(tls->ssl, tls->in, tls->out);
    if (context->us == MQC_SERVER) {
        SSL_set_accept_state(tls->ssl);
    } else {
        SSL_set_connect_state(tls->ssl);
        name_host(tls->ssl, context->target->host);
    }
    return &tls->filter;
}
