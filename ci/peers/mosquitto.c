/* libmosquitto: it does not export what reads packets and properties, so only its checks of text
 * and of Topic Filters. */
#include "ci/peers/peer.h"

#include <mosquitto.h>

static const char *const filters[] = {"site/+/temp/#", "site/07/#", "cmd/device-0007/set"};

static bool is_good(const uint8_t *text, size_t size)
{
    return mosquitto_validate_utf8((const char *)text, (int)size) == MOSQ_ERR_SUCCESS;
}

static void pass_text(const struct peer_input *input)
{
    if (!is_good(input->bytes, input->size))
        abort();
}

static void bench_text(const struct peer_input *input)
{
    peer_text(input, is_good, pass_text);
}

static void pass_check(const struct peer_input *input)
{
    (void)input;
    for (int i = 0; i < 3; i++)
        if (mosquitto_sub_topic_check(filters[i]) != MOSQ_ERR_SUCCESS)
            abort();
}

static void pass_match(const struct peer_input *input)
{
    bool matches;

    (void)input;
    for (int i = 0; i < 3; i++)
        if (mosquitto_topic_matches_sub(filters[i], "site/07/temp/c12", &matches) !=
                MOSQ_ERR_SUCCESS ||
            matches != (i < 2))
            abort();
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    peer_each(argv[1], "UTF-8*", bench_text);
    printf("Topic Filter, check\t%.4f\n", 1e9 * peer_best_s(pass_check, NULL, 10000) / 3);
    printf("Topic Filter, match\t%.4f\n", 1e9 * peer_best_s(pass_match, NULL, 10000) / 3);
    return 0;
}
