/* Two runs of one broker: what is new, mended, still red, and not tried again. */
"use strict";

const KINDS = [
    ["new", "fail", "New", "red now, and not before"],
    ["mended", "pass", "Mended", "red before, and good now"],
    ["still", "known", "Still red", "in both"],
    ["gone", "skip", "Not tried again", "red before, and now not run, skipped, flaky or erroneous"],
];

/* The rules that these cases broke, with their wording: what a change means. */
function ruleLines(members) {
    return [...new Set(members.flatMap((c) => c.broken))].map((rule) =>
        el("span", {class: "small block"}, ruleLink(rule), " ", ruleById.get(rule)?.text));
}

/* The cases stand in the file as those of the run in which they were red. */
function kindPart(step, [kind, tone, heading, says]) {
    const run = runs[kind === "new" || kind === "still" ? step.after : step.before];
    const list = step.changes.filter(([word]) => word === kind).map(([, id, version]) => run.byKey.get(`${id}@${version}`));

    if (list.length === 0)
        return null;
    return [
        el("h3", {}, badge(tone, heading.toUpperCase()), ` ${plural(list.length, "case")} `, el("span", {class: "quiet small"}, says)),
        caseList(run, list, ruleLines),
    ];
}

function stepPart(step) {
    const [before, after] = [runs[step.before], runs[step.after]];

    return el("section", {},
        el("h2", {}, breakable(after.label), " since ", breakable(before.label)),
        el("p", {class: "quiet"}, `${brokerOf(before)}, ${before.started.slice(0, 10)} → ${brokerOf(after)}, ${after.started.slice(0, 10)}`),
        step.changes.length === 0 ? el("p", {}, "Neither has a red case.") : KINDS.map((kind) => kindPart(step, kind)));
}

function showSteps() {
    return [
        el("h1", {tabindex: "-1"}, "Since last time"),
        steps.length === 0 ? el("p", {}, "No two of these runs are of one broker.") : [...steps].reverse().map(stepPart),
    ];
}
