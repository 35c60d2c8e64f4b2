/* Who breaks what: the runs, the matrix of rules by runs, and one rule in all runs. */
"use strict";

/* --- the runs -------------------------------------------------------------------------------- */

function trouble(run) {
    return run.failed && `nothing could be tested: ${run.failed}` || run.died && `the broker died: ${run.died}` ||
        run.interrupted && "the run was interrupted";
}

/* Columns that are empty for all are left out; a narrow screen shows those that are not minor. */
const RUN_COLUMNS = [
    ["MUST broken", "fail", (run) => run.must],
    ["SHOULD broken", "warn", (run) => run.should],
    ["failed", "fail", (run) => run.summary.fail + run.summary.blocked],
    ["errors", "error", (run) => run.summary.error],
    ["known", "known", (run) => run.summary.known],
    ["warned", "warn", (run) => run.summary.warn, "minor"],
    ["flaky", "flaky", (run) => run.summary.flaky, "minor"],
    ["skipped", "skip", (run) => run.summary.skip, "minor"],
    ["passed", "pass", (run) => run.summary.pass, "minor"],
].filter(([, , value]) => runs.some((run) => value(run) > 0));

function runRow(run) {
    return el("tr", {},
        el("th", {scope: "row"}, el("b", {}, breakable(run.label)),
            el("span", {class: "quiet small block"}, `${brokerOf(run)} · MQTT ${run.target.versions.join(", ")} · `,
                el("span", {class: "nowrap"}, run.started.slice(0, 10))),
            trouble(run) && el("span", {class: "small block fail figure"}, trouble(run))),
        el("td", {class: "stack-cell"}, stackedBar(VERDICTS.filter((verdict) => run.summary[verdict] > 0).map((verdict) => [verdict, run.summary[verdict]]))),
        RUN_COLUMNS.map(([, tone, value, minor]) => el("td", {class: `number ${minor || ""}`}, value(run) > 0
            ? el("span", {class: `figure ${tone}`}, value(run).toLocaleString("en"))
            : el("span", {class: "quiet"}, "·"))));
}

function runTable() {
    return el("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "Runs"}, el("table", {class: "runs"},
        el("thead", {}, el("tr", {}, el("th", {scope: "col"}, "Run"), el("td", {}),
            RUN_COLUMNS.map(([head, , , minor]) => el("th", {scope: "col", class: `number ${minor || ""}`}, head)))),
        el("tbody", {}, runs.map(runRow))));
}

/* What is new comes before what is. */
function news() {
    return steps.map((step) => {
        const count = (kind) => step.changes.filter(([word]) => word === kind).length;
        return el("p", {class: `notice ${count("new") > 0 ? "fail" : "pass"}`}, link({view: "steps"},
            `${runs[step.after].label} since ${runs[step.before].label}`),
            `: ${count("new")} new, ${count("mended")} mended, ${count("still")} still red`);
    });
}

/* --- the matrix ------------------------------------------------------------------------------ */

const CELL_SHOWS = {
    fail: (cell) => cell.cases,
    warn: (cell) => cell.cases,
    blocked: () => "?",
    kept: () => "✓",
    skip: () => "skip",
    none: () => "–",
};

function cellLink(row, cell, run) {
    const label = `${row.rule}, ${run.label}: ${STATES[cell.state].says}${cell.cases > 0 ? ` in ${plural(cell.cases, "case")}` : ""}`;
    const shown = CELL_SHOWS[cell.state](cell);

    return el("td", {class: `cell ${STATES[cell.state].tone} ${cell.state}`},
        el("a", {href: hashOf({view: "rule", rule: row.rule, run: run.label}), "aria-label": label, title: label}, shown));
}

function ruleRow(row) {
    return el("tr", {},
        el("th", {scope: "row"}, ruleLink(row.rule),
            el("span", {class: "quiet small block rule-text"}, row.must ? null : [badge("warn", "SHOULD"), " "], row.text)),
        row.cells.map((cell, i) => cellLink(row, cell, runs[i])));
}

function matches(row, place) {
    const words = (place.q || "").toLowerCase().split(/\s+/).filter((word) => word);
    const text = `${row.rule} ${row.level} ${row.section} ${row.text}`.toLowerCase();

    return words.every((word) => text.includes(word)) &&
        (!place.version || row.version === place.version) &&
        (!place.level || row.must === (place.level === "must")) &&
        (!place.differ || differs(row)) &&
        (!place.by || ["fail", "warn"].includes(row.cells[runs.findIndex((run) => run.label === place.by)]?.state));
}

function choice(name, label, value, options, change) {
    return el("label", {}, label, el("select", {name, on: {change}},
        options.map(([key, text]) => el("option", {value: key, selected: key === value}, text))));
}

