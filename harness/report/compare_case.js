/* One case that is red or warns, in one run, and what came of it in the others. */
"use strict";

function outcome(c) {
    const lines = [
        ["What happened", c.reason],
        ["Expected", c.expected && el("code", {}, c.expected)],
        ["Actual", c.actual && el("code", {}, c.actual)],
        ["Known", c.known],
        ...c.warnings.map((warning) => ["Warning", [warning.text, warning.requirement && [": ", ruleLink(warning.requirement)]]]),
    ].filter(([, value]) => value);

    return el("dl", {class: "outcome"}, lines.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function others(run, c) {
    function says(other, verdict) {
        const same = other.byKey.get(c.key);
        if (same)
            return [badge(verdictOf(same)), " ", caseLink(other, same, same.reason || "see it there")];
        if (verdict)
            return [badge(verdict), " ", el("span", {class: "quiet"}, VERDICT_SAYS[verdict])];
        return el("span", {class: "quiet"}, other.target.versions.includes(c.version)
            ? "it was not run" : `MQTT ${c.version} is not spoken, or was not asked for`);
    }
    return el("ul", {class: "plain"}, runs.map((other, i) =>
        other !== run && el("li", {}, el("b", {}, other.label), " ", says(other, c.verdicts[i]))));
}

function showCase(place) {
    const run = runs.find((one) => one.label === place.run);
    const c = run?.byKey.get(place.id);

    if (!c)
        return [el("h1", {tabindex: "-1"}, "No such case"), el("p", {}, el("code", {}, place.id || ""), " did not go wrong in ", el("code", {}, place.run || ""), ".")];
    return [
        el("p", {class: "small screen-only"}, link({view: "rules"}, "Who breaks what"),
            c.broken[0] && [" / ", ruleLink(c.broken[0])]),
        el("h1", {tabindex: "-1", class: "case-name"}, breakable(c.id)),
        el("p", {class: "quiet"}, badge(verdictOf(c)), " ", el("b", {}, run.label), ` · ${brokerOf(run)} · MQTT ${c.version} · ${seconds(c.duration_ms)}`),
        c.broken.map((rule) => ruleById.get(rule)).filter((row) => row).map((row) => el("div", {class: "rule-box"},
            el("p", {}, ruleLink(row.rule), " ", el("span", {class: "quiet small"}, placeOf(row))),
            el("p", {}, row.text))),
        el("h2", {}, "What the broker did"),
        outcome(c),
        c.transcript.length > 0 && [el("h2", {}, "What went over the wire"), diagramOf(c)],
        el("h2", {}, "The others"),
        others(run, c),
        el("h2", {}, "See it again"),
        copyBox("Command", c.alone),
        el("p", {class: "quiet small"}, `${c.file}, line ${c.line}`),
        neighbours(run.cases.indexOf(c), "cases", run.cases, (other) => ({view: "case", run: run.label, id: other.key})),
    ];
}
