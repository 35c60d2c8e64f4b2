/*
 * The sequence diagram of a case: time runs down, a lifeline for each client and one for the broker,
 * an arrow for each packet. It is a list as well: each packet is a button that opens its detail
 * below it, so that keyboards, screen readers and paper have the same diagram.
 */
"use strict";

/* A pause that is worth a word, in ms. */
const PAUSE_MS = 200;

const EVENT_WORDS = {
    o: "opened", s: "sent", r: "received", c: "closed", x: "reset",
    f: "peer-closed", t: "peer-reset", b: "breach", n: "note",
};

/* The shortened form of harness/report/page.h, as an object. */
function eventOf([time_ms, letter, peer, text, line = 0, more = {}]) {
    return {time_ms, event: EVENT_WORDS[letter], peer, text, line, ...more};
}

/* Where the lines stand, in percent: the broker right of one client, else in the middle of them. */
function columnsOf(events) {
    const names = [...new Set(events.map((event) => event.peer).filter((peer) => peer !== ""))];
    const place = names.length === 1 ? 1 : Math.ceil(names.length / 2);

    names.splice(place, 0, null);
    return new Map(names.map((name, i) => [name, names.length === 1 ? 50 : 10 + 80 * i / (names.length - 1)]));
}

/* The event that the verdict rests on: the packet that was not the expected one, the end that was
 * not, or what a rule was broken by; -1 where something did not come. */
function guiltyIndex(c, events) {
    const end = Math.min(c.decided || events.length, events.length);
    const came = (i) => events[i].event === "received";

    if (end > 0 && events[end - 1].event.startsWith("peer-") && /\b(closed|reset)\b/.test(c.actual))
        return end - 1;
    for (let i = end - 1; i >= 0; i--)
        if (came(i) && c.actual !== "" && events[i].text === c.actual)
            return i;
    for (let i = end - 1; i >= 0; i--)
        if (events[i].faults || events[i].event === "breach")
            return i;
    return -1;
}

/* --- the parts of a row ---------------------------------------------------------------------- */

function at(percent) {
    return `${percent}%`;
}

/* A triangle whose tip is at x, near the row's lower edge. */
function arrowHead(x, toRight) {
    return svg("svg", {x: at(x), y: "100%", overflow: "visible"},
        svg("path", {d: toRight ? "M-1 -9 l-9 -4.5 v9 z" : "M1 -9 l9 -4.5 v9 z", class: "head"}));
}

function arrow(from, to, dashed) {
    return [
        svg("svg", {y: "100%", overflow: "visible", width: "100%"},
            svg("line", {x1: at(from), x2: at(to), y1: -9, y2: -9, class: dashed ? "shaft dashed" : "shaft"})),
        arrowHead(to, to > from),
    ];
}

/* The lifelines through one row: solid where a connection stands, the broker's always. */
function lifelines(columns, open) {
    const stands = (name) => name === null || open.has(name);
    return [...columns].map(([name, x]) =>
        svg("line", {x1: at(x), x2: at(x), y1: "0", y2: "100%", class: stands(name) ? "life" : "life idle"}));
}

/* What is drawn behind one row; the row says the same in words. */
function wires(columns, open, ...parts) {
    return svg("svg", {class: "wires", "aria-hidden": "true"}, lifelines(columns, open), parts);
}

/* What stands above the arrow: "SUBACK id=1 [0]", its first word stronger. */
function labelParts(text) {
    const blank = text.indexOf(" ");
    return blank < 0 ? [el("b", {}, text)] : [el("b", {}, text.slice(0, blank)), text.slice(blank)];
}

const EVENT_SHOWS = {
    opened: {label: "connects", toBroker: true, dashed: true},
    sent: {toBroker: true},
    received: {toBroker: false},
    closed: {label: "closes (FIN)", toBroker: true, dashed: true},
    reset: {label: "resets (RST)", toBroker: true, dashed: true},
    "peer-closed": {label: "closes (FIN)", toBroker: false, dashed: true},
    "peer-reset": {label: "resets (RST)", toBroker: false, dashed: true},
};

function clock(ms) {
    return (ms / 1000).toFixed(3);
}

function lane(columns, open, event) {
    const shows = EVENT_SHOWS[event.event];
    const client = columns.get(event.peer);
    const broker = columns.get(null);
    const [from, to] = shows.toBroker ? [client, broker] : [broker, client];
    const label = el("span", {class: "label"}, el("span", {}, shows.label || labelParts(event.text)));

    label.style.marginLeft = at(Math.min(from, to));
    label.style.width = at(Math.abs(to - from));
    return el("span", {class: "lane"},
        wires(columns, open, arrow(from, to, shows.dashed)), label);
}

