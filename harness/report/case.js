/* One case: what the standard asks, what the broker did, how to see it again. */
"use strict";

/* --- the rule -------------------------------------------------------------------------------- */

function ruleBox(rule) {
    const row = ruleById.get(rule);

    return el("div", {class: "rule-box"},
        el("p", {}, ruleLink(rule), " ", row && el("span", {class: "quiet small"}, placeOf(row))),
        row && el("p", {}, row.text));
}

/* What was broken; where nothing was shown, or all is well, what the case is about. */
function rulePart(c) {
    const broken = c.broken.length > 0;
    const list = broken ? c.broken : c.requirements;

    if (list.length === 0)
        return null;
    return [el("h2", {}, broken ? "What the standard asks" : "What it is about"), list.map(ruleBox)];
}

function outcomePart(c) {
    const lines = [
        ["What happened", c.reason],
        ["Expected", c.expected && el("code", {}, c.expected)],
        ["Actual", c.actual && el("code", {}, c.actual)],
        ["Known", c.known],
        ...c.warnings.map(({text, requirement}) => ["Warning", [text, requirement && [": ", ruleLink(requirement)]]]),
        ["Note", c.unconfirmed && "There was no time left to run it again."],
    ].filter(([, value]) => value);

    return lines.length > 0 && [
        el("h2", {}, "What the broker did"),
        el("dl", {class: "outcome"}, lines.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])),
    ];
}

/* --- how to see it again --------------------------------------------------------------------- */

/* What each connection sent until the verdict: [{peer, hex, lacking}]. */
function sentBytes(c) {
    const connections = [];
    const now = new Map();

    for (const event of c.transcript.slice(0, c.decided || c.transcript.length).map(eventOf)) {
        if (event.event === "opened") {
            now.set(event.peer, {peer: event.peer, hex: "", lacking: 0});
            connections.push(now.get(event.peer));
        } else if (event.event === "sent" && now.has(event.peer)) {
            if (event.hex && !event.size)
                now.get(event.peer).hex += event.hex;
            else
                now.get(event.peer).lacking++;
        }
    }
    return connections.filter((connection) => connection.hex !== "" || connection.lacking > 0);
}

function againPart(c) {
    const tcp = /^mqtt:\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?/.exec(run.target.url);
    const connections = sentBytes(c);

    function bytesOf({peer, hex, lacking}) {
        const command = tcp && lacking === 0
            ? `echo ${hex} | xxd -r -p | nc -w 3 ${tcp[1].replace(/[[\]]/g, "")} ${tcp[2] || 1883} | xxd`
            : hex;
        return [
            el("p", {class: "small"}, "What ", el("code", {}, peer), " sent, as bytes",
                lacking > 0 && `; ${plural(lacking, "packet")} left out, too long or with a secret in it`),
            hex !== "" && copyBox(`Bytes that ${peer} sent`, command),
        ];
    }
    return [
        el("h2", {}, "See it again"),
        copyBox("Command", c.alone || `mqspec test ${run.target.url} --only '${c.key.replaceAll("'", "'\\''")}'`),
        connections.length > 0 &&
            el("details", {}, el("summary", {}, "Without mqspec"), connections.map(bytesOf)),
    ];
}

function scenarioPart(c) {
    const scenario = suite.scenarios[c.name];

    if (!scenario)
        return lead(`${c.file}, line ${c.line}`);

    const decided = hasVerdict(c, "red") ? c.line - scenario.line : -1;
    const lines = scenario.text.replace(/\n$/, "").split("\n");

    return [
        el("h2", {}, "The scenario"),
        lead(`${c.file}, line ${c.line}`),
        el("pre", {class: "source", tabindex: "0", "aria-label": "Scenario"},
            lines.map((line, i) => [i === decided ? el("mark", {}, line) : line, "\n"])),
    ];
}

/* --- the view -------------------------------------------------------------------------------- */

/* The cases before and after it among those that are red like it, or green like it. */
function neighbours(c) {
    const list = hasVerdict(c, "red") ? cases.filter((other) => hasVerdict(other, "red")) : cases;
    const index = list.indexOf(c);

    return el("nav", {class: "neighbours", "aria-label": "Neighbouring cases"},
        list[index - 1] && caseLink(list[index - 1], "← previous"),
        list[index + 1] && caseLink(list[index + 1], "next →"),
        quiet(`${index + 1} of ${list.length}`, list === cases ? "" : " that did not pass"));
}

function showCase(place) {
    const c = caseByKey.get(place.id);

    if (!c)
        return [el("h1", {tabindex: "-1"}, "No such case"), lead(`This run has no case ${place.id || "without a name"}.`)];

    const about = suite.scenarios[c.name]?.about;

    return [
        el("p", {class: "small screen-only"},
            link({view: "cases"}, "Cases"), " / ", link({view: "cases", chapter: c.chapter}, c.chapter)),
        el("h1", {tabindex: "-1", class: "case-name"}, breakable(c.id)),
        el("p", {class: "quiet wide"}, badge(verdictOf(c)), ` MQTT ${c.version} · ${seconds(c.duration_ms)}`,
            c.runs > 1 && ` · run ${c.runs} times`, ` · ${VERDICT_SAYS[verdictOf(c)]}`),
        about && el("p", {class: "about"}, about),
        rulePart(c),
        outcomePart(c),
        c.transcript.length > 0 && [
            el("h2", {}, "What went over the wire"),
            el("p", {class: "quiet small screen-only"}, "Choose a packet to see its fields and bytes."),
            diagramOf(c),
        ],
        againPart(c),
        scenarioPart(c),
        neighbours(c),
    ];
}
