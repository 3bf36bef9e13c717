import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { Bar, Theme } from "../bench/charts.js";

const themes: Record<Theme, { text: string; bar: string; own: string }> = {
  light: { text: "#1f2328", bar: "#c2c9d1", own: "#0969da" },
  dark: { text: "#e6edf3", bar: "#4a525c", own: "#4493f8" },
};
const width = 560;

/** A bar chart as SVG on a transparent ground. */
export function drawBars(title: string, bars: readonly Bar[], theme: Theme): string {
  const { text, bar, own } = themes[theme];
  const { document } = parseHTML("<html></html>");
  const grouped = bars.some((one) => one.group !== undefined);
  const labels = [...new Set(bars.map((one) => one.label))];
  const groups = [...new Set(bars.map((one) => one.group))];
  const y = { y: "label", ...(grouped && { fy: "group" }) };
  const heading = 36;
  const chart = Plot.plot({
    document,
    width,
    height: heading + groups.length * (labels.length * 24 + 22),
    marginTop: heading,
    marginRight: 84,
    marginBottom: 4,
    marginLeft: 240,
    style: { color: text, background: "none", fontSize: "12px" },
    x: { axis: null, domain: [0, Math.max(...bars.map((one) => one.value ?? 0))] },
    y: { domain: labels, label: null, tickSize: 0, padding: 0.25 },
    fy: { ...(grouped && { domain: groups }), axis: null, padding: 0.14 },
    marks: [
      Plot.barX(bars, {
        ...y,
        x: (one: Bar) => one.value ?? 0,
        fill: (one: Bar) => (one.own ? own : bar),
        rx: 2,
      }),
      Plot.text(bars, {
        ...y,
        x: (one: Bar) => one.value ?? 0,
        text: "text",
        textAnchor: "start",
        dx: 6,
      }),
      ...(grouped
        ? [
            Plot.text(groups, {
              fy: (one) => one,
              text: (one) => one,
              frameAnchor: "top-left",
              dx: -234,
              dy: -14,
              fontStyle: "italic",
            }),
          ]
        : []),
      Plot.text([title], {
        frameAnchor: "top-left",
        dx: -234,
        dy: grouped ? -31 : -26,
        fontSize: 14,
        fontWeight: "bold",
        facet: grouped ? "super" : null,
      }),
    ],
  });
  chart.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  // Plot's own style is for pages.
  chart.querySelector("style")?.remove();
  const name = document.createElementNS("http://www.w3.org/2000/svg", "title");
  name.textContent = title;
  chart.prepend(name);
  return `${chart.outerHTML}\n`;
}
