#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "harness/driver/tls.h"
#include "harness/driver/transport.h"

/* Two authorities, and what one of them signed for localhost and 127.0.0.1: certificate and key in
 * one file. */
struct files {
    char folder[64];
    char ca[96];
    char other_ca[96];
    char server[96];
};

static struct files files;

/* ---- certificates, made for this run ---- */

static void add_extension(X509 *certificate, int id, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, id, value);

    assert_non_null(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

/* `signer_key` NULL: signed by itself. */
static X509 *make_certificate(const char *name, EVP_PKEY *key, X509 *signer, EVP_PKEY *signer_key)
{
    X509 *certificate = X509_new();
    X509_NAME *subject = X509_get_subject_name(certificate);

    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), signer == NULL ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, signer == NULL ? subject : X509_get_subject_name(signer));
    X509_set_pubkey(certificate, key);
    if (signer == NULL)
        add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
    else
        add_extension(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    assert_int_not_equal(
        X509_sign(certificate, signer_key == NULL ? key : signer_key, EVP_sha256()), 0);
    return certificate;
}

static void write_file(char path[96], const char *name, X509 *certificate, EVP_PKEY *key)
{
    FILE *file;

    snprintf(path, 96, "%s/%s", files.folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    PEM_write_X509(file, certificate);
    if (key != NULL)
        PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
}

static int make_files(void **state)
{
    EVP_PKEY *keys[3];
    X509 *certificates[3];

    (void)state;
    strcpy(files.folder, "/tmp/mqspec-tls-XXXXXX");
    assert_non_null(mkdtemp(files.folder));
    for (int i = 0; i < 3; i++)
        keys[i] = EVP_EC_gen("P-256");
    certificates[0] = make_certificate("one authority", keys[0], NULL, NULL);
    certificates[1] = make_certificate("another", keys[1], NULL, NULL);
    certificates[2] = make_certificate("server", keys[2], certificates[0], keys[0]);
    write_file(files.ca, "ca.crt", certificates[0], NULL);
    write_file(files.other_ca, "other.crt", certificates[1], NULL);
    write_file(files.server, "server.pem", certificates[2], keys[2]);
    for (int i = 0; i < 3; i++) {
        X509_free(certificates[i]);
        EVP_PKEY_free(keys[i]);
    }
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    unlink(files.ca);
    unlink(files.other_ca);
    unlink(files.server);
    return rmdir(files.folder);
}

/* ---- a client and a server, joined by hand ---- */

struct end {
    struct mqh_target target;
    struct mqh_tls_context *context;
    struct mqh_transport transport;
};

static void open_end(struct end *end, enum mqc_side us)
{
    char why[200];

    end->context = mqh_transport_context(&end->target, us, why, sizeof why);
    assert_string_equal(why, "");
    mqh_transport_open(&end->transport, &end->target, end->context, us, MQC_V5);
}

static void close_end(struct end *end)
{
    mqh_transport_close(&end->transport);
    mqh_transport_context_free(end->context);
}

static void hand_over(struct end *from, struct end *to, size_t piece)
{
    struct mqh_buffer bytes = from->transport.down;

    from->transport.down = (struct mqh_buffer){0};
    for (size_t at = 0; at < bytes.size; at += piece)
        mqh_transport_received(
            &to->transport, (struct mqc_slice){bytes.bytes + at,
                                               piece < bytes.size - at ? piece : bytes.size - at});
    mqh_buffer_free(&bytes);
}

static void exchange(struct end *one, struct end *other, size_t piece)
{
    while (one->transport.down.size > 0 || other->transport.down.size > 0) {
        hand_over(one, other, piece);
        hand_over(other, one, piece);
    }
}

static struct end server_end(void)
{
    return (struct end){.target = {.host = "", .tls = true, .cert_file = files.server}};
}

static struct end client_end(const char *host, const char *ca, bool insecure)
{
    return (struct end){.target = {.host = host, .tls = true, .ca_file = ca, .insecure = insecure}};
}

/* ---- tests ---- */

static void test_tls_passes_bytes_on(void **state)
{
    static const size_t sizes[] = {1, 16384, 16385, 100000};
    static const size_t pieces[] = {1, 1000, 1000000};
    uint8_t *bytes = calloc(1, 100000);

    (void)state;
    assert_non_null(bytes);
    for (size_t p = 0; p < 3; p++) {
        struct end server = server_end();
        struct end client = client_end("localhost", files.ca, false);

        open_end(&server, MQC_SERVER);
        open_end(&client, MQC_CLIENT);
        exchange(&client, &server, pieces[p]);
        assert_string_equal(mqh_transport_why(&client.transport), "");
        assert_int_equal(mqh_transport_state(&client.transport), MQH_FILTER_OPEN);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            bytes[sizes[i] - 1] = (uint8_t)i;
            mqh_transport_send(&client.transport, (struct mqc_slice){bytes, sizes[i]},
                               MQH_FRAME_WHOLE);
            exchange(&client, &server, pieces[p]);
            assert_int_equal(server.transport.up.size, sizes[i]);
            assert_memory_equal(server.transport.up.bytes, bytes, sizes[i]);
            server.transport.up.size = 0;
        }
        mqh_transport_leave(&client.transport);
        exchange(&client, &server, pieces[p]);
        assert_int_equal(mqh_transport_state(&server.transport), MQH_FILTER_ENDED);
        assert_string_equal(mqh_transport_why(&server.transport), "");
        close_end(&client);
        close_end(&server);
    }
    free(bytes);
}

