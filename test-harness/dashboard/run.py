"""Lets a Prometheus watch a gateway under load, then asks it every query of the dashboard and of the alerts.

Writes the dashboard with what came of it, for the page that draws it. Says which queries found nothing.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from load import HERE, Load

SCRAPED_EVERY = 2
# Grafana's rule, for panels that have as many points as there are scrapes: https://grafana.com/docs/grafana/latest/datasources/prometheus/template-variables/
RATE_INTERVAL = f"{4 * SCRAPED_EVERY}s"
GRAFANA = os.path.join(HERE, "..", "..", "envoy", "grafana")
# All, for every variable.
VALUES = {"$__rate_interval": RATE_INTERVAL, "$__interval": f"{SCRAPED_EVERY}s", "$api": ".*", "$stage": ".*"}


class Prometheus:
    """A real one, with a folder of its own, that scrapes one Envoy and knows our rules."""

    def __init__(self, folder, port, admin):
        self.url, self.log = f"http://127.0.0.1:{port}", os.path.join(folder, "prometheus.log")
        configuration = {
            "global": {"scrape_interval": f"{SCRAPED_EVERY}s", "evaluation_interval": f"{SCRAPED_EVERY}s"},
            "rule_files": [os.path.realpath(os.path.join(GRAFANA, "alerts.yaml"))],
            "scrape_configs": [{
                "job_name": "envoy",
                "metrics_path": "/stats/prometheus",
                "static_configs": [{"targets": [f"127.0.0.1:{admin}"], "labels": {"instance": "envoy-1"}}],
            }],
        }
        path = os.path.join(folder, "prometheus.yaml")
        with open(path, "w", encoding="utf-8") as out:
            json.dump(configuration, out)
        command = ["prometheus", f"--config.file={path}", f"--storage.tsdb.path={folder}/prometheus", f"--web.listen-address=127.0.0.1:{port}"]
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    async def begin(self):
        for _ in range(300):
            if self.process.poll() is not None:
                self.failed("Prometheus has ended")
            try:
                if self.ask("query", query="up")["result"]:
                    return
            except (OSError, urllib.error.URLError):
                pass
            await asyncio.sleep(0.2)
        self.failed("Prometheus does not scrape Envoy within 60 s")

    def failed(self, what):
        with open(self.log, encoding="utf-8") as log:
            sys.exit(f"{''.join(log.readlines()[-10:])}error: {what}")

    def ask(self, what, **parameters):
        """What Prometheus' API answers; a query that it refuses ends the run."""
        whole = f"{self.url}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(whole, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            sys.exit(f"error: {parameters}: {error.read().decode()}")

    def end(self):
        self.process.terminate()
        self.process.wait(20)


class Interval:
    """What the dashboard is drawn of, on whole steps, as Grafana has it. Where the axis writes a time it does not end: that would be cut off."""

    def __init__(self, began, ended):
        self.start, self.end = (int(at) // SCRAPED_EVERY * SCRAPED_EVERY for at in (began, ended))
        beyond = self.end % 30
        if beyond < 10:
            self.end -= beyond + SCRAPED_EVERY

    def of(self, prometheus, query):
        for name, value in VALUES.items():
            query = query.replace(name, value)
        return prometheus.ask("query_range", query=query, start=self.start, end=self.end, step=SCRAPED_EVERY)["result"]


def drawn(dashboard, prometheus, interval):
    """Each panel's answers by its query's name; tells of those that have none."""
    answers, nothing = {}, []
    for panel in dashboard["panels"]:
        answers[panel["id"]] = {it["refId"]: interval.of(prometheus, it["expr"]) for it in panel.get("targets", [])}
        for it in panel.get("targets", []):
            found = answers[panel["id"]][it["refId"]]
            if not any(value != "NaN" for series in found for _, value in series["values"]):
                nothing.append(f"{panel['title']}: {it['expr']}")
    return answers, nothing


def alerted(prometheus, interval):
    """The alerts with whether the rule finds something by itself, and whether it was pending or firing."""
    groups = prometheus.ask("rules")["groups"]
    for rule in (rule for group in groups for rule in group["rules"]):
        if rule["health"] != "ok":
            sys.exit(f"error: {rule['name']}: {rule.get('lastError') or rule['health']}")
        seen = interval.of(prometheus, f'ALERTS{{alertname="{rule["name"]}"}}')
        states = sorted({series["metric"]["alertstate"] for series in seen})
        yield rule["name"], ", ".join(states) or "found nothing to alert on"


def report(nothing, alerts, queries, answers):
    print(f"\nanswers by status: {', '.join(f'{status} × {count}' for status, count in sorted(answers.items(), key=str))}")
    print(f"\n{queries} queries of the dashboard asked, {len(nothing)} found nothing" + (":" if nothing else ""))
    for it in nothing:
        print(f"  {it}")
    print(f"\n{len(alerts)} alerts:")
    for name, state in alerts:
        print(f"  {name}: {state}")


async def watch(options, folder):
    load = Load(options, folder)
    prometheus = None
    try:
        await load.begin()
        prometheus = Prometheus(folder, options.prometheus_port, load.gateway.admin)
        await prometheus.begin()
        began = time.time()
        await load.run()
        # The last scrape, and what is counted with Envoy's last flush.
        await asyncio.sleep(2 * SCRAPED_EVERY)
        interval = Interval(began + 5 * SCRAPED_EVERY, time.time() - 2 * SCRAPED_EVERY)
        with open(os.path.join(GRAFANA, "gatehouse.json"), encoding="utf-8") as file:
            dashboard = json.load(file)
        answers, nothing = drawn(dashboard, prometheus, interval)
        report(nothing, list(alerted(prometheus, interval)), sum(map(len, answers.values())), load.answers)
        if load.gateway.traps():
            sys.exit(f"error: a filter has panicked: {load.gateway.traps()[0]}")
        return {"dashboard": dashboard, "answers": answers, "from": interval.start * 1000, "to": interval.end * 1000, "step": SCRAPED_EVERY * 1000}
    finally:
        load.end()
        if prometheus is not None:
            prometheus.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--envoy", required=True)
    parser.add_argument("--wasm", required=True, help="the gateway's module")
    parser.add_argument("--gatehouse", required=True, help="the command line")
    parser.add_argument("--webdis", required=True, help="webdis's configuration, a template")
    parser.add_argument("--prometheus-port", type=int, required=True)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--folder", help="where it writes meanwhile; else a folder that goes away")
    parser.add_argument("-o", "--out", required=True, help="where the dashboard with its answers goes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gatehouse-dashboard.") as scratch:
        whole = asyncio.run(watch(options, options.folder or scratch))
    with open(options.out, "w", encoding="utf-8") as out:
        json.dump(whole, out)


if __name__ == "__main__":
    main()
