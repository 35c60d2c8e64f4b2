/* The status of the proxy: drawn now and then, on a terminal in place. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness/cli/proxy.h"
#include "harness/driver/clock.h"

enum { COLUMNS = 100 }; /* where there is no terminal */

/* A second screen without a cursor; what was on the first is there again afterwards. */
static const char take[] = "\033[?1049h\033[?25l\033[2J";
static const char leave[] = "\033[?25h\033[?1049l";

static void draw(struct mqh_proxy *proxy)
{
    struct winsize size = {0};
    struct mqh_screen screen = {.traffic = proxy->traffic,
                                .notes = &proxy->notes,
                                .at = proxy->at,
                                .to = proxy->to,
                                .now_ms = (mqh_clock_ns() - proxy->begin_ns) / 1000000,
                                .columns = COLUMNS,
                                .in_place = proxy->in_place};

    if (proxy->json) {
        mqh_screen_json(stdout, &screen);
        fflush(stdout);
        return;
    }
    if (isatty(STDOUT_FILENO)) {
        screen.colour = getenv("NO_COLOR") == NULL;
        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
            screen.columns = size.ws_col;
    }
    if (proxy->in_place && size.ws_row > 0)
        screen.rows = size.ws_row;
    if (!proxy->in_place && proxy->drawn)
        putchar('\n');
    mqh_screen_draw(stdout, &screen);
    fflush(stdout);
    proxy->drawn = true;
}

static void on_timer(uv_timer_t *timer)
{
    draw(timer->data);
}

static void on_resized(uv_signal_t *handle, int number)
{
    (void)number;
    draw(handle->data);
}

void mqh_proxy_status_begin(struct mqh_proxy *proxy, uv_loop_t *loop)
{
    const char *terminal = getenv("TERM");

    proxy->in_place =
        !proxy->json && isatty(STDOUT_FILENO) && terminal != NULL && strcmp(terminal, "dumb") != 0;
    uv_timer_init(loop, &proxy->timer);
    uv_signal_init(loop, &proxy->resized);
    proxy->timer.data = proxy->resized.data = proxy;
    uv_timer_start(&proxy->timer, on_timer, proxy->in_place ? 0 : proxy->interval_ms,
                   proxy->interval_ms);
    if (!proxy->in_place)
        return;
    uv_signal_start(&proxy->resized, on_resized, SIGWINCH);
    fputs(take, stdout);
}

void mqh_proxy_status_leave(struct mqh_proxy *proxy)
{
    if (!proxy->in_place)
        return;
    proxy->in_place = false;
    proxy->drawn = false;
    fputs(leave, stdout);
    fflush(stdout);
}

void mqh_proxy_status_end(struct mqh_proxy *proxy)
{
    uv_close((uv_handle_t *)&proxy->timer, NULL);
    uv_close((uv_handle_t *)&proxy->resized, NULL);
    mqh_proxy_status_leave(proxy);
    draw(proxy);
}
