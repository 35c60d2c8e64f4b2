/* What the comparison is made of (harness/report/compare_page.c), and words for it. */
"use strict";

const comparison = pageData("comparison");
const {runs, steps} = comparison;

/* What a cell's state is called; `tone` is a verdict's colour. */
const STATES = {
    fail: {tone: "fail", says: "breaks it"},
    warn: {tone: "warn", says: "does not follow it"},
    blocked: {tone: "blocked", says: "nothing was shown: its cases were blocked, flaky or erroneous"},
    kept: {tone: "pass", says: "keeps it"},
    skip: {tone: "skip", says: "skipped: it lacks a capability that the cases need"},
    none: {tone: "skip", says: "no case about it was run"},
};

for (const run of runs) {
    run.cases = run.cases.map((c) => ({
        requirements: [], broken: [], warnings: [], reason: "", expected: "", actual: "", known: null,
        ...c,
        key: `${c.id}@${c.version}`,
        name: c.id.split("[", 1)[0],
    }));
    run.byKey = new Map(run.cases.map((c) => [c.key, c]));
}

const rules = comparison.rules.map((row) => ({
    ...row,
    must: row.level.includes("MUST"),
    cells: row.cells.map(([state, cases, passed]) => ({state, cases, passed})),
}));
const ruleById = new Map(rules.map((row) => [row.rule, row]));

/* Brokers differ where one breaks what another, of which anything is known, does not. */
function differs(row) {
    const states = row.cells.map((cell) => cell.state).filter((state) => state !== "none" && state !== "skip");
    return new Set(states).size > 1;
}

/* The cases of a run that broke a rule. */
function breakers(run, rule) {
    return run.cases.filter((c) => ["fail", "warn"].includes(c.verdict) && c.broken.includes(rule));
}

function brokerOf(run) {
    return run.target.broker || run.target.url;
}

/* "MUST NOT · MQTT 5.0, section 3.8.3.1" */
function placeOf(row) {
    return `${row.level.replaceAll("+", ", ")} · MQTT ${row.version}, section ${row.section}`;
}

function ruleLink(rule) {
    return ruleById.has(rule) ? link({view: "rule", rule}, el("code", {class: "nowrap"}, rule)) : el("code", {}, rule);
}

function caseLink(run, c, ...children) {
    return link({view: "case", run: run.label, id: c.key}, ...(children.length > 0 ? children : breakable(c.key)));
}

/* "mosquitto, ejabberd and 3 more" */
function title() {
    const names = runs.map((run) => run.label);
    const rest = names.length > 4 ? names.splice(2) : [names.pop()];
    return `${names.join(", ")} and ${rest.length > 1 ? `${rest.length} more` : rest[0]}`;
}

/* A list of red cases of a run, members of one family together. `more` shows what else there is to
 * say of a family. */
function caseList(run, list, more) {
    const reason = (c) => [c.reason || c.warnings[0]?.text, c.known && [" ", badge("known")]];

    function item([name, members]) {
        const [first] = members;
        return el("li", {},
            members.length === 1 ? caseLink(run, first) : [
                caseLink(run, first, breakable(name)), " ",
                el("details", {class: "members"}, el("summary", {}, plural(members.length, "case")),
                    el("ul", {class: "plain"}, members.map((c) => el("li", {}, caseLink(run, c), c.reason === first.reason
                        ? null : el("span", {class: "quiet small block"}, reason(c))))))],
            more && more(members),
            el("span", {class: "quiet small block"}, reason(first)));
    }
    return el("ul", {class: "plain families"}, [...grouped(list, (c) => [c.name])].map(item));
}
