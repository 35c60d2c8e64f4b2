/* The page of several runs: its views, and what stands below them. */
"use strict";

startTheme(document.getElementById("theme"));
document.getElementById("footer").append(
    `${[...new Set(runs.map((run) => run.tool))].join(", ")}. The wording of the rules is mqspec's own; the standards decide.`);
startViews([
    ["rules", "Who breaks what", showRules],
    ["steps", steps.length > 0 && "Since last time", showSteps],
    ["words", "Choices and limits", showWords],
    ["rule", null, showRule],
    ["case", null, showCase],
], {rule: "rules", case: "rules"}, "mqspec");
