/*
 * Pages for people: one HTML file that needs nothing beside it, no network either. A page is
 * written by hand in this folder, as NAME.html with its style sheets and scripts, so that it opens
 * from here too; writing it puts all of them into one file. These lines of NAME.html, each alone on
 * its line, are replaced:
 *
 *     <link rel="stylesheet" href="page.css">              by the style sheet
 *     <script src="dom.js"></script>                       by the script
 *     <script type="application/json" id="run"></script>   by the same with the data of that id
 *
 * Data is hostile: it holds what a broker sent. No `<` of it reaches the file, so that it cannot
 * end its element; dom.js makes text of it and never markup; and the page's own policy forbids
 * whatever would.
 */
#ifndef MQH_PAGE_H
#define MQH_PAGE_H

#include <jansson.h>
#include <stdio.h>

struct mqh_page_data {
    const char *id;
    const json_t *value;
};

/* Writes harness/report/NAME.html, which must be there, with `count` items of data. An element
 * whose id is not among them stays empty. */
void mqh_page_write(FILE *out, const char *name, const struct mqh_page_data *data, size_t count);

/*
 * A report as mqspec test --json writes it, made shorter for a page: the caller's reference. A
 * case has only those members that are not empty, false or null; its transcript is an array of
 * arrays:
 *
 *     [time_ms, event, peer, text, line, {what else the event has}]
 *
 * where `event` is a letter (o opened, s sent, r received, c closed, x reset, f peer-closed,
 * t peer-reset, b breach, n note), `line` is 0 if there is none, and the object is left out if it
 * would be empty.
 */
json_t *mqh_page_shorten(const json_t *report);

#endif
