/*
 * What all pages share: elements made without markup, data, badges, the address, the theme. All
 * that is shown comes through el(), where a string becomes a text node: nothing a broker sent is
 * ever read as HTML.
 */
"use strict";

/* --- elements -------------------------------------------------------------------------------- */

const SVG = "http://www.w3.org/2000/svg";

/* Attributes: `on` holds listeners by event; false, null and undefined are left out. Children:
 * nodes, strings, numbers, arrays of these; what is null or false is left out. */
function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
        if (name === "on") {
            for (const [event, listener] of Object.entries(value))
                element.addEventListener(event, listener);
        } else if (value !== false && value !== null && value !== undefined) {
            element.setAttribute(name, value === true ? "" : value);
        }
    }
    for (const child of children.flat(Infinity))
        if (child !== null && child !== undefined && child !== false)
            element.append(child instanceof Node ? child : visible(String(child)));
    return element;
}

function el(name, attributes, ...children) {
    return fill(document.createElement(name), attributes, children);
}

function svg(name, attributes, ...children) {
    return fill(document.createElementNS(SVG, name), attributes, children);
}

/* Control characters but for tab and newline, and what would not be seen or turns text around. */
const UNSEEN = new RegExp("[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b-\\u200f" +
    "\\u2028-\\u202e\\u2060-\\u206f\\ufeff]", "g");

/* The text with these in the notation's spelling. */
function visible(text) {
    return text.replace(UNSEEN, (character) => `\\u{${character.codePointAt(0).toString(16)}}`);
}

/* Text of less weight: within a line, and as a smaller block. */
function quiet(...children) {
    return el("span", {class: "quiet"}, ...children);
}

function small(...children) {
    return el("span", {class: "quiet small block"}, ...children);
}

/* The line under a view's heading. */
function lead(...children) {
    return el("p", {class: "quiet"}, ...children);
}

/* --- data ------------------------------------------------------------------------------------ */

/* What the element with this id holds; null for an empty one. */
function pageData(id) {
    const text = document.getElementById(id).textContent;
    return text === "" ? null : JSON.parse(text);
}

const VERDICTS = ["fail", "blocked", "error", "warn", "flaky", "known", "skip", "pass"];

const VERDICT_SAYS = {
    pass: "the broker does what is asked",
    fail: "a MUST is broken",
    warn: "a SHOULD is broken, or another Reason Code was given than the standard names",
    blocked: "a step before went wrong, so that nothing was shown",
    skip: "the broker lacks a capability that the case needs",
    flaky: "it went wrong once, and not when run again",
    error: "mqspec's own fault",
    known: "red, and on the list of known failures",
};

/* Known reds are counted as known and nowhere else. */
function verdictOf(c) {
    return c.known ? "known" : c.verdict;
}

/* "red": whatever neither passed nor was skipped. */
function hasVerdict(c, wanted) {
    if (wanted === "red")
        return c.verdict !== "pass" && c.verdict !== "skip";
    return verdictOf(c) === wanted;
}

function badge(verdict, text) {
    return el("span", {class: `badge ${verdict}`}, text || verdict.toUpperCase());
}

function plural(count, word, many) {
    return `${count.toLocaleString("en")} ${count === 1 ? word : many || `${word}s`}`;
}

function seconds(ms) {
    return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(ms < 10000 ? 2 : 1)} s`;
}

/* Items by key, of which one may have several: a Map. */
function grouped(items, keysOf) {
    const groups = new Map();
    for (const item of items)
        for (const key of keysOf(item)) {
            if (!groups.has(key))
                groups.set(key, []);
            groups.get(key).push(item);
        }
    return groups;
}

/* A stacked bar of counts; its numbers stand beside it in text. */
function stackedBar(counts) {
    return el("div", {class: "stack", "aria-hidden": "true"},
        counts.map(([verdict, count]) => {
            const part = el("span", {class: verdict});
            part.style.flexGrow = count;
            return part;
        }));
}

/* A name in which a line may be broken, at slashes and brackets. */
function breakable(text) {
    return text.split(/(?<=[/\]@-])|(?=\[)/).flatMap((part, i) => i > 0 ? [el("wbr"), part] : [part]);
}

/* A text in a box, and a button that copies it. */
function copyBox(label, text) {
    const button = el("button", {type: "button", class: "screen-only"}, "Copy");
    const pre = el("pre", {class: "command", tabindex: "0", "aria-label": label}, text);

    button.addEventListener("click", async () => {
        try {
            await navigator.clipboard.writeText(text);
            button.textContent = "Copied";
        } catch {
            getSelection().selectAllChildren(pre);
            button.textContent = "Selected";
        }
    });
    return el("div", {class: "copy-box"}, pre, button);
}

/* --- the address ----------------------------------------------------------------------------- */

/* What is looked at stands behind # as view=…&name=…, so that every place has a link. */
function address() {
    return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

function hashOf(place) {
    const words = Object.entries(place).filter(([, value]) => value !== "" && value !== undefined);
    return `#${new URLSearchParams(words)}`;
}

