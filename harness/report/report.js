/* Shows the view that the address names. Each is made when it is asked for. */
"use strict";

const VIEWS = [
    ["overview", "Overview", showOverview],
    ["rules", "Rules", showRules],
    ["cases", "Cases", showCases],
    ["behaviour", "Behaviour", showBehaviour],
    ["skipped", "Skipped", showSkipped],
    ["case", null, showCase],
];

const main = document.getElementById("main");

function show(focus) {
    const place = {view: "overview", ...address()};
    const [name, , view] = VIEWS.find(([word]) => word === place.view) || VIEWS[0];

    main.replaceChildren(...[view(place)].flat(Infinity).filter((part) => part));
    main.dataset.view = name;
    for (const item of document.getElementById("views").children) {
        const current = item.dataset.view === (name === "case" ? "cases" : name);
        if (current)
            item.setAttribute("aria-current", "page");
        else
            item.removeAttribute("aria-current");
    }
    document.title = `${main.querySelector("h1").textContent} · ${brokerName} · mqspec`;
    if (focus) {
        scrollTo({top: 0, behavior: "instant"});
        main.querySelector("h1").focus({preventScroll: true});
    }
}

startTheme(document.getElementById("theme"));
document.getElementById("views").append(...VIEWS.filter(([, title]) => title).map(([view, title]) =>
    el("a", {href: hashOf({view}), "data-view": view}, title)));
document.getElementById("footer").append(
    `${run.tool} · ${run.target.url} · ${run.started}. `,
    "The wording of the rules is mqspec's own; the standards decide.");
document.querySelector(".skip-link").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
});
addEventListener("hashchange", () => show(true));
show(false);
