"""Using a page with the keys alone: every stop of Tab is seen, named, not covered, and gets where it should."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

MOST_STOPS = 250
SEEN = """() => {
  const el = document.activeElement;
  if (!el || el === document.body || el === document.documentElement) return null;
  const box = el.getBoundingClientRect();
  const rings = [getComputedStyle(el)];
  if (el.matches("input[type=checkbox], input[type=radio]"))
    for (const label of el.labels) rings.push(getComputedStyle(label, "::before"));
  const ringed = rings.some((style) =>
    (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none");
  const x = Math.max(0, Math.min(innerWidth - 1, box.left + Math.min(box.width / 2, 20)));
  const y = Math.max(0, Math.min(innerHeight - 1, box.top + box.height / 2));
  const top = document.elementFromPoint(x, y);
  const labels = el.labels ? [...el.labels].map((label) => label.textContent) : [];
  const words = [el.getAttribute("aria-label"), ...labels, el.textContent, el.value].filter(Boolean);
  return {
    tag: el.tagName.toLowerCase(),
    name: (words[0] || "").replace(/\\s+/g, " ").trim(),
    ringed,
    drawn: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
    covered: !(top && (el === top || el.contains(top) || top.contains(el) ||
      [...(el.labels || [])].some((label) => label.contains(top)))),
    path: [...document.querySelectorAll("*")].indexOf(el),
  };
}"""
REACHABLE = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
  .filter((el) => el.type !== "hidden" && !el.disabled && el.tabIndex >= 0 && el.checkVisibility({
    checkVisibilityCSS: true, contentVisibilityAuto: true }))
  .filter((el) => el.type !== "radio" || el.checked || ![...document.getElementsByName(el.name)].some((o) => o.checked))
  .map((el) => [[...document.querySelectorAll("*")].indexOf(el), el.outerHTML.slice(0, 120)])"""


@dataclass(frozen=True, slots=True)
class Stop:
    """One element that Tab came to."""

    tag: str
    name: str
    ringed: bool
    """Whether a ring of two pixels or more is drawn around it."""
    drawn: bool
    covered: bool
    path: int
    """Where it stands among all elements of the page."""


class Keyboard:
    """Somebody who has no mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def tab(self) -> Stop | None:
        """Press Tab and return what has the focus then; None past the end of the page."""
        self.page.keyboard.press("Tab")
        seen: dict[str, Any] | None = self.page.evaluate(SEEN)
        return Stop(**seen) if seen else None

    def stops(self) -> list[Stop]:
        """Walk through the whole page once from its beginning."""
        self.page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
        found: list[Stop] = []
        while (stop := self.tab()) is not None and len(found) < MOST_STOPS:
            if found and stop.path == found[0].path:
                break
            found.append(stop)
        return found

    def faults(self) -> list[str]:
        """Return what is wrong with walking this page: unseen, nameless, covered or missing stops, odd order."""
        stops = self.stops()
        wrong = [f"no ring: {stop}" for stop in stops if not stop.ringed]
        wrong += [f"not drawn or covered: {stop}" for stop in stops if stop.covered or not stop.drawn]
        wrong += [f"nameless: {stop}" for stop in stops if not stop.name]
        paths = [stop.path for stop in stops]
        wrong += [f"out of order: {stop}" for stop, after in zip(stops, paths[1:], strict=False) if stop.path > after]
        reachable = self.page.evaluate(REACHABLE)
        return wrong + [f"never reached: {html}" for path, html in reachable if path not in paths]

    def to(self, name: str, tag: str = "") -> Stop:
        """Press Tab until something of this name has the focus. Fails at the end of the page."""
        passed = []
        for _press in range(MOST_STOPS):
            stop = self.tab()
            if stop is None:
                break
            if name in stop.name and tag in stop.tag:
                return stop
            passed.append(stop.name)
        raise AssertionError(f"no {name!r} after {passed}")

    def enter(self) -> None:
        """Press Enter and wait for the page that follows."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
