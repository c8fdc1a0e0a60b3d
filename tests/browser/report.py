"""Opens reports in Chromium: wide and narrow, light and dark, and does with them what a reader does.

    python tests/browser/report.py target/debug/autolossgen SCREENSHOTS [REPORT...]

Without a REPORT it makes miniature runs of its own, one of labels and one of ranking, whose page has no chart. It exits with 1 where a check fails.
"""

import base64
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

from selenium import webdriver
from selenium.webdriver.common.by import By

VIEWS = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]
QUICK = (
    "--set controller.max_nodes=6 --set model.mf.dimension=8 --set stop.max_epochs=20 --set test.screening=2 --set test.candidates=3 "
    "--set halving.rung_epochs=2 --set test.tuned_learning_rates=[0.3,1,3] --set test.seeds=3"
).split()


def miniature(binary, folder):
    run = lambda *words: subprocess.run([binary, *words], cwd=folder, check=True, capture_output=True)
    run("data", "synth", "--users", "60", "--items", "80", "--rows", "1500", "--out", "made.tsv")
    run("run", "made.tsv", "--out", "run", *QUICK)
    return folder / "run" / "report.html"


RANKING = (
    "--task ranking --set model.dimension=8 --set stop.max_epochs=15 --set test.rounds=1 --set test.seeds=2 --set search.max_nodes=3 "
    "--set test.n_negatives=[4] --set test.n_negatives_bounds=[1,8] --set halving.rung_epochs=3 --set search.samples=20 "
    "--set search.rungs=[1,2] --set search.population=6 --set search.candidates=2 --set selection.divisions=2"
).split()


def miniature_of_ranking(binary, folder):
    subprocess.run([binary, "run", "made.tsv", "--out", "ranking", *RANKING], cwd=folder, check=True, capture_output=True)
    return folder / "ranking" / "report.html"


def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))


class Page:
    """A report at one width in one colour scheme."""

    def __init__(self, driver, file, width, scheme):
        self.driver, self.url = driver, file.resolve().as_uri()
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        driver.get(self.url)

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def loads_nothing_else(self):
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = {event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"}
        others = {url for url in sent if not url.startswith("data:")} - {self.url}
        assert self.url in sent and not others, others

    def says_nothing_on_the_console(self):
        entries = self.driver.get_log("browser")
        assert not entries, entries

    def fits_its_width(self):
        widths = self.js("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert widths[0] <= widths[1], widths

    def has_its_scheme(self, scheme):
        red = self.js("return getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")
        assert (int(red) < 128) == (scheme == "dark"), red

    def typesets_the_formula(self):
        box = self.js("const math = document.querySelector('math'); return math && math.getBoundingClientRect().height")
        assert box and box > 10, box

    def draws_every_chart(self):
        charts = json.loads(self.js("return document.getElementById('charts').textContent"))
        assert charts, "no chart"
        for chart in charts:
            inked = """
                const canvas = document.querySelector(`[data-chart="${arguments[0]}"] canvas`);
                return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.filter(x => x).length"""
            assert self.js(inked, chart["id"]) > 1000, chart["id"]

    def shows_values_under_the_pointer(self):
        for place in self.all("[data-chart]"):
            over = place.find_element(By.CSS_SELECTOR, ".u-over")
            self.js("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", over)
            values = lambda: [cell.text for cell in place.find_elements(By.CSS_SELECTOR, ".u-value")]
            webdriver.ActionChains(self.driver).move_to_element(over).perform()
            shown = values()
            assert len(shown) >= 2 and any(text.strip("–") for text in shown[1:]), (place.get_attribute("data-chart"), shown)

    def sorts(self, table):
        for heading in self.js("return [...arguments[0].tHead.rows[0].cells]", table):
            column = heading.get_property("cellIndex")
            values = lambda: self.js(
                "return [...arguments[0].tBodies[0].rows].map(row => row.cells[arguments[1]].dataset.value ?? null)", table, column
            )
            for direction in ("first", "second"):
                self.js("arguments[0].click()", heading.find_element(By.TAG_NAME, "button"))
                is_up = heading.get_attribute("aria-sort") == "ascending"
                numbers = [float(value) for value in values() if value]
                assert numbers == sorted(numbers, reverse=not is_up), (column, direction, numbers)
                empty = [value == "" for value in values()]
                assert empty == sorted(empty), "what is empty stays below"

    def searches(self):
        for field in self.all("#candidate-search"):
            shown = lambda: [row.text for row in self.all("#candidate-table tbody tr") if row.is_displayed()]
            before = len(shown())
            field.send_keys("PRED")
            assert shown() and all("pred" in text for text in shown())
            field.clear()
            field.send_keys("no such formula")
            assert shown() == [] and self.all("[data-filter] output")[0].text == f"0 of {before} shown"
            field.clear()
            field.send_keys(" ")
            assert len(shown()) == before

    def picture(self, file):
        self.js("window.scrollTo(0, 0)")
        height = self.js("return document.documentElement.scrollHeight")
        width = self.js("return document.documentElement.clientWidth")
        clip = {"x": 0, "y": 0, "width": width, "height": min(height, 16000), "scale": 1}
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
        file.write_bytes(base64.b64decode(shot["data"]))

    def prints(self, file):
        pdf = self.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True, "paperWidth": 8.27, "paperHeight": 11.69})
        file.write_bytes(base64.b64decode(pdf["data"]))


def check(driver, report, name, screenshots):
    for width, scheme in VIEWS:
        page = Page(driver, report, width, scheme)
        page.fits_its_width()
        page.has_its_scheme(scheme)
        if name != "ranking":
            page.draws_every_chart()
        page.picture(screenshots / f"{name}-{width}-{scheme}.png")
        if page.all("#best math"):
            page.typesets_the_formula()
        page.shows_values_under_the_pointer()
        for table in page.all("table.sortable"):
            page.sorts(table)
        page.searches()
        page.loads_nothing_else()
        page.says_nothing_on_the_console()
        print(f"{name} at {width}, {scheme}: ok", flush=True)
    page.prints(screenshots / f"{name}.pdf")


def main():
    binary, screenshots = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    screenshots.mkdir(parents=True, exist_ok=True)
    driver = browser()
    try:
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            reports = [pathlib.Path(text) for text in sys.argv[3:]]
            reports = reports or [miniature(binary, folder), miniature_of_ranking(binary, folder)]
            for report in reports:
                check(driver, report, report.resolve().parent.name, screenshots)
    finally:
        driver.quit()


if __name__ == "__main__":
    main()