function spoken(event) {
    const shows = EVENT_SHOWS[event.event];
    const way = shows.toBroker ? `${event.peer} to broker` : `broker to ${event.peer}`;
    return `${clock(event.time_ms)} s, ${way}: `;
}

/* A packet is a button; its detail is made when it is first opened. */
function packetRow(columns, open, event, index, tone) {
    const detail = el("div", {class: "detail", id: `detail-${index}`, hidden: true});
    const state = {"aria-expanded": "false", "aria-controls": detail.id};
    const button = el("button", {type: "button", class: "row", ...state},
        el("span", {class: "time", "aria-hidden": "true"}, clock(event.time_ms)),
        el("span", {class: "hidden"}, spoken(event)),
        lane(columns, open, event));

    button.addEventListener("click", () => {
        if (detail.childElementCount === 0)
            detail.append(...[packetDetail(event)].flat(Infinity).filter((part) => part));
        detail.hidden = !detail.hidden;
        button.setAttribute("aria-expanded", String(!detail.hidden));
    });
    return el("li", {class: `event ${tone}`}, button, detail);
}

function plainRow(columns, open, event, tone) {
    return el("li", {class: `event plain-row ${tone}`}, el("span", {class: "row"},
        el("span", {class: "time", "aria-hidden": "true"}, clock(event.time_ms)),
        el("span", {class: "hidden"}, spoken(event)),
        lane(columns, open, event)));
}

function remark(kind, ...children) {
    return el("li", {class: `remark ${kind}`}, ...children);
}

function pauseRow(columns, open, ms) {
    return el("li", {class: "pause"}, el("span", {class: "row"}, el("span", {class: "time"}),
        el("span", {class: "lane"}, wires(columns, open), el("span", {class: "label"}, `${seconds(ms)} later`))));
}

/* Where the verdict fell, and on what. */
function verdictRow(c) {
    const why = c.reason || c.warnings[0]?.text || "";
    return remark(`verdict ${verdictOf(c)}`, el("p", {}, badge(c.verdict), " ", el("b", {}, why)),
        c.expected && el("p", {class: "small"}, "expected ", el("code", {}, c.expected)),
        c.actual && el("p", {class: "small"}, "actual ", el("code", {}, c.actual)));
}

function heads(columns) {
    return el("div", {class: "heads", "aria-hidden": "true"}, el("span", {class: "time"}, "s"),
        el("span", {class: "lane"}, [...columns].map(([name, x]) => {
            const head = el("span", {class: "peer"}, name === null ? "broker" : name);
            head.style.left = at(x);
            return head;
        })));
}

/* --- the whole ------------------------------------------------------------------------------- */

function diagramOf(c) {
    const events = c.transcript.map(eventOf);
    const columns = columnsOf(events);
    const open = new Set();
    const guilty = guiltyIndex(c, events);
    const decided = !hasVerdict(c, "red") ? -1 : guilty >= 0 ? guilty + 1 : c.decided || events.length;
    const list = el("ol", {class: "events"});
    let last_ms = events.length > 0 ? events[0].time_ms : 0;

    events.forEach((event, index) => {
        const tone = index === guilty && decided >= 0 ? `guilty ${verdictOf(c)}` : "";

        if (index === decided && guilty >= 0)
            list.append(verdictRow(c));
        if (event.time_ms - last_ms >= PAUSE_MS)
            list.append(pauseRow(columns, open, event.time_ms - last_ms));
        if (index === decided && guilty < 0)
            list.append(verdictRow(c));
        last_ms = event.time_ms;
        if (event.event === "breach" || event.event === "note") {
            list.append(remark(event.event === "breach" ? "fail" : "skip", el("p", {class: "small"},
                event.event === "breach" && [badge("fail", "BREACH"), " "], event.text)));
        } else if (event.event === "sent" || event.event === "received") {
            list.append(packetRow(columns, open, event, index, tone));
        } else {
            if (event.event === "opened")
                open.add(event.peer);
            list.append(plainRow(columns, open, event, tone));
            if (event.event === "closed" || event.event === "reset" || event.event.startsWith("peer-"))
                open.delete(event.peer);
        }
    });
    if (decided >= events.length)
        list.append(verdictRow(c));
    for (let row = list.querySelector(".verdict")?.nextSibling; row; row = row.nextSibling)
        row.classList.add("after");
    return el("div", {class: "diagram"}, heads(columns), list);
}
