/* What brokers are and do where the standards leave it to them. */
"use strict";

function wordCell(run, version, word) {
    if (!run.target.versions.includes(version))
        return el("td", {class: "quiet"}, "–");
    return el("td", {}, word === null ? el("span", {class: "quiet"}, "none") : el("code", {}, word));
}

function wordTable(caption, items, cells, all) {
    return el("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption}, el("table", {class: "words"},
        el("caption", {}, caption),
        el("thead", {}, el("tr", {}, el("th", {scope: "col"}, "Name"), el("th", {scope: "col"}, "MQTT"),
            runs.map((run) => el("th", {scope: "col"}, breakable(run.label))))),
        el("tbody", {}, items.map((item) => el("tr", {class: all && item.differs ? "differs" : null},
            el("th", {scope: "row"}, el("code", {}, item.name)), el("td", {class: "quiet"}, item.version),
            cells(item).map((cell, i) => wordCell(runs[i], item.version, cell)))))));
}

function part(heading, caption, items, cells, all) {
    const shown = all ? items : items.filter((item) => item.differs);

    return [
        el("h2", {}, heading),
        shown.length > 0 ? wordTable(caption, shown, cells, all) : el("p", {class: "quiet"}, items.length > 0 ? "They are alike in all." : "There are none."),
        !all && shown.length > 0 && shown.length < items.length && el("p", {class: "small quiet"}, `${items.length - shown.length} more are alike in all.`),
    ];
}

function showWords(place) {
    const all = place.all === "1";
    const {words, capabilities} = comparison;

    return [
        el("h1", {tabindex: "-1"}, "Choices and limits"),
        el("p", {class: "quiet"}, "None of this is a fault: it is what brokers announce, and what they do where the standards leave a choice."),
        el("p", {class: "screen-only"}, link({view: "words", all: all ? "" : "1"}, all ? "Only where they differ" : "Also what is alike")),
        part("Choices", "Observed", words.filter((word) => !word.announced), (word) => word.words, all),
        part("Limits", "Announced in CONNACK", words.filter((word) => word.announced), (word) => word.words, all),
        part("Capabilities", "Found by trying, before the cases", capabilities,
            (capability) => capability.items.map((item) => item === null ? null : item ? "yes" : "no"), all),
    ];
}
