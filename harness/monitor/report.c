#include <stdarg.h>
#include <stdio.h>

#include "harness/monitor/state.h"

#define TEXT_SIZE 240

static void tell(struct mqh_monitor *m, struct mqh_breach *breach)
{
    if (m->blind || m->options.breach == NULL)
        return;
    breach->connection = m->now->number;
    breach->time_ms = m->now_ms;
    m->options.breach(m->options.context, breach);
}

static void tell_rule(struct mqh_monitor *m, enum mqh_monitor_rule rule, enum mqc_side side,
                      unsigned packet, bool absence, const char *text)
{
    const struct mqh_mon_rule_text *in = mqh_mon_rule_in(rule, m->now->version);
    struct mqh_breach breach = {
        .packet = packet,
        .side = side,
        .version = m->now->version,
        .level = in->level,
        .id = in->id,
        .twins = in->twins,
        .says = mqh_mon_rule_says(rule),
        .text = text,
        .absence = absence,
        .timer = rule == MQH_RULE_KEEP_ALIVE_MISSED || rule == MQH_RULE_KEEP_ALIVE_OPEN,
    };

    if (in->level == MQC_NO_RULE)
        return;
    if (mqh_mon_rule_spoils(rule))
        mqh_mon_party(m->now, side)->faulted = true;
    tell(m, &breach);
}

void mqh_mon_breach(struct mqh_monitor *m, enum mqh_monitor_rule rule, enum mqc_side side,
                    const char *text, ...)
{
    char line[TEXT_SIZE];
    va_list arguments;

    va_start(arguments, text);
    vsnprintf(line, sizeof(line), text, arguments);
    va_end(arguments);
    tell_rule(m, rule, side, m->now->packets, false, line);
}

void mqh_mon_absent(struct mqh_monitor *m, enum mqh_monitor_rule rule, enum mqc_side side,
                    unsigned packet, const char *text, ...)
{
    char line[TEXT_SIZE];
    va_list arguments;

    va_start(arguments, text);
    vsnprintf(line, sizeof(line), text, arguments);
    va_end(arguments);
    tell_rule(m, rule, side, packet, true, line);
}

void mqh_mon_fault(struct mqh_monitor *m, const struct mqc_packet *packet,
                   const struct mqc_fault *fault)
{
    const struct mqc_rule_text *in = mqc_rule_in(fault->rule, packet->version);
    char line[TEXT_SIZE];
    struct mqh_breach breach = {
        .packet = m->now->packets,
        .side = packet->frame.from,
        .version = packet->version,
        .level = in->level,
        .id = in->id,
        .twins = in->twins,
        .says = mqc_rule_says(fault->rule),
        .text = line,
        .fault = fault,
    };

    snprintf(line, sizeof(line), "%s breaks that at byte %u", mqc_type_name(packet->frame.type),
             (unsigned)fault->offset);
    tell(m, &breach);
}
