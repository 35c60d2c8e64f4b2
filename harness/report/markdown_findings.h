/*
 * What a run broke, by requirement, as Markdown: parts of mqh_report_markdown(). The rooms of these
 * parts, and of those in markdown_run.c, add up to less than MQH_MD_MAX.
 */
#ifndef MQH_MARKDOWN_FINDINGS_H
#define MQH_MARKDOWN_FINDINGS_H

#include <stdio.h>

#include "harness/report/findings.h"

/* Each writes nothing where there is nothing. What is red and not known, with one case of each; …
 */
void mqh_md_failures(FILE *out, const struct mqh_run *run, const struct mqh_findings *findings);

/* … what is known, folded; … */
void mqh_md_known(FILE *out, const struct mqh_findings *findings);

/* … warnings, folded. */
void mqh_md_warned(FILE *out, const struct mqh_run *run, const struct mqh_findings *findings);

#endif
