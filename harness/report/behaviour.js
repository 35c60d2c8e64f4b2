/* What the broker says of itself, and what it does where the standards leave a choice. */
"use strict";

/* Entries by name, each with a word for each version: [name, {"5.0": "20"}]. */
function byName(entries, word) {
    const names = new Map();
    for (const entry of entries) {
        if (!names.has(entry.name))
            names.set(entry.name, {});
        names.get(entry.name)[entry.version] = word(entry);
    }
    return [...names];
}

function versionTable(caption, names, cell, about) {
    const versions = run.target.versions;

    return el("div", {class: "scroll"}, el("table", {class: "versions"},
        el("caption", {}, caption),
        el("thead", {}, el("tr", {}, el("th", {scope: "col"}, "Name"),
            versions.map((version) => el("th", {scope: "col"}, `MQTT ${version}`)))),
        el("tbody", {}, names.map(([name, words]) => el("tr", {},
            el("th", {scope: "row"}, el("code", {}, name), about(name) && el("span", {class: "quiet small block"}, about(name))),
            versions.map((version) => el("td", {}, cell(words[version]))))))));
}

function plainCell(word) {
    return word === undefined ? el("span", {class: "quiet"}, "–") : word;
}

function capabilityCell(capability) {
    if (capability === undefined)
        return el("span", {class: "quiet"}, "–");
    if (capability.present)
        return "yes";
    return ["no", el("span", {class: "quiet small block"}, capability.why_not)];
}

function showBehaviour() {
    const announced = byName(run.profile.filter((entry) => entry.announced), (entry) => entry.word);
    const observed = byName(run.profile.filter((entry) => !entry.announced), (entry) => entry.word);
    const capabilities = byName(run.capabilities, (entry) => entry);

    return [
        el("h1", {tabindex: "-1"}, "Behaviour"),
        el("p", {class: "quiet"}, "None of this is a fault: it is what the broker announces, and what it does where the standards leave a choice."),
        el("div", {class: "side-by-side"},
            el("section", {}, el("h2", {}, "Limits"), announced.length > 0
                ? versionTable("Announced in CONNACK", announced, plainCell, () => "")
                : el("p", {}, "The broker announced none."),
            el("p", {class: "small quiet"}, `Silence was waited for ${run.settle_ms} ms, as measured with this broker.`)),
            el("section", {}, el("h2", {}, "Choices"), observed.length > 0
                ? versionTable("Observed", observed, plainCell, (name) => suite.scenarios[`probe/choice-${name}`]?.about)
                : el("p", {}, "None was observed."))),
        el("h2", {}, "Capabilities"),
        versionTable("Found by trying, before the cases; what is missing is skipped", capabilities, capabilityCell,
            (name) => suite.scenarios[`probe/${name}`]?.about),
    ];
}
