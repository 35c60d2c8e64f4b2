/*
 * The order of a recording in which each answer is waited for: CONNACK, SUBACK, UNSUBACK, PINGRESP
 * and PUBCOMP right behind what they answer, so that a player sends the rest only then.
 */
#ifndef MQH_ORDER_H
#define MQH_ORDER_H

#include "harness/replay/recording.h"

/* Moves answers in place; times stay with them. False if all stood there before. */
bool mqh_order_answers(struct mqh_recording *recording);

#endif
