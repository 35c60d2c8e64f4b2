/* One packet in detail: the fields that its notation names, and its bytes with the faulty ones
 * marked. conformance/NOTATION.md teaches the notation. */
"use strict";

/* The parts of a notation that blanks divide; what stands in quotes or brackets is one part. */
function partsOf(text) {
    const parts = [];
    let part = "";
    let depth = 0;
    let quote = "";

    for (let i = 0; i < text.length; i++) {
        const c = text[i];
        if (quote !== "") {
            if (c === "\\")
                part += text[i++];
            else if (c === quote)
                quote = "";
        } else if (c === '"' || c === "'") {
            quote = c;
        } else if (c === "[" || c === "(" || c === "{") {
            depth++;
        } else if (c === "]" || c === ")" || c === "}") {
            depth--;
        } else if (c === " " && depth <= 0) {
            if (part !== "")
                parts.push(part);
            part = "";
            continue;
        }
        part += text[i] ?? "";
    }
    return part === "" ? parts : [...parts, part];
}

/* [[name, value] …] of what follows the packet's name; a word alone has the value "yes". */
function fieldsOf(text) {
    return partsOf(text).slice(1).map((part) => {
        const named = /^(!?[a-z][a-z0-9-]*)=(.*)$/s.exec(part);
        if (named)
            return [named[1], named[2]];
        if (part.startsWith("["))
            return [/^(UN)?SUBSCRIBE/.test(text) ? "filters" : "codes", part.slice(1, -1)];
        return [part, "yes"];
    });
}

function fieldTable(text) {
    const fields = fieldsOf(text);

    if (fields.length === 0)
        return el("p", {class: "quiet small"}, "It has no fields.");
    return el("dl", {class: "fields"}, fields.map(([name, value]) =>
        [el("dt", {}, name), el("dd", {}, value || "none")]));
}

/* --- bytes ----------------------------------------------------------------------------------- */

const BYTES_A_LINE = 16;

function printable(byte) {
    return byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·";
}

/* A packet's bytes, 16 a line: offset, hex, text. A byte in one of the spans is marked; so is the
 * end, where something is missing. */
function byteLines(hex, spans) {
    const bytes = hex.match(/../g).map((pair) => parseInt(pair, 16));
    const faulty = (at) => spans.some(({offset, size}) => at >= offset && at < offset + Math.max(1, size));
    const shown = (at, text) => faulty(at) ? el("mark", {}, text) : text;
    const pre = el("pre", {class: "bytes", tabindex: "0", "aria-label": "Bytes in hexadecimal"});

    for (let at = 0; at < bytes.length; at += BYTES_A_LINE) {
        const line = bytes.slice(at, at + BYTES_A_LINE);
        const pairs = line.map((byte, i) => [shown(at + i, byte.toString(16).padStart(2, "0")), i === 7 ? "  " : " "]);
        const letters = line.map((byte, i) => shown(at + i, printable(byte)));
        const lacking = BYTES_A_LINE - line.length;

        pre.append(el("span", {class: "offset"}, at.toString(16).padStart(4, "0")), "  ");
        pre.append(...pairs.flat(), " ".repeat(3 * lacking + (line.length < 8 ? 1 : 0)), " ");
        pre.append(...letters);
        if (at + line.length === bytes.length && faulty(bytes.length))
            pre.append(el("mark", {}, " ends here "));
        pre.append("\n");
    }
    return pre;
}

/* Everything about one event that has a packet. */
function packetDetail(event) {
    const spans = event.spans || [];

    function faultLine(rule, ...says) {
        const word = event.event === "sent" ? badge("skip", "ON PURPOSE") : badge("fail", "BREAKS");
        return el("p", {class: "fault small"}, word, " ", ruleLink(rule), " ", ...says);
    }
    return [
        spans.map(({requirement, offset, size: count, says}) => faultLine(requirement,
            `${says} (byte ${offset}${count > 1 ? ` to ${offset + count - 1}` : ""})`)),
        spans.length === 0 && (event.faults || []).map((rule) => faultLine(rule)),
        el("pre", {class: "notation", tabindex: "0", "aria-label": "In notation"}, event.text),
        fieldTable(event.text),
        event.hex ? [
            byteLines(event.hex, spans),
            event.size && small(`The first ${event.hex.length / 2} of ${event.size.toLocaleString("en")} bytes.`),
        ] : small(event.text.includes("<concealed>")
            ? "Its bytes are not shown: they hold a secret."
            : "Bytes are kept of cases that did not pass."),
        event.line > 0 && small(`Line ${event.line} of the scenario.`),
    ];
}
