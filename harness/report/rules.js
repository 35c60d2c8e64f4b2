/* The requirement table: every row of the catalogues and how it stands, to filter and to search. */
"use strict";

/* A filter's control tells `change` its name and value. */
function choice(label, name, value, options, change) {
    const select = el("select", {on: {change: () => change(name, select.value)}},
        options.map(([word, text]) => el("option", {value: word, selected: word === value}, text)));
    return el("label", {}, label, select);
}

function searchBox(label, value, change) {
    const input = el("input", {type: "search", value, placeholder: label, "aria-label": label,
        on: {input: () => change("q", input.value)}});
    return input;
}

/* Every word of the query must be somewhere in the text. */
function matches(query, text) {
    const all = text.toLowerCase();
    return query.toLowerCase().split(/\s+/).every((word) => all.includes(word));
}

/*
 * A list with filters: `controls(place, change)` makes these, `filter(place)` gives the items,
 * `table(items)` shows them. The address keeps what was chosen, without a new entry in the history.
 */
function filtered(place, controls, filter, table, word) {
    const count = el("p", {class: "quiet small", role: "status"});
    const list = el("div", {});

    function show() {
        const items = filter(place);
        count.textContent = plural(items.length, word);
        list.replaceChildren(...(items.length > 0 ? [table(items)].flat() : [el("p", {}, "Nothing matches.")]));
    }
    function change(name, value) {
        place[name] = value;
        history.replaceState(null, "", hashOf(place));
        show();
    }
    show();
    return [el("div", {class: "filters", role: "search"}, controls(place, change)), count, list];
}

/* --- rows ------------------------------------------------------------------------------------ */

/* Why a row stands as it does, in words. */
function whyOf(row) {
    if (row.state === "skipped")
        return [...new Set(row.cases.map((c) => c.reason))].join("; ");
    if (row.state === "proved" || row.state === "broken" || row.state === "warned" || row.state === "unclear")
        return "";
    return row.why && row.why !== STATES[row.state].help ? row.why : STATES[row.state].help;
}

function ruleRow(row) {
    const all = casesOf(row);
    const good = row.cases.filter((c) => c.verdict === "pass").length;
    const why = whyOf(row);

    return el("tr", {},
        el("td", {class: "nowrap"}, badge(STATES[row.state].tone, STATES[row.state].says)),
        el("th", {scope: "row"}, el("code", {class: "nowrap"}, row.rule),
            small(`${row.level.replaceAll("+", ", ")} · ${row.section}`)),
        el("td", {}, row.text, why && small(why)),
        el("td", {class: "number"}, all.length > 0 &&
            link({view: "cases", rule: row.rule}, row.broken.length > 0
                ? `${row.broken.length} of ${all.length} red` : `${good} of ${all.length} pass`)));
}

function showRules(place) {
    const byState = grouped(rules, (row) => [row.state]);
    const states = [["", `all (${rules.length})`], ...Object.keys(STATES).filter((state) => byState.has(state))
        .map((state) => [state, `${STATES[state].says} (${byState.get(state).length})`])];
    const any = (words) => [["", "all"], ...words.map((word) => [word, word])];

    function controls(at, change) {
        return [
            searchBox("Search rules: id, section, words", at.q || "", change),
            choice("State", "state", at.state || "", states, change),
            choice("MQTT", "version", at.version || "", any(["5.0", "3.1.1", "3.1"]), change),
            choice("Level", "level", at.level || "", any(["MUST", "SHOULD", "MAY"]), change),
        ];
    }
    function filter(at) {
        return rules.filter((row) => (!at.state || row.state === at.state) &&
            (!at.version || row.version === at.version) && (!at.level || row.level.includes(at.level)) &&
            (!at.q || matches(at.q, [row.rule, row.level, row.section, row.text, ...row.scenarios].join(" "))));
    }
    function table(items) {
        const body = el("tbody", {});
        const more = longTable(body, items, ruleRow);
        return [tableOf("rules", ["State", "Rule, level, section", "What it asks, in our words", ["Cases"]], body), more];
    }
    return [
        el("h1", {tabindex: "-1"}, "Rules"),
        lead("Every requirement of MQTT 3.1, 3.1.1 and 5.0, and how it stands after this run. " +
            "Ids that begin with X name what a standard says without a number."),
        filtered(place, controls, filter, table, "rule"),
    ];
}