static void test_tls_looks_at_the_certificate(void **state)
{
    const struct {
        const char *host;
        const char *ca;
        bool insecure;
        const char *why; /* a piece of it; NULL: it is accepted */
    } rows[] = {
        {"localhost", files.ca, false, NULL},
        {"127.0.0.1", files.ca, false, NULL},
        {"localhost", files.other_ca, false, "unable to get local issuer certificate"},
        {"localhost", NULL, false, "unable to get local issuer certificate"},
        {"example.org", files.ca, false, "hostname mismatch"},
        {"127.0.0.2", files.ca, false, "IP address mismatch"},
        {"example.org", NULL, true, NULL},
        {"127.0.0.2", NULL, true, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct end server = server_end();
        struct end client = client_end(rows[i].host, rows[i].ca, rows[i].insecure);
        const char *why;

        open_end(&server, MQC_SERVER);
        open_end(&client, MQC_CLIENT);
        exchange(&client, &server, 1000000);
        why = mqh_transport_why(&client.transport);
        if ((mqh_transport_state(&client.transport) == MQH_FILTER_OPEN) != (rows[i].why == NULL))
            fail_msg("%s: %s", rows[i].host, why);
        if (rows[i].why != NULL && strstr(why, rows[i].why) == NULL)
            fail_msg("%s: %s", rows[i].host, why);
        assert_null(strchr(why, '\n'));
        close_end(&client);
        close_end(&server);
    }
}

static void test_tls_meets_a_peer_without_tls(void **state)
{
    static const char *const answers[] = {"HTTP/1.1 400 Bad Request\r\n\r\n", " \x02\x00\x00",
                                          "220 smtp.example ESMTP ready and waiting\r\n"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct end client = client_end("localhost", files.ca, false);

        open_end(&client, MQC_CLIENT);
        mqh_transport_received(&client.transport, mqc_slice_text(answers[i]));
        mqh_transport_received(&client.transport, mqc_slice_text("0123456789"));
        assert_int_equal(mqh_transport_state(&client.transport), MQH_FILTER_FAILED);
        assert_string_not_equal(mqh_transport_why(&client.transport), "");
        close_end(&client);
    }
}

static void test_tls_names_the_file_that_it_cannot_use(void **state)
{
    const struct mqh_target rows[] = {
        {.host = "h", .tls = true, .ca_file = "/nowhere/ca.pem"},
        {.host = "h", .tls = true, .cert_file = "/nowhere/ca.pem"},
        {.host = "h", .tls = true, .cert_file = files.server, .key_file = "/nowhere/ca.pem"},
    };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char why[200] = "";

        assert_null(mqh_tls_context_new(&rows[i], MQC_CLIENT, why, sizeof why));
        assert_non_null(strstr(why, "cannot use /nowhere/ca.pem: "));
    }
}

static void test_tls_server_needs_a_certificate(void **state)
{
    const struct mqh_target bare = {.host = "h", .tls = true};
    char why[200] = "";

    (void)state;
    assert_null(mqh_tls_context_new(&bare, MQC_SERVER, why, sizeof why));
    assert_non_null(strstr(why, "certificate"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls_passes_bytes_on),
        cmocka_unit_test(test_tls_looks_at_the_certificate),
        cmocka_unit_test(test_tls_meets_a_peer_without_tls),
        cmocka_unit_test(test_tls_names_the_file_that_it_cannot_use),
        cmocka_unit_test(test_tls_server_needs_a_certificate),
    };

    return cmocka_run_group_tests(tests, make_files, remove_files);
}
