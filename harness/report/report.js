/* The page of one run: its views, and what stands below them. */
"use strict";

startTheme(document.getElementById("theme"));
document.getElementById("footer").append(
    `${run.tool} · ${run.target.url} · ${run.started}. The wording of the rules is mqspec's own; the standards decide.`);
startViews([
    ["overview", "Overview", showOverview],
    ["rules", "Rules", showRules],
    ["cases", "Cases", showCases],
    ["behaviour", "Behaviour", showBehaviour],
    ["skipped", "Skipped", showSkipped],
    ["case", null, showCase],
], {case: "cases"}, `${brokerName} · mqspec`);
