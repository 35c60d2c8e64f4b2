#include "harness/scenario/parse.h"
#include "harness/scenario/walk.h"

/* The last expectation of a case in this version; NULL if there is none. */
static const struct mqh_step *last_expectation(const struct mqh_scenario *scenario,
                                               enum mqc_version version)
{
    for (size_t i = scenario->step_count; i > 0; i--) {
        const struct mqh_step *step = &scenario->steps[i - 1];

        if (step->kind == MQH_STEP_EXPECT && mqh_step_applies(step, version))
            return step;
    }
    return NULL;
}

/* An id counts in its own version, and where a peer speaks that version whatever the case's: on
 * that peer's lines, or on all if no case of the scenario has that version. */
static bool counts(const struct mqh_scenario *scenario, const struct mqh_step *step,
                   enum mqc_version version, const struct mqh_requirement *id)
{
    unsigned own = MQH_VERSION(id->version);

    return id->version == version || (step->pinned & own) != 0 ||
           ((scenario->pinned & own) != 0 && (scenario->versions & own) == 0);
}

bool mqh_step_shows(const struct mqh_scenario *scenario, enum mqc_version version,
                    const struct mqh_step *step, const struct mqh_requirement *id)
{
    if (!mqh_step_applies(step, version) || !counts(scenario, step, version, id))
        return false;
    if (scenario->line_proves)
        return mqh_id_list_has(&step->proves, id);
    return step == last_expectation(scenario, version);
}

bool mqh_scenario_shows(const struct mqh_scenario *scenario, enum mqc_version version,
                        const struct mqh_requirement *id)
{
    const struct mqh_step *last;

    if (scenario->line_proves) {
        for (size_t i = 0; i < scenario->step_count; i++)
            if (mqh_step_shows(scenario, version, &scenario->steps[i], id))
                return true;
        return false;
    }
    last = last_expectation(scenario, version);
    return last != NULL && counts(scenario, last, version, id);
}

struct mqh_id_list mqh_step_proves(struct mqh_arena *arena, const struct mqh_case *c,
                                   const struct mqh_step *step)
{
    struct mqh_id_list list = {NULL, 0};
    size_t capacity = 0;

    for (size_t i = 0; i < c->requirements.count; i++)
        if (mqh_step_shows(c->scenario, c->version, step, c->requirements.items[i]))
            mqh_id_list_add(arena, &list, &capacity, c->requirements.items[i]);
    return list;
}