/* The filters keep what they say in the address, without a step in the history for each letter. */
function filters(place, update) {
    const now = {...place};
    const set = (key) => (event) => {
        now[key] = event.target.type === "checkbox" ? (event.target.checked ? "1" : "") : event.target.value;
        history.replaceState(null, "", hashOf({...now, view: "rules"}));
        update(now);
    };
    const versions = [...new Set(rules.map((row) => row.version))];

    return el("form", {class: "filters", role: "search", on: {submit: (event) => event.preventDefault()}},
        el("input", {type: "search", name: "q", placeholder: "Search rules", "aria-label": "Search rules", value: place.q || "", on: {input: set("q")}}),
        choice("version", "MQTT", place.version || "", [["", "all"], ...versions.map((version) => [version, version])], set("version")),
        choice("level", "Level", place.level || "", [["", "all"], ["must", "MUST"], ["should", "SHOULD"]], set("level")),
        choice("by", "Broken by", place.by || "", [["", "any"], ...runs.map((run) => [run.label, run.label])], set("by")),
        el("label", {}, el("input", {type: "checkbox", name: "differ", checked: Boolean(place.differ), on: {change: set("differ")}}), "only where they differ"));
}

function legend() {
    const shows = [["fail", "3", "cases fail"], ["warn", "3", "cases warn"], ["pass kept", "✓", "keeps it"],
        ["blocked", "?", "nothing was shown"], ["skip", "skip", "lacks the capability"], ["skip none", "–", "not run"]];

    return el("p", {class: "legend small quiet"}, shows.map(([tone, mark, says]) =>
        el("span", {}, el("span", {class: `cell mark ${tone}`}, mark), ` ${says}`)));
}

function showRules(place) {
    const body = el("tbody", {});
    const count = el("p", {class: "small quiet", role: "status"});
    const holder = el("div", {});

    function update(now) {
        const list = rules.filter((row) => matches(row, now));
        body.replaceChildren();
        holder.replaceChildren(longTable(body, list, ruleRow));
        count.textContent = `${plural(list.length, "rule")}${list.length < rules.length ? ` of ${rules.length}` : ""} broken by one of them at least`;
    }
    update(place);
    return [
        el("h1", {tabindex: "-1"}, title()),
        runTable(),
        news(),
        el("h2", {}, "Who breaks what"),
        legend(),
        filters(place, update),
        count,
        el("div", {class: "matrix-scroll", tabindex: "0", role: "region", "aria-label": "Rules by runs"}, el("table", {class: "matrix"},
            el("thead", {}, el("tr", {}, el("th", {scope: "col"}, "Rule"),
                runs.map((run) => el("th", {scope: "col", class: "run"}, el("span", {}, breakable(run.label)))))),
            body)),
        holder,
    ];
}

/* --- one rule in all runs -------------------------------------------------------------------- */

function says(row, run, cell) {
    if (cell.state === "none" && !run.target.versions.includes(row.version))
        return `MQTT ${row.version} is not spoken, or was not asked for`;
    if (cell.state === "kept")
        return `keeps it in ${plural(cell.passed, "case")}`;
    if (cell.cases === 0)
        return STATES[cell.state].says;
    return `${STATES[cell.state].says} in ${plural(cell.cases, "case")}${cell.passed > 0 ? `, and keeps it in ${plural(cell.passed, "other")}` : ""}`;
}

const CELL_SAYS = {fail: "FAIL", warn: "WARN", kept: "KEPT", blocked: "NOT SHOWN", skip: "SKIP", none: "NOT RUN"};

function runPart(row, run, cell, focus) {
    const list = breakers(run, row.rule);
    const {tone} = STATES[cell.state];

    return el("section", {class: focus ? `panel ${tone} here` : `panel ${tone}`, "data-run": run.label},
        el("h2", {}, breakable(run.label)),
        el("p", {class: "small quiet"}, brokerOf(run)),
        el("p", {}, badge(tone, CELL_SAYS[cell.state]), " ", says(row, run, cell)),
        list.length > 0 && caseList(run, list));
}

function neighbours(index, what, items, place) {
    return el("nav", {class: "neighbours", "aria-label": `Neighbouring ${what}`},
        items[index - 1] && link(place(items[index - 1]), "← previous"),
        items[index + 1] && link(place(items[index + 1]), "next →"),
        el("span", {class: "quiet small"}, `${index + 1} of ${items.length}`));
}

function showRule(place) {
    const row = ruleById.get(place.rule);

    if (!row)
        return [el("h1", {tabindex: "-1"}, "No such rule"), el("p", {}, "None of these runs broke ", el("code", {}, place.rule || ""), ".")];
    return [
        el("p", {class: "small screen-only"}, link({view: "rules"}, "Who breaks what")),
        el("h1", {tabindex: "-1", class: "case-name"}, row.rule),
        lead(placeOf(row)),
        el("p", {class: "about"}, row.text),
        el("div", {class: runs.length === 2 || runs.length === 4 ? "panels even" : "panels"}, runs.map((run, i) => runPart(row, run, row.cells[i], run.label === place.run))),
        neighbours(rules.indexOf(row), "rules", rules, (other) => ({view: "rule", rule: other.rule, run: place.run})),
    ];
}
