/* A connection of an engine: what its channel brings is handed in, what it sends is handed out. */
#include <stdlib.h>

#include "harness/driver/play.h"

static struct mqh_link *link_of(struct mqh_channel *channel)
{
    return (struct mqh_link *)channel; /* its first member */
}

/* ---- what the channel tells ---- */

static void on_opened(struct mqh_channel *channel)
{
    struct mqh_link *link = link_of(channel);

    mqh_engine_opened(link->play->engine, link->number, mqh_live_now());
    mqh_play_on(link->play);
}

static void on_failed(struct mqh_channel *channel, const char *why, bool ours)
{
    struct mqh_link *link = link_of(channel);
    struct mqh_play *play = link->play;

    if (ours) {
        mqh_live_abort(play->live, play->engine, MQH_ERROR, why);
        return;
    }
    if (channel->us == MQC_CLIENT)
        play->live->connect_failures++;
    mqh_engine_open_failed(play->engine, link->number, why, mqh_live_now());
    mqh_play_on(play);
}

static void on_received(struct mqh_channel *channel, struct mqc_slice bytes)
{
    struct mqh_link *link = link_of(channel);

    mqh_engine_received(link->play->engine, link->number, bytes, mqh_live_now());
    mqh_play_on(link->play);
}

static void on_breach(struct mqh_channel *channel, const char *id, const char *text)
{
    struct mqh_link *link = link_of(channel);

    mqh_engine_breach(link->play->engine, link->number, id, text, mqh_live_now());
    mqh_play_on(link->play);
}

static void on_ended(struct mqh_channel *channel, bool by_reset)
{
    struct mqh_link *link = link_of(channel);

    mqh_engine_closed(link->play->engine, link->number, by_reset, mqh_live_now());
    mqh_play_on(link->play);
}

static void on_closed(struct mqh_channel *channel)
{
    struct mqh_link *link = link_of(channel);
    struct mqh_play *play = link->play;
    struct mqh_link **at = &play->links;

    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    free(link);
    mqh_play_closed_handle(play);
}

/* ---- opening ---- */

static struct mqh_link *link_new(struct mqh_play *play, unsigned number, enum mqc_side us,
                                 enum mqc_version version)
{
    static const struct mqh_channel_events events = {on_opened, on_failed, on_received,
                                                     on_breach, on_ended,  on_closed};
    struct mqh_link *link = calloc(1, sizeof(*link));

    if (link == NULL)
        abort(); /* as the arena: a tester without memory has nothing sensible left to do */
    mqh_channel_init(&link->channel, play->live, &events, us, version);
    link->play = play;
    link->number = number;
    link->next = play->links;
    play->links = link;
    play->handles++;
    return link;
}

void mqh_link_open(struct mqh_play *play, unsigned number, enum mqc_version version)
{
    struct mqh_link *link = link_new(play, number, MQC_CLIENT, version);

    mqh_channel_connect(&link->channel, play->live->address);
}

void mqh_link_accept(struct mqh_play *play, unsigned number)
{
    struct mqh_link *link = link_new(play, number, MQC_SERVER, MQC_VERSION_UNKNOWN);

    mqh_channel_accept(&link->channel, (uv_stream_t *)&play->listener);
}

void mqh_link_leave(struct mqh_link *link)
{
    if (link->channel.opened) {
        mqh_channel_leave(&link->channel);
        return;
    }
    if (!link->channel.closing && link->channel.us == MQC_CLIENT)
        link->play->live->connect_failures++; /* nobody waits for it any longer */
    mqh_channel_destroy(&link->channel);
}
