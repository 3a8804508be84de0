"""What is asked of a page in a browser: nothing for axe to complain of, nothing wider than the screen."""

from typing import Any

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import BrowserContext, Page

AXE = AXE_FILE_PATH.read_text(encoding="utf-8")
# Maps are drawn once in view; what never comes into view costs nothing, and the page says the same in words.
NO_MAPS = "window.IntersectionObserver = class { observe() {} unobserve() {} disconnect() {} };"
RUN = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"], elementRef: false });
  return found.violations.map((rule) => {
    const where = rule.nodes.map((node) => node.target.join(" ")).join(" | ");
    return `${rule.id}: ${where} (${rule.nodes[0].failureSummary.replace(/\\s+/g, " ")})`;
  });
}"""


def without_maps(context: BrowserContext) -> BrowserContext:
    """A context that draws no map, for tests that look at something else."""
    context.add_init_script(NO_MAPS)
    return context


def complaints(page: Page) -> list[str]:
    """What axe has to say, by rule."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN)
    return found


def draw_map(page: Page) -> None:
    """Set a page's map, which stands still at first, moving, and wait until it is drawn."""
    page.locator("[data-map]").scroll_into_view_if_needed()
    page.locator("[data-wake]").click()
    page.wait_for_function("() => document.querySelector('[data-map]').dataset.drawn === 'yes'", timeout=20_000)


def too_wide(page: Page) -> list[str]:
    """Whether the page can be scrolled sideways, and what sticks out."""
    found: dict[str, Any] = page.evaluate(
        """() => {
          const root = document.documentElement, width = root.clientWidth, over = root.scrollWidth - width;
          const out = over > 0 ? [...document.querySelectorAll("main *, header *, footer *")].filter((one) => {
            const box = one.getBoundingClientRect();
            return box.right > width + 1 || box.left < -1;
          }).slice(0, 3).map((one) => one.outerHTML.slice(0, 90)) : [];
          return { width, over, out };
        }"""
    )
    return [f"{found['over']} px wider than {found['width']}: {found['out']}"] if found["over"] > 0 else []


def check(page: Page) -> None:
    """A page as it stands: nothing for axe to complain of, no sideways scrolling."""
    found = complaints(page) + too_wide(page)
    assert found == [], "\n".join(found)
