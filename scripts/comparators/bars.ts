import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { Bar, Theme } from "../bench/charts.js";

const THEMES: Record<Theme, { text: string; bar: string; own: string }> = {
  light: { text: "#1f2328", bar: "#c2c9d1", own: "#0969da" },
  dark: { text: "#e6edf3", bar: "#4a525c", own: "#4493f8" },
};
const WIDTH = 560;
/** Height of the part above the bars, in pixels. */
const HEADING = 36;

/** A bar chart as SVG with a transparent background. */
export function drawBars(title: string, bars: readonly Bar[], theme: Theme): string {
  const { document } = parseHTML("<html></html>");
  const isGrouped = bars.some((bar) => bar.group !== undefined);
  const labels = [...new Set(bars.map((bar) => bar.label))];
  const groups = [...new Set(bars.map((bar) => bar.group))];
  const chart = Plot.plot({
    document,
    width: WIDTH,
    height: HEADING + groups.length * (labels.length * 24 + 22),
    marginTop: HEADING,
    marginRight: 84,
    marginBottom: 4,
    marginLeft: 240,
    style: { color: THEMES[theme].text, background: "none", fontSize: "12px" },
    x: { axis: null, domain: [0, Math.max(...bars.map((bar) => bar.value ?? 0))] },
    y: { domain: labels, label: null, tickSize: 0, padding: 0.25 },
    fy: { ...(isGrouped && { domain: groups }), axis: null, padding: 0.14 },
    marks: [
      ...barMarks(bars, theme, isGrouped),
      ...(isGrouped ? [groupNames(groups)] : []),
      Plot.text([title], {
        frameAnchor: "top-left",
        dx: -234,
        dy: isGrouped ? -31 : -26,
        fontSize: 14,
        fontWeight: "bold",
        facet: isGrouped ? "super" : null,
      }),
    ],
  });
  chart.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  // Plot adds a style sheet for web pages, which an image does not need.
  chart.querySelector("style")?.remove();
  const name = document.createElementNS("http://www.w3.org/2000/svg", "title");
  name.textContent = title;
  chart.prepend(name);
  return `${chart.outerHTML}\n`;
}

/** The bars, each with its value as text. */
function barMarks(bars: readonly Bar[], theme: Theme, isGrouped: boolean) {
  const { bar, own } = THEMES[theme];
  const position = { y: "label", x: (one: Bar) => one.value ?? 0, ...(isGrouped && { fy: "group" }) };
  return [
    Plot.barX(bars, { ...position, fill: (one: Bar) => (one.own ? own : bar), rx: 2 }),
    Plot.text(bars, { ...position, text: "text", textAnchor: "start", dx: 6 }),
  ];
}

/** The heading above each group of bars. */
function groupNames(groups: readonly (string | undefined)[]) {
  return Plot.text(groups, {
    fy: (one) => one,
    text: (one) => one,
    frameAnchor: "top-left",
    dx: -234,
    dy: -14,
    fontStyle: "italic",
  });
}
