#include "harness/cli/minimise_goal.h"

#include <string.h>

#include "harness/catalogue/catalogue.h"
#include "harness/cli/cli.h"
#include "harness/replay/failure.h"

bool mqh_goal_parse(struct mqh_arena *arena, const char *text, struct mqh_goal *out)
{
    static const struct {
        const char *name;
        enum mqh_goal_kind kind;
    } names[] = {{"death", MQH_GOAL_DEATH}, {"hang", MQH_GOAL_HANG}, {"close", MQH_GOAL_CLOSE}};
    struct mqh_rule rule;
    char id[MQH_RULE_TEXT_SIZE];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(text, names[i].name) == 0) {
            out->kind = names[i].kind;
            return true;
        }
    if (!mqh_rule_parse(text, strlen(text), &rule))
        return mqh_cli_complain("minimise",
                                "--goal %s: expected death, hang, close or a rule, such "
                                "as v5:MQTT-3.3.4-9",
                                text) == 0;
    if (mqh_catalogue_find(rule.version, rule.id) == NULL)
        return mqh_cli_complain("minimise", "--goal %s: there is no such rule", text) == 0;
    *out = (struct mqh_goal){
        MQH_GOAL_RULE,
        mqh_arena_format(arena, "%s", mqh_rule_write(rule.version, rule.id, ' ', id))};
    return true;
}

const char *mqh_goal_text(struct mqh_arena *arena, const struct mqh_goal *goal)
{
    switch (goal->kind) {
    case MQH_GOAL_DEATH:
        return "the broker dies";
    case MQH_GOAL_HANG:
        return "the broker accepts connections and answers nobody any more";
    case MQH_GOAL_CLOSE:
        return "the broker ends a connection of its own accord";
    case MQH_GOAL_RULE:
        return mqh_arena_format(arena, "the broker breaks %s", goal->rule);
    case MQH_GOAL_ANY:
        break;
    }
    return "";
}

static bool ends_a_connection(struct mqh_arena *arena, const struct mqh_recording *live)
{
    struct mqh_recording_blame where;

    return mqh_failure_blame_end(arena, live, &where);
}

/* What is wrong with the broker after a play; MQH_GOAL_ANY: nothing. */
static struct mqh_goal failure_of(struct mqh_arena *arena, const struct mqh_recording *live,
                                  enum mqh_stage_health health)
{
    struct mqh_rule_set rules;

    if (health == MQH_STAGE_DEAD)
        return (struct mqh_goal){.kind = MQH_GOAL_DEATH};
    if (health == MQH_STAGE_HANGS)
        return (struct mqh_goal){.kind = MQH_GOAL_HANG};
    rules = mqh_failure_rules(arena, live);
    if (rules.count > 0)
        return (struct mqh_goal){MQH_GOAL_RULE, rules.ids[0]};
    if (ends_a_connection(arena, live))
        return (struct mqh_goal){.kind = MQH_GOAL_CLOSE};
    return (struct mqh_goal){.kind = MQH_GOAL_ANY};
}

bool mqh_goal_reached(struct mqh_arena *arena, struct mqh_goal *goal,
                      const struct mqh_recording *live, enum mqh_stage_health health)
{
    struct mqh_rule_set rules;

    switch (goal->kind) {
    case MQH_GOAL_DEATH:
        return health == MQH_STAGE_DEAD;
    case MQH_GOAL_HANG:
        return health == MQH_STAGE_HANGS;
    case MQH_GOAL_CLOSE:
        return ends_a_connection(arena, live);
    case MQH_GOAL_RULE:
        rules = mqh_failure_rules(arena, live);
        return mqh_rule_set_has(&rules, goal->rule);
    case MQH_GOAL_ANY:
        break;
    }
    *goal = failure_of(arena, live, health);
    return goal->kind != MQH_GOAL_ANY;
}

struct mqh_recording_blame mqh_goal_blame(struct mqh_arena *arena, const struct mqh_goal *goal,
                                          const struct mqh_recording *recording)
{
    struct mqh_recording_blame blame = {.kind = MQH_BLAME_DEATH};

    if (goal->kind == MQH_GOAL_RULE)
        mqh_failure_blame(arena, recording, goal->rule, &blame);
    else if (goal->kind == MQH_GOAL_CLOSE)
        mqh_failure_blame_end(arena, recording, &blame);
    return blame;
}
