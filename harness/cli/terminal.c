#define _DEFAULT_SOURCE /* TIOCGWINSZ */

#include "harness/cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool mqh_terminal_is(FILE *out)
{
    const char *terminal = getenv("TERM");

    return isatty(fileno(out)) != 0 && terminal != NULL && strcmp(terminal, "dumb") != 0;
}

bool mqh_terminal_colour(FILE *out, bool unwanted)
{
    const char *no_color = getenv("NO_COLOR");

    return mqh_terminal_is(out) && !unwanted && (no_color == NULL || no_color[0] == '\0');
}

static struct winsize size_of(FILE *out)
{
    struct winsize size = {.ws_row = 0};

    if (isatty(fileno(out)) == 0)
        return size;
    if (ioctl(fileno(out), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        size.ws_col = 80;
    if (size.ws_row == 0)
        size.ws_row = 24;
    return size;
}

unsigned mqh_terminal_columns(FILE *out)
{
    return size_of(out).ws_col;
}

unsigned mqh_terminal_lines(FILE *out)
{
    return size_of(out).ws_row;
}
