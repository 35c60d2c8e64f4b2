/* The list of cases, to filter and to search; and what was skipped, by what is missing. */
"use strict";

function filterCases(at) {
    const row = at.rule ? ruleById.get(at.rule) : null;
    const wanted = row ? new Set(casesOf(row)) : null;

    const found = cases.filter((c) => (!at.verdict || hasVerdict(c, at.verdict)) &&
        (!at.chapter || c.chapter === at.chapter) && (!at.version || c.version === at.version) &&
        (!at.rule || (wanted ? wanted.has(c) : c.broken.includes(at.rule))) &&
        (!at.reason || c.reason === at.reason) &&
        (!at.q || matches(at.q, [c.key, c.reason, c.expected, c.actual, ...c.broken, ...c.requirements].join(" "))));
    const badness = (c) => VERDICTS.indexOf(verdictOf(c));

    return at.rule ? found.sort((a, b) => badness(a) - badness(b)) : found;
}

function caseRow(c) {
    return el("tr", {},
        el("td", {}, badge(verdictOf(c))),
        el("th", {scope: "row"}, link({view: "case", id: c.key}, breakable(c.id))),
        el("td", {class: "quiet"}, c.version),
        el("td", {class: "small"}, c.known || c.reason || c.warnings[0]?.text || "",
            c.broken.length > 0 && el("span", {class: "block quiet"}, c.broken.join(", "))),
        el("td", {class: "number quiet"}, seconds(c.duration_ms)));
}

function caseTable(items) {
    const body = el("tbody", {});
    const more = longTable(body, items, caseRow);

    return [tableOf("cases", ["Verdict", "Case", "MQTT", "What happened", ["Time"]], body), more];
}

function showCases(place) {
    const red = cases.filter((c) => hasVerdict(c, "red")).length;
    const verdicts = [["", `all (${cases.length})`], ["red", `not passed or skipped (${red})`],
        ...countVerdicts(cases).map(([verdict, count]) => [verdict, `${verdict.toUpperCase()} (${count})`])];
    const chapters = [["", "all"], ...[...grouped(cases, (c) => [c.chapter])]
        .map(([chapter, list]) => [chapter, `${chapter} (${list.length})`])];
    const versions = [["", "all"], ...run.target.versions.map((version) => [version, version])];
    const row = ruleById.get(place.rule);

    function controls(at, change) {
        return [
            searchBox("Search cases: name, reason, rule", at.q || "", change),
            choice("Verdict", "verdict", at.verdict || "", verdicts, change),
            choice("Chapter", "chapter", at.chapter || "", chapters, change),
            choice("MQTT", "version", at.version || "", versions, change),
        ];
    }
    return [
        el("h1", {tabindex: "-1"}, "Cases"),
        place.rule && el("div", {class: "rule-box"},
            el("p", {}, el("code", {}, place.rule), " ", row && quiet(placeOf(row))),
            row && el("p", {}, row.text),
            el("p", {class: "small screen-only"}, link({view: "cases"}, "Show the cases of all rules"))),
        place.reason && el("p", {}, `Skipped because: ${place.reason} `, link({view: "cases"}, "Show all cases")),
        filtered(place, controls, filterCases, caseTable, "case"),
    ];
}

/* --- what was skipped ------------------------------------------------------------------------ */

/* "needs retain: PUBACK never came" in two. */
function lackOf(reason) {
    const parts = /^needs ([a-z0-9-]+): (.*)$/s.exec(reason);
    return parts ? {capability: parts[1], why: parts[2]} : {capability: "", why: reason};
}

function showSkipped() {
    const groups = [...grouped(cases.filter((c) => c.verdict === "skip"), (c) => [c.reason])]
        .sort((a, b) => b[1].length - a[1].length);

    function group([reason, list]) {
        const {capability, why} = lackOf(reason);
        const about = suite.scenarios[`probe/${capability}`]?.about;
        return el("tr", {},
            el("th", {scope: "row"}, capability ? el("code", {}, capability) : quiet("an option")),
            el("td", {}, why, about && small(about)),
            el("td", {}, [...new Set(list.map((c) => c.version))].join(", ")),
            el("td", {class: "number"},
                link({view: "cases", verdict: "skip", reason}, plural(list.length, "case"))));
    }
    return [
        el("h1", {tabindex: "-1"}, "Skipped"),
        lead("A case that needs a capability which the broker lacks, or an option that was not given, " +
            "shows nothing, and is never counted as passed."),
        groups.length === 0
            ? el("p", {}, "Nothing was skipped.")
            : tableOf("skips", ["Needs", "But", "MQTT", ["Skipped"]], el("tbody", {}, groups.map(group))),
    ];
}
