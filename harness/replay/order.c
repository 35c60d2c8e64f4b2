#include "harness/replay/order.h"

/* Whether the broker's event is the answer to the client's. */
static bool is_answer(const struct mqh_recording_event *answer,
                      const struct mqh_recording_event *question)
{
    static const enum mqc_type answers[16] = {
        [MQC_CONNECT] = MQC_CONNACK,      [MQC_SUBSCRIBE] = MQC_SUBACK,
        [MQC_UNSUBSCRIBE] = MQC_UNSUBACK, [MQC_PINGREQ] = MQC_PINGRESP,
        [MQC_PUBREL] = MQC_PUBCOMP,
    };

    return question->side == MQC_CLIENT && question->kind == MQH_RECORDING_BYTES &&
           answer->side == MQC_SERVER && answer->kind == MQH_RECORDING_BYTES &&
           answer->connection == question->connection &&
           answers[question->bytes.data[0] >> 4] == answer->bytes.data[0] >> 4;
}

bool mqh_order_answers(struct mqh_recording *recording)
{
    struct mqh_recording_event *events = recording->events;
    bool moved = false;

    for (size_t i = 0; i < recording->event_count; i++)
        for (size_t n = i + 1; n < recording->event_count; n++) {
            struct mqh_recording_event answer = events[n];

            if (!is_answer(&answer, &events[i]))
                continue;
            moved = moved || n > i + 1;
            memmove(&events[i + 2], &events[i + 1], (n - i - 1) * sizeof answer);
            events[i + 1] = answer;
            break;
        }
    return moved;
}
