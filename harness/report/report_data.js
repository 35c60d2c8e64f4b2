/*
 * What the page of one run is made of: its report (conformance/schema/test-report.schema.json,
 * shortened as harness/report/page.h says), what the suite knows of the rules, and what follows
 * from both.
 */
"use strict";

const run = pageData("run");
const suite = pageData("suite");

const SPACES = {"3.1": "v31", "3.1.1": "v311", "5.0": "v5"};

/* --- cases ----------------------------------------------------------------------------------- */

/* Members that are empty are not in the file. */
const cases = run.cases.map((c, order) => ({
    requirements: [], broken: [], warnings: [], reason: "", expected: "", actual: "", known: null,
    ...c,
    order,
    key: `${c.id}@${c.version}`,
    name: c.id.split("[", 1)[0],
    chapter: c.id.split("/", 1)[0],
}));

const caseByKey = new Map(cases.map((c) => [c.key, c]));

const casesByScenario = grouped(cases, (c) => [`${c.name}@${c.version}`]);
const casesByBroken = grouped(cases, (c) => c.verdict === "fail" || c.verdict === "warn" ? c.broken : []);

/* How many cases have which verdict, the worst first: [["fail", 93], …]. */
function countVerdicts(list) {
    const groups = grouped(list, (c) => [verdictOf(c)]);
    return VERDICTS.filter((verdict) => groups.has(verdict))
        .map((verdict) => [verdict, groups.get(verdict).length]);
}

/* --- rules ----------------------------------------------------------------------------------- */

/* How a row of the catalogues stands after this run, the worst first. `tone` is a verdict's colour. */
const STATES = {
    broken: {tone: "fail", says: "Broken", help: "a MUST that the broker breaks"},
    warned: {tone: "warn", says: "Not followed", help: "a SHOULD that the broker does not follow"},
    unclear: {tone: "blocked", says: "Unclear", help: "its cases were blocked, flaky or erroneous"},
    proved: {tone: "pass", says: "Proved", help: "cases that would notice a breach have passed"},
    watched: {tone: "pass", says: "Watched", help: "all conversations were judged by it, and it held"},
    skipped: {tone: "skip", says: "Skipped", help: "the broker lacks a capability that its cases need"},
    absent: {tone: "skip", says: "Not run", help: "none of its cases was in this run"},
    freedom: {tone: "skip", says: "Permitted choice", help: "permits something, so that nothing can break it"},
    unseen: {tone: "skip", says: "Not observable", help: "cannot be seen by a tester that plays clients"},
    uncovered: {tone: "skip", says: "Not covered", help: "no scenario proves it"},
};

const STATE_OF_STATUS = {
    judged: "watched", freedom: "freedom", uncovered: "uncovered", "client-only": "unseen", untestable: "unseen",
};

/* A row counts as broken only where a case names it: another one that was to prove it may have
 * failed by a rule that says more. */
function stateOf(row) {
    const verdicts = new Set(row.cases.map((c) => c.verdict));

    if (row.broken.length > 0)
        return row.broken.some((c) => c.verdict === "fail") && row.must ? "broken" : "warned";
    if (verdicts.has("pass") || verdicts.has("warn"))
        return "proved";
    if (["fail", "blocked", "flaky", "error"].some((verdict) => verdicts.has(verdict)))
        return "unclear";
    if (verdicts.has("skip"))
        return "skipped";
    if (row.status === "proved")
        return "absent";
    if (row.status === "judged" && !run.target.versions.includes(row.version))
        return "absent";
    return STATE_OF_STATUS[row.status];
}

function rowOf(row) {
    const rule = `${SPACES[row.version]} ${row.id}`;
    const whole = {
        ...row,
        rule,
        must: row.level.includes("MUST"),
        cases: row.scenarios.flatMap((name) => casesByScenario.get(`${name}@${row.version}`) || []),
        broken: casesByBroken.get(rule) || [],
    };
    whole.state = stateOf(whole);
    return whole;
}

const rules = suite.requirements.map(rowOf);
const ruleById = new Map(rules.map((row) => [row.rule, row]));

/* Cases that say something of the rule: those that prove it, and those that broke it on the way. */
function casesOf(row) {
    return [...new Set([...row.broken, ...row.cases])];
}

/* "MUST NOT, MQTT 5.0 section 3.8.3.1" */
function placeOf(row) {
    return `${row.level.replaceAll("+", ", ")} · MQTT ${row.version}, section ${row.section}`;
}

/* --- words ----------------------------------------------------------------------------------- */

const brokerName = run.target.broker || `The broker at ${run.target.url.replace(/^\w+:\/\//, "")}`;

function caseLink(c, ...children) {
    return link({view: "case", id: c.key}, ...(children.length > 0 ? children : breakable(c.key)));
}

function ruleLink(rule) {
    const name = el("code", {class: "nowrap"}, rule);
    return ruleById.has(rule) ? link({view: "rules", q: rule}, name) : name;
}
