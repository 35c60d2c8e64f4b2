/*
 * Any bytes as a capture file: all that is in it is read, judged and told, or why it cannot be; and
 * the same twice.
 */
#include <assert.h>
#include <stdio.h>

#include "fuzz/target.h"
#include "harness/capture/capture.h"
#include "harness/replay/judge.h"

const enum mqf_form mqf_form = MQF_CAPTURES;

#define BLOCK_SIZE ((size_t)256 * 1024) /* of the monitor, which begins anew when it is full */

struct heard {
    uint64_t digest; /* of all findings, in order */
    uint64_t findings;
    struct mqh_judge_counts said;
    struct mqh_capture_counts capture;
    bool whole;
    char why[300];
};

static void add(struct heard *heard, const char *text)
{
    for (; *text != '\0'; text++)
        heard->digest = (heard->digest ^ (uint8_t)*text) * UINT64_C(1099511628211);
}

static void hear(void *context, const struct mqh_finding *finding)
{
    struct heard *heard = context;

    assert(finding->breach->level == MQC_MUST || finding->breach->level == MQC_SHOULD);
    assert(finding->frame <= heard->capture.frames);
    add(heard, finding->breach->id);
    add(heard, finding->breach->text);
    add(heard, finding->notation);
    heard->digest += finding->frame;
    heard->findings++;
}

static void take(void *context, const struct mqh_talk_event *event)
{
    mqh_judge_event(context, event);
}

static void judge(struct mqc_slice input, struct heard *heard)
{
    const struct mqh_recording_options options = {.block_size = BLOCK_SIZE};
    struct mqh_capture_file *file;
    struct mqh_judge *judge;
    FILE *stream = fmemopen((void *)input.data, input.size, "rb");

    memset(heard, 0, sizeof(*heard));
    assert(stream != NULL);
    file = mqh_capture_file_of(stream, heard->why, sizeof(heard->why));
    if (file == NULL) {
        assert(heard->why[0] != '\0');
        return;
    }
    judge = mqh_judge_new(&options, hear, heard, &heard->said);
    assert(judge != NULL);
    heard->whole = mqh_capture_read_file(file, &options.capture, take, judge, &heard->capture,
                                         heard->why, sizeof(heard->why));
    assert(heard->whole == (heard->why[0] == '\0'));
    assert(heard->findings == heard->said.client_must + heard->said.client_should +
                                  heard->said.server_must + heard->said.server_should);
    mqh_judge_free(judge);
    mqh_capture_file_close(file);
}

void mqf_target(struct mqc_slice input)
{
    static struct heard once;
    static struct heard twice;

    if (input.size == 0)
        return;
    judge(input, &once);
    judge(input, &twice);
    assert(memcmp(&once, &twice, sizeof(once)) == 0);
}
