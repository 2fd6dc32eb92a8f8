"""A sheet's page in headless Chromium: typed into, kept, saved and graded; and pages as wide as a telephone.

Only where the `browser` extra is installed, and Chromium by itself or through playwright.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import backprop

playwright = pytest.importorskip("playwright.sync_api", reason="the browser extra is not installed")
WIDER = """() => [...document.querySelectorAll('main, main *')].filter((e) =>
  !e.closest('.scroller') && !e.closest('caption') && (e.localName === 'math' || !e.closest('math')) &&
  e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map((e) => e.outerHTML)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        try:
            found = shutil.which("chromium")
            opened = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        except playwright.Error as error:
            pytest.skip(f"no Chromium: {str(error).splitlines()[0]}")
        yield opened
        opened.close()


def test_answers_typed_kept_and_saved_are_graded(browser: Any, tmp_path: Path) -> None:
    assert backprop("sheet", "w3wi-ds304", "-o", "exam.html", folder=tmp_path).status == 0
    told: list[str] = []
    page = browser.new_page(accept_downloads=True)
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto((tmp_path / "exam.html").as_uri())
    page.get_by_label("Name").fill('Ada "O\'Neil" \\')
    page.locator('[name="hid.preactivation[1]"]').fill("0.61")
    page.locator('[name="out.activation_gradient[1]"]').fill("2*(0.30 - 0)")
    page.locator('[name="loss"]').fill("0.74")
    page.reload()
    assert page.locator('[name="hid.preactivation[1]"]').input_value() == "0.61"
    with page.expect_download() as saving:
        page.locator("button.save").click()
    assert saving.value.suggested_filename == "Ada-O-Neil.toml"
    saving.value.save_as(tmp_path / "Ada.toml")
    assert "3" in page.locator(".saving output").inner_text()
    graded = json.loads(backprop("check", "Ada.toml", "--format", "json", folder=tmp_path).out)["results"][0]
    verdicts = {cell["cell"]: cell["verdict"] for cell in graded["cells"] if cell["verdict"] != "missing"}
    assert graded["student"] == 'Ada "O\'Neil" \\'
    assert verdicts == {
        "hid.preactivation[1]": "correct",
        "out.activation_gradient[1]": "correct",
        "loss": "slip",
    }
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("button.clear").click()
    page.reload()
    assert page.locator('[name="loss"]').input_value() == ""
    assert told == []


@pytest.mark.parametrize("name", ["w3wi-ds304", "or-batch", "umons", "lstm-cell", "attention-two-tokens"])
def test_on_a_telephone_only_what_scrolls_by_itself_is_wider(name: str, browser: Any, tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": 375, "height": 800})
    for verb in ("solve", "sheet"):
        assert backprop(verb, name, "-o", f"{verb}.html", folder=tmp_path).status == 0
        page.goto((tmp_path / f"{verb}.html").as_uri())
        assert page.evaluate(WIDER) == []
        assert page.evaluate("() => document.documentElement.scrollWidth") == 375
