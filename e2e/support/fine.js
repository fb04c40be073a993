// What every page has to be: accessible, and no wider than the screen.
import { AxeBuilder } from "@axe-core/playwright";
import { expect } from "@playwright/test";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds, one line for each rule and place. */
export async function violations(page) {
  const { violations: found } = await new AxeBuilder({ page }).withTags(TAGS).setLegacyMode().analyze();
  return found.flatMap((rule) => rule.nodes.map((node) => `${rule.id} (${rule.impact}): ${node.target.join(" ")} ${node.html.slice(0, 160)}`));
}

/** By how many pixels the page is wider than the window. */
export function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Expects the page as it stands to be fine. */
export async function expectFine(page) {
  const where = `${new URL(page.url()).pathname} at ${page.viewportSize().width} pixels`;
  expect(await violations(page), `axe: ${where}`).toEqual([]);
  expect(await overflow(page), `scrolls sideways: ${where}`).toBeLessThanOrEqual(0);
}
