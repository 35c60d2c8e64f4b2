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
    const rows = names.map(([name, words]) => el("tr", {},
        el("th", {scope: "row"}, el("code", {}, name), about(name) && small(about(name))),
        versions.map((version) => el("td", {}, cell(words[version])))));

    const heads = ["Name", ...versions.map((version) => `MQTT ${version}`)];

    return tableOf("versions", heads, el("tbody", {}, rows), caption);
}

function plainCell(word) {
    return word === undefined ? quiet("–") : word;
}

function capabilityCell(capability) {
    if (capability === undefined)
        return quiet("–");
    return capability.present ? "yes" : ["no", small(capability.why_not)];
}

function showBehaviour() {
    const announced = byName(run.profile.filter((entry) => entry.announced), (entry) => entry.word);
    const observed = byName(run.profile.filter((entry) => !entry.announced), (entry) => entry.word);
    const capabilities = byName(run.capabilities, (entry) => entry);
    const aboutProbe = (name) => suite.scenarios[`probe/${name}`]?.about;
    const aboutChoice = (name) => aboutProbe(`choice-${name}`);

    return [
        el("h1", {tabindex: "-1"}, "Behaviour"),
        lead("None of this is a fault: it is what the broker announces, and what it does where the " +
            "standards leave a choice."),
        el("div", {class: "side-by-side"},
            el("section", {}, el("h2", {}, "Limits"), announced.length > 0
                ? versionTable("Announced in CONNACK", announced, plainCell, () => "")
                : el("p", {}, "The broker announced none."),
            lead(`Silence was waited for ${run.settle_ms} ms, as measured with this broker.`)),
            el("section", {}, el("h2", {}, "Choices"), observed.length > 0
                ? versionTable("Observed", observed, plainCell, aboutChoice)
                : el("p", {}, "None was observed."))),
        el("h2", {}, "Capabilities"),
        versionTable("Found by trying, before the cases; what needs a missing one is skipped",
            capabilities, capabilityCell, aboutProbe),
    ];
}
