/* The first view: what this run was, what is broken, and how each chapter stands. */
"use strict";

/* Scenarios of a rule that are named at once; the others are behind a link. */
const NAMED = 4;

function notice(verdict, ...children) {
    return el("p", {class: `notice ${verdict}`}, ...children);
}

function notices() {
    return [
        run.failed && notice("error", "Nothing could be run: ", run.failed),
        run.died && notice("error", "The broker died: ", run.died),
        run.interrupted && notice("warn", "The run was interrupted: what follows is a part of it."),
        run.stale.map((entry) => notice("warn", `Line ${entry.line} of the list of known failures is stale: `,
            el("code", {}, entry.case), " did not fail.")),
        run.not_cleaned.map((text) => notice("warn", "Not cleaned up: ", text)),
    ];
}

function headline() {
    const broken = rules.filter((row) => row.state === "broken").length;
    const warned = rules.filter((row) => row.state === "warned").length;
    const proved = rules.filter((row) => row.state === "proved").length;

    if (cases.length === 0)
        return "No case was run.";
    return [
        broken === 0 ? "No rule was found broken" : `${plural(broken, "rule")} broken`,
        warned > 0 ? `, ${plural(warned, "recommendation")} not followed` : "",
        `, ${plural(proved, "rule")} proved, in ${plural(cases.length, "case")}.`,
    ].join("");
}

function tiles() {
    return el("ul", {class: "tiles"}, countVerdicts(cases).map(([verdict, count]) =>
        el("li", {}, link({view: "cases", verdict},
            el("span", {class: `count ${verdict}`}, count.toLocaleString("en")),
            el("span", {class: "name"}, verdict.toUpperCase()),
            el("span", {class: "quiet small"}, VERDICT_SAYS[verdict])))));
}

/* --- what is broken -------------------------------------------------------------------------- */

/* A MUST before a SHOULD, what is not known before what is, what is broken often before the rest. */
function brokenRules() {
    return rules.filter((row) => row.state === "broken" || row.state === "warned")
        .sort((a, b) => STATES[a.state].tone.localeCompare(STATES[b.state].tone) ||
            a.broken.every((c) => c.known) - b.broken.every((c) => c.known) ||
            b.broken.length - a.broken.length);
}

function brokenRule(row) {
    const list = row.broken;
    const scenarios = [...grouped(list, (c) => [c.name])];
    const known = list.every((c) => c.known);
    const stories = [...new Set(list.map((c) => known ? c.known : c.reason))];

    return el("li", {},
        el("div", {class: "broken-head"},
            badge(known ? "known" : STATES[row.state].tone, known ? "KNOWN" : row.must ? "MUST" : "SHOULD"),
            ruleLink(row.rule),
            el("span", {class: "quiet small"}, `MQTT ${row.version}, section ${row.section}`)),
        el("p", {}, row.text),
        el("p", {class: "small"}, quiet(known ? "Known: " : "What happened: "),
            stories.slice(0, 2).join("; "), stories.length > 2 && " …"),
        el("p", {class: "small"}, quiet("Seen in "),
            link({view: "cases", rule: row.rule, verdict: "red"}, plural(list.length, "case")), ": ",
            scenarios.slice(0, NAMED).map(([name, members], i) => [
                i > 0 && ", ", caseLink(members[0], breakable(name)),
                members.length > 1 && quiet(` ×\u2009${members.length}`)]),
            scenarios.length > NAMED && ", …"));
}

/* Reds that name no rule: nothing was shown, or it was mqspec's fault. */
function otherReds() {
    const list = cases.filter((c) => ["blocked", "error", "flaky"].includes(c.verdict) ||
        (c.verdict === "warn" && c.broken.length === 0));

    if (list.length === 0)
        return null;
    return [
        el("h2", {}, "Also to look at"),
        el("ul", {class: "plain"}, list.slice(0, 20).map((c) => el("li", {},
            badge(verdictOf(c)), " ", caseLink(c), " ", quiet(c.reason || c.warnings[0]?.text)))),
        list.length > 20 && el("p", {}, link({view: "cases", verdict: "red"}, `all ${list.length}`)),
    ];
}

/* --- chapters -------------------------------------------------------------------------------- */

function chapterTable() {
    const chapters = grouped(cases, (c) => [c.chapter]);
    const seen = countVerdicts(cases).map(([verdict]) => verdict);

    function figure(chapter, verdict, count) {
        return link({view: "cases", chapter, verdict}, el("span", {class: `figure ${verdict}`}, count));
    }
    function row([chapter, list]) {
        const counts = new Map(countVerdicts(list));
        return el("tr", {},
            el("th", {scope: "row"}, link({view: "cases", chapter}, chapter)),
            el("td", {class: "stack-cell"}, stackedBar([...counts])),
            seen.map((verdict) => el("td", {class: "number"},
                counts.has(verdict) ? figure(chapter, verdict, counts.get(verdict)) : quiet("·"))));
    }
    return tableOf("chapters", ["Chapter", "Share", ...seen.map((verdict) => [verdict])],
        el("tbody", {}, [...chapters].map(row)));
}

function showOverview() {
    const broken = brokenRules();
    const date = run.started.replace("T", " ").replace(/:\d\dZ$/, " UTC");
    const versions = run.target.versions.length > 0 && `MQTT ${run.target.versions.join(", ")}`;
    const about = [run.target.url, versions, date, seconds(run.duration_ms), run.tool];

    return [
        el("h1", {tabindex: "-1"}, brokerName),
        el("p", {class: "quiet wide"}, about.filter((part) => part).join(" · ")),
        notices(),
        el("p", {class: "headline"}, headline()),
        cases.length > 0 && [stackedBar(countVerdicts(cases)), tiles()],
        broken.length > 0 && [
            el("h2", {}, "What is broken"),
            el("ul", {class: "broken"}, broken.map(brokenRule)),
        ],
        otherReds(),
        cases.length > 0 && [el("h2", {}, "By chapter"), chapterTable()],
        el("h2", {}, "The run"),
        el("pre", {class: "command", tabindex: "0"}, run.command),
    ];
}
