// Pictures of the main pages for the README: `npm run shots`.
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DESK, PHONE, expect, test } from "./support/test.js";
import { ROOT } from "./support/settings.js";
import { logEmergency, residents } from "./support/world.js";

const FOLDER = join(ROOT, "docs", "images");
const BYTES_MAX = 200_000;

/** Name, whose page, where: a path, or what leads to it. */
const PAGES = [
  ["sign-in", null, "/sign-in"],
  ["start", "call-handler", "/start"],
  ["repair", "call-handler", async (page) => {
    const reference = await logEmergency(page, (await residents(page))[3].home);
    await page.goto(`/repairs/${reference}`);
  }],
  ["report", "call-handler", async (page) => {
    await page.goto(`/repairs/new?place=${(await residents(page))[5].home}&item=kitchen-tap`);
  }],
  ["board", "planner", "/board"],
  ["operative", "operative", "/today"],
  ["figure", "performance", "/figures/repairs.completed-on-time"],
  ["import", "administrator", "/imports/new"],
];

for (const [name, who, where] of PAGES) {
  test(name, async ({ open }) => {
    mkdirSync(FOLDER, { recursive: true });
    const page = await open(who);
    if (typeof where === "string") await page.goto(where);
    else await where(page);
    for (const size of [DESK, PHONE]) {
      await page.setViewportSize(size);
      await page.evaluate(() => document.fonts.ready);
      const path = join(FOLDER, `${name}-${size.width}.png`);
      // The sign-in page's shaded background makes a large file: its middle is what matters.
      const clip = name === "sign-in" && size === DESK ? { x: 290, y: 60, width: 700, height: 560 } : undefined;
      await page.screenshot({ path, animations: "disabled", clip });
      expect(statSync(path).size, `bytes of ${path}`).toBeLessThan(BYTES_MAX);
    }
  });
}
