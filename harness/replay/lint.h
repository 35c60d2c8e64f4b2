/*
 * Lint: what was said, judged (judge.h). A capture streams through.
 */
#ifndef MQH_LINT_H
#define MQH_LINT_H

#include "harness/replay/judge.h"

struct mqh_lint_counts {
    struct mqh_judge_counts said;
    struct mqh_capture_counts capture; /* zero for other files */
};

/* False if the file cannot be read to its end, with the reason in `why`; what came before was
 * judged. */
bool mqh_lint_file(const char *path, const struct mqh_recording_options *options,
                   mqh_finding_handler *handler, void *context, struct mqh_lint_counts *counts,
                   char *why, size_t why_size);

/*
 * The same of what was read, or played, already; each connection by the version that it is known to
 * speak. Of a scenario only the packets that clients send are judged: what the broker says to them
 * is not there. False if there was no memory.
 */
bool mqh_lint_recording(const struct mqh_recording *recording,
                        const struct mqh_recording_options *options, mqh_finding_handler *handler,
                        void *context, struct mqh_lint_counts *counts);

#endif
