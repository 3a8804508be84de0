"""What is asked of a page in a browser: nothing for axe to complain of, nothing wider than the screen."""

from typing import Any

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import BrowserContext, Page

AXE = AXE_FILE_PATH.read_text(encoding="utf-8")
# Maps are drawn once in view; what never comes into view costs nothing, and the page says the same in words.
NO_MAPS = "window.IntersectionObserver = class { observe() {} unobserve() {} disconnect() {} };"
RUN = """async () => {
  // The rule of WCAG 2.2 on the size of targets is off unless asked for.
  const rules = { "target-size": { enabled: true } };
  const found = await axe.run(document, { resultTypes: ["violations"], elementRef: false, rules });
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


# WCAG 1.4.12: a reader's own style sheet may set words so far apart.
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-block-end: 2em !important; }"""


def set_wide(page: Page) -> None:
    """Lay a reader's own style sheet over a page, whose policy forbids styles in it."""
    page.evaluate(
        """(text) => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(text);
          document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
        }""",
        SPACED,
    )


def cut_off(page: Page) -> list[str]:
    """Words that a box of fixed size cuts off; maps, and what is only meant for programs that read aloud, apart."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main *, header *, footer *")].filter((one) => {
          if (one.closest("[data-map], svg, .visually-hidden, .skip, select") || !one.textContent.trim()) return false;
          const style = getComputedStyle(one), hides = (way) => way === "hidden" || way === "clip";
          if (!one.getClientRects().length || one.clientHeight < 4) return false;
          const tall = hides(style.overflowY) && one.scrollHeight > one.clientHeight + 4;
          const wide = hides(style.overflowX) && one.scrollWidth > one.clientWidth + 4;
          return tall || wide;
        }).slice(0, 3).map((one) => one.outerHTML.slice(0, 110))"""
    )
    return [f"cut off: {one}" for one in found]


def moving(page: Page) -> list[str]:
    """What moves although the reader asked for stillness."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((one) => {
          const style = getComputedStyle(one);
          const ms = (time) => parseFloat(time) * (time.includes("ms") ? 1 : 1000);
          const longest = (times) => Math.max(...times.split(",").map(ms));
          const animated = style.animationName !== "none" && longest(style.animationDuration) > 20;
          return animated || longest(style.transitionDuration) > 20;
        }).slice(0, 3).map((one) => one.outerHTML.slice(0, 90))"""
    )
    return [f"moves: {one}" for one in found]


def focus_lost(page: Page, most: int = 60) -> list[str]:
    """Go through a page by keyboard: what has focus shows it, lies in sight, and is not covered by anything."""
    wrong: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        state: dict[str, Any] = page.evaluate(
            """() => {
              const one = document.activeElement;
              if (!one || one === document.body) return { end: true };
              const box = one.getBoundingClientRect(), style = getComputedStyle(one);
              const around = one.closest("label, summary, .check") ?? one;
              const shows = [one, around].some((each) => {
                const its = getComputedStyle(each);
                return (its.outlineStyle !== "none" && parseFloat(its.outlineWidth) > 0) || its.boxShadow !== "none";
              });
              const x = Math.min(innerWidth - 2, Math.max(1, box.left + box.width / 2));
              const y = Math.min(innerHeight - 2, Math.max(1, box.top + Math.min(box.height / 2, 40)));
              const top = document.elementFromPoint(x, y);
              const seen = !!top && (one.contains(top) || top.contains(one) || around.contains(top));
              const inside = box.bottom > 0 && box.top < innerHeight;
              const hidden = box.width < 2 || style.opacity === "0";
              return { end: false, shows, seen: seen && inside, hidden, what: one.outerHTML.slice(0, 90) };
            }"""
        )
        if state["end"]:
            return wrong
        if not state["hidden"] and not state["shows"]:
            wrong.append(f"shows no focus: {state['what']}")
        if not state["hidden"] and not state["seen"]:
            wrong.append(f"focus is covered or out of sight: {state['what']}")
    return wrong


def check(page: Page) -> None:
    """A page as it stands: nothing for axe to complain of, no sideways scrolling."""
    found = complaints(page) + too_wide(page)
    assert found == [], "\n".join(found)
