#include "harness/runner/match.h"

/* The last star is the only one that need be tried again: what an earlier one could still take, the
 * last one takes as well. */
bool mqh_glob(const char *pattern, const char *text)
{
    const char *star = NULL;
    const char *behind = NULL; /* where the text that the star took ends */

    while (*text != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            behind = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star;
            text = ++behind;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

const char *mqh_case_name(struct mqh_arena *arena, const struct mqh_case *c)
{
    return mqh_arena_format(arena, "%s@%s", c->id, mqc_version_name(c->version));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The first digit, or the text's end. */
static const char *number_in(const char *text)
{
    while (*text != '\0' && !is_digit(*text))
        text++;
    return text;
}

/* Takes a number and the dot behind it, if another number follows; 0 where there is none. */
static unsigned long part(const char **at)
{
    unsigned long value = 0;

    for (; is_digit(**at); (*at)++)
        if (value < 1000000000)
            value = 10 * value + (unsigned long)(**at - '0');
    if ((*at)[0] == '.' && is_digit((*at)[1]))
        (*at)++;
    return value;
}

int mqh_version_compare(const char *a, const char *b)
{
    a = number_in(a);
    b = number_in(b);
    while (is_digit(*a) || is_digit(*b)) {
        unsigned long left = part(&a);
        unsigned long right = part(&b);

        if (left != right)
            return left < right ? -1 : 1;
    }
    return 0;
}
