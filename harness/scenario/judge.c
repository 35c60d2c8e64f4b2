#include "codec/lex.h"
#include "harness/monitor/monitor.h"
#include "harness/scenario/parse.h"
#include "harness/scenario/walk.h"

enum { FAULTS_MAX = 256 };

static void find(struct mqh_findings *findings, enum mqc_rule rule, enum mqc_version version,
                 size_t packet)
{
    if (findings->found[rule] || mqc_rule_in(rule, version)->level < MQC_SHOULD)
        return;
    findings->found[rule] = true;
    findings->packet[rule] = packet;
    findings->count++;
}

/* The packet of the step that holds this byte of the write. */
static size_t packet_at(const struct mqh_walk *walk, size_t offset)
{
    size_t packet = 0;

    if (walk->step->kind != MQH_STEP_SEND)
        return 0;
    while (packet + 1 < walk->step->packet_count && walk->starts[packet + 1] <= offset)
        packet++;
    return packet;
}

static void decode(struct mqh_walk *walk, const struct mqc_frame *frame, size_t packet)
{
    struct mqc_fault items[FAULTS_MAX];
    struct mqc_faults faults = {.items = items, .capacity = FAULTS_MAX};
    struct mqc_packet decoded;

    mqc_packet_decode(frame, &decoded, &faults);
    for (size_t i = 0; i < mqc_faults_stored(&faults); i++)
        find(&walk->findings, items[i].rule, frame->version, packet);
}

/* Reads as the other end does. What is not a whole packet yet waits for the next write. */
static void read_sent(struct mqh_walk *walk)
{
    unsigned index = walk->step->peers[0];
    struct mqh_walk_peer *peer = &walk->peers[index];
    enum mqc_side from = walk->scenario->peer_is_server[index] ? MQC_SERVER : MQC_CLIENT;
    size_t offset = 0;

    while (offset < peer->sent_size && !peer->lost) {
        struct mqc_frame frame = {.version = peer->version, .from = from};
        struct mqc_slice rest = {peer->sent + offset, peer->sent_size - offset};
        enum mqc_frame_state state = mqc_frame_read(rest, &frame);

        if (state == MQC_FRAME_INCOMPLETE)
            break;
        if (state == MQC_FRAME_BROKEN) {
            find(&walk->findings, MQC_RULE_REMAINING_LENGTH_LONG, peer->version,
                 packet_at(walk, offset));
            peer->lost = true;
            break;
        }
        decode(walk, &frame, packet_at(walk, offset));
        offset += frame.size;
    }
    peer->sent_size = peer->lost ? 0 : peer->sent_size - offset;
    if (offset > 0 && peer->sent_size > 0)
        memmove(peer->sent, peer->sent + offset, peer->sent_size);
}

/* ---- what `breaks` says ---- */

static bool names(const struct mqh_breaks *breaks, enum mqc_rule rule, enum mqc_version version)
{
    for (size_t i = 0; i < breaks->ids.count; i++)
        if (breaks->ids.items[i]->version == version &&
            mqc_rule_is(rule, version, breaks->ids.items[i]->id))
            return true;
    return false;
}

static bool is_broken(const bool found[MQC_RULE_COUNT], const struct mqh_requirement *id)
{
    for (int rule = 0; rule < MQC_RULE_COUNT; rule++)
        if (found[rule] && mqc_rule_is((enum mqc_rule)rule, id->version, id->id))
            return true;
    return false;
}

static struct mqc_slice text_of(const struct mqh_step *step, size_t packet)
{
    if (step->kind == MQH_STEP_SEND)
        return step->packets[packet].text;
    return step->text.text.size > 0 ? step->text.text : step->where.text;
}

static bool complain_of_fault(struct mqh_walk *walk, enum mqc_rule rule, enum mqc_version version)
{
    const struct mqc_rule_text *text = mqc_rule_in(rule, version);

    return mqh_walk_complain(walk, text_of(walk->step, walk->findings.packet[rule]),
                             "sends a fault that `breaks` does not name: %s %s, %s",
                             mqc_version_space(version), text->id, mqc_rule_says(rule));
}

/* Where the id stands behind `breaks`; the whole line if it is not found. */
static struct mqc_slice place_of(const struct mqh_walk *walk, const struct mqh_requirement *id)
{
    const struct mqh_source *source = walk->scenario->source;
    struct mqc_slice line = walk->step->where.text;
    struct mqc_slice rest = {source->joined.data + (line.data - source->text.data), line.size};
    bool behind = false;

    for (struct mqc_token t = mqc_lex_next(&rest); t.kind != MQC_TOKEN_END;
         t = mqc_lex_next(&rest)) {
        if (behind && mqc_token_is(&t, id->id))
            return t.text;
        behind = behind || mqc_token_is(&t, "breaks");
    }
    return line;
}

static bool judge_alternatives(struct mqh_walk *walk, enum mqc_version version)
{
    const struct mqh_breaks *breaks = &walk->step->breaks;
    size_t named = 0;

    for (size_t i = 0; i < breaks->ids.count; i++) {
        if (breaks->ids.items[i]->version != version)
            continue;
        named++;
        mqh_id_list_add(walk->arena, &walk->alternatives, &walk->alternative_capacity,
                        breaks->ids.items[i]);
    }
    if (named > 0 && walk->findings.count == 0)
        return mqh_walk_complain(walk, text_of(walk->step, 0),
                                 "breaks none of the rules that `breaks` names");
    for (int rule = 0; rule < MQC_RULE_COUNT; rule++)
        if (walk->findings.found[rule])
            walk->broken[rule] = true;
    return true;
}

static bool judge_all(struct mqh_walk *walk, enum mqc_version version)
{
    const struct mqh_breaks *breaks = &walk->step->breaks;

    /* What only the conversation shows is judged when the line is sent. */
    for (size_t i = 0; i < breaks->ids.count; i++)
        if (breaks->ids.items[i]->version == version &&
            !mqh_monitor_judges_conversation(version, breaks->ids.items[i]->id) &&
            !is_broken(walk->findings.found, breaks->ids.items[i]))
            return mqh_walk_complain(walk, place_of(walk, breaks->ids.items[i]),
                                     "the line does not break this rule");
    return true;
}

bool mqh_judge(struct mqh_walk *walk)
{
    const struct mqh_breaks *breaks = &walk->step->breaks;
    enum mqc_version version = walk->peers[walk->step->peers[0]].version;

    walk->findings = (struct mqh_findings){.count = 0};
    read_sent(walk);
    if (breaks->any)
        return walk->findings.count > 0 ||
               mqh_walk_complain(walk, text_of(walk->step, 0),
                                 "breaks nothing, where `breaks any` says that it does");
    for (int rule = 0; rule < MQC_RULE_COUNT; rule++)
        if (walk->findings.found[rule] && !names(breaks, (enum mqc_rule)rule, version))
            return complain_of_fault(walk, (enum mqc_rule)rule, version);
    return breaks->alternatives ? judge_alternatives(walk, version) : judge_all(walk, version);
}
