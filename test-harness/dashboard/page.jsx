// The dashboard as Grafana draws it: its own panels, legends, axes, units and theme, around what Prometheus has answered.
// What is Grafana's server's, and not in its packages, is done here: the grid, rows, and how a query's answer becomes data frames.
import { createRoot } from "react-dom/client";
import { createTheme, dateTime, FieldType, applyFieldOverrides, Registry, ThemeContext } from "@grafana/data";
import { initPluginTranslations } from "@grafana/i18n";
import { GlobalStyles, Icon, PanelChrome, TimeSeries, ToolbarButton } from "@grafana/ui";

const TIME_ZONE = "utc";
const COLUMNS = 24, ROW = 30, GAP = 8, MARGIN = 16;

// What the time series panel begins with, and a dashboard's `fieldConfig` changes.
const OF_PANEL = {
  drawStyle: "line", lineInterpolation: "linear", lineWidth: 1, fillOpacity: 0, gradientMode: "none", spanNulls: false, showPoints: "auto",
  pointSize: 5, stacking: { mode: "none", group: "A" }, axisPlacement: "auto", axisLabel: "", axisColorMode: "text", axisBorderShow: false,
  axisSoftMin: undefined, axisSoftMax: undefined, axisCenteredZero: false, scaleDistribution: { type: "linear" }, thresholdsStyle: { mode: "off" },
  lineStyle: { fill: "solid" },
};
const OF_FIELD = ["unit", "min", "max", "decimals", "color", "thresholds", "noValue", "mappings", "displayName"];

const properties = new Registry(() => [
  ...OF_FIELD.map((path) => property(path, path, false)),
  ...Object.keys(OF_PANEL).map((path) => property(`custom.${path}`, path, true)),
]);

function property(id, path, isCustom) {
  return { id, path, isCustom, name: id, process: (value) => value, shouldApply: () => true };
}

// A frame for each series, on every step of the interval, as Grafana's Prometheus data source makes them.
function frames(panel, answers, { from, to, step }) {
  const times = Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
  return panel.targets.flatMap(({ refId, legendFormat }) =>
    answers[refId].map(({ metric, values }) => {
      const at = new Map(values.map(([time, value]) => [time * 1000, finite(value)]));
      const name = legendFormat.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => metric[label] ?? "");
      return {
        refId,
        length: times.length,
        fields: [
          { name: "Time", type: FieldType.time, config: { interval: step }, values: times },
          { name: "Value", type: FieldType.number, labels: metric, config: { displayNameFromDS: name }, values: times.map((time) => at.get(time) ?? null) },
        ],
      };
    }),
  );
}

// What is no number is a gap, as the time series panel has it.
function finite(value) {
  return Number.isFinite(Number(value)) ? Number(value) : null;
}

function configured(data, { defaults, overrides }, theme) {
  const fieldConfig = { defaults: { color: { mode: "palette-classic" }, ...defaults, custom: { ...OF_PANEL, ...defaults.custom } }, overrides };
  return applyFieldOverrides({ data, fieldConfig, theme, timeZone: TIME_ZONE, replaceVariables: (text) => text, fieldConfigRegistry: properties });
}

function Panel({ panel, run, theme, width, height }) {
  const data = configured(frames(panel, run.answers[panel.id], run), panel.fieldConfig, theme);
  const from = dateTime(run.from), to = dateTime(run.to);
  return (
    <PanelChrome title={panel.title} description={panel.description} width={width} height={height}>
      {(innerWidth, innerHeight) =>
        data.length === 0 ? (
          <div className="no-data" style={{ height: innerHeight }}>No data</div>
        ) : (
          <TimeSeries
            frames={data}
            timeRange={{ from, to, raw: { from, to } }}
            timeZone={TIME_ZONE}
            legend={{ calcs: [], ...panel.options.legend }}
            width={innerWidth}
            height={innerHeight}
          />
        )
      }
    </PanelChrome>
  );
}

function Row({ title }) {
  return <div className="heading"><Icon name="angle-down" />{title}</div>;
}

function Toolbar({ dashboard, run }) {
  const time = (at, format) => dateTime(at).utc().format(format);
  return (
    <div className="toolbar">
      <h1>{dashboard.title}</h1>
      {dashboard.templating.list.map(({ name, label, current }) => (
        <ToolbarButton key={name} variant="canvas">{label}: {current.text ?? "default"}</ToolbarButton>
      ))}
      <span className="space" />
      <ToolbarButton variant="canvas" icon="clock-nine">
        {time(run.from, "YYYY-MM-DD HH:mm:ss")} to {time(run.to, "HH:mm:ss")} UTC
      </ToolbarButton>
    </div>
  );
}

function Dashboard({ run }) {
  const theme = createTheme({ colors: { mode: "dark" } });
  const column = (window.innerWidth - 2 * MARGIN - GAP * (COLUMNS - 1)) / COLUMNS;
  const { dashboard } = run;
  const bottom = Math.max(...dashboard.panels.map(({ gridPos }) => gridPos.y + gridPos.h)) * (ROW + GAP) - GAP;
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <Toolbar dashboard={dashboard} run={run} />
      <div className="grid" style={{ height: bottom, margin: `0 ${MARGIN}px ${MARGIN}px` }}>
        {dashboard.panels.map((panel) => {
          const { x, y, w, h } = panel.gridPos;
          const width = Math.floor(w * (column + GAP) - GAP), height = h * (ROW + GAP) - GAP;
          return (
            <div key={panel.id} className="place" style={{ left: x * (column + GAP), top: y * (ROW + GAP), width, height }}>
              {panel.type === "row" ? <Row title={panel.title} /> : <Panel panel={panel} run={run} theme={theme} width={width} height={height} />}
            </div>
          );
        })}
      </div>
    </ThemeContext.Provider>
  );
}

async function draw() {
  window.__grafana_public_path__ = "/public/";
  await initPluginTranslations("grafana");
  const run = await (await fetch("/run.json")).json();
  createRoot(document.getElementById("dashboard")).render(<Dashboard run={run} />);
}

draw();
