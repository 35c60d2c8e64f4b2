/* GLib: g_utf8_validate_len(), which refuses U+0000 and takes all else that is well formed. */
#include "ci/peers/peer.h"

#include <glib.h>

static bool is_good(const uint8_t *text, size_t size)
{
    return g_utf8_validate_len((const char *)text, size, NULL);
}

static void pass(const struct peer_input *input)
{
    if (!is_good(input->bytes, input->size))
        abort();
}

static void bench(const struct peer_input *input)
{
    peer_text(input, is_good, pass);
}

int main(int argc, char **argv)
{
    if (argc == 2)
        peer_each(argv[1], "UTF-8*", bench);
    return 0;
}
