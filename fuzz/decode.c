/*
 * Any packet, of any version and side: the decoder reads nothing outside them, what it says of them
 * lies within them, and its three ways to collect faults agree.
 */
#include <assert.h>

#include "codec/text_field.h"
#include "fuzz/target.h"

const enum mqf_form mqf_form = MQF_PACKETS;

#define FAULTS_MAX 64

struct decoded {
    struct mqc_packet packet;
    struct mqc_fault items[FAULTS_MAX];
    struct mqc_faults faults;
    bool complete;
};

static void decode(const struct mqc_frame *frame, size_t capacity, bool strict, struct decoded *out)
{
    memset(&out->packet, 0, sizeof(out->packet));
    out->faults =
        (struct mqc_faults){.items = out->items, .capacity = capacity, .stop_at_first = strict};
    out->complete = mqc_packet_decode(frame, &out->packet, &out->faults);
    assert(out->complete == out->packet.complete);
}

/* --- what the faults say -------------------------------------------------------------------- */

static void check_faults(const struct decoded *all, const struct mqc_frame *frame)
{
    assert(all->complete || all->faults.count > 0);
    for (size_t i = 0; i < mqc_faults_stored(&all->faults); i++) {
        const struct mqc_fault *fault = &all->items[i];

        assert(fault->rule < MQC_RULE_COUNT);
        assert(mqc_rule_in(fault->rule, all->packet.version)->level != MQC_NO_RULE);
        assert(fault->offset <= frame->size && fault->size <= frame->size - fault->offset);
    }
}

/* The first fault that is no note; NULL if none was stored. */
static const struct mqc_fault *first_of(const struct decoded *all)
{
    for (size_t i = 0; i < mqc_faults_stored(&all->faults); i++)
        if (mqc_rule_in(all->items[i].rule, all->packet.version)->level > MQC_NOTE)
            return &all->items[i];
    return NULL;
}

static void check_strict(const struct decoded *all, const struct mqc_frame *frame)
{
    const struct mqc_fault *first = first_of(all);
    struct decoded strict;

    decode(frame, 1, true, &strict);
    if (first == NULL) {
        assert(all->faults.count > FAULTS_MAX || strict.faults.count == 0);
        return;
    }
    assert(!strict.complete && strict.faults.count == 1);
    assert(strict.items[0].rule == first->rule && strict.items[0].offset == first->offset &&
           strict.items[0].size == first->size);
}

/* --- what was read -------------------------------------------------------------------------- */

static void check_inside(const struct mqc_frame *frame, struct mqc_slice slice)
{
    if (slice.size > 0)
        assert(slice.data >= frame->bytes + frame->header_size &&
               slice.data + slice.size <= frame->bytes + frame->size);
}

static void check_properties(const struct mqc_frame *frame, struct mqc_slice section)
{
    struct mqc_property property;

    check_inside(frame, section);
    while (mqc_property_next(&section, &property)) {
        assert(mqc_property_info(property.id) != NULL);
        check_inside(frame, property.name);
        check_inside(frame, property.value);
    }
}

/* A list of filters is walked to its end if the packet was read to its. */
static void check_filters(const struct decoded *all, const struct mqc_frame *frame)
{
    struct mqc_slice rest = all->packet.subscribe.filters;
    struct mqc_filter filter;
    size_t count = 0;

    check_inside(frame, rest);
    for (; mqc_filter_next(&rest, &filter); count++)
        check_inside(frame, filter.filter);
    if (all->complete)
        assert(rest.size == 0 && count == all->packet.subscribe.filter_count);
}

#define SLICES_MAX 8

/* The fields of each group that are slices: looked up once, for that takes longer than decoding. */
static const struct mqc_text_field *slices[MQC_GROUP_WILL + 1][SLICES_MAX];

static void find_slices(void)
{
    for (unsigned group = 0; group <= MQC_GROUP_WILL; group++) {
        const struct mqc_text_field *field = NULL;
        size_t count = 0;

        while ((field = mqc_text_field_next(group, field)) != NULL)
            if (field->kind == MQC_FIELD_BYTES || field->kind == MQC_FIELD_LIST ||
                field->kind == MQC_FIELD_PROPERTIES) {
                slices[group][count++] = field;
                assert(count < SLICES_MAX);
            }
    }
}

static void check_group(const struct decoded *all, const struct mqc_frame *frame, unsigned group)
{
    for (size_t i = 0; slices[group][i] != NULL; i++) {
        struct mqc_slice slice = mqc_text_field_bytes(slices[group][i], &all->packet);

        if (slices[group][i]->kind == MQC_FIELD_PROPERTIES)
            check_properties(frame, slice);
        else
            check_inside(frame, slice);
    }
}

static void check_fields(const struct decoded *all, const struct mqc_frame *frame)
{
    check_group(all, frame, frame->type);
    if (frame->type == MQC_CONNECT)
        check_group(all, frame, MQC_GROUP_WILL);
    if (frame->type == MQC_SUBSCRIBE)
        check_filters(all, frame);
}

/* --- the target ----------------------------------------------------------------------------- */

void mqf_target(struct mqc_slice input)
{
    struct mqf_stream stream = mqf_stream_read(input);
    struct mqc_frame frame = {.version = stream.version, .from = stream.from};
    static bool ready;
    struct decoded all;
    struct decoded counted;

    if (!ready)
        find_slices();
    ready = true;
    if (mqc_frame_read(stream.bytes, &frame) == MQC_FRAME_INCOMPLETE)
        return;
    if (stream.ask_connect && frame.type == MQC_CONNECT)
        frame.version = MQC_VERSION_UNKNOWN;
    decode(&frame, FAULTS_MAX, false, &all);
    check_faults(&all, &frame);
    check_fields(&all, &frame);
    if (all.faults.count > 0) {
        decode(&frame, 0, false, &counted);
        assert(counted.faults.count == all.faults.count);
        assert(counted.complete == all.complete);
        check_strict(&all, &frame);
    }
}
