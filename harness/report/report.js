/* The page of one run. */
"use strict";

const run = pageData("run");

document.title = `${run.target.broker || run.target.url} · mqspec`;
startTheme(document.getElementById("theme"));
document.getElementById("main").append(el("h1", {}, run.target.broker || run.target.url));