function link(place, ...children) {
    return el("a", {href: hashOf(place)}, ...children);
}

/* --- views ----------------------------------------------------------------------------------- */

/*
 * Shows the view that the address names; each is made when it is asked for. A view is [name, heading,
 * make]: `make` gets the address and returns what <main> holds, an h1 among it. The first is where
 * one begins; one without a heading has no place of its own in the bar, but that of the view that
 * `within` names for it. `name` stands in the window's title.
 */
function startViews(views, within, name) {
    const main = document.getElementById("main");
    const bar = document.getElementById("views");

    function show(focus) {
        const place = {view: views[0][0], ...address()};
        const [word, , make] = views.find(([word]) => word === place.view) || views[0];

        main.replaceChildren(...[make(place)].flat(Infinity).filter((part) => part));
        main.dataset.view = word;
        for (const item of bar.children) {
            if (item.dataset.view === (within[word] || word))
                item.setAttribute("aria-current", "page");
            else
                item.removeAttribute("aria-current");
        }
        document.title = `${main.querySelector("h1").textContent} · ${name}`;
        if (focus) {
            scrollTo({top: 0, behavior: "instant"});
            main.querySelector("h1").focus({preventScroll: true});
            main.querySelector(".here")?.scrollIntoView({block: "nearest", behavior: "instant"});
        }
    }
    bar.append(...views.filter(([, heading]) => heading).map(([word, heading]) =>
        el("a", {href: hashOf({view: word}), "data-view": word}, heading)));
    document.querySelector(".skip-link").addEventListener("click", (event) => {
        event.preventDefault();
        main.focus();
    });
    addEventListener("hashchange", () => show(true));
    show(false);
}

/* --- tables ---------------------------------------------------------------------------------- */

/* A table that scrolls by itself where it is too wide; a head of which is an array is for numbers. */
function tableOf(name, heads, body, caption) {
    return el("div", {class: "scroll"}, el("table", {class: name},
        caption && el("caption", {}, caption),
        el("thead", {}, el("tr", {}, heads.map((head) =>
            el("th", {scope: "col", class: Array.isArray(head) && "number"}, head)))),
        body));
}

/* Fills `body` with a row for each item: the first `step` at once, the others when asked for. */
function longTable(body, items, row, step = 300) {
    const more = el("p", {class: "more"});
    let shown = 0;

    function button(count, says) {
        return el("button", {type: "button", on: {click: () => grow(count)}}, says);
    }
    function grow(count) {
        const end = Math.min(items.length, shown + count);
        body.append(...items.slice(shown, end).map(row));
        shown = end;
        more.replaceChildren();
        if (shown < items.length)
            more.append(
                button(step, `Show ${Math.min(step, items.length - shown)} more`), " ",
                button(items.length, `Show all ${items.length.toLocaleString("en")}`));
    }
    grow(step);
    return more;
}

/* --- theme ----------------------------------------------------------------------------------- */

/* As the system has it, until the reader chooses; kept where the browser allows. */
function startTheme(button) {
    const system = matchMedia("(prefers-color-scheme: dark)");
    let chosen = null;

    try {
        chosen = localStorage.getItem("mqspec-theme");
    } catch { /* a file: page may have no storage */ }

    function show() {
        const dark = chosen === null ? system.matches : chosen === "dark";
        document.documentElement.dataset.theme = dark ? "dark" : "light";
        button.textContent = dark ? "Light" : "Dark";
        button.setAttribute("aria-label", dark ? "Use light colours" : "Use dark colours");
    }
    button.addEventListener("click", () => {
        chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
        try {
            localStorage.setItem("mqspec-theme", chosen);
        } catch { /* it holds for this page */ }
        show();
    });
    system.addEventListener("change", show);
    show();
}
