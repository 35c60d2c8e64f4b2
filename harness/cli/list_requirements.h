/*
 * mqspec list --requirements: each row of the catalogues, what it asks, and who proves it.
 */
#ifndef MQH_LIST_REQUIREMENTS_H
#define MQH_LIST_REQUIREMENTS_H

#include "harness/cli/suite.h"

/* Writes the rows of these versions that are selected, and how many stand how; the exit status. */
int mqh_list_requirements(struct mqh_arena *arena, const struct mqh_scenarios *scenarios,
                          unsigned versions, const struct mqh_selection *selection, bool json);

/* The exit status when so many items were shown: none is a slip of the user's, and complained of.
 */
int mqh_list_end(size_t shown);

#endif
